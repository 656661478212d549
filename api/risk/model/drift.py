"""Drift: whether declarations, or their scores, still look like those the model was measured on.

Population stability index of a feature: over its bins, the sum of (share now - share then) times
the logarithm of their quotient. What counts as drift is dated data (`drift.json`).
"""

import json
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from api.risk.model.catalogue import FEATURES, Kind
from api.risk.model.errors import ThresholdDataError

SCORE: Final = "score"
_BINS: Final = 10
_OTHER: Final = "*"
_MISSING: Final = "-"
_LEAST: Final = 0.0005
"""Share that an empty bin counts as, so that the logarithm exists."""


class Standing(Enum):
    """What a distance means."""

    STABLE = "stable"
    WATCH = "watch"
    ACT = "act"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Drift:
    """The distance of one feature.

    Attributes:
        feature: Its name, or `score`.
        psi: Population stability index.
        standing: What it means on the day asked for.
    """

    feature: str
    psi: float
    standing: Standing


def reference(rows: Sequence[Mapping[str, str]], ppms: Sequence[int], names: Iterable[str]) -> Any:
    """Return the bins of features and score, with the share of rows in each.

    Args:
        rows: Features of the rows that the model was measured on.
        ppms: Their scores.
        names: Features to watch.
    """
    found = {}
    for name in names:
        texts = [row[name] for row in rows]
        edges = _edges(texts) if FEATURES[name].kind is Kind.NUMBER else None
        known = sorted(one for one, _ in Counter(texts).most_common(_BINS) if one)
        found[name] = _bins(texts, edges, None if edges is not None else known)
    scores = [str(one) for one in ppms]
    found[SCORE] = _bins(scores, _edges(scores), None)
    return found


def drifts(
    kept: Mapping[str, Any], rows: Sequence[Mapping[str, str]], ppms: Sequence[int], on: date
) -> tuple[Drift, ...]:
    """Return the distance of each watched feature and of the score, the largest first.

    Args:
        kept: What `reference` returned.
        rows: Features of the rows of a window.
        ppms: Their scores.
        on: The day whose thresholds count.

    Raises:
        ThresholdDataError: No threshold is in force on that day.
    """
    found = []
    for name, bins in kept.items():
        texts = [str(one) for one in ppms] if name == SCORE else [row[name] for row in rows]
        now = _bins(texts, bins.get("edges"), bins.get("values"))["shares"]
        psi = _psi(bins["shares"], now)
        found.append(Drift(name, psi, _standing(psi, len(rows), on)))
    return tuple(sorted(found, key=lambda one: (-one.psi, one.feature)))


def threshold(name: str, on: date) -> Mapping[str, Any]:
    """Return a threshold as in force on a day.

    Raises:
        ThresholdDataError: None is.
    """
    for entry in _thresholds().get(name, ()):
        until = entry["effective_to"]
        if entry["effective_from"] <= on.isoformat() and (until is None or on.isoformat() < until):
            found: Mapping[str, Any] = entry
            return found
    raise ThresholdDataError(name, on.isoformat())


@cache
def _thresholds() -> Mapping[str, Any]:
    text = files("api.risk.model").joinpath("drift.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def _standing(psi: float, rows: int, on: date) -> Standing:
    if rows < threshold("rows_least", on)["value"]:
        return Standing.TOO_FEW
    limits = threshold("psi", on)
    if psi >= limits["act"]:
        return Standing.ACT
    return Standing.WATCH if psi >= limits["watch"] else Standing.STABLE


def _psi(then: Mapping[str, float], now: Mapping[str, float]) -> float:
    total = 0.0
    for name in sorted({*then, *now}):
        before, after = max(then.get(name, 0.0), _LEAST), max(now.get(name, 0.0), _LEAST)
        total += (after - before) * math.log(after / before)
    return round(total, 4)


def _edges(texts: Sequence[str]) -> list[float]:
    values = sorted(float(one) for one in texts if one)
    return sorted({values[len(values) * part // _BINS] for part in range(1, _BINS) if values})


def _bins(texts: Sequence[str], edges: list[float] | None, values: list[str] | None) -> Any:
    if edges is not None:
        counts = Counter(str(bisect_right(edges, float(one))) if one else _MISSING for one in texts)
        found: dict[str, Any] = {"edges": edges}
    else:
        known = set(values or ())
        counts = Counter(one if one in known else (_OTHER if one else _MISSING) for one in texts)
        found = {"values": values}
    shares = {name: round(counts[name] / len(texts), 6) for name in sorted(counts)}
    return {**found, "shares": shares}
