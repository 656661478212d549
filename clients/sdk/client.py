"""The whole SDK over one connection."""

from copy import copy
from types import TracebackType
from typing import Self

import httpx

from clients.sdk.answers import Answer
from clients.sdk.clearance.clearance import Clearance
from clients.sdk.connection import Connection
from clients.sdk.debt import Debts
from clients.sdk.determination import Determinations
from clients.sdk.documents import Documents
from clients.sdk.events import Events
from clients.sdk.governance import Governance
from clients.sdk.membership import Membership
from clients.sdk.origin import Origin
from clients.sdk.payments.customs import PaymentDesk
from clients.sdk.proofs import Proofs
from clients.sdk.records import Records
from clients.sdk.settlements import Settlements
from clients.sdk.tax import Taxes


class Client:
    """One organisation's door; a context manager.

    Attributes:
        records: Sign, submit, follow.
        membership: Organisations, keys, validators.
        governance: Proposals and votes.
        origin: Certificates of origin.
        determinations: Whether goods originate.
        debts: What taxpayers owe.
        payments: What customs' officers do about payments.
        clearance: Declarations, from submission to clearance.
        taxes: What is due on a declaration.
        settlements: Whether duties are settled on the ledger.
        documents: Documents by digest.
        events: What happens, as pages, streams and webhooks.
        proofs: Bundles.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
    ) -> None:
        """Prepare a connection; nothing is asked yet.

        Args:
            url: Where the door is, without /v1.
            token: Bearer token.
            transport: Another way than a socket, such as an application in this process.
            timeout: Seconds without a byte after which a request fails.
        """
        self._use(Connection(url, token, transport=transport, timeout=timeout))

    def _use(self, connection: Connection) -> None:
        self._connection = connection
        self.records = Records(self._connection)
        self.membership = Membership(self._connection)
        self.governance = Governance(self._connection)
        self.origin = Origin(self._connection)
        self.payments = PaymentDesk(self._connection)
        self.clearance = Clearance(self._connection, self.records)
        self.taxes = Taxes(self._connection)
        self.settlements = Settlements(self._connection)
        self.determinations = Determinations(self._connection)
        self.debts = Debts(self._connection)
        self.documents = Documents(self._connection)
        self.events = Events(self._connection)
        self.proofs = Proofs(self._connection)

    def traced(self, request_id: str) -> Self:
        """Return this client with an id that its requests carry, in logs from door to block.

        Both use one connection: closing either closes it.

        Raises:
            InputError: The id has another form than doors take.
        """
        traced = copy(self)
        traced._use(self._connection.traced(request_id))  # noqa: SLF001  its own class
        return traced

    def health(self) -> Answer:
        """Tell how the door is doing."""
        return self._connection.get("/v1/health")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
