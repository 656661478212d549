"""`tradeseal document` and `tradeseal key encryption`, against doors in this process."""

import functools
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from support.doors import Doors
from support.organisations import CUSTOMS_ID, ISSUER, Member, Network, certificate_id
from typer.testing import CliRunner, Result

import clients.cli.session
from api.tokens import Role
from clients.cli import document, key
from clients.sdk import Client
from contracts.documents.sd_jwt import document_hash, issue_sd_jwt
from node.files import make_private_folder
from node.keys.encryption import load_encryption_keys

PASSWORD = "a password"
INVOICE = b"%PDF-1.7 an invoice"
DIGEST = "0x" + hashlib.sha256(INVOICE).hexdigest()


@dataclass
class Desk:
    folder: Path
    doors: Doors
    patch: pytest.MonkeyPatch

    def sit_at(self, member: Member, role: Role) -> None:
        door = self.doors[member]
        self.patch.setenv("TRADESEAL_TOKEN", door.token(role))
        client = functools.partial(Client, transport=door.transport)
        self.patch.setattr(clients.cli.session, "Client", client)

    def run(self, *arguments: object, code: int = 0, app: typer.Typer = document.app) -> Any:
        result = self.call(*arguments, "--json", app=app)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    @staticmethod
    def call(*arguments: object, app: typer.Typer = document.app) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    doors = Doors(network)
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD)
    desk = Desk(tmp_path, doors, monkeypatch)
    desk.sit_at(ISSUER, Role.ISSUING_AUTHORITY)
    yield desk
    network.close()


def issued_form(desk: Desk) -> Path:
    """Return a signed form that names the invoice, with its record on the ledger."""
    claims = {"attachments": [{"sha256": DIGEST}]}
    text = issue_sd_jwt(claims, ISSUER.document_secret, {"typ": "test"})
    record = desk.doors.network.issue(certificate_id("a"), document=document_hash(text))
    desk.doors[ISSUER].node.submit(record)
    desk.doors.settle()
    return desk.file("form.sd-jwt", text.encode())


def test_documents_go_from_vault_to_vault(desk: Desk) -> None:
    form, invoice = issued_form(desk), desk.file("invoice.pdf", INVOICE)
    reader = ("--reader", CUSTOMS_ID.hex_id)
    kept_form = desk.run("put", form, "--media-type", "application/sd-jwt", *reader)
    kept = desk.run("put", invoice, "--media-type", "application/pdf", "--name", "invoice.pdf")
    assert kept["document"] == DIGEST
    shared = desk.run("share", DIGEST, *reader, "--purpose", "asked for by customs")
    assert (shared["content"], shared["document"]) == (kept["content"], DIGEST)
    assert shared["manifest"] != kept["manifest"]

    desk.sit_at(CUSTOMS_ID, Role.CUSTOMS)
    for one in (kept_form, shared):
        desk.run("fetch", one["manifest"], "--sender", ISSUER.hex_id)
    desk.run("get", DIGEST, "-o", desk.folder / "got.pdf", "--purpose", "import clearance")
    assert (desk.folder / "got.pdf").read_bytes() == INVOICE
    assert (desk.folder / "got.pdf").stat().st_mode & 0o777 == 0o600
    again = desk.run("get", DIGEST, "-o", desk.folder / "got.pdf", code=64)
    assert "exists already" in again["message"]

    assert desk.call("erase", DIGEST).exit_code == 1  # nobody said yes
    assert desk.run("erase", DIGEST, "--yes", "--purpose", "court order") == {"erased": DIGEST}
    gone = desk.run("get", DIGEST, "-o", desk.folder / "other.pdf", code=1)
    assert gone["error"] == "ServerRefusedError"

    desk.sit_at(CUSTOMS_ID, Role.AUDITOR)
    rows = desk.run("log", DIGEST)
    assert [row["act"] for row in rows] == ["erase", "read", "read", "fetch"]
    assert rows[0]["purpose"] == "court order"
    assert "clearance" in desk.call("log").output


def test_what_cannot_be_put(desk: Desk) -> None:
    invoice = desk.file("invoice.pdf", INVOICE)
    put = ("put", invoice, "--media-type")
    assert "document_uncommitted" in desk.run(*put, "application/pdf", code=1)["message"]
    assert "media type" in desk.run(*put, "PDF", code=64)["message"]
    missing = desk.run("put", desk.folder / "none", "--media-type", "application/pdf", code=64)
    assert "none" in missing["message"]
    assert desk.call(*put, "application/pdf", "--reader", "0x12").exit_code == 64
    assert desk.call("share", DIGEST).exit_code != 0
    assert "CID" in desk.run("fetch", "Qm", "--sender", ISSUER.hex_id, code=64)["message"]


def test_an_encryption_key_is_made(desk: Desk) -> None:
    keys = desk.folder / "keys"
    make_private_folder(keys)
    made = desk.run("encryption", keys / "encryption.pem", app=key.app)
    opened = load_encryption_keys(keys, PASSWORD.encode()).current
    assert made["key_id"] == "0x" + opened.key_id.hex()
    assert made["material"] == "0x" + opened.material.hex()
    desk.run("encryption", keys / "encryption.pem", app=key.app, code=64)
