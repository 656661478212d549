"""The identifier keys of payments that an organisation was given."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select

from contracts.clearance.identifiers import consignment_key
from contracts.payments.identifiers import CONSORTIUM_KEY, declaration_id
from node.database.database import Database
from node.exchange.identifiers import IdentifierKeys
from node.membership.tables import IdentifierKeyRow
from node.payments.errors import IdentifierKeyAbsentError

_CONSORTIUM: Final = "0x" + "00" * 32
# The country's keys are one a year, the same for its certificates and its declarations.
_YEARLY: Final = "certificates-{year}"


class PaymentKeys:
    """Finds the consortium's key and the country's keys by what Membership commits to."""

    def __init__(
        self, read: Database, keys: IdentifierKeys, organisation: str, country: str
    ) -> None:
        """Look for one organisation of a country."""
        self._read = read
        self._keys = keys
        self._organisation = organisation
        self._country = country

    def consortium(self) -> bytes:
        """Return the key of credits, guarantees and refunds.

        Raises:
            IdentifierKeyAbsentError: It is not here.
        """
        return self._find(_CONSORTIUM, CONSORTIUM_KEY)

    def declaration(self, declaration_no: str, registered_at: int) -> bytes:
        """Return the identifier of a declaration.

        Args:
            declaration_no: Its number.
            registered_at: When it was registered, seconds.

        Raises:
            IdentifierKeyAbsentError: The key of the year is not here.
            FormError: The number is not in its one spelling.
        """
        return declaration_id(self.yearly(registered_at), self._country, declaration_no)

    def consignments(self) -> bytes:
        """Return the country's key of consignments and transport documents, the same every year.

        A consignment reference or a transport document is met again in a later year, and must
        be known then: a declaration of it in January has the draw of December.

        Raises:
            IdentifierKeyAbsentError: The key of the country's first year is not here: an
                organisation keeps it for as long as it registers declarations.
        """
        query = select(func.min(IdentifierKeyRow.name)).where(
            IdentifierKeyRow.organisation == self._organisation,
            IdentifierKeyRow.name.like(_YEARLY.format(year="____")),
        )
        with self._read.read() as session:
            first = session.scalar(query)
        name = first or _YEARLY.format(year="*")
        return consignment_key(self._find(self._organisation, name), self._country)

    def yearly(self, registered_at: int) -> bytes:
        """Return the country's key of the year of a time in seconds.

        Raises:
            IdentifierKeyAbsentError: It is not here.
        """
        year = datetime.fromtimestamp(registered_at, UTC).year
        return self._find(self._organisation, _YEARLY.format(year=year))

    def _find(self, organisation: str, name: str) -> bytes:
        with self._read.read() as session:
            row = session.get(IdentifierKeyRow, (organisation, name))
        key = None if row is None else self._keys.find(row.commitment)
        if key is None:
            raise IdentifierKeyAbsentError(name)
        return key
