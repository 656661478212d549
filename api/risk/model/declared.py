"""Features of the declared data alone; pure."""

import math
from decimal import Decimal
from typing import Final

from api.risk.model.item import Item, plain

_LEAST: Final = 0.01
"""Added before a logarithm: the layout has masses and prices of zero."""
_PREFERENTIAL: Final = "F"
"""Kinds of rate under a free-trade agreement begin so in this layout."""


def declared_features(item: Item) -> dict[str, str]:
    """Return the features that need no history."""
    differs = item.origin != item.departure
    unit_price = unit_price_milli(item)
    return {
        "net_mass_log10": f"{_logarithm(item.net_mass):.3f}",
        "price_log10": f"{_logarithm(item.price):.3f}",
        "unit_price_log10": "" if unit_price is None else f"{unit_price / 1000:.3f}",
        "tax_rate": plain(item.tax_rate),
        "hs6_number": str(int(item.hs6)),
        "hs4_number": str(int(item.hs6[:4])),
        "hs2_number": str(int(item.hs6[:2])),
        "origin_differs": "1" if differs else "0",
        "preference_differs": "1" if differs and item.tax_type[0] == _PREFERENTIAL else "0",
        "origin": item.origin,
        "departure": item.departure,
        "tax_type": item.tax_type,
        "office": item.office,
        "process_type": item.process_type,
        "import_type": item.import_type,
        "import_use": item.import_use,
        "payment_type": item.payment_type,
        "transport": item.transport,
        "origin_indicator": item.origin_indicator,
    }


def unit_price_milli(item: Item) -> int | None:
    """Return thousandths of log10 of the price per kg, None where mass or price is zero."""
    if not item.net_mass or not item.price:
        return None
    return round(1000 * math.log10(float(item.price) / float(item.net_mass)))


def _logarithm(value: Decimal) -> float:
    return math.log10(float(value) + _LEAST)
