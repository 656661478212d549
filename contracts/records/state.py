"""What the record book keeps of every object and record; pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """The history of one object in one domain.

    Attributes:
        count: Number of records.
        head: Last link of the chain over their digests; zero while count is 0.
    """

    count: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a record was accepted.

    Attributes:
        block_number: EVM block.
        time: Its timestamp, seconds.
    """

    block_number: int
    time: int

    @classmethod
    def from_word(cls, value: int) -> "Anchor | None":
        """Decode the stored word; 0 means that the record was never accepted."""
        if value == 0:
            return None
        return cls(block_number=value >> 64, time=value & ((1 << 64) - 1))
