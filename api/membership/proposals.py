"""Schemas of proposals."""

from typing import Any

from pydantic import Field

from api.schemas import Bytes32, Model, Time, time_text
from node.governance.proposals import ProposalStatus, Standing, counting


class Action(Model):
    """What a proposal would do."""

    name: str = Field(examples=["setValidator"])
    arguments: dict[str, str] = Field(examples=[{"power": "10"}])


class Vote(Model):
    """One signature over a proposal."""

    key: Bytes32
    organisation: Bytes32 | None = Field(description="Null: no organisation has the key.")
    counts: bool
    refusal: str | None = Field(description="Why it does not count, null where it does.")


class Proposal(Model):
    """A proposal and how far it is."""

    digest: Bytes32
    status: ProposalStatus
    action: Action
    sequence: int = Field(examples=[0], description="How many must be decided before it.")
    next_sequence: int = Field(examples=[0], description="How many are decided.")
    expires_at: Time | None
    votes: list[Vote]
    counted: int = Field(examples=[2], description="Organisations whose vote counts.")
    needed: int = Field(examples=[3], description="More than two thirds of those who govern.")
    block: int | None = Field(description="Block of the decision, null before.")
    reason: str | None = Field(description="The ledger's words, when it refused the decision.")
    ballot: dict[str, Any] | None = Field(
        description="The proposal with its votes, to be passed on; null in lists."
    )


class ProposalList(Model):
    """Some proposals."""

    items: list[Proposal]


def proposal_of(standing: Standing, *, is_listed: bool = False) -> Proposal:
    """Return a standing's schema, in a list without what may be long."""
    ballot, action = standing.ballot, standing.ballot.action
    places = set(counting(standing.voters).values())
    return Proposal(
        digest="0x" + ballot.digest.hex(),
        status=standing.status,
        action=Action(name=action.name, arguments=dict(action.arguments)),
        sequence=ballot.proposal.sequence,
        next_sequence=standing.next_sequence,
        expires_at=time_text(ballot.proposal.expires),
        votes=[
            Vote(
                key=voter.key,
                organisation=voter.organisation,
                counts=place in places,
                refusal=voter.refusal,
            )
            for place, voter in enumerate(standing.voters)
        ],
        counted=standing.counted,
        needed=standing.needed,
        block=standing.block,
        reason=standing.reason,
        ballot=None if is_listed else ballot.to_json(),
    )
