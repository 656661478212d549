"""What the carrier keeps in the state database; each method is one SQL transaction."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from chain.observability.correlation import join_correlations
from contracts.records import SignedRecord
from contracts.records.catalogue import parse_signed_record
from node.database.database import Database
from node.outbox.tables import (
    EntryStatus,
    OutboxAccount,
    OutboxEntry,
    OutboxTransaction,
    TransactionStatus,
)

# Records per transaction: 32 claims stay below half of the transaction's gas limit.
BATCH_LIMIT: Final = 32


@dataclass(frozen=True, slots=True)
class PendingTransaction:
    """A stored transaction without a known outcome."""

    hash: str
    account: str
    nonce: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Records for one transaction, in their order, each with its digest.

    Attributes:
        records: At least one, unless nothing waits.
        together: Whether they go all or not at all; else a refused one spoils no other.
    """

    records: Sequence[tuple[str, SignedRecord]]
    together: bool = False

    @property
    def signed(self) -> list[SignedRecord]:
        """The records without their digests."""
        return [signed for _, signed in self.records]

    def first(self, number: int) -> "Batch":
        """Return the first records as a batch; several that go together stay so."""
        return self if self.together else Batch(self.records[:number])


class Journal:
    """The carrier's memory.

    Attributes:
        chain_id: Chain id of transactions and records.
    """

    def __init__(self, state: Database, chain_id: int) -> None:
        """Work on a migrated state database."""
        self._state = state
        self.chain_id = chain_id

    def pending(self, account: str) -> list[PendingTransaction]:
        """Return the transactions without outcome, by nonce."""
        query = (
            select(OutboxTransaction)
            .where(
                OutboxTransaction.account == account,
                OutboxTransaction.status == TransactionStatus.PENDING,
            )
            .order_by(OutboxTransaction.nonce)
        )
        with self._state.read() as session:
            return [
                PendingTransaction(row.hash, row.account, row.nonce, bytes.fromhex(row.raw))
                for row in session.scalars(query)
            ]

    def next_batch(self, limit: int | None = None) -> Batch:
        """Return the oldest waiting records, all for the contract of the first one.

        Records for one object keep their order: the batch ends where the contract changes,
        and where records begin that go together; those are a batch of their own.
        """
        query = (
            select(OutboxEntry)
            .where(OutboxEntry.status == EntryStatus.WAITING)
            .order_by(OutboxEntry.sequence)
        )
        batch: list[tuple[str, SignedRecord]] = []
        contract = ""
        with self._state.read() as session:
            for row in session.scalars(query.limit(limit or BATCH_LIMIT)):
                if row.together is not None:
                    if batch:
                        break
                    rows = session.scalars(query.where(OutboxEntry.together == row.together))
                    return Batch([self._pair(row) for row in rows], together=True)
                contract = contract or row.contract
                if row.contract != contract:
                    break
                batch.append(self._pair(row))
        return Batch(batch)

    def batch_of(self, transaction_hash: str) -> Batch:
        """Return the records a transaction carries, in its order."""
        query = (
            select(OutboxEntry)
            .where(OutboxEntry.transaction_hash == transaction_hash)
            .order_by(OutboxEntry.sequence)
        )
        with self._state.read() as session:
            rows = session.scalars(query).all()
            together = any(row.together is not None for row in rows)
            return Batch([self._pair(row) for row in rows], together)

    def correlation_of(self, transaction_hash: str) -> str | None:
        """Return the ids of the requests that a transaction's records came with, joined."""
        query = (
            select(OutboxEntry.correlation_id)
            .where(OutboxEntry.transaction_hash == transaction_hash)
            .order_by(OutboxEntry.sequence)
        )
        with self._state.read() as session:
            return join_correlations(found for found in session.scalars(query) if found)

    def store(
        self,
        account: str,
        final_nonces: int,
        digests: Sequence[str],
        sign: Callable[[int], tuple[str, bytes]],
    ) -> PendingTransaction:
        """Give out the next nonce and keep the transaction that is signed with it.

        Args:
            account: Address, lower case.
            final_nonces: Number of the account's final transactions on the ledger; greater
                than ours when the database was restored from an older copy.
            digests: The records that the transaction carries.
            sign: Makes hash and bytes of the transaction for a nonce.
        """
        with self._state.write() as session:
            row = session.get(OutboxAccount, account, with_for_update=True)
            if row is None:
                row = OutboxAccount(address=account, next_nonce=final_nonces)
                session.add(row)
            nonce = max(row.next_nonce, final_nonces)
            transaction_hash, raw = sign(nonce)
            row.next_nonce = nonce + 1
            # Merged: a refused transaction may come again with the same nonce and hash.
            session.merge(
                OutboxTransaction(
                    hash=transaction_hash,
                    account=account,
                    nonce=nonce,
                    raw=raw.hex(),
                    status=TransactionStatus.PENDING,
                )
            )
            session.flush()  # the entries refer to it
            session.execute(
                update(OutboxEntry)
                .where(OutboxEntry.digest.in_(digests), OutboxEntry.status == EntryStatus.WAITING)
                .values(status=EntryStatus.CARRIED, transaction_hash=transaction_hash)
            )
        return PendingTransaction(transaction_hash, account, nonce, raw)

    def finish(
        self,
        transaction: PendingTransaction,
        block_number: int,
        final: Mapping[str, int],
        refused: Mapping[str, str],
    ) -> None:
        """Keep the outcome of a transaction that has a receipt.

        Records of it that are neither final nor refused wait again.

        Args:
            transaction: The transaction.
            block_number: The block that holds it.
            final: The block that accepted each accepted record, by digest.
            refused: The ledger's reason for each refused record, by digest.
        """
        with self._state.write() as session:
            _close(session, transaction.hash, TransactionStatus.FINAL, block_number)
            for block in sorted(set(final.values())):
                digests = [digest for digest, at in final.items() if at == block]
                _settle(session, digests, status=EntryStatus.FINAL, block_number=block)
            for digest, reason in refused.items():
                _settle(session, [digest], status=EntryStatus.REFUSED, reason=reason)
            _release(session, transaction.hash)

    def displace(self, transaction: PendingTransaction) -> None:
        """Let the records of a transaction wait again, because another one has its nonce."""
        with self._state.write() as session:
            _displace(session, transaction.hash)

    def refuse(self, transaction: PendingTransaction, reason: str | None) -> None:
        """Give up a transaction that the ledger will never take, and free its nonce.

        Args:
            transaction: The transaction.
            reason: Why its records are refused; None lets them wait again.
        """
        later = (
            select(OutboxTransaction.hash)
            .where(
                OutboxTransaction.account == transaction.account,
                OutboxTransaction.status == TransactionStatus.PENDING,
                OutboxTransaction.nonce > transaction.nonce,
            )
            .order_by(OutboxTransaction.nonce)
        )
        with self._state.write() as session:
            account = session.get_one(OutboxAccount, transaction.account, with_for_update=True)
            for transaction_hash in session.scalars(later).all():
                _displace(session, transaction_hash)
            if reason is not None:
                digests = session.scalars(_digests(transaction.hash)).all()
                _settle(session, digests, status=EntryStatus.REFUSED, reason=reason)
            _displace(session, transaction.hash)
            _close(session, transaction.hash, TransactionStatus.REFUSED, None)
            account.next_nonce = transaction.nonce

    def _pair(self, row: OutboxEntry) -> tuple[str, SignedRecord]:
        return row.digest, parse_signed_record(json.loads(row.record), self.chain_id)


def _digests(transaction_hash: str) -> Select[str]:
    return select(OutboxEntry.digest).where(OutboxEntry.transaction_hash == transaction_hash)


def _settle(session: Session, digests: Sequence[str], **values: object) -> None:
    session.execute(update(OutboxEntry).where(OutboxEntry.digest.in_(digests)).values(**values))


def _close(
    session: Session, transaction_hash: str, status: TransactionStatus, block: int | None
) -> None:
    session.execute(
        update(OutboxTransaction)
        .where(OutboxTransaction.hash == transaction_hash)
        .values(status=status, block_number=block)
    )


def _displace(session: Session, transaction_hash: str) -> None:
    _close(session, transaction_hash, TransactionStatus.DISPLACED, None)
    _release(session, transaction_hash)


def _release(session: Session, transaction_hash: str) -> None:
    session.execute(
        update(OutboxEntry)
        .where(
            OutboxEntry.transaction_hash == transaction_hash,
            OutboxEntry.status == EntryStatus.CARRIED,
        )
        .values(status=EntryStatus.WAITING, transaction_hash=None)
    )
