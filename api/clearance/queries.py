"""Questions about declarations: the ledger's rows, and the files of this office behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from contracts.clearance.declaration.number import STEM_DIGITS
from contracts.clearance.records import CargoEvent
from contracts.clearance.state import Stage
from contracts.membership.keys import Role
from node.clearance.errors import FileUnknownError
from node.clearance.tables import (
    ClearanceAskRow,
    ClearanceFactRow,
    ClearanceMarkRow,
    ClearanceRow,
    DeclarationFile,
)
from node.membership.tables import OrganisationRow
from node.organisation import OrganisationNode

_OPEN = 0


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which declarations of an office are wanted; None for all."""

    channel: int | None = None
    office: str | None = None
    stage: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the ledger says of a declaration.

    Attributes:
        row: How it stands.
        facts: What it awaits, by deadline.
        asks: Overrides that were asked for, by time.
        marks: What happened, in the order of the ledger.
    """

    row: ClearanceRow
    facts: Sequence[ClearanceFactRow]
    asks: Sequence[ClearanceAskRow]
    marks: Sequence[ClearanceMarkRow]


def find_file(node: OrganisationNode, name: str, declarant: str | None = None) -> DeclarationFile:
    """Return a file by its number, with or without the amendment count, or by its identifier.

    Args:
        node: Customs' node.
        name: 11 or 12 digits, or 0x and 64 digits.
        declarant: The only one who may see it; None for customs.

    Raises:
        FileUnknownError: There is none, or it is another's.
    """
    if not name.startswith("0x"):
        return node.clearance.files.find(name[:STEM_DIGITS], declarant)
    with node.state.read() as session:
        query = select(DeclarationFile).where(DeclarationFile.object_id == name)
        file = session.scalar(query)
    if file is None or declarant not in {None, file.declarant}:
        raise FileUnknownError(name)
    return file


def numbers_of(node: OrganisationNode, objects: Sequence[str]) -> dict[str, DeclarationFile]:
    """Return this office's files by their identifiers on the ledger."""
    query = select(DeclarationFile).where(DeclarationFile.object_id.in_(objects))
    with node.state.read() as session:
        return {file.object_id: file for file in session.scalars(query)}


def files_of(node: OrganisationNode, numbers: Sequence[str]) -> dict[str, DeclarationFile]:
    """Return this office's files by their numbers without the amendment count."""
    query = select(DeclarationFile).where(DeclarationFile.declaration_no.in_(numbers))
    with node.state.read() as session:
        return {file.declaration_no: file for file in session.scalars(query)}


