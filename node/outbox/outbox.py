"""The outbox: records this node has promised to carry, durable before the answer.

A record's EIP-712 digest names it: the same record submitted twice is one entry, on the
ledger as here. Submitting touches the state database alone, so any number of threads and
processes may do it while one carrier (`node.outbox.carrier`) works.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chain.observability.correlation import current_correlation
from contracts.records import SignedRecord
from contracts.records.catalogue import parse_signed_record
from node.database.database import Database
from node.errors import IdempotencyConflictError, RecordTogetherError, RecordUnknownError
from node.outbox.tables import EntryStatus, IdempotencyKey, OutboxEntry


@dataclass(frozen=True, slots=True)
class Request:
    """A caller's name for one request.

    Attributes:
        scope: Who asks: the token's organisation and subject.
        key: The caller's idempotency key.
        content_hash: SHA-256 of what was asked, 0x and 64 hex digits.
    """

    scope: str
    key: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One promised record and how far it has come.

    Attributes:
        digest: EIP-712 digest, 0x and 64 hex digits.
        type_name: The record's type.
        contract: Address it is signed for.
        object_id: The object whose head it advances.
        status: How far it has come.
        accepted_at: When this node promised to carry it, RFC 3339.
        transaction_hash: What carries it, once something does.
        block_number: The block that holds it, once it is final.
        reason: Why the ledger refused it, if it did.
        correlation_id: The request it first came with, if that had an id.
        signed: The record.
    """

    digest: str
    type_name: str
    contract: str
    object_id: str
    status: EntryStatus
    accepted_at: str
    transaction_hash: str | None
    block_number: int | None
    reason: str | None
    correlation_id: str | None
    signed: SignedRecord

    @property
    def is_settled(self) -> bool:
        """Whether the ledger has answered for good."""
        return self.status in {EntryStatus.FINAL, EntryStatus.REFUSED}


