"""Everything about subscriptions that one organisation's node offers."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from contracts.membership.keys import Role
from node.config import OrganisationConfig
from node.database.database import Database
from node.membership.tables import OrganisationRow
from node.origin.scope import Scope
from node.subscriptions.dispatcher import Dispatcher, Policy
from node.subscriptions.reading import EventReader
from node.subscriptions.receiver import Receivers
from node.subscriptions.sealing import SecretBox
from node.subscriptions.store import SubscriptionStore
from node.subscriptions.visibility import Visibility

_AUTHORITY: Final = Role.CUSTOMS | Role.ISSUING_AUTHORITY


class Subscriptions:
    """Events and webhooks of one organisation.

    Attributes:
        reader: Events, for streams and pages.
        store: Registered webhooks.
        receivers: Where webhooks may go.
        dispatcher: Delivers them.
    """

    def __init__(
        self,
        config: OrganisationConfig,
        databases: tuple[Database, Database],
        account_key: bytes,
        documents: Callable[[], Collection[str]],
        *,
        clock: Callable[[], datetime],
        policy: Policy | None = None,
    ) -> None:
        """Prepare; nothing is sent before the dispatcher's first step.

        Args:
            config: The organisation.
            databases: Read models, and state.
            account_key: The organisation's account key, which seals secrets.
            documents: Digests of the documents it holds.
            clock: Gives the time.
            policy: How a receiver's failures are met.
        """
        self._config = config
        self._read = databases[0]
        self._documents = documents
        self.reader = EventReader(self._read)
        self.store = SubscriptionStore(databases[1], SecretBox(account_key))
        self.receivers = Receivers(frozenset(config.webhook_hosts))
        self.dispatcher = Dispatcher(
            self.store,
            self.reader,
            self.receivers,
            self.visibility,
            clock=clock,
            policy=policy,
        )

    def visibility(self, certificates: bool, authority: bool) -> Visibility:
        """Return what a subscriber may see now.

        Args:
            certificates: Whether it may see more than Membership.
            authority: Whether it acts for an authority; counts while Membership says so too.
        """
        if not certificates:
            return Visibility(None)
        country = self._config.country if authority and self._is_authority() else None
        return Visibility(Scope(country, self._config.organisation, self._documents()))

    def _is_authority(self) -> bool:
        with self._read.read() as session:
            row = session.get(OrganisationRow, self._config.organisation)
        return row is not None and row.active and bool(row.roles & _AUTHORITY)
