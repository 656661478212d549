"""Proposals of the governing organisations: handed in, voted on, carried once decided."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends

from api.bodies import read_json_body
from api.errors import BodyMalformedError
from api.membership.proposals import Proposal, ProposalList, proposal_of
from api.permissions import Node, Permission, Requirement
from api.schemas import EXAMPLE_DIGEST, Identifier, problems
from contracts.membership.ballot import FORMAT, Ballot

router = APIRouter(prefix="/membership/proposals", tags=["membership"])
Reader = Annotated[object, Depends(Requirement(Permission.MEMBERSHIP_READ))]
Proposer = Annotated[object, Depends(Requirement(Permission.MEMBERSHIP_PROPOSE))]

_SIGNATURE: Final = re.compile(r"0x[0-9a-f]{130}")
_HEX: Final = {"type": "string", "pattern": "^0x([0-9a-f]{2})*$"}
_BALLOT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["format", "chainId", "contract", "proposal", "initCode", "votes"],
    "additionalProperties": False,
    "properties": {
        "format": {"type": "string", "const": FORMAT},
        "chainId": {"type": "string", "examples": ["7742"]},
        "contract": {"type": "string", "pattern": "^0x[0-9a-f]{40}$"},
        "proposal": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "examples": [
                {
                    "object": "0x" + b"governance".ljust(32, b"\0").hex(),
                    "sequence": "0",
                    "action": "0x",
                    "expires": "1795429800",
                }
            ],
        },
        "initCode": _HEX,
        "votes": {"type": "array", "items": _HEX},
    },
}
_VOTE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["signature"],
    "additionalProperties": False,
    "properties": {"signature": {"type": "string", "pattern": "^0x[0-9a-f]{130}$"}},
    "example": {"signature": "0x" + EXAMPLE_DIGEST[2:] * 2 + "1b"},
}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post("", status_code=201, responses=problems(409, 413, 415), openapi_extra=_body(_BALLOT))
def propose(node: Node, _: Proposer, body: Annotated[object, Depends(read_json_body)]) -> Proposal:
    """Hand in a proposal with the votes that there are; it is kept before the answer.

    The same proposal again adds its votes. Once more than two thirds of the governing
    organisations have voted, this node carries the decision.
    """
    return proposal_of(node.proposals.propose(Ballot.from_json(body)))


@router.get("", responses=problems())
def proposals(node: Node, _: Reader) -> ProposalList:
    """List the proposals that were handed in here last, newest first."""
    found = node.proposals.newest()
    return ProposalList(items=[proposal_of(standing, is_listed=True) for standing in found])


@router.get("/{digest}", responses=problems(404))
def proposal(node: Node, _: Reader, digest: Identifier) -> Proposal:
    """Show a proposal: what it would do, who voted, and what a voter signs."""
    return proposal_of(node.proposals.find(digest))


@router.post("/{digest}/votes", responses=problems(404, 409, 413, 415), openapi_extra=_body(_VOTE))
def vote(
    node: Node, _: Proposer, digest: Identifier, body: Annotated[object, Depends(read_json_body)]
) -> Proposal:
    """Hand in a vote; the decisive one lets this node carry the decision."""
    return proposal_of(node.proposals.vote(digest, _signature(body)))


@router.post("/{digest}/submission", status_code=202, responses=problems(404, 409))
def submit(node: Node, _: Proposer, digest: Identifier) -> Proposal:
    """Promise to carry a decision, again where the ledger refused it before."""
    return proposal_of(node.proposals.submit(digest))


def _signature(body: object) -> bytes:
    if not isinstance(body, dict) or body.keys() != {"signature"}:
        raise BodyMalformedError("give an object with the one member 'signature'")
    text = body["signature"]
    if not isinstance(text, str) or _SIGNATURE.fullmatch(text) is None:
        raise BodyMalformedError("the signature is not 0x and 130 lower-case digits")
    return bytes.fromhex(text[2:])
