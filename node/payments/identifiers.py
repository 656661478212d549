"""The identifier keys of payments that an organisation was given."""

from datetime import UTC, datetime
from typing import Final

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