class Outbox:
    """Accepts records and tells how far they have come."""

    def __init__(self, state: Database, chain_id: int, clock: Callable[[], datetime]) -> None:
        """Work on a migrated state database."""
        self._state = state
        self._chain_id = chain_id
        self._clock = clock

    def submit(self, signed: SignedRecord, request: Request | None = None) -> Entry:
        """Promise to carry a record; the promise is durable on return.

        The same record again is the same entry: nothing is stored twice. A record the ledger
        refused may be promised again, because what it was refused for may have changed.
        The entry keeps the id of the request (`chain.observability.correlation`) that made it.

        Args:
            signed: The record; whether the ledger will take it is not judged here.
            request: The caller's name for this request, if it gave one.

        Raises:
            IdempotencyConflictError: The key came with another request before.
            StorageError: Nothing was promised.
        """
        digest = hex32(signed.digest)
        try:
            return self._submit(self._row(signed, digest), request)
        except IntegrityError:
            # Another thread stored the same record or key between look and insert.
            return self._submit(self._row(signed, digest), request)

    def submit_each(self, records: Sequence[SignedRecord]) -> list[Entry]:
        """Promise to carry records, each for itself, in this order; durable on return.

        As `submit` for one after the other, but written at once: all are promised, or none.

        Args:
            records: Any number.

        Raises:
            StorageError: Nothing was promised.
        """
        try:
            return self._submit_each(records)
        except IntegrityError:
            return self._submit_each(records)  # as in `submit`

    def submit_together(
        self, records: Sequence[SignedRecord], request: Request | None = None
    ) -> list[Entry]:
        """Promise to carry records in one transaction, all or none; durable on return.

        The same records in the same order again are the same entries. Refused ones may be
        promised again.

        Args:
            records: Two or more, in the order in which the contract shall take them.
            request: The caller's name for this request, if it gave one.

        Raises:
            IdempotencyConflictError: The key came with another request before.
            RecordTogetherError: One of them is promised already, in other company.
            StorageError: Nothing was promised.
        """
        try:
            return self._submit_together(records, request)
        except IntegrityError:
            return self._submit_together(records, request)  # as in `submit`

    def find(self, digest: str) -> Entry:
        """Return an entry.

        Raises:
            RecordUnknownError: This node never promised to carry it.
        """
        with self._state.read() as session:
            row = session.scalar(select(OutboxEntry).where(OutboxEntry.digest == digest))
        if row is None:
            raise RecordUnknownError(digest)
        return self._entry(row)

    def counts(self) -> dict[EntryStatus, int]:
        """Return how many entries stand at each status."""
        query = select(OutboxEntry.status, func.count()).group_by(OutboxEntry.status)
        with self._state.read() as session:
            found = {EntryStatus(status): number for status, number in session.execute(query)}
        return {status: found.get(status, 0) for status in EntryStatus}

    def oldest_unsettled(self) -> datetime | None:
        """Return when the oldest record without an outcome was promised, None without any."""
        query = select(func.min(OutboxEntry.accepted_at)).where(
            OutboxEntry.status.in_((EntryStatus.WAITING, EntryStatus.CARRIED))
        )
        with self._state.read() as session:
            oldest = session.scalar(query)
        return None if oldest is None else datetime.fromisoformat(oldest)

    def is_promised(self, type_name: str, field: str, value: str) -> bool:
        """Return whether a record that is not refused has this value in a field."""
        query = select(OutboxEntry.record).where(
            OutboxEntry.type_name == type_name, OutboxEntry.status != EntryStatus.REFUSED
        )
        with self._state.read() as session:
            texts = session.scalars(query.where(OutboxEntry.record.contains(value)))
            return any(json.loads(text)["message"].get(field) == value for text in texts)

    def _submit(self, new: OutboxEntry, request: Request | None) -> Entry:
        with self._state.write() as session:
            if request is not None:
                self._use_key(session, request, new.digest)
            return self._entry(self._put(session, new))

    @staticmethod
    def _put(session: Session, new: OutboxEntry) -> OutboxEntry:
        row = session.scalar(select(OutboxEntry).where(OutboxEntry.digest == new.digest))
        if row is not None and row.status == EntryStatus.REFUSED:
            # Anew: behind what was promised since, perhaps signed by the right key.
            session.delete(row)
            session.flush()
            row = None
        if row is None:
            row = new
            session.add(row)
        session.flush()
        return row

    def _submit_each(self, records: Sequence[SignedRecord]) -> list[Entry]:
        with self._state.write() as session:
            return [
                self._entry(self._put(session, self._row(signed, hex32(signed.digest))))
                for signed in records
            ]

    def _submit_together(
        self, records: Sequence[SignedRecord], request: Request | None
    ) -> list[Entry]:
        name = together_name(records)
        new = [self._row(signed, hex32(signed.digest), name) for signed in records]
        digests = [row.digest for row in new]
        with self._state.write() as session:
            if request is not None:
                self._use_key(session, request, name)
            query = select(OutboxEntry).where(OutboxEntry.digest.in_(digests))
            live = {}
            for row in session.scalars(query).all():
                if row.status == EntryStatus.REFUSED:
                    session.delete(row)
                elif row.together != name:
                    raise RecordTogetherError(row.digest)
                else:
                    live[row.digest] = row
            session.flush()
            for row in new if not live else ():
                session.add(row)
                session.flush()  # one after the other: their sequence is their order
            return [self._entry(live.get(row.digest, row)) for row in new]

    def _use_key(self, session: Session, request: Request, digest: str) -> None:
        used = session.get(IdempotencyKey, (request.scope, request.key))
        if used is None:
            session.add(
                IdempotencyKey(
                    scope=request.scope,
                    key=request.key,
                    request_hash=request.content_hash,
                    digest=digest,
                    used_at=self._now(),
                )
            )
        elif used.request_hash != request.content_hash:
            raise IdempotencyConflictError(request.key)

    def _row(self, signed: SignedRecord, digest: str, together: str | None = None) -> OutboxEntry:
        return OutboxEntry(
            digest=digest,
            type_name=signed.record.TYPE_NAME,
            contract="0x" + signed.domain.contract.hex(),
            object_id=hex32(signed.record.object),
            record=record_text(signed),
            accepted_at=self._now(),
            correlation_id=current_correlation(),
            together=together,
        )

    def _entry(self, row: OutboxEntry) -> Entry:
        return Entry(
            digest=row.digest,
            type_name=row.type_name,
            contract=row.contract,
            object_id=row.object_id,
            status=EntryStatus(row.status),
            accepted_at=row.accepted_at,
            transaction_hash=row.transaction_hash,
            block_number=row.block_number,
            reason=row.reason,
            correlation_id=row.correlation_id,
            signed=parse_signed_record(json.loads(row.record), self._chain_id),
        )

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="milliseconds")


def together_name(records: Sequence[SignedRecord]) -> str:
    """Return what names records that go together: the hash of their digests in order."""
    joined = b"".join(signed.digest for signed in records)
    return hex32(hashlib.sha256(b"tradeseal/together\0" + joined).digest())


def record_text(signed: SignedRecord) -> str:
    """Return a signed record as canonical JSON text (RFC 8785)."""
    return rfc8785.dumps(signed.to_json()).decode()


def hex32(value: bytes) -> str:
    """Return 32 bytes as 0x and 64 lower-case hex digits."""
    return "0x" + value.hex()
