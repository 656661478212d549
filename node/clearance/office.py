"""Brings declarations from registration to clearance by itself, as far as facts allow.

(1) What a declaration needs next is worked out from its file and from what the ledger says, so that
    nothing is remembered but the signed records that are under way.
(2) Those are stored before they are promised: after a crash the same records are promised again.
(3) A declaration is looked at again once its records are final and read, or refused.

The channel is decided when the beacon's seed is there, or its time has passed. Goods are cleared as
soon as nothing is missing; the contract looks at every condition again.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.observability.events import log_event
from contracts.records.catalogue import parse_signed_record
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.clearance.assessor import Assessor
from node.clearance.planning import Kept, Next, Planner, case_of
from node.clearance.tables import (
    ClearanceStep,
    DeclarationFile,
    DeclarationVersion,
    FileState,
)
from node.database.database import Database
from node.indexer.tables import Cursor
from node.outbox.outbox import Entry, hex32, record_text
from node.outbox.tables import EntryStatus, OutboxEntry

Submit = Callable[[Sequence[SignedRecord]], Sequence[Entry]]
Sign = Callable[[Sequence[Record]], Sequence[SignedRecord]]
Assess = Callable[[DeclarationFile, DeclarationVersion, Mapping[str, Any]], None]

_AT_ONCE: Final = 256
_PAUSE_SECONDS: Final = 1
_LONG_PAUSE_SECONDS: Final = 15
_PATIENCE: Final = 60
"""After so many seconds of waiting the pause is a second longer."""
_UNASSESSED_SECONDS: Final = 300
_REFUSED_SECONDS: Final = 2
_DOUBLINGS: Final = 8
_LONGEST_REFUSED_SECONDS: Final = 300

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Planned:
    """A declaration with what comes next."""

    file: DeclarationFile
    version: DeclarationVersion
    next: Next


@dataclass(frozen=True, slots=True)
class _Standing:
    """What became of the records of one step."""

    settled: bool
    block: int
    reason: str | None

    @classmethod
    def of(cls, entries: Sequence[tuple[EntryStatus, int | None, str | None]]) -> Self:
        """Return the standing of one or more entries of the outbox."""
        refused = [reason for status, _, reason in entries if status is EntryStatus.REFUSED]
        return cls(
            all(status in {EntryStatus.FINAL, EntryStatus.REFUSED} for status, _, _ in entries),
            max(block or 0 for _, block, _ in entries),
            (refused[0] or "no reason given") if refused else None,
        )

    def is_read(self, reached: int) -> bool:
        """Return whether the ledger answered, and was followed so far."""
        return self.settled and self.block <= reached


class ClearanceOffice:
    """Does by itself what customs does about declarations, with the clerk's key."""

    def __init__(
        self,
        databases: tuple[Database, Database],
        planner: Planner,
        *,
        chain_id: int,
        sign: Sign,
        assess: Assess,
    ) -> None:
        """Work for one customs organisation.

        Args:
            databases: Read models and state.
            chain_id: Chain id of records.
            planner: Works out what is next.
            sign: Signs several with the clerk's key, for the contract in force.
            assess: Hands what is due on a declaration to payments; the same again is the same.
        """
        self._read, self._state = databases
        self._chain_id = chain_id
        self._planner = planner
        self._sign = sign
        self._assess = assess
        self._digests: dict[str, list[str]] = {}  # of open steps; read anew after a start
        self._refusals: dict[str, int] = {}
        self._assess_at: dict[str, int] = {}
        # Who waited for a draw when the ledger was read so far, in that second.
        self._undrawn: set[str] = set()
        self._moment = (-1, 0)

    def step(self, assessor: Assessor, submit: Submit, now: int) -> bool:
        """Do what can be done now; return whether something is under way.

        Args:
            assessor: Decides channels.
            submit: Promises durably to carry records.
            now: The time in seconds.

        Raises:
            StorageError: A database refused.
            LedgerUnavailableError: The ledger does not answer.
        """
        reached = self._reached()
        busy = self._follow(submit, reached, now)
        self._planner.begin()
        waiting = self._unlooked(self._waiting(now), (reached, now))
        planned = [
            _Planned(*case, following)
            for case, following in zip(
                waiting, self._planner.next(waiting, assessor, now), strict=True
            )
        ]  # (1)
        self._undrawn |= {each.file.declaration_no for each in planned if each.next.draws}
        busy = self._promise(planned, submit, now) or busy
        # After the promises: the ledger works meanwhile.
        self._tell_payments(waiting, assessor, now)
        return busy

    def _waiting(self, now: int) -> list[tuple[DeclarationFile, DeclarationVersion]]:
        """Return the open files whose time has come and which no record moves."""
        moving = (
            select(ClearanceStep.name)
            .where(ClearanceStep.is_open)
            .where(ClearanceStep.declaration_no == DeclarationFile.declaration_no)
        )
        query = (
            select(DeclarationFile, DeclarationVersion)
            .join(
                DeclarationVersion,
                (DeclarationVersion.declaration_no == DeclarationFile.declaration_no)
                & (DeclarationVersion.amendment == DeclarationFile.amendment),
            )
            .where(DeclarationFile.state == FileState.OPEN, DeclarationFile.next_at <= now)
            .where(~moving.exists())
            .order_by(DeclarationFile.next_at, DeclarationFile.declaration_no)
        )
        with self._state.read() as session:
            return [(file, version) for file, version in session.execute(query.limit(_AT_ONCE))]

    def _unlooked(self, cases: Sequence[Kept], moment: tuple[int, int]) -> list[Kept]:
        """Return those of which something may have changed since they waited for a draw."""
        if moment != self._moment:
            self._undrawn.clear()
        self._moment = moment
        return [case for case in cases if case[0].declaration_no not in self._undrawn]

    def _promise(self, planned: Sequence[_Planned], submit: Submit, now: int) -> bool:
        """Store what was decided and signed in one transaction, then let it be carried."""
        made = iter(self._sign([record for each in planned for record in each.next.records]))
        signed = [list(islice(made, len(each.next.records))) for each in planned]
        with self._state.write() as session, session.no_autoflush:  # (2)
            files = _files(session, [each.file.declaration_no for each in planned])
            for each, records in zip(planned, signed, strict=True):
                file = files[each.file.declaration_no]
                if not records:
                    self._rest(file, each, now)
                elif not _keep(session, file, each, records, now):
                    records.clear()
        for records in signed:
            if records:
                self._digests[hex32(records[0].digest)] = [hex32(one.digest) for one in records]
        together = [record for records in signed for record in records]
        if together:
            submit(together)
        return bool(together)

    def _tell_payments(self, cases: Sequence[Kept], assessor: Assessor, now: int) -> None:
        asked = [(file, version) for file, version in cases if file.assessed < file.amendment]
        known = self._planner.assessable([file for file, _ in asked]) if asked else set[str]()
        told: dict[str, int] = {}
        for file, version in asked:
            name = file.declaration_no
            if name not in known or self._assess_at.get(name, 0) > now:
                continue
            document = assessor.assess(case_of(file, version))
            if document is None:  # until tariff and rates are there, or an officer assesses
                self._assess_at[name] = now + _UNASSESSED_SECONDS
                continue
            self._assess(file, version, document)
            self._assess_at.pop(name, None)
            told[name] = version.amendment
        if told:
            with self._state.write() as session:
                for name, kept in _files(session, told).items():
                    kept.assessed = max(kept.assessed, told[name])

    @staticmethod
    def _rest(kept: DeclarationFile, planned: _Planned, now: int) -> None:
        if kept.amendment != planned.file.amendment:
            return
        if planned.next.waiting or kept.next_at <= now:
            kept.detail = planned.next.waiting or None
        if planned.next.ended:
            kept.state = FileState.CLOSED
        waited = max(now - max(kept.registered_at, kept.received_at), 0)
        pause = min(_PAUSE_SECONDS + waited // _PATIENCE, _LONG_PAUSE_SECONDS)
        kept.next_at = now if planned.next.draws else now + pause

    def _follow(self, submit: Submit, reached: int, now: int) -> bool:
        query = select(ClearanceStep).where(ClearanceStep.is_open)
        with self._state.read() as session:
            steps = list(session.scalars(query.order_by(ClearanceStep.at, ClearanceStep.name)))
        if not steps:
            self._digests.clear()
            return False
        standing = self._standing(steps)
        self._promise_again([one for one in steps if one.name not in standing], submit)
        ended = [
            (step, found.reason)
            for step in steps
            if (found := standing.get(step.name)) and found.is_read(reached)
        ]
        if ended:
            self._end(ended, now)  # (3)
        return True

    def _standing(self, steps: Sequence[ClearanceStep]) -> dict[str, _Standing]:
        """Return how the steps stand whose records are all promised."""
        named = {step.name: self._digests_of(step) for step in steps}
        wanted = [digest for digests in named.values() for digest in digests]
        entries: dict[str, tuple[EntryStatus, int | None, str | None]] = {}
        columns = (
            OutboxEntry.digest,
            OutboxEntry.status,
            OutboxEntry.block_number,
            OutboxEntry.reason,
        )
        with self._state.read() as session:
            for start in range(0, len(wanted), _AT_ONCE):
                part = OutboxEntry.digest.in_(wanted[start : start + _AT_ONCE])
                for digest, status, block, reason in session.execute(select(*columns).where(part)):
                    entries[digest] = EntryStatus(status), block, reason
        return {
            name: _Standing.of([entries[digest] for digest in digests])
            for name, digests in named.items()
            if all(digest in entries for digest in digests)
        }

    def _promise_again(self, steps: Sequence[ClearanceStep], submit: Submit) -> None:
        """Promise what was stored and not promised: the process ended in between."""
        again = [signed for step in steps for signed in self._parsed(step)]
        if again:
            submit(again)

    def _digests_of(self, step: ClearanceStep) -> list[str]:
        if step.name not in self._digests:
            self._digests[step.name] = [hex32(one.digest) for one in self._parsed(step)]
        return self._digests[step.name]

    def _parsed(self, step: ClearanceStep) -> list[SignedRecord]:
        return [parse_signed_record(value, self._chain_id) for value in json.loads(step.records)]

    def _end(self, ended: Sequence[tuple[ClearanceStep, str | None]], now: int) -> None:
        with self._state.write() as session, session.no_autoflush:
            files = _files(session, [step.declaration_no for step, _ in ended])
            for step, reason in ended:
                session.add(step)
                step.is_open = False
                file = files[step.declaration_no]
                file.next_at = now
                if reason is not None:
                    file.detail = f"the ledger refused it: {reason}"
                    file.next_at = now + self._pause_after_refusal(step.declaration_no)
        for step, reason in ended:
            self._digests.pop(step.name, None)
            if reason is None:
                self._refusals.pop(step.declaration_no, None)
                continue
            log_event(
                logger,
                logging.WARNING,
                "clearance refused by the ledger",
                declaration=step.declaration_no,
                reason=reason,
            )

    def _pause_after_refusal(self, number: str) -> int:
        """Return ever longer pauses: what the ledger refuses for, people must mend."""
        before = self._refusals.get(number, 0)
        self._refusals[number] = before + 1
        return min(_REFUSED_SECONDS << min(before, _DOUBLINGS), _LONGEST_REFUSED_SECONDS)

    def _reached(self) -> int:
        with self._read.read() as session:
            cursor = session.scalar(select(Cursor))
        return -1 if cursor is None else cursor.block_number


def _files(session: Session, names: Iterable[str]) -> dict[str, DeclarationFile]:
    """Return the files of some numbers, of a session that writes."""
    found: dict[str, DeclarationFile] = {}
    wanted = list(names)
    for start in range(0, len(wanted), _AT_ONCE):
        part = DeclarationFile.declaration_no.in_(wanted[start : start + _AT_ONCE])
        query = select(DeclarationFile).where(part)
        found |= {file.declaration_no: file for file in session.scalars(query)}
    return found


def _keep(
    session: Session,
    held: DeclarationFile,
    planned: _Planned,
    signed: Sequence[SignedRecord],
    now: int,
) -> bool:
    """Keep records and the decision they rest on; not where an amendment came meanwhile."""
    file, version, decided = planned.file, planned.version, planned.next.decided
    if held.amendment != file.amendment:
        return False
    if decided is not None:
        kept = session.get_one(DeclarationVersion, (version.declaration_no, version.amendment))
        kept.decision, kept.decision_salt = decided.document, decided.salt
    held.detail = None
    texts = [json.loads(record_text(each)) for each in signed]
    name = hex32(signed[0].digest)
    session.merge(ClearanceStep(name, file.declaration_no, json.dumps(texts), now, is_open=True))
    return True


def clerk_of(secret: bytes, chain_id: int, contract: Callable[[], bytes]) -> Sign:
    """Return what signs with a clerk's key for the contract in force.

    Args:
        secret: secp256k1 secret, 32 bytes.
        chain_id: Chain id of the records.
        contract: Gives the contract that speaks for clearance now.
    """

    def sign(records: Sequence[Record]) -> list[SignedRecord]:
        if not records:
            return []
        domain = RecordDomain(chain_id, contract())
        return [SignedRecord.sign(record, domain, secret) for record in records]

    return sign
