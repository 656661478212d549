"""A few lines of the tariff and a few exchange rates, so that the command works at once.

The rates of duty are rows of Decree 26/2023/ND-CP and the agreements' decrees; the exchange rates
are samples and say so. Neither is a tariff or a table to rely on.
"""

import json
from importlib.resources import as_file, files

from api.tax.exchange import RateTable, parse_table
from api.tax.tariff.files import load_tariff
from api.tax.tariff.schedule import Tariff


def example_tariff() -> Tariff:
    """Return the tariff of the example."""
    with as_file(files(__package__).joinpath("tariff")) as folder:
        return load_tariff(folder)


def example_rates() -> RateTable:
    """Return the exchange rates of the example."""
    text = files(__package__).joinpath("rates.json").read_text(encoding="utf-8")
    return parse_table(json.loads(text))
