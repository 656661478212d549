"""All tables of the two databases; importing this module registers every one of them."""

from node.database.schema import ReadTable, StateTable
from node.debt import tables as _debt
from node.exchange import tables as _exchange
from node.governance import tables as _governance
from node.indexer import tables as _indexer
from node.issuance import tables as _issuance
from node.membership import tables as _membership
from node.misbehaviour import tables as _misbehaviour
from node.origin import tables as _origin
from node.outbox import tables as _outbox
from node.payments import tables as _payments
from node.settlement import tables as _settlement
from node.subscriptions import tables as _subscriptions
from node.vault import tables as _vault

READ_METADATA = ReadTable.metadata
STATE_METADATA = StateTable.metadata

__all__ = [
    "READ_METADATA",
    "STATE_METADATA",
    "_debt",
    "_exchange",
    "_governance",
    "_indexer",
    "_issuance",
    "_membership",
    "_misbehaviour",
    "_origin",
    "_outbox",
    "_payments",
    "_settlement",
    "_subscriptions",
    "_vault",
]
