"""Run a contract's code.

The stack is a list of ints and gas a local int; a segment (see `program`) is checked at once, then
its pure instructions run without a check. One function, because calling one per instruction would
take as long as the instruction: only what is frequent stands here, the rest is called.

Nothing here may depend on the machine: the same code, state and gas give the same result, the same
gas left and the same count of steps on every node. `tests/chain/machine/evm` holds it to py-evm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth.exceptions import InvalidInstruction, InvalidJumpDestination, VMError

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
    JUMPI,
    MLOAD,
    MSTORE,
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


def run(computation: ComputationAPI, state: LedgerState, program: Program, max_steps: int) -> None:
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
    segments, destinations = program.segments, program.destinations
    meter = computation.get_gas_meter()
    gas: int = meter.gas_remaining
    at = 0
    while True:
        count, cost, low, high, pure, last, execute = segments[at]
        state.steps += count
        if cost > gas or not low <= len(stack) <= high or state.steps > max_steps:
            raise _fault(state, program, at, gas, len(stack), max_steps)
        gas -= cost
        at += 1
        for kind, operand in pure:
            if kind == PUSH:
                push(operand)
            elif kind == DUP:
                push(stack[operand])
            elif kind == SWAP:
                stack[-1], stack[operand] = stack[operand], stack[-1]
            elif kind == APPLY2:
                left = pop()
                stack[-1] = operand(left, stack[-1])
            elif kind == POP:
                pop()
            elif kind == APPLY1:
                stack[-1] = operand(stack[-1])
            elif kind == CALLDATALOAD:
                start = stack[-1]
                stack[-1] = from_bytes(frame.data[start : start + 32].ljust(32, b"\0"), "big")
            elif kind == READ:
                push(operand(frame))
            elif kind == APPLY3:
                left, middle = pop(), pop()
                stack[-1] = operand(left, middle, stack[-1])
        if last == JUMPI:
            target = pop()
            if pop():
                at = destinations.get(target, -1)
                if at < 0:
                    raise _bad_jump(frame.code, target)
        elif last == MSTORE:
            start = pop()
            if start + 32 > len(memory):
                gas = frame.expand(gas, start, 32)
            memory[start : start + 32] = pop().to_bytes(32, "big")
        elif last == MLOAD:
            start = stack[-1]
            if start + 32 > len(memory):
                gas = frame.expand(gas, start, 32)
            stack[-1] = from_bytes(memory[start : start + 32], "big")
        elif last == JUMP:
            target = pop()
            at = destinations.get(target, -1)
            if at < 0:
                raise _bad_jump(frame.code, target)
        elif last == EXECUTE:
            gas = execute(frame, gas)
        elif last == HALT:
            meter.gas_remaining = execute(frame, gas)
            return


def _fault(
    state: LedgerState, program: Program, segment: int, gas: int, height: int, max_steps: int
) -> VMError:
    """Return what stops a segment, and set the count of steps back to that instruction."""
    before = state.steps - program.segments[segment][0]
    fault, count = program.fault(segment, gas, height, max_steps - before)
    state.steps = before + count
    return fault


def _bad_jump(code: bytes, target: int) -> VMError:
    if target < len(code) and code[target] == _JUMPDEST:
        return InvalidInstruction(f"position {target} lies within the data of a PUSH")
    return InvalidJumpDestination(f"there is no JUMPDEST at position {target}")
