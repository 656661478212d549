"""Signing records here, handing them over, and following them to final."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Final

from clients.sdk.answers import LedgerInfo, RecordStatus
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError, NotYetFinalError, RecordRefusedError
from clients.sdk.keystore import SigningKey
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord

_STEP_SECONDS: Final = 5


class Records:
    """Records over one connection."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.monotonic) -> None:
        """Use a connection.

        Args:
            connection: To one door.
            clock: Seconds that only go forward.
        """
        self._connection = connection
        self._clock = clock

    def ledger(self) -> LedgerInfo:
        """Return what records are signed for."""
        return LedgerInfo.read(self._connection.get("/v1/ledger"))

    def sign(self, record: Record, key: SigningKey, ledger: LedgerInfo) -> SignedRecord:
        """Sign a record for the contract in force.

        Raises:
            AnswerError: The door names no contract of the record's domain.
        """
        contract = ledger.contracts.get(record.DOMAIN)
        if contract is None:
            raise AnswerError("contracts", f"name none for {record.DOMAIN}")
        return SignedRecord.sign(record, RecordDomain(ledger.chain_id, contract), key.secret)

    def submit(self, signed: SignedRecord, idempotency_key: str | None = None) -> RecordStatus:
        """Hand over a record; on return the door has durably promised to carry it.

        Safe to repeat: the same record is the same promise.

        Raises:
            ServerRefusedError: The door refused it.
            AnswerError: The door speaks of another record.
        """
        content = json.dumps(signed.to_json()).encode()
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        answer = self._connection.post("/v1/records", content, "application/json", headers)
        return self._matching(signed.digest, RecordStatus.read(answer))

    def submit_together(
        self, records: Sequence[SignedRecord], idempotency_key: str | None = None
    ) -> list[RecordStatus]:
        """Hand over records that one transaction carries, all or none; otherwise as `submit`.

        Raises:
            ServerRefusedError: The door refused them.
            AnswerError: The door speaks of other records.
        """
        content = json.dumps({"records": [signed.to_json() for signed in records]}).encode()
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        answer = self._connection.post("/v1/records/together", content, "application/json", headers)
        statuses = [RecordStatus.read(item) for item in answer.objects("items")]
        if len(statuses) != len(records):
            raise AnswerError("items", "are of other records")
        return [
            self._matching(signed.digest, status)
            for signed, status in zip(records, statuses, strict=True)
        ]

    def status(self, digest: bytes, wait: int = 0) -> RecordStatus:
        """Tell how far a record has come.

        Args:
            digest: The record's digest.
            wait: Seconds for which the door may wait for the ledger, 0 to 30.
        """
        answer = self._connection.get(f"/v1/records/0x{digest.hex()}", wait=wait)
        return self._matching(digest, RecordStatus.read(answer))

    def follow(
        self,
        digest: bytes,
        timeout: float = 60.0,
        progress: Callable[[RecordStatus], None] | None = None,
    ) -> RecordStatus:
        """Wait until a record is final.

        Args:
            digest: The record's digest.
            timeout: Seconds to wait at most.
            progress: Told each answer on the way.

        Raises:
            RecordRefusedError: The ledger refused it.
            NotYetFinalError: It is not final in time.
        """
        end = self._clock() + timeout
        while True:
            left = max(0.0, end - self._clock())
            status = self.status(digest, wait=min(_STEP_SECONDS, int(left + 0.999)))
            if progress is not None:
                progress(status)
            if status.status == "refused":
                raise RecordRefusedError("0x" + digest.hex(), status.reason or "no reason given")
            if status.is_settled:
                return status
            if self._clock() >= end:
                raise NotYetFinalError("0x" + digest.hex(), timeout)

    @staticmethod
    def _matching(digest: bytes, status: RecordStatus) -> RecordStatus:
        if status.digest != digest:
            raise AnswerError("digest", "is another record's")
        return status
