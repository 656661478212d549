"""The field types a record may have: how each is checked, hashed, written and read.

A record declares its fields with the annotated aliases below, so that one
declaration serves the EIP-712 type, the calldata and the JSON form.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

from chain.proofs.keccak import keccak256
from contracts.errors import RecordFormatError

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,77}")
_HEX: Final = re.compile(r"0x(?:[0-9a-f]{2})*")
_WORD: Final = 32


class FieldType(Protocol):
    """What a record needs to know of one field type."""

    @property
    def name(self) -> str:
        """The Solidity type name, as it stands in the EIP-712 type string."""
        ...

    def check(self, field: str, value: object) -> None:
        """Raise RecordFormatError unless `value` is of this type and in range."""
        ...

    def hash_word(self, value: object) -> bytes:
        """Return the 32-byte word that stands for `value` in the struct hash."""
        ...

    def write(self, value: object) -> str:
        """Return the JSON form of a checked value."""
        ...

    def read(self, field: str, text: str) -> object:
        """Parse the canonical JSON form.

        Raises:
            RecordFormatError: The text is not the one form of a value of this type.
        """
        ...


@dataclass(frozen=True, slots=True)
class UnsignedInteger:
    """An unsigned integer of `bits` bits, written in decimal."""

    bits: int

    @property
    def name(self) -> str:
        """The Solidity type name."""
        return f"uint{self.bits}"

    def check(self, field: str, value: object) -> None:
        """Raise RecordFormatError unless `value` is an int of this width."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise RecordFormatError(field, f"{value!r} is no unsigned integer", "give 0 or more")
        if value >> self.bits:
            raise RecordFormatError(field, f"{value} needs more than {self.bits} bits", "lower it")

    def hash_word(self, value: object) -> bytes:
        """Return the value as a big-endian word."""
        assert isinstance(value, int)  # noqa: S101  checked at construction
        return value.to_bytes(_WORD, "big")

    def write(self, value: object) -> str:
        """Return the value in decimal."""
        return str(value)

    def read(self, field: str, text: str) -> int:
        """Parse a decimal string without sign, leading zero or space."""
        if not _DECIMAL.fullmatch(text):
            raise RecordFormatError(field, f"{text[:80]!r} is no decimal integer", "write digits")
        return int(text)


@dataclass(frozen=True, slots=True)
class FixedBytes:
    """Exactly `size` bytes, written in lower-case hexadecimal."""

    size: int

    @property
    def name(self) -> str:
        """The Solidity type name."""
        return f"bytes{self.size}"

    def check(self, field: str, value: object) -> None:
        """Raise RecordFormatError unless `value` is bytes of this length."""
        if not isinstance(value, bytes) or len(value) != self.size:
            raise RecordFormatError(field, "is of another length", f"give {self.size} bytes")

    def hash_word(self, value: object) -> bytes:
        """Return the value padded on the right."""
        assert isinstance(value, bytes)  # noqa: S101  checked at construction
        return value.ljust(_WORD, b"\0")

    def write(self, value: object) -> str:
        """Return the value in hexadecimal."""
        return write_hex(value)

    def read(self, field: str, text: str) -> bytes:
        """Parse 0x and two lower-case digits per byte."""
        return read_hex(field, text)


@dataclass(frozen=True, slots=True)
class DynamicBytes:
    """At most `maximum` bytes; the struct hash holds their keccak256."""

    maximum: int

    @property
    def name(self) -> str:
        """The Solidity type name."""
        return "bytes"

    def check(self, field: str, value: object) -> None:
        """Raise RecordFormatError unless `value` is bytes within the bound."""
        if not isinstance(value, bytes) or len(value) > self.maximum:
            raise RecordFormatError(field, "is too long", f"give at most {self.maximum} bytes")

    def hash_word(self, value: object) -> bytes:
        """Return the keccak256 of the value."""
        assert isinstance(value, bytes)  # noqa: S101  checked at construction
        return keccak256(value)

    def write(self, value: object) -> str:
        """Return the value in hexadecimal."""
        return write_hex(value)

    def read(self, field: str, text: str) -> bytes:
        """Parse 0x and two lower-case digits per byte."""
        return read_hex(field, text)


def write_hex(value: object) -> str:
    """Return checked bytes as 0x and lower-case hexadecimal."""
    assert isinstance(value, bytes)  # noqa: S101  checked by the caller's type
    return "0x" + value.hex()


def read_hex(field: str, text: str) -> bytes:
    """Parse 0x and lower-case hexadecimal, nothing else.

    Raises:
        RecordFormatError: Another case, an odd digit, a missing prefix.
    """
    if not _HEX.fullmatch(text):
        raise RecordFormatError(
            field, f"{text[:80]!r} is no canonical hexadecimal", "write 0x and lower-case digits"
        )
    return bytes.fromhex(text[2:])


Bytes2 = Annotated[bytes, FixedBytes(2)]
Bytes8 = Annotated[bytes, FixedBytes(8)]
Bytes20 = Annotated[bytes, FixedBytes(20)]
Bytes32 = Annotated[bytes, FixedBytes(32)]
UInt8 = Annotated[int, UnsignedInteger(8)]
UInt16 = Annotated[int, UnsignedInteger(16)]
UInt32 = Annotated[int, UnsignedInteger(32)]
UInt64 = Annotated[int, UnsignedInteger(64)]
UInt256 = Annotated[int, UnsignedInteger(256)]
