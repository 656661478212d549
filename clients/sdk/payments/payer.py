"""What a payer does: order a payment, ask how a declaration stands, draw on a guarantee."""

import secrets
from typing import Final

from clients.sdk.answers import Answer
from clients.sdk.keystore import SigningKey
from clients.sdk.payments.wire import MemberConnection
from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening, commit
from contracts.payments.identifiers import guarantee_id, guarantee_number
from contracts.payments.messages import DrawRequest, PaymentOrder, bank_code, content_hash
from contracts.payments.records import GuaranteeDraw
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord

LIFETIME_SECONDS: Final = 86_400


class Payer:
    """Payments of one enterprise, at customs' door."""

    def __init__(self, connection: MemberConnection) -> None:
        """Use a connection that the enterprise's key signs."""
        self._connection = connection

    def order(self, order: PaymentOrder) -> Answer:
        """Order a payment; safe to repeat.

        Raises:
            ServerRefusedError: It cannot be taken; nothing was ordered.
        """
        return self._connection.post_json("/v1/payments/orders", order.to_json())

    def status(self, declaration_no: str) -> Answer:
        """Tell how a declaration stands, with the reasons why it is not settled."""
        return self._connection.get(f"/v1/payments/declarations/{declaration_no}")

    def draw(
        self,
        request: DrawRequest,
        identifier_key: bytes,
        domain: RecordDomain,
        key: SigningKey,
        now: int,
    ) -> Answer:
        """Ask that a guarantee cover a declaration, for its latest assessment.

        Args:
            request: What is asked.
            identifier_key: The consortium's key of payments.
            domain: The contract that speaks for payments.
            key: The enterprise's key, of purpose SIGN.
            now: Seconds since 1970.
        """
        standing = self.status(request.declaration_no)
        opening = Opening(request.total, 1 + secrets.randbelow(ORDER - 1))
        point = commit(opening)
        number = guarantee_number(identifier_key, bank_code(request.bank), request.number)
        record = GuaranteeDraw(
            object=guarantee_id(bytes.fromhex(request.bank[2:]), number),
            declaration=standing.bytes32("object"),
            assessment=standing.bytes32("assessment"),
            quantity_x=point.x,
            quantity_y=point.y,
            content=content_hash(request),
            drawn_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        signed = SignedRecord.sign(record, domain, key.secret)
        body = {
            "record": signed.to_json(),
            "message": request.to_json(),
            "opening": opening_json(opening),
        }
        return self._connection.post_json("/v1/payments/draws", body)


def opening_json(opening: Opening) -> dict[str, str]:
    """Return an opening as it travels."""
    return {"value": str(opening.value), "blinding": str(opening.blinding)}
