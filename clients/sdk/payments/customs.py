"""What customs' officers do about payments, at their own door with their own token."""

import json
import secrets
from collections.abc import Iterator, Mapping

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError
from clients.sdk.keystore import SigningKey
from clients.sdk.membership import pages
from contracts.payments.messages import SALT_SIZE, RefundDecision
from contracts.payments.records import PAYMENTS_RECORDS
from contracts.records.signed import SignedRecord, sign_digest

_TYPES = {record.TYPE_NAME: record for record in PAYMENTS_RECORDS}


class PaymentDesk:
    """Payments at customs' desk, over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection

    def status(self, declaration_no: str) -> Answer:
        """Tell how a declaration stands."""
        return self._connection.get(f"/v1/payments/declarations/{declaration_no}")

    def credits(self, state: str | None = None) -> Iterator[Answer]:
        """Yield credits, reversals and refunds; the refused ones with their codes."""
        parameters = {} if state is None else {"state": state}
        yield from pages(self._connection, "/v1/payments/credits", **parameters)

    def guarantees(self) -> Iterator[Answer]:
        """Yield guarantees."""
        yield from pages(self._connection, "/v1/payments/guarantees")

    def breaks(self) -> Iterator[Answer]:
        """Yield open breaks."""
        yield from pages(self._connection, "/v1/payments/breaks")

    def clear(self, number: int, note: str) -> Answer:
        """Note how a break was cleared."""
        return self._post(f"/v1/payments/breaks/{number}/clearance", {"note": note})

    def assess(
        self,
        assessment: Mapping[str, object],
        registered_at: int,
        customs_code: str,
        *,
        declarant: str | None = None,
        key: SigningKey | None = None,
    ) -> Answer:
        """Put an assessment on the ledger: signed by an officer, or by the office's clerk.

        Args:
            assessment: A `tradeseal-assessment/1`.
            registered_at: When the declaration was registered, seconds.
            customs_code: The customs office.
            declarant: The declarant's organisation, where it is a member.
            key: The officer's key; None to let the clerk sign.

        Raises:
            AnswerError: The door gave another record to sign than it named.
        """
        body = {
            "assessment": dict(assessment),
            "registered_at": registered_at,
            "customs_code": customs_code,
            "declarant": declarant,
            "salt": secrets.token_hex(SALT_SIZE),
            "by_officer": key is not None,
        }
        prepared = self._post("/v1/payments/assessments", body)
        if key is None or prepared.members().get("record") is None:
            return prepared.part("item")
        return self._sign(prepared, key)

    def amend(self, declaration_no: str, amendment: int) -> Answer:
        """State that a declaration was amended."""
        body = {"declaration_no": declaration_no, "amendment": amendment}
        return self._post("/v1/payments/amendments", body)

    def refund(self, decision: RefundDecision) -> Answer:
        """Pay back what is paid too much, or turn it toward another declaration."""
        return self._post("/v1/payments/refunds", decision.to_json())

    def _sign(self, prepared: Answer, key: SigningKey) -> Answer:
        # The digest is computed here from the record that is shown, not taken from the door.
        unsigned = prepared.part("record").members()
        chain_id = self._connection.get("/v1/ledger").decimal("chain_id")
        empty = {**unsigned, "signature": "0x" + "00" * 65}
        digest = SignedRecord.from_json(empty, chain_id, _TYPES).digest
        if digest != prepared.bytes32("digest"):
            raise AnswerError("digest", "is not the record's")
        signature = "0x" + sign_digest(digest, key.secret).hex()
        name = prepared.part("item").text("digest")
        path = f"/v1/payments/assessments/{name}/signature"
        return self._post(path, {**unsigned, "signature": signature})

    def _post(self, path: str, value: Mapping[str, object]) -> Answer:
        return self._connection.post(path, json.dumps(value).encode(), "application/json")
