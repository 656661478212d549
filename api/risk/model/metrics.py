"""How good scores are, on rows whose results are known; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from api.risk.model.item import Item

SHARES: Final = (1, 2, 5, 10, 20)
"""Percent of the rows that are inspected."""
MILLION: Final = 1_000_000
_BINS: Final = 10
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Scored:
    """An item with a known result, and its score.

    Attributes:
        item: The item; `fraud` is not None.
        ppm: Its score.
        margin: Breaks ties of the score.
    """

    item: Item
    ppm: int
    margin: int

    @property
    def fraud(self) -> bool:
        """Whether it was fraud."""
        return bool(self.item.fraud)

    @property
    def revenue(self) -> Decimal:
        """Duty on its price: what a finding is about, in the declaration's currency."""
        return self.item.price * self.item.tax_rate / 100


def figures(rows: Sequence[Scored]) -> dict[str, Any]:
    """Return all figures of some rows; figures that need both results are None without them."""
    ranked = sorted(rows, key=lambda one: (-one.ppm, -one.margin))
    expected = sorted(rows, key=lambda one: -(one.ppm * one.revenue))
    frauds = sum(one.fraud for one in rows)
    return {
        "rows": len(rows),
        "fraud_rate": _ratio(frauds, len(rows)),
        "auc": auc(rows),
        "precision": {str(share): precision(ranked, share) for share in SHARES},
        "recall": {str(share): _recall(ranked, share, frauds) for share in SHARES},
        "revenue": {str(share): _revenue(ranked, share) for share in SHARES},
        "revenue_ranked_by_expected_duty": {
            str(share): _revenue(expected, share) for share in SHARES
        },
        "calibration": calibration(rows),
    }


def precision(ranked: Sequence[Scored], share: int) -> float | None:
    """Return the share of frauds among the first `share` percent (at least one row)."""
    top = _top(ranked, share)
    return _ratio(sum(one.fraud for one in top), len(top))


def auc(rows: Sequence[Scored]) -> float | None:
    """Return how often a fraud stands above a row without fraud; ties count half."""
    ordered = sorted(rows, key=lambda one: (one.ppm, one.margin))
    frauds = sum(one.fraud for one in ordered)
    others = len(ordered) - frauds
    if not frauds or not others:
        return None
    below, won, place = 0, 0.0, 0
    while place < len(ordered):
        end = place
        key = (ordered[place].ppm, ordered[place].margin)
        while end < len(ordered) and (ordered[end].ppm, ordered[end].margin) == key:
            end += 1
        tied = sum(one.fraud for one in ordered[place:end])
        won += tied * (below + (end - place - tied) / 2)
        below += end - place - tied
        place = end
    return round(won / (frauds * others), _DIGITS)


def calibration(rows: Sequence[Scored]) -> dict[str, Any]:
    """Return Brier score, expected calibration error and a table of ten equal parts."""
    ordered = sorted(rows, key=lambda one: one.ppm)
    table, error, square = [], 0.0, 0.0
    for part in range(_BINS):
        some = ordered[len(ordered) * part // _BINS : len(ordered) * (part + 1) // _BINS]
        if not some:
            continue
        predicted = sum(one.ppm for one in some) / len(some) / MILLION
        observed = sum(one.fraud for one in some) / len(some)
        error += abs(predicted - observed) * len(some) / len(ordered)
        square += sum((one.ppm / MILLION - one.fraud) ** 2 for one in some)
        table.append(
            {
                "rows": len(some),
                "predicted": round(predicted, _DIGITS),
                "observed": round(observed, _DIGITS),
            }
        )
    brier = square / len(ordered) if ordered else None
    return {
        "brier": None if brier is None else round(brier, _DIGITS),
        "expected_calibration_error": round(error, _DIGITS),
        "table": table,
    }


def _top(ranked: Sequence[Scored], share: int) -> Sequence[Scored]:
    return ranked[: max(1, round(len(ranked) * share / 100))]


def _recall(ranked: Sequence[Scored], share: int, frauds: int) -> float | None:
    return _ratio(sum(one.fraud for one in _top(ranked, share)), frauds)


def _revenue(ranked: Sequence[Scored], share: int) -> float | None:
    def of(rows: Sequence[Scored]) -> Decimal:
        return sum((one.revenue for one in rows if one.fraud), Decimal(0))

    whole = of(ranked)
    return round(float(of(_top(ranked, share)) / whole), _DIGITS) if whole else None


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, _DIGITS) if whole else None
