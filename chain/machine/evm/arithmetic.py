"""Instructions that only compute: from words to a word.

A word is an int of 256 bits, >= 0; the leftmost argument is the top of the stack.

Source: Ethereum Yellow Paper, appendix H.2, groups 0s and 10s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

WORD_BITS: Final = 256
WORD_BYTES: Final = 32
MAX_WORD: Final = 2**256 - 1
_MODULUS: Final = 2**256
_SIGN_BIT: Final = 2**255

Unary = Callable[[int], int]
Binary = Callable[[int, int], int]
Ternary = Callable[[int, int, int], int]


def _signed(word: int) -> int:
    return word - _MODULUS if word & _SIGN_BIT else word


def _add(a: int, b: int) -> int:
    return (a + b) & MAX_WORD


def _mul(a: int, b: int) -> int:
    return (a * b) & MAX_WORD


def _sub(a: int, b: int) -> int:
    return (a - b) & MAX_WORD


def _div(a: int, b: int) -> int:
    return a // b if b else 0


def _sdiv(a: int, b: int) -> int:
    if not b:
        return 0
    a, b = _signed(a), _signed(b)
    quotient = abs(a) // abs(b)  # towards zero, unlike Python
    return (quotient if (a < 0) == (b < 0) else -quotient) & MAX_WORD


def _mod(a: int, b: int) -> int:
    return a % b if b else 0


def _smod(a: int, b: int) -> int:
    if not b:
        return 0
    a, b = _signed(a), _signed(b)
    remainder = abs(a) % abs(b)  # with the sign of the dividend, unlike Python
    return (-remainder if a < 0 else remainder) & MAX_WORD


def _signextend(byte: int, word: int) -> int:
    if byte >= WORD_BYTES - 1:
        return word
    sign_bit = 1 << (8 * byte + 7)
    return word | (_MODULUS - sign_bit) if word & sign_bit else word & (sign_bit - 1)


def _lt(a: int, b: int) -> int:
    return 1 if a < b else 0


def _gt(a: int, b: int) -> int:
    return 1 if a > b else 0


def _slt(a: int, b: int) -> int:
    return 1 if a ^ _SIGN_BIT < b ^ _SIGN_BIT else 0


def _sgt(a: int, b: int) -> int:
    return 1 if a ^ _SIGN_BIT > b ^ _SIGN_BIT else 0


def _eq(a: int, b: int) -> int:
    return 1 if a == b else 0


def _and(a: int, b: int) -> int:
    return a & b


def _or(a: int, b: int) -> int:
    return a | b


def _xor(a: int, b: int) -> int:
    return a ^ b


def _byte(index: int, word: int) -> int:
    return (word >> (8 * (WORD_BYTES - 1 - index))) & 0xFF if index < WORD_BYTES else 0


def _shl(bits: int, word: int) -> int:
    return (word << bits) & MAX_WORD if bits < WORD_BITS else 0


def _shr(bits: int, word: int) -> int:
    return word >> bits if bits < WORD_BITS else 0


def _sar(bits: int, word: int) -> int:
    return (_signed(word) >> min(bits, WORD_BITS)) & MAX_WORD


def _iszero(a: int) -> int:
    return 0 if a else 1


def _not(a: int) -> int:
    return a ^ MAX_WORD


def _addmod(a: int, b: int, modulus: int) -> int:
    return (a + b) % modulus if modulus else 0


def _mulmod(a: int, b: int, modulus: int) -> int:
    return (a * b) % modulus if modulus else 0


UNARY: Final[dict[int, tuple[int, Unary]]] = {0x15: (3, _iszero), 0x19: (3, _not)}
"""Instruction to its gas and its function."""

BINARY: Final[dict[int, tuple[int, Binary]]] = {
    0x01: (3, _add),
    0x02: (5, _mul),
    0x03: (3, _sub),
    0x04: (5, _div),
    0x05: (5, _sdiv),
    0x06: (5, _mod),
    0x07: (5, _smod),
    0x0B: (5, _signextend),
    0x10: (3, _lt),
    0x11: (3, _gt),
    0x12: (3, _slt),
    0x13: (3, _sgt),
    0x14: (3, _eq),
    0x16: (3, _and),
    0x17: (3, _or),
    0x18: (3, _xor),
    0x1A: (3, _byte),
    0x1B: (3, _shl),
    0x1C: (3, _shr),
    0x1D: (3, _sar),
}

TERNARY: Final[dict[int, tuple[int, Ternary]]] = {0x08: (8, _addmod), 0x09: (8, _mulmod)}
