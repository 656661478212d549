"""Carries the outbox's records to the ledger in the organisation's own transactions.

One carrier works per organisation: a lock file keeps a second process off. Its rules:

(1) A transaction is stored with its nonce before it is sent, so that after a crash the same
    bytes are sent again; nonces are given out in one SQL transaction and leave no gap.
(2) A transaction is final when its receipt is readable. If the account's count of final
    transactions passed its nonce and it has no receipt, another one took the nonce: its
    records wait again.
(3) What the ledger will never take is refused, and its nonce is given out again; whatever
    was stored behind it waits again.
(4) A batch that failed as a whole judged none of its records: each goes again alone. Records
    that go together are no such batch: they are final as one, or refused as one.
(5) What is not final after a while is sent again: a ledger that was started anew, or a network
    under load, may have forgotten it.
(6) A record is final when the ledger holds its digest, whoever carried it: a record is
    accepted once, so carrying it twice has no second effect.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from eth_account.signers.local import LocalAccount

from chain.observability.correlation import correlated
from chain.observability.events import Field, log_event
from contracts.calls import Call
from contracts.records import SignedRecord
from node.errors import LedgerUnavailableError
from node.files import hold_lock
from node.ledger import LedgerGateway, Receipt, SendRefusedError
from node.observability.metrics import NodeMetrics, SendOutcome, TransactionOutcome
from node.outbox.journal import Batch, Journal, PendingTransaction

# So many unfinished transactions at most: what a mempool keeps of one sender for certain.
_PENDING_LIMIT: Final = 16

_RESEND_SECONDS: Final = 5.0

logger = logging.getLogger(__name__)


class RecordCarriage(Protocol):
    """What the carrier asks of the contracts; asking changes nothing."""

    def fitting(self, records: Sequence[SignedRecord]) -> int:
        """Return how many of the first records, at least one, fit into one transaction."""
        ...

    def build(self, records: Sequence[SignedRecord], *, together: bool = False) -> Call:
        """Return a call that hands one or more records of one contract to it.

        Args:
            records: In their order.
            together: Whether they go all or not at all.
        """
        ...

    def accepted(self, receipt: Receipt) -> set[bytes]:
        """Return the digests of the records that a transaction brought in."""
        ...

    def anchor_block(self, record: SignedRecord) -> int | None:
        """Return the block in which the ledger accepted a record, None when it has not."""
        ...


class Carrier:
    """Moves records from the outbox to the ledger, step by step."""

    def __init__(
        self,
        journal: Journal,
        ledger: LedgerGateway,
        account: LocalAccount,
        carriage: RecordCarriage,
        lock_path: Path,
        *,
        metrics: NodeMetrics | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Work for one account of one organisation."""
        self._journal = journal
        self._ledger = ledger
        self._account = account
        self._carriage = carriage
        self._lock_path = lock_path
        self._metrics = metrics or NodeMetrics()
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._sent: dict[str, float] = {}
        self._alone = 0

    @property
    def address(self) -> str:
        """Address of the account, lower case."""
        return self._account.address.lower()

    def step(self) -> bool:
        """Do what can be done now; return whether something is under way.

        Safe to call from many threads; one works, the others return at once.

        Raises:
            LedgerUnavailableError: The ledger does not answer; nothing is lost, call again.
            LedgerAnswerError: The ledger's answer cannot be used.
            StorageError: The state database refused; the process should stop.
        """
        if not self._lock.acquire(blocking=False):
            return True
        try:
            with hold_lock(self._lock_path) as held:
                return self._step() if held else False
        finally:
            self._lock.release()

    def _step(self) -> bool:
        final_nonces = self._ledger.next_nonce(self.address)
        pending = self._settle(final_nonces)
        if not self._send_stored(pending):
            return True
        count = len(pending)
        while count < _PENDING_LIMIT:
            transaction = self._store_next(final_nonces)
            if transaction is None:
                break
            count += 1
            if not self._send(transaction):
                return True
        return count > 0

    def _settle(self, final_nonces: int) -> list[PendingTransaction]:
        """Keep the outcome of what is final; return what is not."""
        pending = self._journal.pending(self.address)
        ended = [one for one in pending if one.nonce < final_nonces]
        for transaction in ended:
            receipt = self._ledger.receipt(transaction.hash)
            with correlated(self._journal.correlation_of(transaction.hash)):
                if receipt is None:
                    self._journal.displace(transaction)
                    self._metrics.settled(TransactionOutcome.DISPLACED)
                    _log("transaction displaced", transaction)
                else:
                    self._finish(transaction, receipt)
            self._sent.pop(transaction.hash, None)
        return pending[len(ended) :]

    def _finish(self, transaction: PendingTransaction, receipt: Receipt) -> None:
        batch = self._journal.batch_of(transaction.hash)
        if not (receipt.succeeded or batch.together) and len(batch.records) > 1:
            # The batch as a whole failed (it ran out of gas, say): no record was judged.
            self._alone = len(batch.records)
            self._journal.finish(transaction, receipt.block_number, {}, {})
            self._settled(TransactionOutcome.FAILED, transaction, receipt)
            return
        accepted = self._carriage.accepted(receipt)
        final: dict[str, int] = {}
        refused: dict[str, str] = {}
        for digest, signed in batch.records:
            if signed.digest in accepted:
                final[digest] = receipt.block_number
            elif (block := self._carriage.anchor_block(signed)) is not None:
                final[digest] = block
            else:
                judged = batch if batch.together else Batch([(digest, signed)])
                refused[digest] = self._refusal(judged, receipt.block_number)
        self._journal.finish(transaction, receipt.block_number, final, refused)
        self._settled(
            TransactionOutcome.FINAL, transaction, receipt, final=len(final), refused=len(refused)
        )

    def _settled(
        self,
        outcome: TransactionOutcome,
        transaction: PendingTransaction,
        receipt: Receipt,
        *,
        final: int = 0,
        refused: int = 0,
    ) -> None:
        self._metrics.settled(outcome, final=final, refused=refused)
        _log(
            f"transaction {outcome}",
            transaction,
            block_number=receipt.block_number,
            block_hash=receipt.block_hash,
            records_final=final,
            records_refused=refused,
        )

    def _refusal(self, batch: Batch, block: int) -> str:
        call = self._carriage.build(batch.signed, together=batch.together)
        # Asked at the end of the block: an approximation that only words depend on.
        reason = self._ledger.refusal_of(self.address, call.to, call.data, block)
        return reason or f"refused in block {block}; it might be accepted now"

    def _send_stored(self, pending: Sequence[PendingTransaction]) -> bool:
        due = self._monotonic() - _RESEND_SECONDS
        unsent = [t for t in pending if self._sent.get(t.hash, due) <= due]
        return all(self._send(transaction) for transaction in unsent)

    def _store_next(self, final_nonces: int) -> PendingTransaction | None:
        limit = 1 if self._alone else None
        self._alone = max(0, self._alone - 1)
        waiting = self._journal.next_batch(limit)
        if not waiting.records:
            return None
        batch = waiting.first(self._carriage.fitting(waiting.signed))
        call = self._carriage.build(batch.signed, together=batch.together)
        return self._journal.store(
            self.address,
            final_nonces,
            [digest for digest, _ in batch.records],
            lambda nonce: self._sign(call, nonce),
        )

    def _sign(self, call: Call, nonce: int) -> tuple[str, bytes]:
        signed = self._account.sign_transaction(
            {
                "type": 2,
                "chainId": self._journal.chain_id,
                "nonce": nonce,
                "to": call.to,
                "value": 0,
                "data": call.data,
                "gas": call.gas,
                "maxFeePerGas": 0,
                "maxPriorityFeePerGas": 0,
            }
        )
        return "0x" + bytes(signed.hash).hex(), bytes(signed.raw_transaction)

    def _send(self, transaction: PendingTransaction) -> bool:
        """Send; return False when the rest must wait for the next step."""
        with correlated(self._journal.correlation_of(transaction.hash)):
            outcome, message = self._attempt(transaction)
            self._metrics.sent(outcome)
            _log("transaction sent", transaction, outcome=str(outcome), reason=message)
            if outcome in {SendOutcome.TAKEN, SendOutcome.KNOWN}:
                self._sent[transaction.hash] = self._monotonic()
                return True
            if outcome is SendOutcome.REFUSED:
                self._refuse(transaction, message)
        if outcome is SendOutcome.POSTPONED:
            raise LedgerUnavailableError(self._ledger.endpoint, message)
        return False  # a used nonce is settled at the next step

    def _attempt(self, transaction: PendingTransaction) -> tuple[SendOutcome, str]:
        """Send; return what came of it, in the endpoint's words."""
        try:
            self._ledger.send(transaction.raw)
        except LedgerUnavailableError:
            self._metrics.sent(SendOutcome.UNREACHABLE)
            raise
        except SendRefusedError as refusal:
            if refusal.is_known:
                outcome = SendOutcome.KNOWN
            elif refusal.is_permanent:
                outcome = SendOutcome.REFUSED
            elif refusal.is_nonce_used:
                outcome = SendOutcome.NONCE_USED
            else:
                outcome = SendOutcome.POSTPONED
            return outcome, refusal.message
        return SendOutcome.TAKEN, ""

    def _refuse(self, transaction: PendingTransaction, reason: str) -> None:
        batch = self._journal.batch_of(transaction.hash)
        judged = batch.together or len(batch.records) == 1
        if not judged:
            self._alone = len(batch.records)  # find the one that spoils the batch
        self._journal.refuse(transaction, reason if judged else None)
        refused = len(batch.records) if judged else 0
        self._metrics.settled(TransactionOutcome.REFUSED, refused=refused)
        self._sent.clear()


def _log(message: str, transaction: PendingTransaction, **fields: Field) -> None:
    log_event(
        logger,
        logging.INFO,
        message,
        transaction_hash=transaction.hash,
        nonce=transaction.nonce,
        **fields,
    )
