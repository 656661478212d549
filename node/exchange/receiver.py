"""Answers what other administrations send: fetches, examines, acknowledges or refuses.

(1) Each transmission to this country that is not answered becomes a task.
(2) Its document is fetched; while it cannot be had, the task waits, ever longer.
(3) The judgement is stored with the signed answers before any of them is promised: after a
    crash the same answers are promised again, which are the same entries of the outbox.
(4) A task is done when the ledger has the answers, or when somebody else answered.

Whatever the ledger refuses is judged anew: the certificate may have changed meanwhile.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import rfc8785
from sqlalchemy import select

from contracts.origin.records import MessageKind
from contracts.records.catalogue import parse_signed_record
from contracts.records.signed import SignedRecord
from node.errors import RecordUnknownError
from node.exchange.clerk import answer_reference, refusal_hash
from node.exchange.courier import (
    REFUSAL_TYPE,
    DocumentUnavailableError,
    DocumentUnreadableError,
    Parcel,
)
from node.exchange.examination import Examiner, Fault, IdentifierKeyMissingError, unreadable
from node.exchange.office import Office, Submit
from node.exchange.refusals import REFUSAL_FORMAT
from node.exchange.tables import ExchangeTask, TaskState
from node.origin.tables import CertificateRow, CertificateStatus, Exchange, MessageRow
from node.outbox.outbox import hex32, record_text
from node.outbox.tables import EntryStatus

_FIRST_PAUSE_SECONDS: Final = 2
_LONGEST_PAUSE_SECONDS: Final = 3_600
_AT_ONCE: Final = 50
_SENT: Final = (Exchange.SENT, Exchange.ACKNOWLEDGED)


class Receiver:
    """Answers the transmissions to one country."""

    def __init__(self, country: str, office: Office, examiner: Examiner) -> None:
        """Work for customs of one country.

        Args:
            country: Its ISO 3166 alpha-2 code.
            office: Databases, courier and clerk.
            examiner: Judges the documents.
        """
        self._country = country
        self._office = office
        self._read = office.read
        self._state = office.state
        self._outbox = office.outbox
        self._courier = office.courier
        self._clerk = office.clerk
        self._chain_id = office.chain_id
        self._examiner = examiner

    def step(self, submit: Submit, now: int) -> bool:
        """Do what can be done now; return whether answers are under way.

        Args:
            submit: Promises durably to carry a record.
            now: The time in seconds.

        Raises:
            StorageError: A database or the disk refused.
            NodeError: The folder's keys cannot be read.
        """
        sent = {row.object_id: (row, message) for row, message in self._sent()}
        self._begin([message for _, message in sent.values()], now)  # (1)
        busy = False
        for task in self._open():
            found = sent.get(task.object_id)
            if found is None or found[1].digest != task.transmission:
                self._settle(task)
            elif task.state == TaskState.JUDGED:
                busy = self._promise(task, submit, now) or busy
            elif task.next_at <= now:
                busy = self._judge(task, *found, submit, now) or busy
        return busy

    def _sent(self) -> Sequence[tuple[CertificateRow, MessageRow]]:
        query = (
            select(CertificateRow, MessageRow)
            .join(MessageRow, MessageRow.digest == CertificateRow.transmission)
            .where(
                CertificateRow.importing_country == self._country,
                CertificateRow.exchange.in_(_SENT),
                CertificateRow.status == CertificateStatus.ISSUED,
            )
        )
        with self._read.read() as session:
            return [(row, message) for row, message in session.execute(query)]

    def _begin(self, messages: Sequence[MessageRow], now: int) -> None:
        digests = [message.digest for message in messages]
        known_query = select(ExchangeTask.transmission).where(
            ExchangeTask.transmission.in_(digests)
        )
        with self._state.read() as session:
            known = set(session.scalars(known_query))
        new = [message for message in messages if message.digest not in known]
        if not new:
            return
        with self._state.write() as session:
            for message in new:
                session.add(
                    ExchangeTask(
                        transmission=message.digest,
                        object_id=message.object_id,
                        state=TaskState.WAITING,
                        attempts=0,
                        next_at=now,
                        since=now,
                    )
                )

    def _open(self) -> list[ExchangeTask]:
        open_states = (TaskState.WAITING, TaskState.JUDGED)
        query = (
            select(ExchangeTask)
            .where(ExchangeTask.state.in_(open_states))
            .order_by(ExchangeTask.next_at, ExchangeTask.transmission)
            .limit(_AT_ONCE)
        )
        with self._state.read() as session:
            return list(session.scalars(query))

    def _judge(
        self,
        task: ExchangeTask,
        row: CertificateRow,
        message: MessageRow,
        submit: Submit,
        now: int,
    ) -> bool:
        try:
            content = self._courier.fetch(  # (2)
                message.reference, message.organisation, row.document
            )
            with self._read.read() as session:
                faults = self._examiner.faults(session, row, content, message.block_time)
        except (DocumentUnavailableError, IdentifierKeyMissingError) as error:
            self._postpone(task, str(error), now)
            return False
        except DocumentUnreadableError as error:
            faults = [unreadable(error.reason)]
        if faults:
            salt = self._clerk.salt()
            answers = [self._refusal(row, message, faults, salt, now)]
        else:
            salt, answers = None, self._receipts(row, message, now)
        with self._state.write() as session:  # (3)
            kept = session.get_one(ExchangeTask, task.transmission)
            kept.state = TaskState.JUDGED
            kept.problem = None
            kept.findings = rfc8785.dumps([asdict(fault) for fault in faults]).decode()
            kept.salt = None if salt is None else hex32(salt)
            kept.answers = json.dumps([json.loads(record_text(signed)) for signed in answers])
        for signed in answers:
            submit(signed)
        return True

    def _receipts(self, row: CertificateRow, message: MessageRow, now: int) -> list[SignedRecord]:
        kinds = [MessageKind.ACKNOWLEDGE, MessageKind.RECEIVE]
        if row.exchange == Exchange.ACKNOWLEDGED:
            kinds.pop(0)
        return [
            self._clerk.tell(
                self._office.contract(),
                row.object_id,
                kind,
                now,
                reference=answer_reference(message.digest, kind),
            )
            for kind in kinds
        ]

    def _refusal(
        self,
        row: CertificateRow,
        message: MessageRow,
        faults: Sequence[Fault],
        salt: bytes,
        now: int,
    ) -> SignedRecord:
        codes = [fault.code for fault in faults]
        parcel = self._parcel(
            {
                "format": REFUSAL_FORMAT,
                "certificate": row.object_id,
                "transmission": message.digest,
                "codes": codes,
                "salt": hex32(salt),
            },
            message.organisation,
        )
        reference = answer_reference(message.digest, MessageKind.REFUSE)
        return self._clerk.tell(
            self._office.contract(),
            row.object_id,
            MessageKind.REFUSE,
            now,
            reference=reference if parcel is None else bytes.fromhex(parcel.manifest[2:]),
            document=bytes(32) if parcel is None else bytes.fromhex(parcel.document[2:]),
            reason=refusal_hash(salt, codes),
        )

    def _parcel(self, refusal: dict[str, Any], sender: str) -> Parcel | None:
        """Put the codes where the sender fetches them; else they stay in this node's inbox."""
        try:
            return self._courier.send(rfc8785.dumps(refusal), REFUSAL_TYPE, [sender])
        except DocumentUnavailableError:
            return None

    def _promise(self, task: ExchangeTask, submit: Submit, now: int) -> bool:
        """Promise what a crash left unpromised; judge anew what the ledger refused."""
        entries = []
        for value in json.loads(task.answers or "[]"):
            signed = parse_signed_record(value, self._chain_id)
            try:
                entries.append(self._outbox.find(hex32(signed.digest)))
            except RecordUnknownError:
                entries.append(submit(signed))
        refused = [entry for entry in entries if entry.status is EntryStatus.REFUSED]
        if refused:
            self._postpone(task, f"the ledger refused the answer: {refused[0].reason}", now)
        return any(not entry.is_settled for entry in entries)

    def _postpone(self, task: ExchangeTask, problem: str, now: int) -> None:
        pause = min(_FIRST_PAUSE_SECONDS << min(task.attempts, 16), _LONGEST_PAUSE_SECONDS)
        with self._state.write() as session:
            kept = session.get_one(ExchangeTask, task.transmission)
            kept.state = TaskState.WAITING
            kept.attempts += 1
            kept.next_at = now + pause
            kept.problem = problem
            kept.findings = kept.salt = kept.answers = None

    def _settle(self, task: ExchangeTask) -> None:
        """Close a task whose certificate no longer waits for this node (4)."""
        query = select(MessageRow.digest).where(MessageRow.object_id == task.object_id)
        with self._read.read() as session:
            told = set(session.scalars(query))
        values = json.loads(task.answers or "[]")
        own = {hex32(parse_signed_record(value, self._chain_id).digest) for value in values}
        if own and own <= told:
            state = TaskState.RECEIVED if task.salt is None else TaskState.REFUSED
        else:
            state = TaskState.SETTLED
        with self._state.write() as session:
            kept = session.get_one(ExchangeTask, task.transmission)
            kept.state = state
            kept.problem = None
