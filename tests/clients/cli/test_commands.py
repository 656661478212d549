"""The commands of a client, against doors in this process."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from support.doors import Door
from support.exchanging import example_form
from support.organisations import CUSTOMS_ID, IDENTIFIER_KEY, IMPORTER, ISSUER, Member, Network
from typer.testing import CliRunner, Result

import clients.cli.session
from api.tokens import Role
from clients.cli import (
    bundle,
    certificate,
    certificate_customs,
    certificate_exporter,
    certificate_issuing,
    certificate_presentation,
    certificate_reading,
    certificate_receiving,
    certificate_withdrawing,
    key,
)
from clients.sdk import Client
from clients.sdk.files import write_private
from clients.sdk.keystore import DEMONSTRATION, SigningKey, _seal
from clients.sdk.origin.issuing import identifier_of
from contracts.bundles.bundle import Bundle
from node.files import make_private_folder

FORM = Path(__file__).parents[3] / "examples" / "form_d.json"
DAY_AFTER = 1_795_500_000
PASSWORD = "a password"
MODULES = (
    certificate_customs,
    certificate_exporter,
    certificate_issuing,
    certificate_presentation,
    certificate_reading,
    certificate_receiving,
    certificate_withdrawing,
)
ROLES = {ISSUER: Role.ISSUING_AUTHORITY, CUSTOMS_ID: Role.CUSTOMS, IMPORTER: Role.ENTERPRISE}


@dataclass
class Desk:
    """A place where commands are typed, at one member's door at a time."""

    folder: Path
    network: Network
    doors: dict[Member, Door]
    patch: pytest.MonkeyPatch

    def sit_at(self, member: Member) -> None:
        door = self.doors[member]
        self.patch.setenv("TRADESEAL_TOKEN", door.token(ROLES[member]))
        client = functools.partial(Client, transport=door.transport)
        self.patch.setattr(clients.cli.session, "Client", client)

    def run(self, app: typer.Typer, *arguments: object, code: int = 0) -> Any:
        result = self.call(app, *arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    @staticmethod
    def call(app: typer.Typer, *arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    def key_of(self, member: Member) -> Path:
        path = self.folder / f"{member.name}.json"
        if not path.exists():
            secret = SigningKey(member.officer.secret)
            write_private(path, _seal(secret, PASSWORD.encode(), DEMONSTRATION))
        return path

    def document_key(self) -> Path:
        path = self.folder / "document.pem"
        encryption = BestAvailableEncryption(PASSWORD.encode())
        content = ISSUER.document_secret.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, encryption
        )
        if not path.exists():
            write_private(path, content)
        return path

    def identifier_key(self) -> Path:
        path = self.folder / "identifier.key"
        if not path.exists():
            write_private(path, b"11" * 32)
        return path

    def issue(self, *more: object, code: int = 0) -> Any:
        arguments = ["--key", self.key_of(ISSUER), "--document-key", self.document_key()]
        arguments += ["--identifier-key", self.identifier_key(), "--organisation", ISSUER.hex_id]
        self.network.cover(identifier_of(example_form(), IDENTIFIER_KEY), 2)
        issued = self.run(certificate.app, "issue", FORM, *arguments, *more, code=code)
        if issued["status"] == "final":
            self.network.receive(bytes.fromhex(issued["certificate"][2:]))
        return issued


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, sealing=True, time=DAY_AFTER)
    doors = {member: Door(network, member) for member in ROLES}
    for door in doors.values():
        door.node.start()
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD)
    for module in MODULES:
        monkeypatch.setattr(module, "now", lambda: int(network.now().timestamp()))
    desk = Desk(tmp_path, network, doors, monkeypatch)
    desk.sit_at(ISSUER)
    yield desk
    network.close()


def test_a_certificate_goes_its_way(desk: Desk) -> None:
    issued = desk.issue("-o", desk.folder / "document.sd-jwt")
    assert issued["status"] == "final"
    identifier = issued["certificate"]
    document = (desk.folder / "document.sd-jwt").read_text()
    (row,) = desk.run(certificate.app, "list", "--status", "issued")
    assert row["id"] == identifier
    desk.doors[CUSTOMS_ID].node.indexer.follow()
    desk.doors[CUSTOMS_ID].node.vault.keep_document(document.encode(), "application/sd-jwt")

    desk.sit_at(IMPORTER)
    openings = [desk.folder / f"opening-{number}.json" for number in (1, 2)]
    for opening in openings:
        claimed = desk.run(
            certificate.app,
            "claim",
            identifier,
            *("--item", 1, "--quantity", "10000", "--declaration", "10612345678", "--line", 1),
            *("--declaration-key", desk.identifier_key(), "--key", desk.key_of(IMPORTER)),
            *("--opening", opening),
        )
        assert claimed["status"] == "final"

    desk.sit_at(CUSTOMS_ID)
    desk.doors[CUSTOMS_ID].node.indexer.follow()
    for opening in openings:
        accepted = desk.run(
            certificate.app,
            "accept",
            opening,
            *("--book", desk.folder / "book", "--key", desk.key_of(CUSTOMS_ID)),
        )
        assert accepted["status"] == "final"
    shown = desk.run(certificate.app, "show", identifier)
    assert [item["share"] for item in shown["drawn"]] == [10_000]

    path = desk.folder / "bundle.json"
    written = desk.run(bundle.app, "certificate", identifier, "-o", path)
    assert written["bytes"] == path.stat().st_size
    assert len(Bundle.parse(path.read_bytes()).records) == 6

    desk.sit_at(ISSUER)
    # Drawn certificates are not cancelled behind importing customs' back.
    refused = desk.run(
        certificate.app,
        *("cancel", identifier, "--reason", "error", "--key", desk.key_of(ISSUER)),
        code=1,
    )
    assert refused["error"] == "RecordRefusedError"


