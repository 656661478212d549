"""Container numbers and their check digit; pure.

Source: ISO 6346:2022, annex A: letters count 10 to 38 without multiples of 11, each
position is weighted by its power of two, the sum is taken modulo 11, and 10 is written 0.
"""

from typing import Final

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS: Final = 11
_TEN: Final = 10
_COUNTED: Final = 10
"""Positions that the check digit covers: four letters and six digits."""
_VALUES: Final = {str(digit): digit for digit in range(10)} | dict(
    zip(_LETTERS, (number for number in range(10, 39) if number % _MODULUS), strict=True)
)


def remainder(number: str) -> int:
    """Return the weighted sum of a number modulo 11, 0 to 10.

    Args:
        number: Four letters and six digits or more; the first ten characters count.
    """
    counted = number[:_COUNTED]
    return sum(_VALUES[each] << place for place, each in enumerate(counted)) % _MODULUS


def check_digit(number: str) -> int:
    """Return the check digit that a number must end in."""
    return remainder(number) % _TEN


def is_ambiguous(number: str) -> bool:
    """Say whether a number's remainder is 10, written as 0: owners should not use it."""
    return remainder(number) == _TEN
