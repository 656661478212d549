"""What Viet Nam Customs has in its folder before it opens: tariff, exchange rates, its profile."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from api.clearance.profile import FORMAT, PROFILE_NAME
from api.tax.office import RATES_NAME, TARIFF_NAME

IMPORTER: Final = "9900000016"
EXPORTING: Final = "9900000030"
VIET_NAM: Final = timedelta(hours=7)
_EXAMPLE: Final = files("api.tax.example")
_ACTIVE_SINCE: Final = "2016-03-01"
_BEFORE: Final = timedelta(days=200)


def equip(folder: Path, now: datetime) -> None:
    """Put tariff, exchange rates and profile into an office's folder.

    Args:
        folder: The organisation's folder.
        now: UTC; the example's rates are moved by whole weeks, as if published last week.
    """
    (folder / TARIFF_NAME).mkdir()
    for version in (_EXAMPLE / "tariff").iterdir():
        if version.name.endswith(".json"):
            (folder / TARIFF_NAME / version.name).write_bytes(version.read_bytes())
    (folder / RATES_NAME).write_text(json.dumps(_rates(now)))
    (folder / PROFILE_NAME).write_text(json.dumps(_profile(now), indent=1))


def monday(moment: datetime) -> date:
    """Return the first day of the week of a moment, in Viet Nam."""
    day = (moment + VIET_NAM).date()
    return day - timedelta(days=day.weekday())


def _rates(now: datetime) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((_EXAMPLE / "rates.json").read_text("utf-8"))
    published = max(date.fromisoformat(each["date"]) for each in table["quotations"])
    last_week = monday(now) - timedelta(days=7)
    moved = last_week - (published - timedelta(days=published.weekday()))
    for each in table["quotations"]:
        each["date"] = (date.fromisoformat(each["date"]) + moved).isoformat()
    return table


def _profile(now: datetime) -> dict[str, Any]:
    """Two known traders; the exporter was fined lately for a late paper."""
    fined = (now - _BEFORE).date().isoformat()
    violation = {"decision": "17/QD-HQ", "kind": "procedure", "decided_on": fined}
    return {
        "format": FORMAT,
        "declarants": {
            IMPORTER: {"active_since": _ACTIVE_SINCE},
            EXPORTING: {"active_since": _ACTIVE_SINCE, "violations": [violation]},
        },
    }
