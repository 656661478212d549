"""Run a contract's code.

The stack is a list of ints and gas a local int; a segment (see `program`) is checked at once, then
its pure instructions run without a check. One function, because calling one per instruction would
take as long as the instruction: only what is frequent stands here, the rest is called.

Nothing here may depend on the machine: the same code, state and gas give the same result, the same
gas left and the same count of steps on every node. `tests/chain/machine/evm` holds it to py-evm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth.exceptions import InvalidInstruction, InvalidJumpDestination

from chain.machine.evm.frame import Frame
from chain.machine.evm.program import (
    APPLY1,
    APPLY2,
    APPLY3,
    CALLDATALOAD,
    DUP,
    EXECUTE,
    HALT,
    JUMP,
    JUMP_TO,
    JUMPI,
    JUMPI_TO,
    MLOAD,
    MLOAD_AT,
    MSTORE,
    MSTORE_AT,
    POP,
    PUSH,
    READ,
    SWAP,
    Program,
)

if TYPE_CHECKING:
    from eth.abc import ComputationAPI

    from chain.machine.computation import LedgerState

_JUMPDEST = 0x5B


def run(  # noqa: C901, PLR0912, PLR0915 - one loop on purpose, see above
    computation: ComputationAPI, state: LedgerState, program: Program, max_steps: int
) -> None:
    """Run a program until the call ends; output, children and logs are left in the computation.

    Args:
        computation: The call; its gas meter says how much gas there is, and then how much is left.
        state: The state; `steps` counts the instructions of the transaction, all calls together.
        program: The computation's code.
        max_steps: How many instructions one transaction may have.

    Raises:
        VMError: The call fails, as py-evm says why.
    """
    frame = Frame(computation, state, state.database)
    stack, memory = frame.stack, frame.memory
    push, pop = stack.append, stack.pop
    from_bytes = int.from_bytes
    segments = program.segments
    meter = computation.get_gas_meter()
    gas: int = meter.gas_remaining
    at = 0
    while True:
        count, cost, low, high, pure, last, operand = segments[at]
        state.steps += count
        if cost > gas or not low <= len(stack) <= high or state.steps > max_steps:
            before = state.steps - count
            fault, executed = program.fault(at, gas, len(stack), max_steps - before)
            state.steps = before + executed
            raise fault
        gas -= cost
        at += 1
        for kind, argument in pure:
            if kind == PUSH:
                push(argument)
            elif kind == DUP:
                push(stack[argument])
            elif kind == APPLY2:
                left = pop()
                stack[-1] = argument(left, stack[-1])
            elif kind == POP:
                pop()
            elif kind == APPLY1:
                stack[-1] = argument(stack[-1])
            elif kind == SWAP:
                stack[-1], stack[argument] = stack[argument], stack[-1]
            elif kind == READ:
                push(argument(frame))
            elif kind == CALLDATALOAD:
                start = stack[-1]
                stack[-1] = from_bytes(frame.data[start : start + 32].ljust(32, b"\0"), "big")
            elif kind == APPLY3:
                left, middle = pop(), pop()
                stack[-1] = argument(left, middle, stack[-1])
        if last == MLOAD_AT:
            if operand + 32 > len(memory):
                gas = frame.expand(gas, operand, 32)
            push(from_bytes(memory[operand : operand + 32], "big"))
        elif last == MSTORE_AT:
            if operand + 32 > len(memory):
                gas = frame.expand(gas, operand, 32)
            memory[operand : operand + 32] = pop().to_bytes(32, "big")
        elif last == JUMPI_TO:
            if pop():
                at = operand
        elif last == EXECUTE:
            gas = operand(frame, gas)
        elif last == JUMP_TO:
            at = operand
        elif last == JUMP:
            at = _destination(program, frame.code, pop())
        elif last == MLOAD:
            start = stack[-1]
            gas = frame.expand(gas, start, 32)
            stack[-1] = from_bytes(memory[start : start + 32], "big")
        elif last == MSTORE:
            start = pop()
            gas = frame.expand(gas, start, 32)
            memory[start : start + 32] = pop().to_bytes(32, "big")
        elif last == JUMPI:
            target = pop()
            if pop():
                at = _destination(program, frame.code, target)
        elif last == HALT:
            meter.gas_remaining = operand(frame, gas)
            return


def _destination(program: Program, code: bytes, target: int) -> int:
    segment = program.destinations.get(target)
    if segment is not None:
        return segment
    if target < len(code) and code[target] == _JUMPDEST:
        raise InvalidInstruction(f"position {target} lies within the data of a PUSH")
    raise InvalidJumpDestination(f"there is no JUMPDEST at position {target}")
