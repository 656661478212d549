"""What the ledger says, in the form that both databases can hold.

A signer may put any 64-bit time or any bytes into a record that the contract does not
judge. None of them may stop an indexer, so each has a form here; the exact value stands in
the signed record, which is kept whole.
"""

from typing import Final

_GREATEST: Final = (1 << 63) - 1  # of SQL's BIGINT
_FIRST, _LAST = ord("!"), ord("~")  # of the printable ASCII characters


def bounded(value: int) -> int:
    """Return a number that fits into a BIGINT; greater ones become the greatest."""
    return min(value, _GREATEST)


def hexadecimal(value: bytes) -> str:
    """Return bytes as 0x and lower-case digits."""
    return "0x" + value.hex()


def hexadecimal_or_none(value: bytes) -> str | None:
    """Return bytes as `hexadecimal` does, None where they name nothing: all zeros."""
    return hexadecimal(value) if any(value) else None


def ascii_name(value: bytes) -> str:
    """Return an ASCII name without its padding, or hexadecimal where it is none."""
    name = value.rstrip(b"\0")
    if name and all(_FIRST <= byte <= _LAST for byte in name):
        return name.decode()
    return hexadecimal(value)
