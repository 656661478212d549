"""Tables of the debt book, in the state database.

`debt_bookings` and `debt_entries` are the truth and only grow. The other three are what follows
from them, written in the same transaction: they can be built again (`DebtBook.rebuild`).
Dates are ISO 8601 texts, amounts whole dong.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import BYTES32, StateTable

TAX_ID: Final = 16
DAY: Final = 10
MOMENT: Final = 32
SOURCE: Final = 255
NUMBER: Final = 64
WORD: Final = 32


class DebtTaxpayerRow(StateTable):
    """One taxpayer; its row is locked by whoever books for it.

    Attributes:
        organisation: Its identifier in Membership, where it has one.
        last_effective: Latest effective day of its entries.
        last_booked: When its last entry was booked.
        unapplied: Money that nothing was owed for.
        standing: JSON of measures, exemptions and refunds.
    """

    __tablename__ = "debt_taxpayers"

    tax_id: Mapped[str] = mapped_column(String(TAX_ID), primary_key=True)
    organisation: Mapped[str | None] = mapped_column(String(BYTES32), default=None)
    entries: Mapped[int] = mapped_column(BigInteger, default=0)
    last_effective: Mapped[str] = mapped_column(String(DAY), default="")
    last_booked: Mapped[str] = mapped_column(String(MOMENT), default="")
    unapplied: Mapped[int] = mapped_column(BigInteger, default=0)
    standing: Mapped[str] = mapped_column(Text, default="{}")

    __table_args__ = (Index("ix_debt_taxpayers_organisation", "organisation"),)


class DebtBookingRow(StateTable):
    """One thing that was booked, under its caller's key.

    Attributes:
        source: The caller's key, as JSON.
        content: SHA-256 of what was asked.
        outcome: JSON of what was answered, for whoever asks again.
    """

    __tablename__ = "debt_bookings"

    source: Mapped[str] = mapped_column(String(SOURCE), primary_key=True)
    taxpayer: Mapped[str] = mapped_column(String(TAX_ID), ForeignKey("debt_taxpayers.tax_id"))
    kind: Mapped[str] = mapped_column(String(WORD))
    content: Mapped[str] = mapped_column(String(BYTES32))
    booked_at: Mapped[str] = mapped_column(String(MOMENT))
    outcome: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_debt_bookings_taxpayer", "taxpayer"),)


class DebtEntryRow(StateTable):
    """One entry; never changed, never removed.

    Attributes:
        source: The booking it belongs to.
        target: The entry it corrects.
        details: JSON of what only its kind has.
    """

    __tablename__ = "debt_entries"

    taxpayer: Mapped[str] = mapped_column(String(TAX_ID), ForeignKey("debt_taxpayers.tax_id"))
    source: Mapped[str] = mapped_column(String(SOURCE))
    kind: Mapped[str] = mapped_column(String(WORD))
    effective_on: Mapped[str] = mapped_column(String(DAY))
    booked_at: Mapped[str] = mapped_column(String(MOMENT))
    amount: Mapped[int] = mapped_column(BigInteger)
    declaration_no: Mapped[str | None] = mapped_column(String(NUMBER), default=None)
    tax: Mapped[str | None] = mapped_column(String(WORD), default=None)
    sub_item: Mapped[str | None] = mapped_column(String(WORD), default=None)
    target: Mapped[int | None] = mapped_column(BigInteger, default=None)
    details: Mapped[str | None] = mapped_column(Text, default=None)
    sequence: Mapped[int] = mapped_column(
        # SQLite counts up by itself only in a column of type INTEGER.
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
        init=False,
    )

    __table_args__ = (
        Index("ix_debt_entries_taxpayer", "taxpayer", "effective_on", "sequence"),
        Index("ix_debt_entries_source", "source"),
    )


class DebtDeclarationRow(StateTable):
    """What is known of a declaration: its terms, its assessment, what guarantees it.

    Attributes:
        assessment: Number of the assessment in force.
        state: JSON of the rest.
    """

    __tablename__ = "debt_declarations"

    taxpayer: Mapped[str] = mapped_column(String(TAX_ID), primary_key=True)
    declaration_no: Mapped[str] = mapped_column(String(NUMBER), primary_key=True)
    assessment: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text)


class DebtItemRow(StateTable):
    """What one charge has become.

    Attributes:
        entry: The charge's sequence.
        part: tax or fine.
        due_on: Last day to pay without interest; 9999-12-31 before the goods are released.
        amount: As charged, less what was reduced.
        owed: Of it, what is not paid.
        bearing: Of it, what bears interest now.
        accrued: Interest up to the mark, in 1/100,000 dong.
        mark: The cumulative rate up to which it accrued.
        interest_paid: Interest paid or remitted.
        is_open: Whether anything of it may still be owed.
    """

    __tablename__ = "debt_items"

    taxpayer: Mapped[str] = mapped_column(String(TAX_ID), primary_key=True)
    entry: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    declaration_no: Mapped[str] = mapped_column(String(NUMBER))
    part: Mapped[str] = mapped_column(String(WORD))
    tax: Mapped[str] = mapped_column(String(WORD))
    sub_item: Mapped[str] = mapped_column(String(WORD))
    effective_on: Mapped[str] = mapped_column(String(DAY))
    due_on: Mapped[str] = mapped_column(String(DAY))
    amount: Mapped[int] = mapped_column(BigInteger)
    owed: Mapped[int] = mapped_column(BigInteger)
    bearing: Mapped[int] = mapped_column(BigInteger)
    accrued: Mapped[int] = mapped_column(BigInteger)
    mark: Mapped[int] = mapped_column(BigInteger)
    interest_paid: Mapped[int] = mapped_column(BigInteger)
    written_off: Mapped[int] = mapped_column(BigInteger)
    is_frozen: Mapped[bool] = mapped_column(Boolean)
    settled_on: Mapped[str | None] = mapped_column(String(DAY))
    is_open: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        Index("ix_debt_items_open", "taxpayer", "is_open", "due_on"),
        Index("ix_debt_items_declaration", "taxpayer", "declaration_no"),
    )
