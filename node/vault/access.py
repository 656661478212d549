"""Who read which document, when, and for what purpose: durable before anything is released."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from node.database.database import Database
from node.vault.errors import PurposeMalformedError
from node.vault.tables import TEXT, AccessRow

NODE_ROLE: Final = "node"
"""The role of what the node does by itself."""


class Act(StrEnum):
    """What was done with a document."""

    KEEP = "keep"
    READ = "read"
    PROVE = "prove"
    SHARE = "share"
    FETCH = "fetch"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Access:
    """Who does something with a document, and why.

    Attributes:
        subject: The person or system.
        role: What it acts as.
        post: Where it acts.
        purpose: Why, in 1 to 128 printable characters.
    """

    subject: str
    role: str
    post: str
    purpose: str

    def __post_init__(self) -> None:
        """Refuse a purpose that cannot be logged.

        Raises:
            PurposeMalformedError: It is empty, too long, or holds control characters.
        """
        if not 0 < len(self.purpose) <= TEXT or not self.purpose.isprintable():
            raise PurposeMalformedError(self.purpose[:TEXT])


class AccessLog:
    """The log of one organisation."""

    def __init__(self, state: Database, clock: Callable[[], datetime]) -> None:
        """Write into a migrated state database."""
        self._state = state
        self._clock = clock

    def write(self, act: Act, document: str, access: Access) -> None:
        """Log an access; durable on return.

        Raises:
            StorageError: It could not be logged, so it must not happen.
        """
        row = AccessRow(
            at=self._clock().astimezone(UTC).isoformat(timespec="milliseconds"),
            document=document,
            act=act,
            subject=access.subject,
            role=access.role,
            post=access.post,
            purpose=access.purpose,
        )
        with self._state.write() as session:
            session.add(row)

    def page(self, before: int | None, limit: int, document: str | None = None) -> list[AccessRow]:
        """Return accesses, the newest first.

        Args:
            before: Only those with a lower sequence; None for the newest.
            limit: How many at most.
            document: Only those of this document.
        """
        query = select(AccessRow).order_by(AccessRow.sequence.desc()).limit(limit)
        if before is not None:
            query = query.where(AccessRow.sequence < before)
        if document is not None:
            query = query.where(AccessRow.document == document)
        with self._state.read() as session:
            return list(session.scalars(query))
