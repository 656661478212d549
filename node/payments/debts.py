"""What payments tell the debt book, once the ledger has it; each telling is safe to repeat."""

from datetime import date
from typing import Protocol

from node.payments.assessments import Assessment
from node.payments.tables import PaymentDeclaration, PaymentItem


class Debts(Protocol):
    """Books what is final; durable on return, and the same source again books nothing."""

    def assessed(self, row: PaymentDeclaration, assessment: Assessment, source: str) -> None:
        """Book what is due on a declaration, in the place of what was due before."""
        ...

    def credited(self, row: PaymentDeclaration, item: PaymentItem, on: date) -> None:
        """Book money that came for a declaration."""
        ...

    def reversed(self, row: PaymentDeclaration, credit: PaymentItem, source: str, on: date) -> None:
        """Book that money was taken back."""
        ...

    def refunded(self, row: PaymentDeclaration, item: PaymentItem, on: date) -> None:
        """Book that money was paid back."""
        ...

    def turned(
        self, row: PaymentDeclaration, toward: PaymentDeclaration, item: PaymentItem, on: date
    ) -> None:
        """Book that money was turned from one declaration toward another."""
        ...

    def guaranteed(
        self, row: PaymentDeclaration, draw: PaymentItem, valid_to: int, on: date
    ) -> None:
        """Book that a guarantee covers a declaration."""
        ...

    def released(self, row: PaymentDeclaration, draw: PaymentItem, source: str, on: date) -> None:
        """Book that a guarantee covers it no longer."""
        ...
