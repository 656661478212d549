"""How a declaration's dues stand, as this node has read the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.payments.records import AssessmentKind
from contracts.payments.state import WHOLE, DrawStatus
from node.settlement.tables import CreditRow, DrawRow, GuaranteeRow, SettlementRow


@dataclass(frozen=True, slots=True)
class Settlement:
    """A declaration's dues.

    Attributes:
        row: How they stand.
        credits: Credits and refunds of it, by digest.
        draws: Draws for it, each with its guarantee.
    """

    row: SettlementRow
    credits: Sequence[CreditRow]
    draws: Sequence[tuple[DrawRow, GuaranteeRow]]

    def is_settled(self, now: int) -> bool:
        """Return what the contract answers in a block of a time.

        Args:
            now: Block time in seconds.
        """
        row = self.row
        if row.assessed != row.amendment or row.reversals:
            return False
        if row.kind > AssessmentKind.FINAL or row.paid_share == WHOLE:
            return True
        covers = [found for draw, found in self.draws if draw.status == DrawStatus.COVERING]
        return row.total_share == WHOLE and all(
            guarantee.valid_from <= now < guarantee.valid_to for guarantee in covers
        )


class SettlementQueries:
    """Reads in one session."""

    def __init__(self, session: Session) -> None:
        """Read in a session on the read models."""
        self._session = session

    def find(self, declaration: str) -> Settlement | None:
        """Return how a declaration stands; None where nothing was assessed.

        Args:
            declaration: Its identifier on the ledger, 0x and 64 digits.
        """
        row = self._session.get(SettlementRow, declaration)
        if row is None:
            return None
        credit_query = (
            select(CreditRow)
            .where(CreditRow.object_id == declaration)
            .order_by(CreditRow.stated_at, CreditRow.notice)
        )
        draw_query = (
            select(DrawRow, GuaranteeRow)
            .join(GuaranteeRow, GuaranteeRow.object_id == DrawRow.guarantee)
            .where(DrawRow.declaration == declaration)
            .order_by(DrawRow.draw)
        )
        draws = [(draw, guarantee) for draw, guarantee in self._session.execute(draw_query)]
        return Settlement(row, self._session.scalars(credit_query).all(), draws)
