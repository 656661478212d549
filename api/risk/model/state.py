"""The history that features are computed from, kept online; pure.

What a feature may know (no leakage):

1. of the declaration itself: what is declared at registration, never a label;
2. of other declarations: that they were declared, on days before;
3. of results: those known more than `lag_days` days before.

So a result with a later day never changes an earlier feature, and the order of declarations within
a day changes none. Days are asked for in order; asking for an earlier one is refused.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from api.risk.model.catalogue import GROUPINGS
from api.risk.model.declared import declared_features, unit_price_milli
from api.risk.model.errors import PastItemError
from api.risk.model.groups import group_keys
from api.risk.model.item import Item
from api.risk.model.prices import PriceTable
from api.risk.model.rates import YOUNG_LIMIT, RateTable, unpacked_counts

LAG_DAYS: Final = 7
"""Days between a result and its first use: results are entered late and corrected."""
_WEIGHT: Final = 10
"""A group without results counts as this many results at the rate of all."""
_PRICE_BASES: Final = ("hs6_origin", "hs6", "hs4")
_POSITION: Final = {grouping.name: place for place, grouping in enumerate(GROUPINGS)}
_PRICE_PLACES: Final = tuple(_POSITION[name] for name in _PRICE_BASES)
_RATES: Final = tuple(
    (f"{one.name}_rate", f"{one.name}_labels", f"{one.name}_new" if one.party else None)
    for one in GROUPINGS
)
_NEVER: Final = (0, 0, 0)
_PARTIES: Final = tuple(place for place, one in enumerate(GROUPINGS) if one.party)

Keys = tuple[int, ...]
Seen = tuple[Keys, int | None]
Result = tuple[Keys, bool]


class FeatureState:
    """Counts and prices of past declarations, in bounded memory.

    Not for concurrent use: one writer at a time.

    Args:
        lag_days: Days between a result and its first use, >= 0.
        limit: Groups that each table keeps at least before it forgets the longest untouched.

    Attributes:
        reached: The last day whose features were asked for.
    """

    def __init__(self, lag_days: int = LAG_DAYS, limit: int = YOUNG_LIMIT) -> None:
        self.lag_days = lag_days
        self.limit = limit
        self.reached: date | None = None
        self.frauds = 0
        self.labels = 0
        self.tables = tuple(RateTable(limit) for _ in GROUPINGS)
        self.prices = tuple(PriceTable(min(limit, 50_000)) for _ in _PRICE_BASES)
        self.waiting_seen: dict[date, list[Seen]] = {}
        self.waiting_results: dict[date, list[Result]] = {}
        self._unsettled = True
        self._latest: tuple[Item, Seen] | None = None

    def features(self, item: Item) -> dict[str, str]:
        """Return every feature of an item as of its day; changes nothing that others see.

        Raises:
            PastItemError: A later day was asked for before.
        """
        self._advance(item.day)
        found = declared_features(item)
        keys, price = self._entry(item)
        found["unit_price_basis"], found["unit_price_deviation"] = self._deviation(keys, price)
        prior = _WEIGHT * (self.frauds + 1) / (self.labels + 5)
        for table, key, (rate, labels_name, new) in zip(self.tables, keys, _RATES, strict=True):
            packed = table.packed(key)
            seen, frauds, labels = unpacked_counts(packed) if packed else _NEVER
            found[rate] = f"{(frauds + prior) / (labels + _WEIGHT):.4f}" if labels else ""
            found[labels_name] = str(labels)
            if new is not None:
                found[new] = "0" if seen else "1"
        return found

    def observe(self, item: Item) -> None:
        """Remember that an item was declared; later days will know."""
        self.waiting_seen.setdefault(item.day, []).append(self._entry(item))
        self._unsettled = True

    def label(self, item: Item, *, fraud: bool, on: date) -> None:
        """Remember the result of a check.

        No result is not the result "no fraud": do not label what nobody inspected.

        Args:
            item: The item that was checked.
            fraud: Whether fraud was found.
            on: Day on which the result was known.
        """
        self.waiting_results.setdefault(on, []).append((self._entry(item)[0], fraud))
        self._unsettled = True

    def _advance(self, day: date) -> None:
        if self.reached is not None and day <= self.reached:
            if day < self.reached:
                raise PastItemError(day.isoformat(), self.reached.isoformat())
            if not self._unsettled:
                return
        for past in _before(self.waiting_seen, day):
            for keys, price in self.waiting_seen.pop(past):
                self._take_seen(keys, price)
        for past in _before(self.waiting_results, day - timedelta(days=self.lag_days)):
            for keys, fraud in self.waiting_results.pop(past):
                self._take_result(keys, fraud=fraud)
        self.reached = day
        self._unsettled = False

    def _take_seen(self, keys: Keys, price: int | None) -> None:
        for place in _PARTIES:
            if keys[place]:
                self.tables[place].see(keys[place])
        if price is not None:
            for table, place in zip(self.prices, _PRICE_PLACES, strict=True):
                table.see(keys[place], price)

    def _take_result(self, keys: Keys, *, fraud: bool) -> None:
        self.frauds += fraud
        self.labels += 1
        for table, key in zip(self.tables, keys, strict=True):
            if key:
                table.label(key, fraud=fraud)

    def _entry(self, item: Item) -> Seen:
        """Return keys and price; one item is asked about several times in a row."""
        if self._latest is None or self._latest[0] is not item:
            self._latest = item, (group_keys(item), unit_price_milli(item))
        return self._latest[1]

    def _deviation(self, keys: Keys, price: int | None) -> tuple[str, str]:
        if price is None:
            return "", ""
        for table, name, place in zip(self.prices, _PRICE_BASES, _PRICE_PLACES, strict=True):
            found = table.deviation(keys[place], price)
            if found is not None:
                return name, f"{found / 100:.2f}"
        return "", ""


def _before(days: Iterable[date], day: date) -> list[date]:
    return sorted(one for one in days if one < day)
