"""How payments stand: declarations with the reasons why they are not settled, inboxes, items."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.payments.records import AssessmentKind
from contracts.payments.state import WHOLE
from node.database.database import Database
from node.payments.credits import PAYABLE
from node.payments.errors import DeclarationUnknownError
from node.payments.tables import (
    ItemKind,
    ItemState,
    PaymentDeclaration,
    PaymentGuarantee,
    PaymentItem,
    PaymentOrderRow,
)


class Obstacle(StrEnum):
    """Why a declaration is not settled."""

    NOT_ASSESSED = "not_assessed"
    AMENDED = "amended"
    REVERSAL_PENDING = "reversal_pending"
    UNPAID = "unpaid"
    GUARANTEE_EXPIRED = "guarantee_expired"


OBSTACLE_TEXTS = {
    Obstacle.NOT_ASSESSED: ("chưa có thông báo thuế", "there is no assessment yet"),
    Obstacle.AMENDED: (
        "tờ khai đã sửa, chưa tính thuế lại",
        "it was amended and is not assessed again",
    ),
    Obstacle.REVERSAL_PENDING: (
        "ngân hàng thu hồi báo có, chưa xử lý",
        "a bank takes a credit back, which is not decided",
    ),
    Obstacle.UNPAID: ("chưa nộp đủ", "not all is paid or guaranteed"),
    Obstacle.GUARANTEE_EXPIRED: (
        "bảo lãnh hết hiệu lực",
        "a guarantee that covers it is not valid now",
    ),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a declaration stands.

    Attributes:
        declaration: The declaration.
        obstacles: Why it is not settled; empty where it is.
        items: What came in for it, oldest first.
        orders: Payment orders for it, oldest first.
    """

    declaration: PaymentDeclaration
    obstacles: tuple[Obstacle, ...]
    items: Sequence[PaymentItem]
    orders: Sequence[PaymentOrderRow]

    @property
    def missing(self) -> int:
        """What is neither paid nor guaranteed, whole dong."""
        row = self.declaration
        due = row.total if row.kind in PAYABLE else 0
        return max(0, due - row.paid - row.covered)

    @property
    def surplus(self) -> int:
        """What is paid too much: the taxpayer's credit, whole dong."""
        row = self.declaration
        return max(0, row.paid - (row.total if row.kind in PAYABLE else 0))


class PaymentQueries:
    """Reads of one organisation's own state; whoever asks must be allowed to see it."""

    def __init__(self, state: Database) -> None:
        """Read the state database."""
        self._state = state

    def standing(self, declaration_no: str, now: int, declarant: str | None = None) -> Standing:
        """Return how a declaration stands.

        Args:
            declaration_no: Its number.
            now: Seconds since 1970.
            declarant: The asking member, who sees its own alone; None for customs.

        Raises:
            DeclarationUnknownError: There is none for the caller.
        """
        with self._state.read() as session:
            row = session.get(PaymentDeclaration, declaration_no)
            if row is None or declarant not in {None, row.declarant}:
                raise DeclarationUnknownError(declaration_no)
            own = PaymentItem.declaration_no == declaration_no
            items = session.scalars(select(PaymentItem).where(own).order_by(PaymentItem.sequence))
            found = items.all()
            orders = session.scalars(
                select(PaymentOrderRow)
                .where(PaymentOrderRow.declaration_no == declaration_no)
                .order_by(PaymentOrderRow.sequence)
            ).all()
            return Standing(row, _obstacles(session, row, found, now), found, orders)

    def inbox(self, bank: str, after: int, limit: int) -> Sequence[PaymentOrderRow]:
        """Return a bank's payment orders behind a place, oldest first."""
        query = (
            select(PaymentOrderRow)
            .where(PaymentOrderRow.bank == bank, PaymentOrderRow.sequence > after)
            .order_by(PaymentOrderRow.sequence)
        )
        with self._state.read() as session:
            return session.scalars(query.limit(limit)).all()

    def declarations(self, numbers: Sequence[str]) -> dict[str, PaymentDeclaration]:
        """Return declarations by number."""
        query = select(PaymentDeclaration).where(PaymentDeclaration.declaration_no.in_(numbers))
        with self._state.read() as session:
            return {row.declaration_no: row for row in session.scalars(query)}

    def item(self, name: str) -> PaymentItem | None:
        """Return an item by name, None where there is none."""
        with self._state.read() as session:
            return session.scalar(select(PaymentItem).where(PaymentItem.name == name))

    def items(
        self,
        kinds: Sequence[ItemKind],
        state: ItemState | None,
        after: int,
        limit: int,
        *,
        organisation: str | None = None,
    ) -> Sequence[PaymentItem]:
        """Return items behind a place, oldest first.

        Args:
            kinds: Of these kinds.
            state: In this state; None for any.
            after: The place.
            limit: So many at most.
            organisation: Handed in by this one; None for any.
        """
        query = select(PaymentItem).where(PaymentItem.kind.in_(kinds), PaymentItem.sequence > after)
        if state is not None:
            query = query.where(PaymentItem.state == state)
        if organisation is not None:
            query = query.where(PaymentItem.organisation == organisation)
        with self._state.read() as session:
            return session.scalars(query.order_by(PaymentItem.sequence).limit(limit)).all()

    def guarantees(self, after: str, limit: int) -> Sequence[PaymentGuarantee]:
        """Return guarantees by identifier, those behind a place."""
        query = select(PaymentGuarantee).where(PaymentGuarantee.object_id > after)
        with self._state.read() as session:
            return session.scalars(query.order_by(PaymentGuarantee.object_id).limit(limit)).all()


def _obstacles(
    session: Session, row: PaymentDeclaration, items: Sequence[PaymentItem], now: int
) -> tuple[Obstacle, ...]:
    if row.assessment is None:
        return (Obstacle.NOT_ASSESSED,)
    found: list[Obstacle] = []
    if row.assessed != row.amendment:
        found.append(Obstacle.AMENDED)
    moving = {ItemState.RECEIVED, ItemState.UNDER_WAY}
    standing = {item.name for item in items if item.state == ItemState.DONE}
    if any(
        item.kind == ItemKind.REVERSAL and item.state in moving and item.refers in standing
        for item in items
    ):
        found.append(Obstacle.REVERSAL_PENDING)
    if row.kind in {AssessmentKind.ZERO, AssessmentKind.EXEMPT} or row.paid_share == WHOLE:
        return tuple(found)
    if row.total_share != WHOLE:
        found.append(Obstacle.UNPAID)
    covering = [item for item in items if _covers(item)]
    names = [item.refers for item in covering]
    query = select(PaymentGuarantee).where(PaymentGuarantee.object_id.in_(names))
    if any(not each.valid_from <= now < each.valid_to for each in session.scalars(query)):
        found.append(Obstacle.GUARANTEE_EXPIRED)
    return tuple(found)


def _covers(item: PaymentItem) -> bool:
    return item.kind == ItemKind.DRAW and item.state == ItemState.DONE
