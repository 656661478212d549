"""What a bank does at customs' door: take orders, answer, credit, take back, guarantee.

A message is made first and sent then, any number of times: made and kept, it is the same after
a crash, and the door takes the same message once.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

from clients.sdk.answers import Answer
from clients.sdk.keystore import SigningKey
from clients.sdk.payments.payer import LIFETIME_SECONDS, opening_json
from clients.sdk.payments.wire import MemberConnection
from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening, commit
from contracts.payments.identifiers import credit_id, guarantee_id, guarantee_number
from contracts.payments.messages import (
    SALT_SIZE,
    BankAcknowledgement,
    CreditNotice,
    GuaranteeNotice,
    PaymentOrder,
    ReversalNotice,
    bank_code,
    content_hash,
)
from contracts.payments.records import (
    CreditNotify,
    GuaranteeChange,
    GuaranteeGrant,
    GuaranteeKind,
    ReversalNotify,
)
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord

_BANK: Final = "/v1/payments/bank"


@dataclass(frozen=True, slots=True)
class InboxOrder:
    """A payment order to this bank.

    Attributes:
        order: What the payer ordered.
        hash: Its hash, which the bank's messages name.
        state: open, accepted, rejected or credited.
        object: The declaration on the ledger, 32 bytes.
        assessment: Digest of its latest assessment.
    """

    order: PaymentOrder
    hash: str
    state: str
    object: bytes
    assessment: bytes

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read one order of an inbox.

        Raises:
            PaymentMessageError: The order cannot be used.
        """
        order = PaymentOrder.parse(answer.part("order").members())
        found = "0x" + content_hash(order).hex()
        state, digest = answer.text("state"), answer.bytes32("assessment")
        return cls(order, found, state, answer.bytes32("object"), digest)


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Some payment orders.

    Attributes:
        orders: Oldest first.
        next: The cursor behind them; ask again with it.
        domain: What records are signed for.
    """

    orders: tuple[InboxOrder, ...]
    next: str
    domain: RecordDomain


@dataclass(frozen=True, slots=True)
class PreparedMessage:
    """A message that can be sent, and sent again.

    Attributes:
        path: Where it goes.
        body: What goes there.
        digest: Of its record, 0x and 64 digits; of the message where there is none.
    """

    path: str
    body: Mapping[str, object]
    digest: str


class Bank:
    """Payments of one bank, at customs' door."""

    def __init__(
        self,
        connection: MemberConnection,
        organisation: str,
        key: SigningKey,
        identifier_key: bytes,
    ) -> None:
        """Act for a bank.

        Args:
            connection: To customs' door, signed by the bank's key.
            organisation: The bank: 0x and 64 digits.
            key: Its key, of purpose SIGN.
            identifier_key: The consortium's key of payments.
        """
        self._connection = connection
        self._organisation = organisation
        self._key = key
        self._identifier_key = identifier_key

    def inbox(self, cursor: str | None = None, limit: int = 50) -> InboxPage:
        """Return the orders behind a cursor; from the beginning for none."""
        parameters: dict[str, str | int] = {"limit": limit}
        if cursor is not None:
            parameters["cursor"] = cursor
        answer = self._connection.get(f"{_BANK}/inbox", **parameters)
        orders = tuple(InboxOrder.read(item) for item in answer.objects("items"))
        domain = RecordDomain(answer.decimal("chain_id"), answer.address("contract"))
        return InboxPage(orders, answer.text("next"), domain)

    def orders(self) -> Iterator[InboxOrder]:
        """Yield every order, oldest first."""
        cursor: str | None = None
        while (page := self.inbox(cursor)).orders:
            yield from page.orders
            cursor = page.next

    def acknowledgement(self, order: InboxOrder, reason: str | None = None) -> PreparedMessage:
        """Make the answer to an order: accepted, or rejected for a reason."""
        message = BankAcknowledgement(
            pay_id=order.order.pay_id,
            bank=self._organisation,
            order=order.hash,
            answer="accepted" if reason is None else "rejected",
            reason=reason,
            salt=_salt(),
        )
        digest = "0x" + content_hash(message).hex()
        return PreparedMessage(f"{_BANK}/acknowledgements", message.to_json(), digest)

    def credit(self, order: InboxOrder, domain: RecordDomain, now: int) -> PreparedMessage:
        """Make the credit of an order, for the latest assessment that the inbox names."""
        members = order.order.to_json() | {
            "type": CreditNotice.TYPE,
            "order": order.hash,
            "salt": _salt(),
        }
        notice = CreditNotice.parse(members)
        return self.notice(notice, order.object, order.assessment, domain, now)

    def notice(
        self,
        notice: CreditNotice,
        declaration: bytes,
        assessment: bytes,
        domain: RecordDomain,
        now: int,
    ) -> PreparedMessage:
        """Make a credit of money that may have come without an order.

        Args:
            notice: What was credited.
            declaration: The declaration on the ledger.
            assessment: Digest of its latest assessment.
            domain: The contract that speaks for payments.
            now: Seconds since 1970.
        """
        opening = Opening(notice.total, 1 + secrets.randbelow(ORDER - 1))
        point, code = commit(opening), bank_code(self._organisation)
        record = CreditNotify(
            object=declaration,
            credit=credit_id(self._identifier_key, code, notice.pay_id),
            assessment=assessment,
            commitment_x=point.x,
            commitment_y=point.y,
            content=content_hash(notice),
            credited_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        extra = {"message": notice.to_json(), "opening": opening_json(opening)}
        return self._signed("credits", record, domain, extra)

    def reversal(
        self, credit: PreparedMessage, domain: RecordDomain, reason: str, value_date: str, now: int
    ) -> PreparedMessage:
        """Make that a credit is taken back."""
        record, message = credit.body["record"], credit.body["message"]
        notice = CreditNotice.parse(message)
        told = ReversalNotice(
            pay_id=notice.pay_id,
            bank=self._organisation,
            declaration_no=notice.declaration_no,
            notice=credit.digest,
            total=notice.total,
            currency=notice.currency,
            value_date=value_date,
            reason=reason,
            salt=_salt(),
        )
        stated = SignedRecord.from_json(record, domain.chain_id, {"CreditNotify": CreditNotify})
        taken_back = ReversalNotify(
            object=stated.record.object,
            notice=bytes.fromhex(credit.digest[2:]),
            content=content_hash(told),
            reversed_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._signed("reversals", taken_back, domain, {"message": told.to_json()})

    def guarantee(
        self,
        notice: GuaranteeNotice,
        domain: RecordDomain,
        now: int,
        declaration: bytes = bytes(32),
    ) -> PreparedMessage:
        """Make a guarantee; a single one names its declaration on the ledger."""
        opening = Opening(notice.limit, 1 + secrets.randbelow(ORDER - 1))
        point = commit(opening)
        number = self._number(notice.number)
        record = GuaranteeGrant(
            object=guarantee_id(bytes.fromhex(self._organisation[2:]), number),
            number=number,
            kind=int(GuaranteeKind[notice.kind.upper()]),
            declaration=declaration,
            limit_x=point.x,
            limit_y=point.y,
            content=content_hash(notice),
            valid_from=notice.valid_from,
            valid_to=notice.valid_to,
            granted_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        extra = {"message": notice.to_json(), "opening": opening_json(opening)}
        return self._signed("guarantees", record, domain, extra)

    def change(self, number: str, valid_to: int, domain: RecordDomain, now: int) -> PreparedMessage:
        """Make a guarantee's new end."""
        target = guarantee_id(bytes.fromhex(self._organisation[2:]), self._number(number))
        record = GuaranteeChange(target, valid_to, now, now + LIFETIME_SECONDS)
        return self._signed("changes", record, domain, {})

    def send(self, message: PreparedMessage) -> Answer:
        """Send a message; safe to repeat.

        Raises:
            ServerRefusedError: It cannot be taken; nothing was booked.
        """
        return self._connection.post_json(message.path, message.body)

    def item(self, digest: str) -> Answer:
        """Tell what became of something that was sent."""
        return self._connection.get(f"/v1/payments/items/{digest}")

    def statement(self, day: str, content: bytes) -> Answer:
        """Hand over the statement of a day; tell what its reconciliation found."""
        path, parameters = f"{_BANK}/statements", {"day": day}
        return self._connection.post(path, content, "text/csv", None, parameters)

    def _number(self, number: str) -> bytes:
        return guarantee_number(self._identifier_key, bank_code(self._organisation), number)

    def _signed(
        self, place: str, record: Record, domain: RecordDomain, extra: Mapping[str, object]
    ) -> PreparedMessage:
        signed = SignedRecord.sign(record, domain, self._key.secret)
        body = {"record": signed.to_json(), **extra}
        return PreparedMessage(f"{_BANK}/{place}", body, "0x" + signed.digest.hex())


def _salt() -> str:
    return secrets.token_hex(SALT_SIZE)
