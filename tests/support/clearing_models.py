"""The SQL read model of clearance, read from a whole ledger and held to the replay's book."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from support.network import Network, genesis

from contracts.clearance.book import ClearanceBook
from contracts.clearance.state import ClearanceState
from node.clearance.projection import ClearanceProjection
from node.clearance.tables import ClearanceFactRow, ClearanceRow
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.indexer.indexer import Indexer
from node.ledger import LedgerGateway
from node.membership.founding import Founders
from node.membership.projection import MembershipProjection
from node.observability.metrics import NodeMetrics

_SAME = (
    *("stage", "direction", "rank", "amendment", "certificates", "claims", "facts", "awaited"),
    *("open", "later", "failed", "holds", "draw", "overrides", "cargo", "round", "rate"),
)
_OR_ZERO = ("channel", "documents", "inspection")


@cache
def _empty() -> Path:
    """Return a migrated database, which is copied."""
    path = Path(mkdtemp()) / "read.db"
    database = Database(f"sqlite:///{path}", Purpose.READ)
    migrate(database)
    database.close()
    return path


def read_model_of(network: Network) -> Database:
    """Read the whole ledger into a new database."""
    path = Path(mkdtemp()) / "read.db"
    shutil.copy(_empty(), path)
    database = Database(f"sqlite:///{path}", Purpose.READ)
    gateway = LedgerGateway(network.web3, "in process", NodeMetrics())
    address = network.membership.address
    founders = Founders(genesis(), address, gateway)
    projections = (MembershipProjection(address, founders), ClearanceProjection())
    Indexer(database, gateway, projections).follow()
    return database


def expected(state: ClearanceState) -> dict[str, object]:
    """Return what the read model must say of a declaration."""
    values = {name: int(getattr(state, name)) for name in _SAME}
    values |= {name: int(getattr(state, name) or 0) for name in _OR_ZERO}
    return values | {
        "decided": 0 if state.decided is None else state.decided + 1,
        "round_time": state.registered_at,
        "registration": "0x" + state.registration.hex(),
    }


def check_read_model(network: Network, book: ClearanceBook) -> None:
    """Check that the read model of a ledger says what the book says, and no more."""
    database = read_model_of(network)
    with database.read() as session:
        rows = {row.object_id: row for row in session.query(ClearanceRow)}
        assert set(rows) == {"0x" + one.hex() for one in book.declarations}
        for state in book.declarations.values():
            row, values = rows["0x" + state.id.hex()], expected(state)
            assert {name: getattr(row, name) for name in values} == values
        told = {
            (row.object_id, row.fact): (row.agency, row.kind, row.status)
            for row in session.query(ClearanceFactRow)
        }
        assert told == {
            ("0x" + of.hex(), "0x" + fact.hex()): ("0x" + one.agency.hex(), one.kind, one.status)
            for (of, fact), one in book.facts.items()
        }
    database.close()
