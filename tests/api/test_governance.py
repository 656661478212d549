"""Proposals, votes, validators and misbehaviour through the door."""

from typing import Any

import httpx
import pytest
from support.comet_ledger import is_network
from support.doors import Door
from support.organisations import (
    CHAIN_ID,
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

from api.tokens import Role
from contracts.membership import governance
from contracts.membership.ballot import Ballot
from contracts.membership.misbehaviour import Misbehaviour, misbehaviour_id
from contracts.membership.records import GOVERNANCE, MisbehaviourReport, Proposal
from contracts.membership.state import validator_address
from contracts.records.record import RecordDomain

pytestmark = pytest.mark.skipif(
    is_network(), reason="not on a network: its decisions add validators that nobody runs"
)

GOVERNORS = (ISSUER, CUSTOMS_VN, CUSTOMS_ID)
PATH = "/v1/membership/proposals"
KEY = b"\x07" * 32


def draft(network: Network, **changes: Any) -> Ballot:
    action = governance.set_validator(KEY, 5, CUSTOMS_VN.id)
    values = {"object": GOVERNANCE, "sequence": 0, "action": action, "expires": network.soon}
    return Ballot(RecordDomain(CHAIN_ID, MEMBERSHIP), Proposal(**(values | changes)))


def signature(ballot: Ballot, member: Member) -> dict[str, str]:
    (vote,) = ballot.sign(Signer(f"{member.name} admin").secret).votes
    return {"signature": "0x" + vote.hex()}


def path(ballot: Ballot, *parts: str) -> str:
    return "/".join((PATH, "0x" + ballot.digest.hex(), *parts))


def refused(answer: httpx.Response, status: int, code: str) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return str(answer.json()["detail"])


def test_from_draft_to_decision(network: Network, door: Door, client: httpx.Client) -> None:
    ballot = draft(network)
    answer = client.post(PATH, json=ballot.to_json())
    assert answer.status_code == 201
    told = answer.json()
    assert told["action"] == {
        "name": "setValidator",
        "arguments": {
            "publicKey": "0x" + KEY.hex(),
            "power": "5",
            "organisation": CUSTOMS_VN.hex_id,
        },
    }
    assert (told["status"], told["counted"], told["needed"]) == ("open", 0, 3)
    for member in GOVERNORS:
        answer = client.post(path(ballot, "votes"), json=signature(ballot, member))
        assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "carrying"
    assert [vote["organisation"] for vote in answer.json()["votes"]] != []
    door.settle()
    told = client.get(path(ballot)).json()
    assert (told["status"], told["next_sequence"]) == ("decided", 1)
    assert Ballot.from_json(told["ballot"]).votes
    (listed,) = client.get(PATH).json()["items"]
    assert (listed["digest"], listed["ballot"]) == (told["digest"], None)
    (decision,) = client.get("/v1/membership/decisions").json()["items"]
    assert (decision["action"], decision["votes"]) == ("setValidator", 3)
    assert client.get("/v1/membership/decisions/count").json() == {"count": 1}
    assert client.post(path(ballot, "submission")).json()["status"] == "decided"


def test_validators_now_then_and_ever(network: Network, door: Door, client: httpx.Client) -> None:
    ballot = draft(network)
    for member in GOVERNORS:
        ballot = ballot.sign(Signer(f"{member.name} admin").secret)
    client.post(PATH, json=ballot.to_json())
    door.settle()
    first = "0x" + SealingKey().public_key.hex()
    url = "/v1/membership/validators"

    def keys(**query: Any) -> set[str]:
        return {item["public_key"] for item in client.get(url, params=query).json()["items"]}

    assert keys() == {first, "0x" + KEY.hex()}
    assert keys(atBlock=0) == {first}
    assert keys(atBlock=0, history=True) == {first, "0x" + KEY.hex()}
    (founder,) = client.get(url, params={"atBlock": 0}).json()["items"]
    assert founder == {
        "public_key": first,
        "address": "0x" + validator_address(SealingKey().public_key).hex(),
        "organisation": ISSUER.hex_id,
        "name": "solo",
        "power": "10",
        "from_block": 0,
        "until_block": None,
    }
    for bad in ("-1", "x", str(1 << 63)):
        refused(client.get(url, params={"atBlock": bad}), 422, "request_invalid")


def test_misbehaviour_names_who_ran_the_validator(
    network: Network, door: Door, client: httpx.Client
) -> None:
    validator, kind = validator_address(SealingKey().public_key), Misbehaviour.DUPLICATE_VOTE
    record = MisbehaviourReport(
        object=misbehaviour_id(kind, validator, 3),
        organisation=ISSUER.id,
        kind=int(kind),
        validator=validator,
        height=3,
        time=network.time,
        total_power=10,
        expires=network.soon,
    )
    assert client.get("/v1/membership/misbehaviour").json()["items"] == []
    door.node.submit(network.sign(record, ISSUER.carrier))
    door.settle()
    (found,) = client.get("/v1/membership/misbehaviour").json()["items"]
    assert (found["kind"], found["height"]) == ("duplicate_vote", 3)
    assert found["organisation"] == ISSUER.hex_id
    assert found["reported_by"] == [ISSUER.hex_id]


def test_votes_that_do_not_count(network: Network, client: httpx.Client) -> None:
    ballot = draft(network)
    client.post(PATH, json=ballot.to_json())
    answer = client.post(path(ballot, "votes"), json=signature(ballot, CUSTOMS_TH))
    assert "does not govern" in refused(answer, 422, "vote_refused")
    other = draft(network, expires=network.soon + 1)
    answer = client.post(path(ballot, "votes"), json=signature(other, ISSUER))
    assert "no organisation has this key" in refused(answer, 422, "vote_refused")
    no_signature = {"signature": "0x" + "00" * 65}
    refused(client.post(path(ballot, "votes"), json=no_signature), 422, "record_signature")


@pytest.mark.parametrize(
    "body", [[], {}, {"signature": 1}, {"signature": "0x12"}, {"signature": "0x", "more": ""}]
)
def test_bodies_that_are_no_vote(network: Network, client: httpx.Client, body: Any) -> None:
    ballot = draft(network)
    client.post(PATH, json=ballot.to_json())
    refused(client.post(path(ballot, "votes"), json=body), 400, "body_malformed")


def test_too_few_votes_and_unknown_proposals(network: Network, client: httpx.Client) -> None:
    ballot = draft(network)
    refused(client.get(path(ballot)), 404, "proposal_unknown")
    refused(client.post(path(ballot, "submission")), 404, "proposal_unknown")
    answer = client.post(path(ballot, "votes"), json=signature(ballot, ISSUER))
    refused(answer, 404, "proposal_unknown")
    client.post(PATH, json=ballot.to_json())
    refused(client.post(path(ballot, "submission")), 409, "proposal_undecided")


def test_proposals_that_can_never_be_decided(network: Network, client: httpx.Client) -> None:
    expired = draft(network, expires=network.time - 1).to_json()
    refused(client.post(PATH, json=expired), 409, "proposal_closed")
    foreign = draft(network).to_json() | {"chainId": "1"}
    refused(client.post(PATH, json=foreign), 422, "record_foreign")
    for change in (
        {"format": "tradeseal-proposal/2"},
        {"chainId": "07742"},
        {"initCode": "0x00"},
        {"votes": ["0x12"]},
        {"votes": "0x"},
        {"more": ""},
        {"proposal": draft(network).to_json()["proposal"] | {"action": "0x12345678"}},  # type: ignore[operator]
    ):
        answer = client.post(PATH, json=draft(network).to_json() | change)
        assert answer.json()["code"] in {"record_malformed", "record_signature"}, change
    assert client.get(PATH).json()["items"] == []


def test_an_auditor_reads_and_does_not_vote(network: Network, door: Door) -> None:
    ballot = draft(network)
    with door.client(Role.OPERATOR) as operator:
        assert operator.post(PATH, json=ballot.to_json()).status_code == 201
    with door.client(Role.AUDITOR) as auditor:
        assert auditor.get(path(ballot)).status_code == 200
        answer = auditor.post(path(ballot, "votes"), json=signature(ballot, ISSUER))
        refused(answer, 403, "permission_missing")
