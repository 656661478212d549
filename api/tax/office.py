"""An office's tariff and exchange rates: files in the organisation's folder, read when they change.

    tariff/                 versions, as `tradeseal tax tariff import` writes them
    exchange-rates.json     the table of exchange rates

Both are put there by the operator; nothing is computed from an example at a door.
"""

import threading
from pathlib import Path
from typing import Final

from api.tax.errors import OfficeDataMissingError
from api.tax.exchange import RateTable, parse_table
from api.tax.tariff.files import load_tariff
from api.tax.tariff_rates import TariffRates
from contracts.documents.encoding import parse_json

TARIFF_NAME: Final = "tariff"
RATES_NAME: Final = "exchange-rates.json"
_Stamp = tuple[tuple[str, int, int], ...]


class TaxOffice:
    """What one organisation assesses by."""

    def __init__(self, folder: Path) -> None:
        """Look into an organisation's folder; nothing is read yet."""
        self._tariff = folder / TARIFF_NAME
        self._rates = folder / RATES_NAME
        self._lock = threading.Lock()
        self._known: tuple[_Stamp, TariffRates, RateTable] | None = None

    def data(self) -> tuple[TariffRates, RateTable]:
        """Return tariff and exchange rates as they stand in the folder now.

        Raises:
            OfficeDataMissingError: One of them is not there.
            TaxError: One of them cannot be used.
            PresentationError: The table of exchange rates is no acceptable JSON.
        """
        files = [*sorted(self._tariff.glob("*.json")), self._rates]
        if len(files) == 1:
            raise OfficeDataMissingError(TARIFF_NAME)
        if not self._rates.is_file():
            raise OfficeDataMissingError(RATES_NAME)
        found = ((path.name, path.stat()) for path in files)
        stamp = tuple((name, one.st_mtime_ns, one.st_size) for name, one in found)
        with self._lock:
            if self._known is None or self._known[0] != stamp:
                table = parse_table(parse_json(self._rates.read_bytes(), RATES_NAME))
                self._known = (stamp, TariffRates(load_tariff(self._tariff)), table)
            return self._known[1:]
