"""Which rounds are wanted: those in which a declaration was registered."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import select

from contracts.beacon.identifiers import country_of
from node.clearance.tables import ClearanceRow
from node.database.database import Database


class RoundsWanted(Protocol):
    """Says for which rounds somebody waits; asking changes nothing."""

    def __call__(self, after: int) -> Iterable[tuple[str, int]]:
        """Return countries with their rounds behind a block, in any order.

        Args:
            after: Number of the block.

        Raises:
            StorageError: The database refused.
        """
        ...


class ClearanceRounds:
    """The rounds in which declarations were registered, by the read models."""

    def __init__(self, read: Database) -> None:
        """Look into the read models."""
        self._read = read

    def __call__(self, after: int) -> set[tuple[str, int]]:
        """Return countries with their rounds behind a block."""
        query = select(ClearanceRow.object_id, ClearanceRow.round).where(ClearanceRow.round > after)
        with self._read.read() as session:
            found = session.execute(query).all()
        return {(country_of(bytes.fromhex(name[2:])), number) for name, number in found}
