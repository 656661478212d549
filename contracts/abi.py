"""The little of the Ethereum ABI that these contracts use, without web3.

Calls are composed of already encoded parts; answers are read as words. A record's
function takes the record as a struct and the signature as bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.errors import LedgerAnswerError
from contracts.records.fields import DynamicBytes
from contracts.records.record import Record, record_fields

WORD: Final = 32
_SELECTOR_SIZE: Final = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One encoded argument.

    Attributes:
        data: The encoding: words in place, or the tail of a dynamic argument.
        dynamic: Whether `data` goes to the tail and an offset stands in its place.
    """

    data: bytes
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    """One event as the ledger returns it.

    Attributes:
        address: The contract that emitted it, 20 bytes.
        topics: One to four words.
        data: The event's other values.
        block_number: EVM block.
        transaction_hash: The transaction it came from.
        log_index: Place within the block.
    """

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    transaction_hash: bytes
    log_index: int


def selector(signature: str) -> bytes:
    """Return the four bytes that select a function of this signature."""
    return keccak256(signature.encode())[:_SELECTOR_SIZE]


def compose(parts: Sequence[Part]) -> bytes:
    """Return the ABI encoding of a tuple of parts."""
    offset = sum(WORD if part.dynamic else len(part.data) for part in parts)
    head, tail = b"", b""
    for part in parts:
        head += (offset + len(tail)).to_bytes(WORD, "big") if part.dynamic else part.data
        tail += part.data if part.dynamic else b""
    return head + tail


def word(value: int | bytes) -> Part:
    """Encode an unsigned integer, or 32 bytes, in place."""
    return Part(value.to_bytes(WORD, "big") if isinstance(value, int) else value.ljust(WORD, b"\0"))


def dynamic_bytes(value: bytes) -> Part:
    """Encode bytes of any length."""
    padding = -len(value) % WORD
    return Part(len(value).to_bytes(WORD, "big") + value + bytes(padding), dynamic=True)


def array(parts: Sequence[Part]) -> Part:
    """Encode a dynamic array of parts of one type."""
    return Part(len(parts).to_bytes(WORD, "big") + compose(parts), dynamic=True)


def record_part(record: Record) -> Part:
    """Encode a record as the struct its function takes."""
    parts = [
        dynamic_bytes(value) if isinstance(field.type, DynamicBytes) else word(value)
        for field, value in record.values()
    ]
    return Part(compose(parts), dynamic=any(part.dynamic for part in parts))


def record_tuple(record_type: type[Record]) -> str:
    """Return the struct of a record type as it stands in a function signature."""
    return "(" + ",".join(field.type.name for field in record_fields(record_type)) + ")"


def words(data: bytes, count: int, what: str) -> tuple[bytes, ...]:
    """Split an answer of exactly `count` words.

    Raises:
        LedgerAnswerError: The answer is longer or shorter.
    """
    if len(data) != count * WORD:
        raise LedgerAnswerError(what, f"{len(data)} bytes instead of {count * WORD}")
    return tuple(data[start : start + WORD] for start in range(0, len(data), WORD))


def integers(data: bytes, count: int, what: str) -> tuple[int, ...]:
    """Split an answer of exactly `count` unsigned integers.

    Raises:
        LedgerAnswerError: The answer is longer or shorter.
    """
    return tuple(int.from_bytes(item, "big") for item in words(data, count, what))


def pairs(data: bytes, what: str) -> tuple[tuple[bytes, int], ...]:
    """Split an answer that is a dynamic array of (bytes32, unsigned integer).

    Raises:
        LedgerAnswerError: The lengths do not add up.
    """
    if len(data) < 2 * WORD or int.from_bytes(data[:WORD], "big") != WORD:
        raise LedgerAnswerError(what, "is no array")
    count = int.from_bytes(data[WORD : 2 * WORD], "big")
    items = words(data[2 * WORD :], 2 * count, what)
    return tuple((items[i], int.from_bytes(items[i + 1], "big")) for i in range(0, 2 * count, 2))


def trailing_bytes(data: bytes, place: int, what: str) -> bytes:
    """Return the dynamic bytes whose offset stands at word `place`.

    Raises:
        LedgerAnswerError: The offset or length points outside the data.
    """
    offset = int.from_bytes(data[place * WORD : (place + 1) * WORD], "big")
    size = int.from_bytes(data[offset : offset + WORD], "big")
    value = data[offset + WORD : offset + WORD + size]
    if len(value) != size or offset + WORD > len(data):
        raise LedgerAnswerError(what, "is cut short")
    return value
