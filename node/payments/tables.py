"""Tables of payments, in the state database; amounts are whole dong, times seconds.

Blinding factors are sealed (`node.payments.sealing`): amounts can be guessed, factors cannot.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import BYTES32, StateTable

REFERENCE: Final = 35


class ItemKind(StrEnum):
    """What is to be put on the ledger."""

    ASSESSMENT = "assessment"
    AMENDMENT = "amendment"
    CREDIT = "credit"
    REVERSAL = "reversal"
    GUARANTEE = "guarantee"
    CHANGE = "change"
    DRAW = "draw"
    RELEASE = "release"
    REFUND = "refund"
    TURNED = "turned"
    REFUSAL = "refusal"


class ItemState(StrEnum):
    """How far it has come.

    prepared (waits for an officer's signature) → received → under_way → done | refused;
    a credit goes on to reversed, a draw to released.
    """

    PREPARED = "prepared"
    RECEIVED = "received"
    UNDER_WAY = "under_way"
    DONE = "done"
    REFUSED = "refused"
    REVERSED = "reversed"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"


class OrderState(StrEnum):
    """How far a payment order has come."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CREDITED = "credited"


class PaymentDeclaration(StateTable):
    """A declaration as it stands on the ledger, opened.

    Attributes:
        declaration_no: Its number.
        object_id: Its identifier on the ledger.
        taxpayer: Whose dues they are.
        declarant: The declarant's organisation, where it is a member.
        registered_at: When it was registered.
        customs_code: The customs office.
        amendment: Its amendment count.
        assessed: The amendment that the latest assessment is of.
        sequence: Number of the latest assessment, 0 before the first.
        assessment: Digest of the latest assessment's record.
        kind: Its `AssessmentKind`.
        total: What is due.
        paid: What is paid.
        paid_blinding: Sealed blinding of the commitment to it.
        covered: What guarantees cover.
        covered_blinding: Sealed blinding of the commitment to it.
        paid_share: Share paid, as the ledger has it.
        total_share: Share paid or guaranteed, as the ledger has it.
    """

    __tablename__ = "payment_declarations"

    declaration_no: Mapped[str] = mapped_column(String(REFERENCE), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(BYTES32), unique=True)
    taxpayer: Mapped[str] = mapped_column(String(16))
    declarant: Mapped[str | None] = mapped_column(String(BYTES32))
    registered_at: Mapped[int] = mapped_column(BigInteger)
    customs_code: Mapped[str] = mapped_column(String(12))
    amendment: Mapped[int] = mapped_column(Integer, default=0)
    assessed: Mapped[int] = mapped_column(Integer, default=0)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    assessment: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    kind: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    paid_blinding: Mapped[str | None] = mapped_column(Text, default=None)
    covered: Mapped[int] = mapped_column(BigInteger, default=0)
    covered_blinding: Mapped[str | None] = mapped_column(Text, default=None)
    paid_share: Mapped[int] = mapped_column(Integer, default=0)
    total_share: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (Index("ix_payment_declarations_taxpayer", "taxpayer"),)


class PaymentGuarantee(StateTable):
    """A guarantee as it stands on the ledger, opened.

    Attributes:
        object_id: Its identifier on the ledger.
        bank: Who grants it.
        number: Its number at the bank.
        kind: Its `GuaranteeKind`.
        taxpayer: Whose dues it guarantees.
        declaration_no: The one it is for, None for a general one.
        limit: Up to how much.
        drawn: What is drawn.
        drawn_blinding: Sealed blinding of the commitment to it.
        share: Share drawn, as the ledger has it.
        valid_from: First second of its validity.
        valid_to: First second after it.
    """

    __tablename__ = "payment_guarantees"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    bank: Mapped[str] = mapped_column(String(BYTES32))
    number: Mapped[str] = mapped_column(String(REFERENCE))
    kind: Mapped[int] = mapped_column(Integer)
    taxpayer: Mapped[str] = mapped_column(String(16))
    declaration_no: Mapped[str | None] = mapped_column(String(REFERENCE))
    limit: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[int] = mapped_column(BigInteger)
    valid_to: Mapped[int] = mapped_column(BigInteger)
    drawn: Mapped[int] = mapped_column(BigInteger, default=0)
    drawn_blinding: Mapped[str | None] = mapped_column(Text, default=None)
    share: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (Index("ix_payment_guarantees_bank", "bank", "number"),)


def _sequence() -> Mapped[int]:
    # SQLite counts up by itself only in a column of type INTEGER.
    kind = BigInteger().with_variant(Integer, "sqlite")
    return mapped_column(kind, primary_key=True, autoincrement=True, init=False)


class PaymentOrderRow(StateTable):
    """A payer's order to a bank; once for a bank and payment id.

    Attributes:
        bank: The bank's organisation.
        pay_id: The payer's name for it.
        declaration_no: What is paid.
        total: How much.
        content: The order's canonical JSON.
        content_hash: Its hash, which acknowledgement and credit name.
        received_at: When it came.
        state: How far it has come.
        answer: The bank's acknowledgement, canonical JSON.
        sequence: Its place in the bank's inbox.
    """

    __tablename__ = "payment_orders"

    bank: Mapped[str] = mapped_column(String(BYTES32))
    pay_id: Mapped[str] = mapped_column(String(REFERENCE))
    declaration_no: Mapped[str] = mapped_column(String(REFERENCE))
    total: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(BYTES32))
    received_at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[OrderState] = mapped_column(String(16), default=OrderState.OPEN)
    answer: Mapped[str | None] = mapped_column(Text, default=None)
    sequence: Mapped[int] = _sequence()

    __table_args__ = (
        Index("uq_payment_orders_bank_pay_id", "bank", "pay_id", unique=True),
        Index("ix_payment_orders_bank_sequence", "bank", "sequence"),
        Index("ix_payment_orders_declaration_no", "declaration_no"),
    )