def test_a_claim_is_rejected_and_the_certificate_cancelled(desk: Desk) -> None:
    identifier = desk.issue()["certificate"]
    desk.sit_at(IMPORTER)
    claimed = desk.run(
        certificate.app,
        "claim",
        identifier,
        *("--item", 2, "--quantity", "5", "--declaration", "10612345678", "--line", 2),
        *("--declaration-key", desk.identifier_key(), "--key", desk.key_of(IMPORTER)),
        *("--opening", desk.folder / "opening.json"),
    )
    desk.sit_at(CUSTOMS_ID)
    rejected = desk.run(
        certificate.app,
        *("reject", identifier, claimed["claim"]),
        *("--reason", "not the goods", "--key", desk.key_of(CUSTOMS_ID)),
    )
    assert (rejected["status"], len(rejected["salt"])) == ("final", 32)
    desk.sit_at(ISSUER)
    cancelled = desk.run(
        certificate.app, "cancel", identifier, "--reason", "error", "--key", desk.key_of(ISSUER)
    )
    assert cancelled["status"] == "final"


def test_people_get_text(desk: Desk) -> None:
    identifier = desk.issue()["certificate"]
    listed = desk.call(certificate.app, "list")
    assert listed.exit_code == 0
    assert "issued" in listed.output
    shown = desk.call(certificate.app, "show", identifier)
    assert identifier in shown.output.replace("\n", "")


def test_without_waiting_the_promise_is_told(desk: Desk) -> None:
    issued = desk.issue("--wait", 0)
    assert issued["status"] in {"waiting", "carried", "final"}


def test_a_wrong_identifier_is_unusable(desk: Desk) -> None:
    for text in ("0x12", "certificate", "0x" + "AB" * 32):
        assert desk.call(certificate.app, "show", text).exit_code == 64


def test_an_unknown_certificate_is_refused(desk: Desk) -> None:
    unknown = "0x" + "00" * 32
    told = desk.run(certificate.app, "show", unknown, code=1)
    assert "certificate_unknown" in told["message"]
    result = desk.call(bundle.app, "certificate", unknown, "-o", desk.folder / "b.json")
    assert result.exit_code == 1
    assert not (desk.folder / "b.json").exists()


def test_a_wrong_token_is_refused(desk: Desk) -> None:
    desk.patch.setenv("TRADESEAL_TOKEN", "nonsense")
    told = desk.run(certificate.app, "list", code=1)
    assert "token_invalid" in told["message"]


def test_a_token_comes_from_a_file(desk: Desk) -> None:
    token = desk.doors[ISSUER].token(Role.ISSUING_AUTHORITY)
    desk.patch.delenv("TRADESEAL_TOKEN")
    desk.patch.setenv("TRADESEAL_TOKEN_FILE", str(desk.folder / "token"))
    write_private(desk.folder / "token", token.encode() + b"\n")
    assert desk.run(certificate.app, "list") == []
    (desk.folder / "token").chmod(0o644)
    assert desk.call(certificate.app, "list").exit_code == 64


def test_a_silent_door_is_not_known_yet(desk: Desk) -> None:
    desk.patch.setattr(clients.cli.session, "Client", Client)
    told = desk.run(certificate.app, "list", "--url", "http://127.0.0.1:1", code=2)
    assert told["error"] == "ServerUnreachableError"


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"{", "no JSON"), (b"{}", "reference_no"), (b"[]", "no object")],
    ids=["no JSON", "empty", "list"],
)
def test_a_form_that_is_none_is_unusable(desk: Desk, content: bytes, expected: str) -> None:
    path = desk.folder / "form.json"
    path.write_bytes(content)
    arguments = ["--key", desk.key_of(ISSUER), "--document-key", desk.document_key()]
    arguments += ["--identifier-key", desk.identifier_key(), "--organisation", ISSUER.hex_id]
    told = desk.run(certificate.app, "issue", path, *arguments, code=64)
    assert expected in told["message"]


def test_keys_are_made_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD)
    made = Desk.call(key.app, "new", tmp_path / "k.json", "--weak", "--json")
    assert made.exit_code == 0
    shown = Desk.call(key.app, "show", tmp_path / "k.json", "--json")
    assert json.loads(shown.stdout) == json.loads(made.stdout)
    assert Desk.call(key.app, "new", tmp_path / "k.json", "--weak").exit_code == 64
    made = Desk.call(key.app, "document", tmp_path / "d.pem", "--json")
    shown = Desk.call(key.app, "show", tmp_path / "d.pem", "--json")
    assert json.loads(shown.stdout) == json.loads(made.stdout)
    made = Desk.call(key.app, "identifier", tmp_path / "i.key", "--json")
    assert len(json.loads(made.stdout)["commitment"]) == 66


def test_keys_need_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADESEAL_PASSWORD", raising=False)
    result = Desk.call(key.app, "new", tmp_path / "k.json", "--json")
    assert result.exit_code == 64
    assert "TRADESEAL_PASSWORD_FILE" in json.loads(result.stdout)["message"]
    assert not (tmp_path / "k.json").exists()
