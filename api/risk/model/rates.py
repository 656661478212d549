"""Counts of past results by group, in bounded memory; pure.

Two generations: what was touched lately is kept, and when the young one is full the old one goes.
So memory is bounded, each step costs the same, and the same history gives the same table.
"""

from collections.abc import Iterator
from typing import Final, Generic, TypeVar

YOUNG_LIMIT: Final = 500_000
"""Groups of one generation of one table: 15 tables hold a few hundred MB at the very most."""
SEEN_LIMIT: Final = 127
"""Declarations of a group are counted so far: only few or none is a sign."""
_LABELS_LIMIT: Final = (1 << 24) - 1
_SEEN_SHIFT: Final = 48
_FRAUDS_SHIFT: Final = 24
_MASK: Final = _LABELS_LIMIT


V = TypeVar("V")


class Generations(Generic[V]):
    """A mapping from hash to value that forgets what was not touched for long.

    Args:
        limit: Entries of one generation, >= 1; it holds twice as many.
    """

    __slots__ = ("_limit", "old", "young")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.young: dict[int, V] = {}
        self.old: dict[int, V] = {}

    def get(self, key: int) -> V | None:
        """Return the value, or None."""
        found = self.young.get(key)
        return self.old.get(key) if found is None else found

    def put(self, key: int, value: V) -> None:
        """Keep a value as the latest touched."""
        if len(self.young) >= self._limit and key not in self.young:
            self.young, self.old = {}, self.young
        self.young[key] = value

    def items(self) -> Iterator[tuple[int, int, V]]:
        """Yield generation (0 old, 1 young), hash and value, in the order of hashes."""
        for generation, table in enumerate((self.old, self.young)):
            for key in sorted(table):
                yield generation, key, table[key]

    def __len__(self) -> int:
        return len(self.young) + len(self.old)


class RateTable:
    """Per group: declarations seen, checks with a result, frauds found.

    Args:
        limit: Groups of one generation.
    """

    __slots__ = ("entries",)

    def __init__(self, limit: int = YOUNG_LIMIT) -> None:
        self.entries: Generations[int] = Generations(limit)

    def packed(self, key: int) -> int:
        """Return the counts of a group as one integer, 0 for a group never met."""
        entries = self.entries
        return entries.young.get(key) or entries.old.get(key) or 0

    def counts(self, key: int) -> tuple[int, int, int]:
        """Return seen, frauds and labels of a group."""
        return unpacked_counts(self.packed(key))

    def see(self, key: int) -> None:
        """Count a declaration."""
        packed = self.packed(key)
        if packed >> _SEEN_SHIFT < SEEN_LIMIT:
            packed += 1 << _SEEN_SHIFT
        self.entries.put(key, packed)

    def label(self, key: int, *, fraud: bool) -> None:
        """Count a result; counts that would overflow are halved first."""
        packed = self.packed(key)
        if packed & _MASK == _LABELS_LIMIT:
            seen, frauds, labels = unpacked_counts(packed)
            packed = packed_counts(seen, frauds >> 1, labels >> 1)
        self.entries.put(key, packed + 1 + (fraud << _FRAUDS_SHIFT))


def packed_counts(seen: int, frauds: int, labels: int) -> int:
    """Return three counts as one small integer."""
    return seen << _SEEN_SHIFT | frauds << _FRAUDS_SHIFT | labels


def unpacked_counts(packed: int) -> tuple[int, int, int]:
    """Return seen, frauds and labels of one integer."""
    return packed >> _SEEN_SHIFT, (packed >> _FRAUDS_SHIFT) & _MASK, packed & _MASK
