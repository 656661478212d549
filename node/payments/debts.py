"""What payments tell the debt book, once the ledger has it; each telling is safe to repeat.

A guarantee that is released because its declaration is paid stays in the debt book: its effect
on due days is past, and taking it back would charge interest for days that it covered. Money
that customs turns toward another declaration stays the taxpayer's own and is applied there by
the order of the law, so it needs no entry.
"""

from datetime import date
from decimal import Decimal
from typing import Protocol

from node.debt.book import DebtBook
from node.debt.errors import TaxpayerUnknownError
from node.debt.model import Terms
from node.debt.requests import Charge, ChargeLine, Credit, Guarantee, Refund
from node.payments.assessments import Assessment
from node.payments.tables import PaymentDeclaration, PaymentGuarantee, PaymentItem


class Debts(Protocol):
    """Books what is final; durable on return, and the same again books nothing."""

    def assessed(
        self,
        row: PaymentDeclaration,
        assessment: Assessment,
        sequence: int,
        days: tuple[date, date],
    ) -> None:
        """Book what is due on a declaration, in the place of what was due before.

        Args:
            row: The declaration.
            assessment: What is due.
            sequence: The assessment's number on the ledger.
            days: When it was registered, and assessed.
        """
        ...

    def credited(self, row: PaymentDeclaration, credit: PaymentItem, on: date) -> None:
        """Book money that came for a declaration."""
        ...

    def reversed(self, credit: PaymentItem, reversal: PaymentItem) -> None:
        """Book that a bank took money back."""
        ...

    def refundable(self, taxpayer: str) -> int:
        """Return the taxpayer's money that nothing is owed for, whole dong."""
        ...

    def refunded(self, row: PaymentDeclaration, refund: PaymentItem, on: date) -> None:
        """Book that money was paid back."""
        ...

    def guaranteed(
        self, draw: PaymentItem, guarantee: PaymentGuarantee, days: tuple[date, date]
    ) -> None:
        """Book that a guarantee covers a declaration.

        Args:
            draw: What is drawn for which declaration.
            guarantee: On what.
            days: The first and the last day that it covers.
        """
        ...


class DebtBookDebts:
    """The organisation's own debt book."""

    def __init__(self, book: DebtBook) -> None:
        """Book there."""
        self._book = book

    def assessed(
        self,
        row: PaymentDeclaration,
        assessment: Assessment,
        sequence: int,
        days: tuple[date, date],
    ) -> None:
        """Book what is due; see `Debts`."""
        lines = [
            ChargeLine(charge.tax, charge.sub_item, Decimal(charge.amount))
            for charge in assessment.charges
            if charge.amount
        ]
        registered_on, assessed_on = days
        self._book.charge(
            Charge(
                taxpayer=row.taxpayer,
                source=("assessment", row.declaration_no, str(sequence)),
                declaration_no=row.declaration_no,
                lines=lines,
                assessed_on=assessed_on,
                registered_on=registered_on,
                assessment=sequence,
                terms=Terms.BEFORE_RELEASE,
                organisation=row.declarant,
            )
        )

    def credited(self, row: PaymentDeclaration, credit: PaymentItem, on: date) -> None:
        """Book money that came; see `Debts`."""
        self._book.credit(
            Credit(
                taxpayer=row.taxpayer,
                amount=Decimal(credit.amount),
                received_on=on,
                source=credit_source(credit),
                declaration_no=row.declaration_no,
            )
        )

    def reversed(self, credit: PaymentItem, reversal: PaymentItem) -> None:
        """Book that a bank took money back; see `Debts`."""
        reason = f"the bank took {credit.reference} back"
        self._book.reverse(
            credit_source(credit), reason=reason, key=("payment-reversal", reversal.name)
        )

    def refundable(self, taxpayer: str) -> int:
        """Return money that nothing is owed for; see `Debts`."""
        try:
            return int(self._book.balance(taxpayer).unapplied)
        except TaxpayerUnknownError:
            return 0

    def refunded(self, row: PaymentDeclaration, refund: PaymentItem, on: date) -> None:
        """Book that money was paid back; see `Debts`."""
        self._book.refund(
            Refund(
                taxpayer=row.taxpayer,
                amount=Decimal(refund.amount),
                paid_on=on,
                source=("payment-refund", refund.name),
                declaration_no=row.declaration_no,
            )
        )

    def guaranteed(
        self, draw: PaymentItem, guarantee: PaymentGuarantee, days: tuple[date, date]
    ) -> None:
        """Book that a guarantee covers a declaration; see `Debts`."""
        self._book.guarantee(
            Guarantee(
                taxpayer=guarantee.taxpayer,
                declaration_no=draw.declaration_no or "",
                guarantee=guarantee.number,
                amount=Decimal(draw.amount),
                granted_on=days[0],
                valid_to=days[1],
                source=("guarantee-draw", draw.name),
            )
        )


def credit_source(credit: PaymentItem) -> tuple[str, str, str]:
    """Return the key of a credit in the debt book: bank, payment id, and which notice of it."""
    return (credit.organisation, credit.reference, credit.name[2:18])
