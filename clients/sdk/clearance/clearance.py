"""Clearance over one door: what each role does there."""

import time
from collections.abc import Callable

from clients.sdk.clearance.declarant import Declarant
from clients.sdk.clearance.desk import Desk
from clients.sdk.clearance.field import Agency, Port
from clients.sdk.clearance.officer import Officer
from clients.sdk.clearance.overrides import Overrides
from clients.sdk.clearance.reports import Reports
from clients.sdk.connection import Connection
from clients.sdk.payments.wire import MemberConnection
from clients.sdk.records import Records


class Clearance:
    """Clearance at one door.

    Attributes:
        declarant: Hand in, amend, follow, answer.
        officer: Queues, checks, holds, grants, at customs' own door.
        overrides: Ask for one; approve it as a second officer.
        agency: State facts.
        port: State what happens to goods.
        reports: Overrides, times of release, decisions, draws.
    """

    def __init__(
        self, connection: Connection, records: Records, clock: Callable[[], float] = time.time
    ) -> None:
        """Use a connection.

        Args:
            connection: To customs' door: by token at its own desk, by a member's key elsewhere.
            records: Where signed records are handed over: the signer's own door.
            clock: Seconds since 1970.
        """
        self._connection = connection
        self._records = records
        self._clock = clock
        desk = Desk(connection, records, clock)
        self.declarant = Declarant(connection)
        self.officer = Officer(connection, desk)
        self.overrides = Overrides(connection, desk)
        self.agency = Agency(connection, desk)
        self.port = Port(connection, desk)
        self.reports = Reports(connection)

    def at(self, door: MemberConnection, clock: Callable[[], float] | None = None) -> "Clearance":
        """Return clearance at customs' door, for a member: records still go to its own.

        Args:
            door: To customs' door; the member's key signs each request.
            clock: Seconds since 1970; this one's where left out.
        """
        return Clearance(door, self._records, clock or self._clock)
