"""Decisions from the command line: drafted at one door, voted on anywhere, carried by any node."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.comet_ledger import is_network
from support.doors import Door
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    CUSTOMS_VN,
    ISSUER,
    MEMBERSHIP,
    Member,
    Network,
    SealingKey,
    Signer,
)
from typer.testing import CliRunner, Result

import clients.cli.session
from api.tokens import Role
from clients.cli import membership, proposals
from clients.sdk import Client
from clients.sdk.files import write_private
from clients.sdk.keystore import DEMONSTRATION, SigningKey, _seal
from contracts.artifacts import load_artifact
from contracts.membership.ballot import Ballot
from contracts.membership.founding import DOMAINS
from contracts.membership.keys import organisation_id
from node.files import make_private_folder

pytestmark = pytest.mark.skipif(
    is_network(), reason="not on a network: its decisions add validators that nobody runs"
)

PASSWORD = "a password"
KEY, OTHER = "0x" + "07" * 32, "0x" + "06" * 32


@dataclass
class Room:
    """One door, and a place for key files and proposals."""

    folder: Path
    network: Network
    door: Door

    def run(self, *arguments: object, code: int = 0) -> Any:
        result = self.call(*arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    @staticmethod
    def call(*arguments: object, typed: str = "") -> Result:
        texts = [str(argument) for argument in arguments]
        return CliRunner().invoke(membership.app, texts, input=typed)

    def key(self, member: Member, purpose: str = "admin") -> Path:
        path = self.folder / f"{member.name}-{purpose}.json"
        if not path.exists():
            secret = SigningKey(Signer(f"{member.name} {purpose}").secret)
            write_private(path, _seal(secret, PASSWORD.encode(), DEMONSTRATION))
        return path

    def vote(self, proposal: object, member: Member, *more: object, code: int = 0) -> Any:
        return self.run("vote", proposal, "--key", self.key(member), "--yes", *more, code=code)

    def status(self, digest: str) -> str:
        self.door.settle()
        return str(self.run("show", digest)["status"])

    def validators(self, *more: object) -> set[str]:
        return {row["public_key"] for row in self.run("validators", *more)}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    door = Door(network, ISSUER)
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD)
    monkeypatch.setenv("TRADESEAL_TOKEN", door.token(Role.OPERATOR))
    client = functools.partial(Client, transport=door.transport)
    monkeypatch.setattr(clients.cli.session, "Client", client)
    monkeypatch.setattr(proposals, "now", lambda: network.time)
    yield Room(tmp_path, network, door)
    network.close()


def test_votes_at_a_door(room: Room) -> None:
    arguments = (KEY, "--organisation", CUSTOMS_VN.hex_id, "--power", 7)
    drafted = room.run("propose", "validator", *arguments, "--key", room.key(ISSUER))
    assert (drafted["action"], drafted["power"], drafted["votes"]) == ("setValidator", "7", 1)
    digest = drafted["proposal"]
    assert room.vote(digest, CUSTOMS_VN)["status"] == "open"
    assert room.vote(digest, CUSTOMS_VN)["votes"] == 2
    assert room.run("submit", digest, code=1)["error"] == "ServerRefusedError"
    assert room.vote(digest, CUSTOMS_ID)["status"] == "carrying"
    assert room.status(digest) == "decided"
    assert room.validators() == {KEY, "0x" + SealingKey().public_key.hex()}
    assert room.validators("--at-block", 0) == {"0x" + SealingKey().public_key.hex()}
    assert room.vote(digest, CUSTOMS_ID, code=1)["error"] == "ServerRefusedError"
    assert [row["status"] for row in room.run("show")] == ["decided"]
    assert room.run("misbehaviour") == []


def test_votes_in_a_file_without_a_network(room: Room) -> None:
    file = room.folder / "proposal.json"
    first = "0x" + SealingKey().public_key.hex()
    drafted = room.run("propose", "replace-validator", first, OTHER, "-o", file)
    for member in (ISSUER, CUSTOMS_VN, CUSTOMS_ID):
        told = room.vote(file, member, "--offline")
    assert told == {"proposal": drafted["proposal"], "votes": 3}
    shown = room.run("show", file)
    assert (shown["action"], shown["successor"], len(shown["keys"])) == (
        "replaceValidator",
        OTHER,
        3,
    )
    assert room.run("show", drafted["proposal"])["votes"] == 0
    assert room.run("submit", file)["status"] == "carrying"
    assert room.status(drafted["proposal"]) == "decided"
    assert room.validators() == {OTHER}
    assert room.validators("--history") == {OTHER, first}


def test_file_is_kept_from_a_door(room: Room) -> None:
    arguments = (KEY, "--organisation", CUSTOMS_VN.hex_id, "--power", 7)
    digest = room.run("propose", "validator", *arguments, "--key", room.key(ISSUER))["proposal"]
    file = room.folder / "fetched.json"
    room.run("show", digest, "-o", file)
    ballot = Ballot.from_json(json.loads(file.read_text()))
    assert ("0x" + ballot.digest.hex(), len(ballot.votes)) == (digest, 1)


def test_what_is_signed_is_shown_first(room: Room) -> None:
    arguments = (KEY, "--organisation", CUSTOMS_VN.hex_id, "--power", 7)
    digest = room.run("propose", "validator", *arguments)["proposal"]
    no = room.call("vote", digest, "--key", room.key(ISSUER), typed="n\n")
    assert no.exit_code == 1
    assert "setValidator" in no.output
    assert CUSTOMS_VN.hex_id in no.output
    assert room.run("show", digest)["votes"] == 0
    yes = room.call("vote", digest, "--key", room.key(ISSUER), typed="y\n")
    assert yes.exit_code == 0
    assert room.run("show", digest)["votes"] == 1


def test_a_vote_that_does_not_count(room: Room) -> None:
    arguments = (KEY, "--organisation", CUSTOMS_VN.hex_id, "--power", 7)
    digest = room.run("propose", "validator", *arguments)["proposal"]
    refused = room.vote(digest, CUSTOMS_TH, code=1)
    assert "does not govern" in refused["message"]
    officer = room.key(ISSUER, "officer")
    refused = room.run("vote", digest, "--key", officer, "--yes", code=1)
    assert "no admin key" in refused["message"]


def decided(room: Room, *arguments: object) -> None:
    drafted = room.run("propose", *arguments, "--key", room.key(ISSUER))
    for member in (CUSTOMS_VN, CUSTOMS_ID):
        room.vote(drafted["proposal"], member)
    assert room.status(drafted["proposal"]) == "decided"


def test_organisations_contracts_and_keys(room: Room) -> None:
    bank = "0x" + organisation_id("bank").hex()
    admin = "0x" + Signer("bank admin").key_id.hex()
    decided(room, "admission", bank, "--role", "bank", "--country", "SG", "--admin-key", admin)
    decided(room, "change", bank, "--role", "bank", "--role", "auditor", "--governing", "--active")
    second = "0x" + Signer("bank second").key_id.hex()
    drafted = room.run("propose", "admin-key", bank, second)
    assert drafted["needed"] == 3
    code = load_artifact("origin").init_code(MEMBERSHIP.rjust(32, b"\0"), 0)
    file = room.folder / "code.hex"
    file.write_text("0x" + code.hex() + "\n")
    decided(room, "contract", "custody", "--init-code", file, "--from-block", 500)
    with room.door.client(Role.OPERATOR) as client:
        organisation = client.get(f"/v1/membership/organisations/{bank}").json()
        contracts = client.get("/v1/membership/contracts").json()["items"]
    assert (organisation["roles"], organisation["governing"]) == (["bank", "auditor"], True)
    found = [contract["domain"] for contract in contracts]
    assert found == sorted([*DOMAINS, "custody"])


def test_removal_and_compromise(room: Room) -> None:
    decided(room, "validator", KEY, "--organisation", CUSTOMS_VN.hex_id, "--power", 7)
    decided(room, "remove-validator", KEY, "--organisation", CUSTOMS_VN.hex_id)
    assert KEY not in room.validators()
    lost = "0x" + CUSTOMS_TH.officer.key_id.hex()
    decided(room, "compromised", lost, "--since", room.network.time - 5)
    with room.door.client(Role.OPERATOR) as client:
        url = f"/v1/membership/organisations/{CUSTOMS_TH.hex_id}/keys"
        keys = {key["id"]: key for key in client.get(url).json()["items"]}
    assert keys[lost]["compromised_since"] is not None


UNUSABLE: dict[str, tuple[object, ...]] = {
    "no identifier": ("validator", "0x12", "--organisation", KEY, "--power", 1),
    "unknown role": (
        *("admission", KEY, "--role", "king", "--country", "SG"),
        *("--admin-key", OTHER),
    ),
    "no country": (
        *("admission", KEY, "--role", "bank", "--country", "sg"),
        *("--admin-key", OTHER),
    ),
    "no code": ("contract", "x", "--init-code", "/nowhere", "--from-block", 5),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_drafts_that_cannot_be(room: Room, name: str) -> None:
    assert room.call("propose", *UNUSABLE[name]).exit_code == 64
    assert room.run("show") == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "tradeseal-proposal/1"}'])
def test_files_that_are_no_proposal(room: Room, content: str) -> None:
    file = room.folder / "proposal.json"
    file.write_text(content)
    told = room.run("show", file, code=64)
    assert told["error"] == "InputError"
    assert room.run("vote", file, "--key", room.key(ISSUER), code=64)["error"] == "InputError"
