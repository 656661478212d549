"""Proposals handed in here, their votes, and the promise to carry what is decided.

Durable: a proposal or vote is in the state database when its method returns. Several nodes may
gather votes of the same proposal: its digest names it, and the ledger decides it once.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contracts.membership.ballot import Ballot
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.errors import (
    ProposalClosedError,
    ProposalUndecidedError,
    ProposalUnknownError,
    RecordForeignError,
    RecordUnknownError,
    VoteRefusedError,
)
from node.governance.electorate import Voter, find_voter, needed_votes
from node.governance.tables import ProposalRow, VoteRow
from node.membership.queries import MembershipQueries
from node.outbox.outbox import Entry, Outbox, hex32
from node.outbox.tables import EntryStatus

LIST_LIMIT: Final = 200


class ProposalStatus(StrEnum):
    """How far a proposal is.

    open → decidable → carrying → decided. Expired and superseded (another proposal took its
    sequence) are for good; refused may be handed in to the ledger again.
    """

    OPEN = "open"
    DECIDABLE = "decidable"
    CARRYING = "carrying"
    DECIDED = "decided"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal and how far it is.

    Attributes:
        ballot: The proposal with all votes handed in here.
        voters: Who stands behind each vote, in the same order.
        needed: How many votes must count.
        status: How far it is.
        next_sequence: The sequence that the next decision must have.
        block: The block that holds the decision.
        reason: The ledger's words, when it refused.
    """

    ballot: Ballot
    voters: tuple[Voter, ...]
    needed: int
    status: ProposalStatus
    next_sequence: int
    block: int | None
    reason: str | None

    @property
    def counted(self) -> int:
        """How many organisations' votes count."""
        return len(counting(self.voters))


def counting(voters: Sequence[Voter]) -> dict[str, int]:
    """Return, by organisation in ascending order, the place of the vote that counts."""
    places = {
        voter.organisation: place
        for place, voter in enumerate(voters)
        if voter.refusal is None and voter.organisation is not None
    }
    return dict(sorted(places.items()))


