"""What agencies and ports do: state facts, state what happens to goods, link evidence."""

from collections.abc import Iterator, Mapping
from typing import Any

from clients.sdk.answers import Answer
from clients.sdk.clearance.desk import LIFETIME_SECONDS, PATH, Desk, Stated
from clients.sdk.clearance.evidence import Taken, link_evidence
from clients.sdk.connection import Connection
from clients.sdk.keystore import SigningKey
from clients.sdk.membership import pages
from contracts.clearance.records import (
    CargoEvent,
    CargoState,
    FactOutcome,
    FactState,
)


class _Field:
    """What agencies and ports share; lists come from a door of their own."""

    def __init__(self, connection: Connection, desk: Desk) -> None:
        """Use a connection to customs' door that the organisation's key signs, or any token."""
        self._connection = connection
        self._desk = desk

    def evidence(self, name: str, file: bytes, taken: Taken, key: SigningKey) -> Stated:
        """Link an image, a weight ticket or a laboratory sheet to a declaration."""
        return link_evidence(self._desk, name, file, taken, key)


class Agency(_Field):
    """Facts of one agency."""

    def facts(self, agency: bytes | None = None, *, is_open: bool = True) -> Iterator[Answer]:
        """Yield what an agency is to state, by deadline; ask at a door of its own.

        Args:
            agency: The agency, 32 bytes; the door's organisation where left out.
            is_open: Only what is not stated yet.
        """
        named = {} if agency is None else {"agency": "0x" + agency.hex()}
        wanted = {"open": "true" if is_open else "false"} | named
        yield from pages(self._connection, f"{PATH}/facts", **wanted)

    def state(
        self,
        name: str,
        fact: bytes,
        outcome: FactOutcome,
        document: Mapping[str, Any],
        key: SigningKey,
    ) -> Stated:
        """State a fact, or state it anew; the document is kept at customs' door.

        Args:
            name: The declaration's identifier, or its number.
            fact: Identifier of the fact, 32 bytes.
            outcome: What is stated.
            document: The agency's document: JSON, numbers whole.
            key: The agency's key.
        """
        kept = self._desk.keep(name, "fact", document)
        now = self._desk.now()
        record = FactState(
            kept.declaration, fact, outcome, kept.content, now, now + LIFETIME_SECONDS
        )
        return self._desk.hand_over(record, key, kept.content)


class Port(_Field):
    """Goods in one port or warehouse."""

    def passes(self) -> Iterator[Answer]:
        """Yield the declarations whose goods may leave and have not; ask at a door of its own."""
        yield from pages(self._connection, f"{PATH}/passes")

    def state(
        self,
        name: str,
        event: CargoEvent,
        message: Mapping[str, Any],
        key: SigningKey,
        stated_at: int | None = None,
    ) -> Stated:
        """State what happened to goods; the message is kept at customs' door.

        Args:
            name: The declaration's identifier, or its number.
            event: Exactly one: arrived, unloaded or exited.
            message: The port's message: JSON, numbers whole.
            key: The port's key.
            stated_at: When it happened, seconds; now where left out.
        """
        kept = self._desk.keep(name, "cargo", message)
        now = self._desk.now()
        at = now if stated_at is None else stated_at
        record = CargoState(kept.declaration, event, kept.content, at, now + LIFETIME_SECONDS)
        return self._desk.hand_over(record, key, kept.content)
