"""Cut contract code into segments, which can be checked at once.

A segment is a run of pure instructions and one last instruction of any kind. Pure ones only move
and compute words: all that can stop them is gas, the height of the stack and the count of steps.
These depend on nothing but where the segment began, so three sums decide them for all of it; where
a sum says no, `Program.fault` walks the parts and finds the instruction that says no, exactly. The
last one may see the gas, spend more of it, or fail otherwise: all before it have run by then.

JUMPDEST begins a segment, so that jumps lead to segments only.

Source: Ethereum Yellow Paper, section 9.4 and appendix H.2 (costs, items taken and given).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from eth.exceptions import FullStack, InsufficientStack, OutOfGas, VMError

from chain.machine.evm import calls, environment, storage
from chain.machine.evm.arithmetic import BINARY, TERNARY, UNARY

MAX_STACK: Final = 1_024

# Pure instructions, and what their operand is.
PUSH: Final = 0  # the word
DUP: Final = 1  # index from the end of the stack
SWAP: Final = 2  # index from the end of the stack
APPLY2: Final = 3  # function
POP: Final = 4
APPLY1: Final = 5  # function
READ: Final = 6  # function of the frame
CALLDATALOAD: Final = 7
APPLY3: Final = 8  # function
NOTHING: Final = 9  # JUMPDEST, or no last instruction before one

# Last instructions.
JUMPI: Final = 10
MSTORE: Final = 11
MLOAD: Final = 12
JUMP: Final = 13
EXECUTE: Final = 14  # function of frame and gas
HALT: Final = 15  # the same; the call ends after it

# A PUSH and the last instruction after it, as one; their costs and counts are those of both.
JUMPI_TO: Final = 16  # segment
JUMP_TO: Final = 17  # segment
MSTORE_AT: Final = 18  # offset
MLOAD_AT: Final = 19  # offset

_FIRST_LAST: Final = JUMPI
_JUMPS: Final = {JUMP: JUMP_TO, JUMPI: JUMPI_TO}
_PLACES: Final = {MSTORE: MSTORE_AT, MLOAD: MLOAD_AT}
_JUMPDEST: Final = 0x5B
_PUSH0: Final = 0x5F
_PUSH32: Final = 0x7F


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: how it runs and what must hold before.

    Args:
        kind: How the interpreter runs it.
        operand: What it needs to run, by kind.
        gas: Static cost, >= 0.
        taken: Stack items that must be there; 0 where the instruction looks for itself, later.
        change: By how much the stack grows.
    """

    kind: int
    operand: Any
    gas: int
    taken: int
    change: int


def _instructions() -> Iterator[tuple[int, Instruction]]:
    for opcode, (gas, unary) in UNARY.items():
        yield opcode, Instruction(APPLY1, unary, gas, 1, 0)
    for opcode, (gas, binary) in BINARY.items():
        yield opcode, Instruction(APPLY2, binary, gas, 2, -1)
    for opcode, (gas, ternary) in TERNARY.items():
        yield opcode, Instruction(APPLY3, ternary, gas, 3, -2)
    for opcode, (gas, read) in environment.READS.items():
        yield opcode, Instruction(READ, read, gas, 0, 1)
    for number in range(1, 17):
        yield 0x7F + number, Instruction(DUP, -number, 3, number, 1)
        yield 0x8F + number, Instruction(SWAP, -number - 1, 3, number + 1, 0)
    for topics in range(5):
        yield 0xA0 + topics, Instruction(EXECUTE, storage.log(topics), 375, 0, -2 - topics)


_TABLE: Final[dict[int, Instruction]] = dict(_instructions()) | {
    0x00: Instruction(HALT, calls.stop, 0, 0, 0),
    0x0A: Instruction(EXECUTE, storage.exp, 10, 2, -1),
    0x20: Instruction(EXECUTE, storage.keccak, 30, 2, -1),
    0x31: Instruction(EXECUTE, environment.balance, 0, 1, 0),
    0x35: Instruction(CALLDATALOAD, None, 3, 1, 0),
    0x37: Instruction(EXECUTE, environment.calldatacopy, 3, 3, -3),
    0x39: Instruction(EXECUTE, environment.codecopy, 3, 3, -3),
    0x3B: Instruction(EXECUTE, environment.extcodesize, 0, 1, 0),
    0x3C: Instruction(EXECUTE, environment.extcodecopy, 0, 4, -4),
    0x3E: Instruction(EXECUTE, environment.returndatacopy, 3, 3, -3),
    0x3F: Instruction(EXECUTE, environment.extcodehash, 0, 1, 0),
    0x40: Instruction(EXECUTE, environment.blockhash, 20, 1, 0),
    0x49: Instruction(EXECUTE, environment.blobhash, 3, 1, 0),
    0x50: Instruction(POP, None, 2, 1, -1),
    0x51: Instruction(MLOAD, None, 3, 1, 0),
    0x52: Instruction(MSTORE, None, 3, 2, -2),
    0x53: Instruction(EXECUTE, storage.mstore8, 3, 2, -2),
    0x54: Instruction(EXECUTE, storage.sload, 0, 1, 0),
    0x55: Instruction(EXECUTE, storage.sstore, 0, 0, -2),
    0x56: Instruction(JUMP, None, 8, 1, -1),
    0x57: Instruction(JUMPI, None, 10, 2, -2),
    0x5A: Instruction(EXECUTE, storage.push_gas, 2, 0, 1),
    0x5B: Instruction(NOTHING, None, 1, 0, 0),
    0x5C: Instruction(EXECUTE, storage.tload, 100, 1, 0),
    0x5D: Instruction(EXECUTE, storage.tstore, 100, 0, -2),
    0x5E: Instruction(EXECUTE, storage.mcopy, 3, 3, -3),
    0xF0: Instruction(EXECUTE, calls.create, 0, 0, -2),
    0xF1: Instruction(EXECUTE, calls.call, 0, 7, -6),
    0xF2: Instruction(EXECUTE, calls.callcode, 0, 7, -6),
    0xF3: Instruction(HALT, calls.return_, 0, 2, -2),
    0xF4: Instruction(EXECUTE, calls.delegatecall, 0, 6, -5),
    0xF5: Instruction(EXECUTE, calls.create2, 0, 0, -3),
    0xFA: Instruction(EXECUTE, calls.staticcall, 0, 6, -5),
    0xFD: Instruction(HALT, calls.revert, 0, 2, -2),
    0xFF: Instruction(HALT, calls.selfdestruct, 5_000, 0, -1),
}
"""Every instruction but PUSH, PC and the invalid ones, which depend on where they stand."""


