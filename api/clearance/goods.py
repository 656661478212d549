"""From a declaration to the items that the risk model scores; pure.

The model reads the layout of the declarations that it was trained on. Codes that have no
counterpart there stay this country's own: a model treats a code that it never saw as unknown.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from api.risk.model import Item
from contracts.clearance.declaration import Declaration, Line

_PREFERENTIAL: Final = "F"
_ORDINARY: Final = "A"
_WITHOUT_PREFERENCE: Final = frozenset({"MFN", "ORDINARY"})
_UNKNOWN: Final = "ZZ"
_MARKED: Final = "Y"
_NOT_PARTY: Final = re.compile(r"[^A-Za-z0-9-]")


def items_of(declaration: Declaration, number: str, day: date) -> list[Item]:
    """Return one item per line.

    Args:
        declaration: One that was checked.
        number: Its number without the amendment count.
        day: Of its registration.
    """
    return [_item(declaration, line, number, day) for line in declaration.lines]


def _item(declaration: Declaration, line: Line, number: str, day: date) -> Item:
    preferred = (line.preference or "MFN") not in _WITHOUT_PREFERENCE
    return Item(
        declaration_id=f"{number}-{line.number}",
        day=day,
        office=declaration.office,
        process_type=declaration.direction[:1].upper(),
        import_type=line.procedure or declaration.procedure,
        import_use=(line.procedure or declaration.procedure)[:1],
        payment_type=declaration.invoices[0].incoterm,
        transport=declaration.transport.mode,
        declarant=_party(declaration.declarant.tax_code or declaration.declarant.name),
        importer=_party(declaration.trader.tax_code or declaration.trader.name),
        seller=_party(declaration.partner.name),
        courier="",
        hs6=line.hs[:6],
        departure=declaration.transport.departure_country or _UNKNOWN,
        origin=line.origin_country or _UNKNOWN,
        tax_rate=Decimal(0),
        tax_type=_PREFERENTIAL if preferred else _ORDINARY,
        origin_indicator=_MARKED,
        net_mass=line.net_mass_kg,
        price=line.price_amount,
    )


def _party(name: str) -> str:
    return _NOT_PARTY.sub("", name)[:40] or _UNKNOWN
