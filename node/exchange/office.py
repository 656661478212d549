"""What sending and receiving share."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.exchange.clerk import Clerk
from node.exchange.courier import Courier
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
