"""Instructions on memory, hashes, storage and logs.

Source: Ethereum Yellow Paper, appendix H.2; EIP-2200, EIP-2929 and EIP-3529 for what storage costs;
EIP-1153; EIP-5656.
"""

from __future__ import annotations

from typing import Final

from eth.exceptions import OutOfGas

from chain.machine.evm.arithmetic import MAX_WORD, WORD_BYTES
from chain.machine.evm.environment import Execute
from chain.machine.evm.frame import COPY_WORD_GAS, WARM_GAS, Frame, spend, word_count
from chain.proofs.keccak import keccak256

_EXPONENT_BYTE_GAS: Final = 50  # EIP-160
_HASH_WORD_GAS: Final = 6
_LOG_BYTE_GAS: Final = 8
_LOG_TOPIC_GAS: Final = 375
_COLD_SLOT_GAS: Final = 2_100  # EIP-2929
_SET_GAS: Final = 20_000  # EIP-2200
_RESET_GAS: Final = 2_900  # EIP-2929
_CLEAR_REFUND: Final = 4_800  # EIP-3529
_SSTORE_SENTRY_GAS: Final = 2_300  # EIP-2200: never within a call's stipend


def exp(frame: Frame, gas: int) -> int:
    """Raise to a power."""
    stack = frame.stack
    base, exponent = stack.pop(), stack[-1]
    gas = spend(gas, _EXPONENT_BYTE_GAS * ((exponent.bit_length() + 7) // 8))
    stack[-1] = pow(base, exponent, MAX_WORD + 1)
    return gas


def keccak(frame: Frame, gas: int) -> int:
    """Hash a range of memory."""
    stack = frame.stack
    start, size = stack.pop(), stack[-1]
    gas = spend(frame.expand(gas, start, size), _HASH_WORD_GAS * word_count(size))
    stack[-1] = int.from_bytes(keccak256(bytes(frame.memory[start : start + size])), "big")
    return gas


def mstore8(frame: Frame, gas: int) -> int:
    """Write one byte to memory."""
    position, value = frame.stack.pop(), frame.stack.pop()
    gas = frame.expand(gas, position, 1)
    frame.memory[position] = value & 0xFF
    return gas


def mcopy(frame: Frame, gas: int) -> int:
    """Copy within memory; the ranges may overlap."""
    pop = frame.stack.pop
    target, source, size = pop(), pop(), pop()
    gas = frame.expand(gas, max(target, source), size)
    gas = spend(gas, COPY_WORD_GAS * word_count(size))
    if size:
        frame.memory[target : target + size] = frame.memory[source : source + size]
    return gas


def push_gas(frame: Frame, gas: int) -> int:
    """Push the gas left."""
    frame.stack.append(gas)
    return gas


def sload(frame: Frame, gas: int) -> int:
    """Read a slot."""
    stack, database = frame.stack, frame.database
    address, slot = frame.address, stack[-1]
    if database.is_storage_warm(address, slot):
        gas = spend(gas, WARM_GAS)
    else:
        database.mark_storage_warm(address, slot)
        gas = spend(gas, _COLD_SLOT_GAS)
    stack[-1] = database.get_storage(address, slot)
    return gas


def sstore(frame: Frame, gas: int) -> int:
    """Write a slot.

    Raises:
        WriteProtection: The call is static.
    """
    frame.check_writable(0)
    if gas <= _SSTORE_SENTRY_GAS:
        raise OutOfGas(f"{gas} gas left are too few to write storage (EIP-2200)")
    frame.check_writable(2)
    address, database = frame.address, frame.database
    slot, value = frame.stack.pop(), frame.stack.pop()
    current = database.get_storage(address, slot)
    original = database.get_storage(address, slot, from_journal=False)
    cost, refund = _store_cost(original, current, value)
    if not database.is_storage_warm(address, slot):
        database.mark_storage_warm(address, slot)
        cost += _COLD_SLOT_GAS
    gas = spend(gas, cost)
    frame.computation.refund_gas(refund)
    database.set_storage(address, slot, value)
    return gas


def _store_cost(original: int, current: int, value: int) -> tuple[int, int]:
    """Return the gas and the refund, which may be negative, of writing a warm slot.

    Source: EIP-2200, with the amounts of EIP-2929 and EIP-3529.
    """
    if current == value:
        return WARM_GAS, 0
    if original == current:
        if not original:
            return _SET_GAS, 0
        return _RESET_GAS, 0 if value else _CLEAR_REFUND
    refund = 0
    if original:
        if not current:
            refund -= _CLEAR_REFUND
        if not value:
            refund += _CLEAR_REFUND
    if original == value:
        refund += (_RESET_GAS if original else _SET_GAS) - WARM_GAS
    return WARM_GAS, refund


def tload(frame: Frame, gas: int) -> int:
    """Read a transient slot."""
    stack = frame.stack
    stack[-1] = int.from_bytes(frame.database.get_transient(frame.address, stack[-1]), "big")
    return gas


def tstore(frame: Frame, gas: int) -> int:
    """Write a transient slot.

    Raises:
        WriteProtection: The call is static.
    """
    frame.check_writable(2)
    slot, value = frame.stack.pop(), frame.stack.pop()
    frame.database.set_transient(frame.address, slot, value.to_bytes(WORD_BYTES, "big"))
    return gas


def log(topics: int) -> Execute:
    """Return the instruction that logs a range of memory under so many topics."""

    def execute(frame: Frame, gas: int) -> int:
        frame.check_writable(2 + topics)
        stack, computation = frame.stack, frame.computation
        start, size = stack.pop(), stack.pop()
        named = tuple(stack.pop() for _ in range(topics))
        gas = spend(gas, _LOG_BYTE_GAS * size + _LOG_TOPIC_GAS * topics)
        gas = frame.expand(gas, start, size)
        data = bytes(frame.memory[start : start + size])
        computation.add_log_entry(frame.address, named, data)
        return gas

    return execute
