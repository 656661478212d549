"""What sending and receiving share."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from contracts.origin.records import DOMAIN
from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.errors import LedgerAnswerError
from node.exchange.clerk import Clerk
from node.exchange.courier import Courier
from node.indexer.tables import Cursor
from node.membership.tables import ContractRow
from node.outbox.outbox import Entry, Outbox

Submit = Callable[[SignedRecord], Entry]


@dataclass(frozen=True, slots=True)
class Office:
    """Where one organisation's exchange is done.

    Attributes:
        read: Says what was issued and sent.
        state: Keeps what is under way.
        outbox: Tells what became of the messages.
        courier: Fetches documents, and knows their manifests.
        clerk: Signs the messages.
        chain_id: Chain id of the records.
    """

    read: Database
    state: Database
    outbox: Outbox
    courier: Courier
    clerk: Clerk
    chain_id: int

    def contract(self) -> str:
        """Return the contract that speaks for origin in the next block.

        Raises:
            LedgerAnswerError: None does.
        """
        with self.read.read() as session:
            cursor = session.scalar(select(Cursor))
            following = 0 if cursor is None else cursor.block_number + 1
            query = (
                select(ContractRow.address)
                .where(ContractRow.domain == DOMAIN, ContractRow.from_block <= following)
                .order_by(ContractRow.version.desc())
            )
            address = session.scalar(query.limit(1))
        if address is None:
            raise LedgerAnswerError("eth_getLogs", "no contract speaks for origin")
        return address
