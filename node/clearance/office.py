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
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from chain.observability.events import log_event
from contracts.records.catalogue import parse_signed_record
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.clearance.assessor import Assessor, Decided
from node.clearance.planning import Next, Planner, case_of
from node.clearance.tables import (
    ClearanceStep,
    DeclarationFile,
    DeclarationVersion,
    FileState,
)
from node.database.database import Database
from node.errors import RecordUnknownError
from node.indexer.tables import Cursor
from node.outbox.outbox import Entry, Outbox, hex32, record_text
from node.outbox.tables import EntryStatus

Submit = Callable[[Sequence[SignedRecord]], Sequence[Entry]]
Assess = Callable[[DeclarationFile, DeclarationVersion, Mapping[str, Any]], None]

_AT_ONCE: Final = 256
_PAUSE_SECONDS: Final = 1
_LONG_PAUSE_SECONDS: Final = 15

logger = logging.getLogger(__name__)


class ClearanceOffice:
    """Does by itself what customs does about declarations, with the clerk's key."""

    def __init__(
        self,
        databases: tuple[Database, Database],
        outbox: Outbox,
        planner: Planner,
        *,
        chain_id: int,
        sign: Callable[[Record], SignedRecord],
        assess: Assess,
    ) -> None:
        """Work for one customs organisation.

        Args:
            databases: Read models and state.
            outbox: Tells what became of records.
            chain_id: Chain id of records.
            planner: Works out what is next.
            sign: Signs with the clerk's key, for the contract in force.
            assess: Hands what is due on a declaration to payments; the same again is the same.
        """
        self._read, self._state = databases
        self._outbox = outbox
        self._chain_id = chain_id
        self._planner = planner
        self._sign = sign
        self._assess = assess

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
        busy = self._follow(submit, now)
        for file, version in self._waiting(now):
            busy = self._advance(file, version, assessor, submit, now) or busy
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

    def _advance(
        self,
        file: DeclarationFile,
        version: DeclarationVersion,
        assessor: Assessor,
        submit: Submit,
        now: int,
    ) -> bool:
        if file.assessed < file.amendment and self._planner.is_assessable(file):
            self._tell_payments(file, version, assessor)
        following = self._planner.next(file, version, assessor, now)  # (1)
        if not following.records:
            self._rest(file, following, now)
            return False
        signed = [self._sign(record) for record in following.records]
        self._keep(file, version, following.decided, signed, now)  # (2)
        submit(signed)
        return True

    def _tell_payments(
        self, file: DeclarationFile, version: DeclarationVersion, assessor: Assessor
    ) -> None:
        document = assessor.assess(case_of(file, version))
        if document is not None:
            self._assess(file, version, document)
        with self._state.write() as session:
            kept = session.get_one(DeclarationFile, file.declaration_no)
            kept.assessed = max(kept.assessed, version.amendment)

    def _rest(self, file: DeclarationFile, following: Next, now: int) -> None:
        with self._state.write() as session:
            kept = session.get_one(DeclarationFile, file.declaration_no)
            if kept.amendment != file.amendment:
                return
            kept.detail = following.waiting or None
            if following.ended:
                kept.state = FileState.CLOSED
            waited = now - max(kept.registered_at, kept.received_at)
            kept.next_at = now + min(_PAUSE_SECONDS + waited // 60, _LONG_PAUSE_SECONDS)

    def _keep(
        self,
        file: DeclarationFile,
        version: DeclarationVersion,
        decided: Decided | None,
        signed: Sequence[SignedRecord],
        now: int,
    ) -> None:
        with self._state.write() as session:
            if decided is not None:
                key = (version.declaration_no, version.amendment)
                kept = session.get_one(DeclarationVersion, key)
                kept.decision, kept.decision_salt = decided.document, decided.salt
            session.get_one(DeclarationFile, file.declaration_no).detail = None
            texts = [json.loads(record_text(each)) for each in signed]
            session.merge(
                ClearanceStep(hex32(signed[0].digest), file.declaration_no, json.dumps(texts), now)
            )

    def _follow(self, submit: Submit, now: int) -> bool:
        query = select(ClearanceStep).where(ClearanceStep.is_open)
        with self._state.read() as session:
            steps = list(session.scalars(query.order_by(ClearanceStep.at, ClearanceStep.name)))
        if not steps:
            return False
        reached = self._reached()
        ended: list[tuple[ClearanceStep, str | None]] = []
        for step in steps:
            entries = self._promised(step, submit)
            if all(entry.is_settled and (entry.block_number or 0) <= reached for entry in entries):
                refused = [entry for entry in entries if entry.status is EntryStatus.REFUSED]
                ended.append((step, refused[0].reason or "no reason given" if refused else None))
        if ended:
            self._end(ended, now)  # (3)
        return True

    def _promised(self, step: ClearanceStep, submit: Submit) -> Sequence[Entry]:
        records = [parse_signed_record(value, self._chain_id) for value in json.loads(step.records)]
        try:
            return [self._outbox.find(hex32(signed.digest)) for signed in records]
        except RecordUnknownError:
            return submit(records)

    def _end(self, ended: Sequence[tuple[ClearanceStep, str | None]], now: int) -> None:
        with self._state.write() as session:
            for step, reason in ended:
                session.get_one(ClearanceStep, step.name).is_open = False
                file = session.get_one(DeclarationFile, step.declaration_no)
                file.next_at = now
                if reason is not None:
                    file.detail = f"the ledger refused it: {reason}"
                    file.next_at = now + _PAUSE_SECONDS
        for step, reason in ended:
            if reason is not None:
                log_event(
                    logger,
                    logging.WARNING,
                    "clearance refused by the ledger",
                    declaration=step.declaration_no,
                    reason=reason,
                )

    def _reached(self) -> int:
        with self._read.read() as session:
            cursor = session.scalar(select(Cursor))
        return -1 if cursor is None else cursor.block_number


def clerk_of(
    secret: bytes, chain_id: int, contract: Callable[[], bytes]
) -> Callable[[Record], SignedRecord]:
    """Return what signs with a clerk's key for the contract in force.

    Args:
        secret: secp256k1 secret, 32 bytes.
        chain_id: Chain id of the records.
        contract: Gives the contract that speaks for clearance now.
    """

    def sign(record: Record) -> SignedRecord:
        return SignedRecord.sign(record, RecordDomain(chain_id, contract()), secret)

    return sign
