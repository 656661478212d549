"""A store that fails when told to: a write breaks, persisted or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chain.errors import StoreError
from chain.store.keyvalue import Entry


@dataclass
class MemoryStore:
    """A store in memory that outlives its ledger, as a disk outlives a process."""

    content: dict[bytes, bytes] = field(default_factory=dict)

    def get(self, key: bytes) -> bytes | None:
        return self.content.get(key)

    def write(self, entries: Sequence[Entry]) -> None:
        for key, value in entries:
            if value is None:
                self.content.pop(key, None)
            else:
                self.content[key] = value

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        for key in sorted(self.content):
            if start <= key < end:
                yield key, self.content[key]

    def close(self) -> None:
        """Nothing to release."""


@dataclass
class BreakingStore:
    """Breaks write number `break_at` (from 0), after it was persisted or before."""

    inner: MemoryStore
    break_at: int
    persisted: bool
    writes: int = 0

    def get(self, key: bytes) -> bytes | None:
        return self.inner.get(key)

    def write(self, entries: Sequence[Entry]) -> None:
        number, self.writes = self.writes, self.writes + 1
        if number != self.break_at:
            self.inner.write(entries)
            return
        if self.persisted:
            self.inner.write(entries)
        raise StoreError("write a block", "broken on purpose")

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self.inner.scan(start, end)

    def close(self) -> None:
        """Nothing to release."""
