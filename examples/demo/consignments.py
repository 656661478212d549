"""Declarations of the demonstration: the examples, moved to today, each of a new consignment."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from contracts.clearance.declaration.example import example_json
from examples.demo.office import IMPORTER, VIET_NAM

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def imported(name: str) -> dict[str, Any]:
    """Return an example import of today without preference."""
    content = of_today(example_json(name))
    content.pop("certificates", None)
    for line in content["lines"]:
        line.pop("certificates", None)
        line["preference"] = "MFN"
    return content


def exported(country: str, port: str) -> dict[str, Any]:
    """Return the example export of today by the known importer, for another country and port."""
    content = of_today(example_json("export"))
    transport = content["transport"] | {"destination_country": country, "discharge": port}
    importer = content["importer"] | {"country": country}
    importer.pop("tax_code", None)
    exporter = content["exporter"] | {"tax_code": IMPORTER}
    parties = {"declarant": exporter, "exporter": exporter, "importer": importer}
    return renewed(content | {"transport": transport} | parties)


def of_trader(content: dict[str, Any], tax_code: str) -> dict[str, Any]:
    """Return an import of another trader."""
    trader = content["importer"] | {"tax_code": tax_code}
    return content | {"declarant": trader, "importer": trader}


def more_goods(content: dict[str, Any]) -> dict[str, Any]:
    """Return a declaration of a fifth more goods, on a second invoice line's value."""
    line, invoice = content["lines"][0], content["invoices"][0]
    quantity = line["quantity"] | {"value": "60"}
    more = line | {"quantity": quantity, "price_amount": "12000.00"}
    return content | {
        "lines": [more],
        "invoices": [invoice | {"amount": "12000.00"}],
        "salt": secrets.token_hex(32),
    }


def of_today(content: dict[str, Any]) -> dict[str, Any]:
    """Return an example without its number, its days moved so that it is declared today."""
    content.pop("declaration_no")
    today = (datetime.now(UTC) + VIET_NAM).date()
    moved = today - date.fromisoformat(content["declared_on"])
    found: dict[str, Any] = _moved(content, moved)
    return found


def renewed(content: dict[str, Any]) -> dict[str, Any]:
    """Return a declaration of another consignment."""
    mark = secrets.token_hex(4).upper()
    documents = content["transport"]["documents"]
    first = documents[0] | {"number": documents[0]["number"][:12] + mark}
    changed = {
        "salt": secrets.token_hex(32),
        "transport": content["transport"] | {"documents": [first, *documents[1:]]},
    }
    if "ucr" in content:
        changed["ucr"] = content["ucr"][:20] + mark
    return content | changed


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: _moved(each, by) for name, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, by) for each in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        return (date.fromisoformat(value) + by).isoformat()
    return value
