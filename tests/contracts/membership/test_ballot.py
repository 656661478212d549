"""Proposals as files: what they say of themselves, and what is refused on entry."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.network import CHAIN_ID, Signer

from chain.proofs.keccak import keccak256
from contracts.errors import ContractError, RecordFormatError, RecordSignatureError
from contracts.membership import governance
from contracts.membership.actions import read_action
from contracts.membership.ballot import Ballot
from contracts.membership.founding import membership_address
from contracts.membership.keys import Role
from contracts.membership.records import GOVERNANCE, Proposal
from contracts.records.record import RecordDomain

A, B = Signer("first voter"), Signer("second voter")
KEY, OTHER = b"\7" * 32, b"\6" * 32
DOMAIN = RecordDomain(CHAIN_ID, membership_address())
CODE = b"\x60\x00"


def ballot(action: bytes = governance.replace_validator(KEY, OTHER), code: bytes = b"") -> Ballot:
    return Ballot(DOMAIN, Proposal(GOVERNANCE, 3, action, 1_800_000_000), code)


ACTIONS: dict[str, tuple[bytes, dict[str, str]]] = {
    "admitOrganisation": (
        governance.admit_organisation(
            KEY, Role.BANK | Role.AUDITOR, "SG", A.key_id, governing=True
        ),
        {
            "organisation": "0x" + KEY.hex(),
            "roles": "bank, auditor",
            "country": "SG",
            "governing": "true",
            "adminKey": "0x" + A.key_id.hex(),
        },
    ),
    "changeOrganisation": (
        governance.change_organisation(KEY, Role.PORT, governing=False, active=True),
        {
            "organisation": "0x" + KEY.hex(),
            "roles": "port",
            "governing": "false",
            "active": "true",
        },
    ),
    "grantAdminKey": (
        governance.grant_admin_key(KEY, OTHER),
        {"organisation": "0x" + KEY.hex(), "key": "0x" + OTHER.hex()},
    ),
    "markCompromised": (
        governance.mark_compromised(KEY, 77),
        {"key": "0x" + KEY.hex(), "since": "77"},
    ),
    "setValidator": (
        governance.set_validator(KEY, 5, OTHER),
        {"publicKey": "0x" + KEY.hex(), "power": "5", "organisation": "0x" + OTHER.hex()},
    ),
    "replaceValidator": (
        governance.replace_validator(KEY, OTHER),
        {"publicKey": "0x" + KEY.hex(), "successor": "0x" + OTHER.hex()},
    ),
    "commitConsortiumKey": (
        governance.commit_consortium_key("seals", KEY),
        {"name": "seals", "commitment": "0x" + KEY.hex()},
    ),
    "installContract": (
        governance.install_contract("custody", CODE, 9),
        {"domain": "custody", "codeHash": "0x" + keccak256(CODE).hex(), "fromBlock": "9"},
    ),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_are_read_as_they_were_drafted(name: str) -> None:
    calldata, arguments = ACTIONS[name]
    action = read_action(calldata)
    assert (action.name, dict(action.arguments)) == (name, arguments)


def word(place: int, value: bytes) -> Callable[[bytes], bytes]:
    at = 4 + 32 * place
    return lambda data: data[:at] + value.rjust(32, b"\0") + data[at + 32 :]


UNREADABLE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "nothing": ("setValidator", lambda _: b""),
    "selector alone": ("setValidator", lambda data: data[:4]),
    "cut": ("setValidator", lambda data: data[:-1]),
    "more": ("setValidator", lambda data: data + b"\0"),
    "another function": ("setValidator", lambda data: b"\1\2\3\4" + data[4:]),
    "wide power": ("setValidator", word(1, b"\1" + bytes(8))),
    "neither true nor false": ("changeOrganisation", word(2, b"\2")),
    "no role": ("changeOrganisation", word(1, b"\0")),
    "unknown role": ("changeOrganisation", word(1, b"\1\0")),
    "country of one byte in its middle": ("admitOrganisation", word(2, b"S")),
    "nameless domain": ("installContract", word(0, b"\0")),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_actions_that_no_voter_could_read(name: str) -> None:
    drafted, change = UNREADABLE[name]
    with pytest.raises(RecordFormatError, match="action"):
        read_action(change(ACTIONS[drafted][0]))


def test_round_trip_and_voters() -> None:
    signed = ballot().sign(A.secret).sign(B.secret).sign(A.secret)
    assert [signed.voter(vote) for vote in signed.votes] == [A.key_id, B.key_id]
    assert Ballot.from_json(json.loads(signed.to_bytes())) == signed
    assert signed.digest == ballot().digest


def test_votes_gathered_apart_come_together() -> None:
    one, two = ballot().sign(A.secret), ballot().sign(B.secret).sign(A.secret)
    assert len(one.with_votes(two.votes).votes) == 2


def test_installation_and_its_code() -> None:
    action = governance.install_contract("custody", CODE, 9)
    assert Ballot.from_json(json.loads(ballot(action, CODE).to_bytes())).init_code == CODE
    for wrong in (b"", CODE + b"\0"):
        with pytest.raises(RecordFormatError, match="initCode"):
            ballot(action, wrong)
    with pytest.raises(RecordFormatError, match="initCode"):
        ballot(governance.replace_validator(KEY, OTHER), CODE)


def changed(**members: Any) -> Any:
    return {**ballot().sign(A.secret).to_json(), **members}


VOTE = "0x" + ballot().sign(A.secret).votes[0].hex()
MALFORMED: dict[str, Any] = {
    "a list": [],
    "nothing": {},
    "another format": changed(format="tradeseal-proposal/2"),
    "more": changed(more="x"),
    "number": changed(chainId=CHAIN_ID),
    "leading zero": changed(chainId="07"),
    "no digits": changed(chainId=""),
    "endless digits": changed(chainId="1" * 5_000),
    "another contract form": changed(contract="0x12"),
    "no proposal": changed(proposal=None),
    "another object": changed(proposal=Proposal(KEY, 0, ACTIONS["setValidator"][0], 1).message()),
    "vote twice": changed(votes=[VOTE, VOTE]),
    "votes as text": changed(votes=VOTE),
    "a number as vote": changed(votes=[1]),
    "upper case": changed(votes=[VOTE.upper()]),
    "too many": changed(votes=[VOTE] * 129),
    "short vote": changed(votes=["0x12"]),
    "no signature": changed(votes=["0x" + "00" * 65]),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_files_that_are_none(name: str) -> None:
    with pytest.raises((RecordFormatError, RecordSignatureError)) as caught:
        Ballot.from_json(MALFORMED[name])
    assert isinstance(caught.value, ContractError)