class PaymentItem(StateTable):
    """Something to be put on the ledger, and what became of it.

    Attributes:
        name: Digest of the record that states it, or a name of customs' own.
        kind: What it is.
        organisation: Who handed it in.
        reference: Payment id, guarantee number, refund number.
        declaration_no: The declaration, None for guarantees.
        refers: What it is about: a credit, a guarantee, a draw.
        content: The message, canonical JSON.
        amount: How much.
        blinding: Sealed blinding of the commitment to it.
        record: The signed record as JSON, None where the clerk is to sign it.
        received_at: When it came.
        state: How far it has come.
        code: Why it was refused; stable.
        detail: The same in words.
        attempts: Fruitless attempts.
        next_at: No attempt before this time.
        decided_at: When the ledger had it.
        sequence: Order of arrival.
    """

    __tablename__ = "payment_items"

    name: Mapped[str] = mapped_column(String(BYTES32), unique=True)
    kind: Mapped[ItemKind] = mapped_column(String(16))
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    reference: Mapped[str] = mapped_column(String(REFERENCE))
    declaration_no: Mapped[str | None] = mapped_column(String(REFERENCE))
    refers: Mapped[str | None] = mapped_column(String(BYTES32))
    content: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    blinding: Mapped[str | None] = mapped_column(Text)
    record: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[ItemState] = mapped_column(String(16), default=ItemState.RECEIVED)
    code: Mapped[str | None] = mapped_column(String(64), default=None)
    detail: Mapped[str | None] = mapped_column(Text, default=None)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[int] = mapped_column(BigInteger, default=0)
    decided_at: Mapped[int | None] = mapped_column(BigInteger, default=None)
    sequence: Mapped[int] = _sequence()

    __table_args__ = (
        Index("ix_payment_items_state", "state", "sequence"),
        Index("ix_payment_items_reference", "organisation", "kind", "reference"),
        Index("ix_payment_items_declaration_no", "declaration_no", "sequence"),
    )


class PaymentStep(StateTable):
    """Records that were signed for one item, and what follows once they are final.

    Attributes:
        name: The item and the number of its attempt.
        item: The item's name.
        subjects: What nothing else may move meanwhile: declaration, guarantee; JSON list.
        records: The signed records, JSON list.
        effect: What is kept once they are final, JSON object.
        at: When they were signed.
        is_open: Whether the ledger has not answered yet.
    """

    __tablename__ = "payment_steps"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    item: Mapped[str] = mapped_column(String(BYTES32))
    subjects: Mapped[str] = mapped_column(Text)
    records: Mapped[str] = mapped_column(Text)
    effect: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(BigInteger)
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)

    __table_args__ = (Index("ix_payment_steps_is_open", "is_open"),)


class PaymentStatement(StateTable):
    """A bank's statement of one day.

    Attributes:
        bank: The bank's organisation.
        day: The day, YYYY-MM-DD.
        content_hash: SHA-256 of its bytes.
        rows: How many rows it has.
        received_at: When it was reconciled.
        matched: How many rows matched.
    """

    __tablename__ = "payment_statements"

    bank: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(BYTES32))
    rows: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[int] = mapped_column(BigInteger)
    matched: Mapped[int] = mapped_column(Integer)


class PaymentBreak(StateTable):
    """What a bank's statement and the booked credits do not agree on.

    Attributes:
        bank: The bank's organisation.
        day: The statement's day.
        kind: MISSING_AT_CUSTOMS, MISSING_AT_BANK, AMOUNT_DIFF, DUPLICATE or WRONG_DECL.
        pay_id: The payment.
        detail: What each side says, JSON object.
        due: The day by which it must be cleared: the next.
        cleared_by: Who cleared it, None while it is open.
        note: How it was cleared.
        sequence: Its number.
    """

    __tablename__ = "payment_breaks"

    bank: Mapped[str] = mapped_column(String(BYTES32))
    day: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(24))
    pay_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    due: Mapped[str] = mapped_column(String(10))
    cleared_by: Mapped[str | None] = mapped_column(String(128), default=None)
    note: Mapped[str | None] = mapped_column(Text, default=None)
    sequence: Mapped[int] = _sequence()

    __table_args__ = (
        Index("ix_payment_breaks_bank", "bank", "day"),
        Index("ix_payment_breaks_cleared_by", "cleared_by", "sequence"),
    )