class Proposals:
    """The proposals of one node."""

    def __init__(
        self,
        state: Database,
        read: Database,
        outbox: Outbox,
        domain: RecordDomain,
        clock: Callable[[], datetime],
    ) -> None:
        """Work on migrated databases.

        Args:
            state: Keeps proposals and votes.
            read: Says whose votes count, and what is decided.
            outbox: Carries decisions.
            domain: The Membership contract.
            clock: Says what has expired.
        """
        self._state = state
        self._read = read
        self._outbox = outbox
        self._domain = domain
        self._clock = clock

    def propose(self, ballot: Ballot) -> Standing:
        """Keep a proposal, and those of its votes that count; durable on return.

        The same proposal again adds its votes to those that are here.

        Raises:
            RecordForeignError: It is for another contract or chain.
            ProposalClosedError: It has expired, or another decision took its sequence.
            VoteRefusedError: One of its votes does not count; nothing is kept.
        """
        if ballot.domain != self._domain:
            raise RecordForeignError("0x" + ballot.domain.contract.hex())
        self._require_open(ballot)
        for vote in ballot.votes:
            self._require_counting(ballot, vote)
        self._store(ballot)
        return self._carry_decided(hex32(ballot.digest))

    def vote(self, digest: str, signature: bytes) -> Standing:
        """Keep a vote; durable on return. The decisive one lets this node carry the decision.

        Raises:
            ProposalUnknownError: No such proposal was handed in here.
            ProposalClosedError: It has expired, or another decision took its sequence.
            VoteRefusedError: The vote does not count.
            RecordSignatureError: It is no signature.
        """
        ballot = self.find(digest).ballot
        self._require_open(ballot)
        self._require_counting(ballot, signature)
        self._store(ballot.with_votes([signature]))
        return self._carry_decided(digest)

    def submit(self, digest: str) -> Standing:
        """Promise to carry a decision, again where the ledger refused it before.

        Raises:
            ProposalUnknownError: No such proposal was handed in here.
            ProposalClosedError: It has expired, or another decision took its sequence.
            ProposalUndecidedError: Too few votes count.
        """
        standing = self.find(digest)
        if standing.status is ProposalStatus.DECIDED:
            return standing
        self._require_open(standing.ballot)
        if standing.counted < standing.needed:
            raise ProposalUndecidedError(digest, standing.counted, standing.needed)
        self._outbox.submit(self._first_vote(standing))
        return self.find(digest)

    def find(self, digest: str) -> Standing:
        """Return a proposal.

        Raises:
            ProposalUnknownError: No such proposal was handed in here.
        """
        with self._state.read() as session:
            row = session.get(ProposalRow, digest)
            if row is None:
                raise ProposalUnknownError(digest)
            ballot = _ballot(session, row)
        return self._standing(ballot)

    def newest(self) -> list[Standing]:
        """Return the proposals that were handed in last, newest first."""
        order = (ProposalRow.received_at.desc(), ProposalRow.digest)
        with self._state.read() as session:
            rows = session.scalars(select(ProposalRow).order_by(*order).limit(LIST_LIMIT))
            ballots = [_ballot(session, row) for row in rows]
        return [self._standing(ballot) for ballot in ballots]

    def decisive_votes(self, digest: str) -> tuple[Ballot, list[bytes]]:
        """Return a proposal with the votes that count, in the order that Membership asks for.

        Raises:
            ProposalUnknownError: No such proposal was handed in here.
        """
        standing = self.find(digest)
        places = counting(standing.voters).values()
        return standing.ballot, [standing.ballot.votes[place] for place in places]

    def _carry_decided(self, digest: str) -> Standing:
        standing = self.find(digest)
        if standing.status is not ProposalStatus.DECIDABLE:
            return standing
        self._outbox.submit(self._first_vote(standing))
        return self.find(digest)

    def _first_vote(self, standing: Standing) -> SignedRecord:
        # Membership names the first voter as the record's signer.
        ballot, place = standing.ballot, next(iter(counting(standing.voters).values()))
        return SignedRecord(ballot.proposal, self._domain, ballot.votes[place])

    def _require_open(self, ballot: Ballot) -> None:
        digest, proposal = hex32(ballot.digest), ballot.proposal
        with self._read.read() as session:
            decided = MembershipQueries(session).decision(digest)
            sequence = MembershipQueries(session).decision_count()
        if decided is not None:
            reason = f"it was decided in block {decided.block_number}"
            raise ProposalClosedError(digest, reason, "nothing is left to do")
        if proposal.sequence < sequence:
            reason = f"its sequence is {proposal.sequence}, and {sequence} proposals are decided"
            raise ProposalClosedError(digest, reason, f"draft it again with sequence {sequence}")
        if proposal.expires < self._now():
            reason = f"it expired at {proposal.expires} (seconds since 1970)"
            raise ProposalClosedError(digest, reason, "draft it again with a later end")

    def _require_counting(self, ballot: Ballot, vote: bytes) -> None:
        with self._read.read() as session:
            voter = find_voter(session, hex32(ballot.voter(vote)))
        if voter.refusal is not None:
            raise VoteRefusedError(voter.key, voter.refusal)

    def _standing(self, ballot: Ballot) -> Standing:
        digest = hex32(ballot.digest)
        with self._read.read() as session:
            queries = MembershipQueries(session)
            voters = tuple(find_voter(session, hex32(ballot.voter(v))) for v in ballot.votes)
            needed = needed_votes(queries.governing_count())
            decision, sequence = queries.decision(digest), queries.decision_count()
        entry = self._entry(digest)
        counted = len(counting(voters))
        status, block = ProposalStatus.OPEN, None
        if decision is not None:
            status, block = ProposalStatus.DECIDED, decision.block_number
        elif entry is not None and entry.status is EntryStatus.FINAL:
            status, block = ProposalStatus.DECIDED, entry.block_number
        elif ballot.proposal.sequence < sequence:
            status = ProposalStatus.SUPERSEDED
        elif entry is not None:
            is_refused = entry.status is EntryStatus.REFUSED
            status = ProposalStatus.REFUSED if is_refused else ProposalStatus.CARRYING
        elif ballot.proposal.expires < self._now():
            status = ProposalStatus.EXPIRED
        elif counted >= needed:
            status = ProposalStatus.DECIDABLE
        reason = None if entry is None else entry.reason
        return Standing(ballot, voters, needed, status, sequence, block, reason)

    def _entry(self, digest: str) -> Entry | None:
        try:
            return self._outbox.find(digest)
        except RecordUnknownError:
            return None

    def _store(self, ballot: Ballot) -> None:
        try:
            self._write(ballot)
        except IntegrityError:
            # Another thread stored the same between look and insert.
            self._write(ballot)

    def _write(self, ballot: Ballot) -> None:
        digest = hex32(ballot.digest)
        received_at = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        with self._state.write() as session:
            if session.get(ProposalRow, digest) is None:
                session.add(ProposalRow(digest, _text(ballot), received_at))
                session.flush()
            for vote in ballot.votes:
                key = hex32(ballot.voter(vote))
                if session.get(VoteRow, (digest, key)) is None:
                    session.add(VoteRow(digest, key, "0x" + vote.hex(), received_at))

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _text(ballot: Ballot) -> str:
    return json.dumps(replace(ballot, votes=()).to_json(), sort_keys=True)


def _ballot(session: Session, row: ProposalRow) -> Ballot:
    order = (VoteRow.received_at, VoteRow.key)
    query = select(VoteRow.signature).where(VoteRow.digest == row.digest).order_by(*order)
    votes = [bytes.fromhex(text[2:]) for text in session.scalars(query)]
    return Ballot.from_json(json.loads(row.ballot)).with_votes(votes)
