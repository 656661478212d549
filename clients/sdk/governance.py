"""Proposals of the governing organisations: drafted and signed here, gathered by a door.

What is signed is read from the proposal itself, never from what a door says of it.
"""

import json
from dataclasses import dataclass
from typing import Self

from clients.sdk.answers import Answer, LedgerInfo
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError, InputError
from clients.sdk.json_input import parse_json
from clients.sdk.keystore import SigningKey
from contracts.errors import ContractError
from contracts.membership.ballot import Ballot
from contracts.membership.records import GOVERNANCE, Proposal
from contracts.records.record import RecordDomain

FILE_LIMIT = 1 << 18
_PATH = "/v1/membership/proposals"


@dataclass(frozen=True, slots=True)
class ProposalState:
    """How far a proposal is, as the door tells it.

    Attributes:
        digest: What names it.
        status: open, decidable, carrying, decided, refused, expired or superseded.
        counted: Organisations whose vote counts.
        needed: How many must.
        next_sequence: The sequence that the next decision must have.
        block: The block of the decision.
        reason: The ledger's words, when it refused.
        ballot: The proposal with the votes that the door holds; None in a list.
    """

    digest: bytes
    status: str
    counted: int
    needed: int
    next_sequence: int
    block: int | None
    reason: str | None
    ballot: Ballot | None

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read the door's answer; what it says of a ballot must be that ballot's.

        Raises:
            AnswerError: It cannot be used, or speaks of another proposal.
        """
        ballot = None
        if answer.members().get("ballot") is not None:
            try:
                ballot = Ballot.from_json(answer.part("ballot").members())
            except ContractError as error:
                raise AnswerError("ballot", f"cannot be used ({error})") from error
            if ballot.digest != answer.bytes32("digest"):
                raise AnswerError("ballot", "is another proposal's")
        return cls(
            digest=answer.bytes32("digest"),
            status=answer.text("status"),
            counted=answer.integer("counted"),
            needed=answer.integer("needed"),
            next_sequence=answer.integer("next_sequence"),
            block=answer.integer_or_none("block"),
            reason=answer.text_or_none("reason"),
            ballot=ballot,
        )


class Governance:
    """Proposals over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection

    def draft(
        self, action: bytes, expires: int, ledger: LedgerInfo, init_code: bytes = b""
    ) -> Ballot:
        """Return a new proposal without votes, for the sequence that comes next.

        Args:
            action: Calldata of `contracts.membership.governance`.
            expires: Last block time at which the votes are counted, seconds.
            ledger: What it is signed for.
            init_code: The code that an installation creates.

        Raises:
            AnswerError: The door names no Membership contract.
        """
        contract = ledger.contracts.get("membership")
        if contract is None:
            raise AnswerError("contracts", "name none for membership")
        proposal = Proposal(GOVERNANCE, self.next_sequence(), action, expires)
        return Ballot(RecordDomain(ledger.chain_id, contract), proposal, init_code)

    def next_sequence(self) -> int:
        """Return the sequence that the next decision must have."""
        return self._connection.get("/v1/membership/decisions/count").integer("count")

    def propose(self, ballot: Ballot) -> ProposalState:
        """Hand in a proposal with its votes; the door keeps it before it answers.

        Raises:
            ServerRefusedError: The door says why it cannot be decided, or which vote does
                not count.
        """
        return self._send(_PATH, ballot.to_json(), ballot.digest)

    def find(self, digest: bytes) -> ProposalState:
        """Return a proposal that the door holds, with its votes."""
        answer = ProposalState.read(self._connection.get(f"{_PATH}/0x{digest.hex()}"))
        return _matching(answer, digest)

    def proposals(self) -> list[ProposalState]:
        """Return the newest proposals that the door holds."""
        items = self._connection.get(_PATH).objects("items")
        return [ProposalState.read(item) for item in items]

    def vote(self, ballot: Ballot, key: SigningKey) -> ProposalState:
        """Sign a proposal and hand the vote in.

        Args:
            ballot: The proposal; read what it does before.
            key: An admin key of a governing organisation.
        """
        (vote,) = ballot.sign(key.secret).votes[len(ballot.votes) :] or (None,)
        if vote is None:  # the key has voted: hand in that vote again
            (vote,) = (v for v in ballot.votes if ballot.voter(v) == key.key_id)
        path = f"{_PATH}/0x{ballot.digest.hex()}/votes"
        return self._send(path, {"signature": "0x" + vote.hex()}, ballot.digest)

    def submit(self, digest: bytes) -> ProposalState:
        """Let the door carry a decision, again where the ledger refused it before."""
        return self._send(f"{_PATH}/0x{digest.hex()}/submission", {}, digest)

    def _send(self, path: str, value: dict[str, object], digest: bytes) -> ProposalState:
        answer = self._connection.post(path, json.dumps(value).encode(), "application/json")
        return _matching(ProposalState.read(answer), digest)


def parse_ballot(content: bytes, what: str) -> Ballot:
    """Read a proposal's file.

    Args:
        content: The file's bytes.
        what: Its name, for messages.

    Raises:
        InputError: It is no proposal in its one form.
    """
    try:
        return Ballot.from_json(parse_json(content))
    except (ValueError, ContractError) as error:
        raise InputError(what, f"is no proposal: {error}") from error


def _matching(state: ProposalState, digest: bytes) -> ProposalState:
    if state.digest != digest:
        raise AnswerError("digest", "is another proposal's")
    return state
