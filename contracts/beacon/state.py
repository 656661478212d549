"""What the beacon contract keeps, as typed values; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

SEATS: Final = 8
WINDOW_SECONDS: Final = 30
"""How long a panel has for its outputs, in block time."""
HASHES_KEPT: Final = 256
"""For so many blocks after a round its outputs are accepted."""
_BY_CUSTOMS: Final = 1 << 8
_MASK_64: Final = (1 << 64) - 1


class KeyStatus(IntEnum):
    """Standing of a beacon key."""

    REGISTERED = 1
    SEATED = 2
    ENDED = 3


class SeedStanding(IntEnum):
    """How a round stands."""

    WAITING = 0
    COMPLETE = 1
    WITHHELD = 2


@dataclass(frozen=True, slots=True)
class BeaconKey:
    """A beacon key.

    Attributes:
        id: Its identifier, 32 bytes.
        organisation: Who holds it.
        status: Its standing.
        by_customs: Whether customs of its country holds it.
    """

    id: bytes
    organisation: bytes
    status: KeyStatus
    by_customs: bool

    @classmethod
    def from_words(cls, key: bytes, words: Sequence[int]) -> "BeaconKey | None":
        """Decode the stored words; state zero means that there is none."""
        organisation, state = words
        if state == 0:
            return None
        status = KeyStatus(state & 0xFF)
        return cls(key, organisation.to_bytes(32, "big"), status, bool(state & _BY_CUSTOMS))


@dataclass(frozen=True, slots=True)
class Panel:
    """The keys that owe an output for each round, in their order.

    Attributes:
        keys: Their identifiers.
        customs: Of each, whether customs of the country holds it.
        from_round: The first round that the panel owes.
    """

    keys: tuple[bytes, ...] = ()
    customs: tuple[bool, ...] = ()
    from_round: int = 0

    @property
    def is_valid(self) -> bool:
        """Whether customs of the country and somebody else sit in it."""
        return any(self.customs) and not all(self.customs)

    @classmethod
    def from_words(cls, words: Sequence[int]) -> "Panel":
        """Decode the stored words."""
        state, *keys = words
        size = state >> 64 & 0xFF
        return cls(
            tuple(key.to_bytes(32, "big") for key in keys[:size]),
            tuple(bool(state >> (72 + place) & 1) for place in range(size)),
            state & _MASK_64,
        )


@dataclass(frozen=True, slots=True)
class Seed:
    """How a round stands.

    Attributes:
        standing: Whether its seed is there, awaited or withheld.
        value: The seed, 32 bytes; zeros unless it is complete.
    """

    standing: SeedStanding
    value: bytes = bytes(32)