def _decode(code: bytes) -> Iterator[tuple[int, Instruction]]:
    """Yield each instruction with its position; STOP follows the last one."""
    position, end = 0, len(code)
    while position < end:
        opcode = code[position]
        size = 0
        if _PUSH0 <= opcode <= _PUSH32:
            size = opcode - _PUSH0
            word = int.from_bytes(
                code[position + 1 : position + 1 + size].ljust(size, b"\0"), "big"
            )
            yield position, Instruction(PUSH, word, 3 if size else 2, 0, 1)
        elif opcode == 0x58:  # noqa: PLR2004 - PC
            yield position, Instruction(PUSH, position, 2, 0, 1)
        elif opcode in _TABLE:
            yield position, _TABLE[opcode]
        else:
            yield position, Instruction(EXECUTE, calls.invalid(opcode, position), 0, 0, 0)
        position += 1 + size
    yield position, _TABLE[0x00]


Pure = tuple[int, Any]
"""Kind and operand."""

Segment = tuple[int, int, int, int, tuple[Pure, ...], int, Any]
"""How many instructions, their static gas, the lowest and the highest stack at their beginning, the
pure ones, the last one's kind and operand. A plain tuple: it is unpacked millions of times."""


@dataclass(frozen=True, slots=True)
class Program:
    """Code that is ready to run.

    Args:
        segments: In the order of the code; each but the last is followed by the next.
        parts: The instructions of each segment, one by one.
        destinations: The segment at each JUMPDEST, by position in the code.
    """

    segments: tuple[Segment, ...]
    parts: tuple[tuple[Instruction, ...], ...]
    destinations: dict[int, int]

    def fault(self, segment: int, gas: int, height: int, steps_left: int) -> tuple[VMError, int]:
        """Return what stops a segment whose sums do not hold, and after how many instructions.

        Args:
            segment: Which one.
            gas: Gas left at its beginning.
            height: Stack items at its beginning.
            steps_left: Instructions that the transaction may still execute.
        """
        for count, part in enumerate(self.parts[segment], 1):
            if count > steps_left:
                return OutOfGas("too many instructions in a transaction"), count
            if part.gas > gas:
                return OutOfGas(f"{part.gas} gas needed, {gas} left"), count
            if height < part.taken:
                return InsufficientStack(f"{part.taken} stack items wanted, {height} there"), count
            if height + part.change > MAX_STACK:
                return FullStack(f"the stack holds {MAX_STACK} items"), count
            gas -= part.gas
            height += part.change
        raise AssertionError("a sum stops a segment only if one of its parts does")


@lru_cache(maxsize=64)
def load_program(code: bytes) -> Program:
    """Return the program of a contract's code; kept for the contracts used last."""
    return parse_program(code)


def parse_program(code: bytes) -> Program:
    """Cut code into segments."""
    cut: list[tuple[Instruction, ...]] = []
    destinations: dict[int, int] = {}
    parts: list[Instruction] = []
    for position, part in _decode(code):
        if part.kind == NOTHING:  # JUMPDEST
            if parts:
                cut.append(tuple(parts))
                parts = []
            destinations[position] = len(cut)
        parts.append(part)
        if part.kind >= _FIRST_LAST:
            cut.append(tuple(parts))
            parts = []
    segments = tuple(_segment(parts, destinations) for parts in cut)
    return Program(segments, tuple(cut), destinations)


def _segment(parts: tuple[Instruction, ...], destinations: dict[int, int]) -> Segment:
    gas = height = low = 0
    high = MAX_STACK
    for part in parts:
        gas += part.gas
        low = max(low, part.taken - height)
        height += part.change
        if part.change > 0:
            high = min(high, MAX_STACK - height)
    last = parts[-1]
    if last.kind < _FIRST_LAST:
        return len(parts), gas, low, high, _pure(parts), NOTHING, None
    joined = _join(parts[-2], last, destinations) if len(parts) > 1 else None
    if joined is not None:
        return len(parts), gas, low, high, _pure(parts[:-2]), *joined
    return len(parts), gas, low, high, _pure(parts[:-1]), last.kind, last.operand


def _pure(parts: tuple[Instruction, ...]) -> tuple[Pure, ...]:
    return tuple((part.kind, part.operand) for part in parts if part.kind != NOTHING)


def _join(
    before: Instruction, last: Instruction, destinations: dict[int, int]
) -> tuple[int, int] | None:
    """Return kind and operand of a PUSH and what uses it; None where they stay two."""
    if before.kind != PUSH:
        return None
    if last.kind in _JUMPS:
        segment = destinations.get(before.operand)
        return None if segment is None else (_JUMPS[last.kind], segment)
    if last.kind in _PLACES:
        return _PLACES[last.kind], before.operand
    return None