class ClearanceQueries:
    """Reads in one session."""

    def __init__(self, session: Session) -> None:
        """Read in a session on the read models."""
        self._session = session

    def view(self, declaration: str) -> LedgerView | None:
        """Return what the ledger says of a declaration, None before it is registered."""
        row = self._session.get(ClearanceRow, declaration)
        if row is None:
            return None
        facts = select(ClearanceFactRow).where(ClearanceFactRow.object_id == declaration)
        asks = select(ClearanceAskRow).where(
            ClearanceAskRow.object_id == declaration, ClearanceAskRow.kind > 0
        )
        marks = select(ClearanceMarkRow).where(ClearanceMarkRow.object_id == declaration)
        ask_order = (ClearanceAskRow.asked_at, ClearanceAskRow.digest)
        fact_order = (ClearanceFactRow.due_at, ClearanceFactRow.fact)
        return LedgerView(
            row,
            self._session.scalars(facts.order_by(*fact_order)).all(),
            self._session.scalars(asks.order_by(*ask_order)).all(),
            self._session.scalars(marks.order_by(ClearanceMarkRow.place)).all(),
        )

    def queue(
        self, customs: str, wanted: QueueFilter, after: tuple[int, str], limit: int
    ) -> list[ClearanceRow]:
        """Return declarations of a customs organisation, the first registered first.

        Args:
            customs: The organisation.
            wanted: Which ones.
            after: Round and identifier of the last one before; (-1, "") to begin.
            limit: How many at most.
        """
        query = select(ClearanceRow).where(ClearanceRow.customs == customs)
        if wanted.channel is not None:
            query = query.where(ClearanceRow.channel == wanted.channel)
        if wanted.office is not None:
            query = query.where(ClearanceRow.office == wanted.office)
        if wanted.stage is not None:
            query = query.where(ClearanceRow.stage == wanted.stage)
        order = (ClearanceRow.round, ClearanceRow.object_id)
        query = query.where(tuple_(*order) > after).order_by(*order)
        return list(self._session.scalars(query.limit(limit)))

    def passes(self, country: str, after: tuple[int, str], limit: int) -> list[ClearanceRow]:
        """Return declarations of a country whose goods may leave and have not."""
        prefix = "0x" + country.encode("ascii").hex()
        order = (ClearanceRow.round, ClearanceRow.object_id)
        query = (
            select(ClearanceRow)
            .where(ClearanceRow.object_id.startswith(prefix))
            .where(ClearanceRow.stage.between(Stage.STORED, Stage.CLEARED))
            .where(ClearanceRow.holds == 0, ClearanceRow.cargo < CargoEvent.EXITED)
            .where(tuple_(*order) > after)
            .order_by(*order)
        )
        return list(self._session.scalars(query.limit(limit)))

    def facts(
        self, agency: str, after: tuple[int, str, str], limit: int, *, is_open: bool
    ) -> list[ClearanceFactRow]:
        """Return what an agency is to state, or was, by deadline."""
        order = (ClearanceFactRow.due_at, ClearanceFactRow.object_id, ClearanceFactRow.fact)
        query = select(ClearanceFactRow).where(ClearanceFactRow.agency == agency)
        if is_open:
            query = query.where(ClearanceFactRow.status == _OPEN)
        query = query.where(tuple_(*order) > after).order_by(*order)
        return list(self._session.scalars(query.limit(limit)))

    def overrides(
        self, customs: str, after: tuple[int, str], limit: int
    ) -> list[tuple[ClearanceAskRow, ClearanceRow]]:
        """Return the overrides of a customs organisation, asked and approved, by time."""
        order = (ClearanceAskRow.asked_at, ClearanceAskRow.digest)
        query = (
            select(ClearanceAskRow, ClearanceRow)
            .join(ClearanceRow, ClearanceRow.object_id == ClearanceAskRow.object_id)
            .where(ClearanceRow.customs == customs, ClearanceAskRow.kind > 0)
            .where(tuple_(*order) > after)
            .order_by(*order)
        )
        return [(ask, row) for ask, row in self._session.execute(query.limit(limit))]

    def rows(self, objects: Sequence[str]) -> dict[str, ClearanceRow]:
        """Return how declarations stand on the ledger, by identifier."""
        query = select(ClearanceRow).where(ClearanceRow.object_id.in_(objects))
        return {row.object_id: row for row in self._session.scalars(query)}

    def histories(self, objects: Sequence[str]) -> dict[str, list[ClearanceMarkRow]]:
        """Return what happened to declarations, each in the order of the ledger."""
        query = select(ClearanceMarkRow).where(ClearanceMarkRow.object_id.in_(objects))
        order = (ClearanceMarkRow.object_id, ClearanceMarkRow.place)
        found: dict[str, list[ClearanceMarkRow]] = {}
        for mark in self._session.scalars(query.order_by(*order)):
            found.setdefault(mark.object_id, []).append(mark)
        return found

    def registered(
        self, customs: str, period: tuple[int, int], after: tuple[int, str], limit: int
    ) -> list[ClearanceRow]:
        """Return the declarations of a customs that the ledger took in a period, by round.

        Args:
            customs: The organisation.
            period: First second of block time, and the first one behind.
            after: Round and identifier of the last one before; (-1, "") to begin.
            limit: How many at most.
        """
        since, until = period
        order = (ClearanceRow.round, ClearanceRow.object_id)
        query = (
            select(ClearanceRow)
            .where(ClearanceRow.customs == customs)
            .where(ClearanceRow.round_time >= since, ClearanceRow.round_time < until)
            .where(tuple_(*order) > after)
            .order_by(*order)
        )
        return list(self._session.scalars(query.limit(limit)))

    def is_awaited(self, declaration: str, agency: str) -> bool:
        """Say whether a declaration awaits, or awaited, a fact of an agency."""
        query = select(ClearanceFactRow.fact).where(
            ClearanceFactRow.object_id == declaration, ClearanceFactRow.agency == agency
        )
        return self._session.scalar(query.limit(1)) is not None

    def is_port(self, organisation: str, country: str) -> bool:
        """Say whether an organisation is a port of a country."""
        row = self._session.get(OrganisationRow, organisation)
        return row is not None and bool(row.roles & Role.PORT) and row.country == country
