"""What a door says of a proposal must be that proposal's."""

from typing import Any

import pytest
from support.organisations import CHAIN_ID, MEMBERSHIP, Signer

from clients.sdk.answers import Answer
from clients.sdk.errors import AnswerError
from clients.sdk.governance import ProposalState
from contracts.membership import governance
from contracts.membership.ballot import Ballot
from contracts.membership.records import GOVERNANCE, Proposal
from contracts.records.record import RecordDomain

KEY, OTHER = b"\x07" * 32, b"\x06" * 32


def ballot(successor: bytes = OTHER) -> Ballot:
    action = governance.replace_validator(KEY, successor)
    domain = RecordDomain(CHAIN_ID, MEMBERSHIP)
    return Ballot(domain, Proposal(GOVERNANCE, 0, action, 1_800_000_000)).sign(
        Signer("voter").secret
    )


def answer(**changes: Any) -> Answer:
    told = ballot()
    return Answer(
        {
            "digest": "0x" + told.digest.hex(),
            "status": "open",
            "counted": 1,
            "needed": 3,
            "next_sequence": 0,
            "block": None,
            "reason": None,
            "ballot": told.to_json(),
        }
        | changes
    )


def test_what_the_door_holds_is_read() -> None:
    assert ProposalState.read(answer()).ballot == ballot()
    assert ProposalState.read(answer(ballot=None)).ballot is None


@pytest.mark.parametrize(
    "changes",
    [
        {"ballot": ballot(b"\x05" * 32).to_json()},
        {"ballot": ballot().to_json() | {"votes": ["0x12"]}},
        {"ballot": "0x"},
        {"digest": "0x12"},
        {"counted": "1"},
        {"block": "7"},
    ],
)
def test_what_it_makes_up_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        ProposalState.read(answer(**changes))
