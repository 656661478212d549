"""Instructions that read where a call runs: its message, its code, the block, other accounts.

Source: Ethereum Yellow Paper, appendix H.2, groups 30s and 40s; EIP-2929 for what accounts cost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from eth.exceptions import OutOfBoundsRead

from chain.machine.evm.frame import COPY_WORD_GAS, Frame, address_of, spend, word_count

_from_bytes: Final = int.from_bytes

Read = Callable[[Frame], int]
"""Returns a word to push."""

Execute = Callable[[Frame, int], int]
"""Changes the frame's stack and memory, and the state; takes and returns the gas left."""


def _blob_base_fee(frame: Frame) -> int:
    fee: int = frame.state.blob_base_fee
    return fee


READS: Final[dict[int, tuple[int, Read]]] = {
    0x30: (2, lambda frame: _from_bytes(frame.address, "big")),  # ADDRESS
    0x32: (2, lambda frame: _from_bytes(frame.computation.transaction_context.origin, "big")),
    0x33: (2, lambda frame: _from_bytes(frame.message.sender, "big")),  # CALLER
    0x34: (2, lambda frame: int(frame.message.value)),  # CALLVALUE
    0x36: (2, lambda frame: len(frame.data)),  # CALLDATASIZE
    0x38: (2, lambda frame: len(frame.code)),  # CODESIZE
    0x3A: (2, lambda frame: int(frame.computation.transaction_context.gas_price)),
    0x3D: (2, lambda frame: len(frame.computation.return_data)),  # RETURNDATASIZE
    0x41: (2, lambda frame: _from_bytes(frame.state.coinbase, "big")),
    0x42: (2, lambda frame: int(frame.state.timestamp)),
    0x43: (2, lambda frame: int(frame.state.block_number)),  # NUMBER
    0x44: (2, lambda frame: _from_bytes(frame.state.mix_hash, "big")),  # PREVRANDAO
    0x45: (2, lambda frame: int(frame.state.gas_limit)),
    0x46: (2, lambda frame: int(frame.state.execution_context.chain_id)),
    0x47: (5, lambda frame: frame.database.get_balance(frame.address)),  # SELFBALANCE
    0x48: (2, lambda frame: int(frame.state.base_fee)),
    0x4A: (2, _blob_base_fee),
    0x59: (2, lambda frame: len(frame.memory)),  # MSIZE
}
"""Instructions that push a word which no pure instruction changes: to their gas and function."""


def calldatacopy(frame: Frame, gas: int) -> int:
    """Copy call data to memory, zeros beyond its end."""
    return _copy(frame, gas, frame.data)


def codecopy(frame: Frame, gas: int) -> int:
    """Copy this code to memory, zeros beyond its end."""
    return _copy(frame, gas, frame.code)


def _copy(frame: Frame, gas: int, source: bytes) -> int:
    pop = frame.stack.pop
    target, start, size = pop(), pop(), pop()
    gas = spend(frame.expand(gas, target, size), COPY_WORD_GAS * word_count(size))
    if size:
        frame.memory[target : target + size] = bytes(source[start : start + size]).ljust(
            size, b"\0"
        )
    return gas


def returndatacopy(frame: Frame, gas: int) -> int:
    """Copy what the last call returned to memory.

    Raises:
        OutOfBoundsRead: It is shorter.
    """
    pop = frame.stack.pop
    target, start, size = pop(), pop(), pop()
    data = frame.computation.return_data
    if start + size > len(data):
        raise OutOfBoundsRead(f"return data has {len(data)} bytes, not {start + size}")
    gas = spend(frame.expand(gas, target, size), COPY_WORD_GAS * word_count(size))
    if size:
        frame.memory[target : target + size] = data[start : start + size]
    return gas


def balance(frame: Frame, gas: int) -> int:
    """Push an account's balance."""
    address = address_of(frame.stack.pop())
    gas = frame.touch(gas, address)
    frame.stack.append(frame.database.get_balance(address))
    return gas


def extcodesize(frame: Frame, gas: int) -> int:
    """Push the length of an account's code."""
    address = address_of(frame.stack.pop())
    gas = frame.touch(gas, address)
    frame.stack.append(len(frame.database.get_code(address)))
    return gas


def extcodecopy(frame: Frame, gas: int) -> int:
    """Copy an account's code to memory, zeros beyond its end."""
    address = address_of(frame.stack.pop())
    return frame.touch(_copy(frame, gas, frame.database.get_code(address)), address)


def extcodehash(frame: Frame, gas: int) -> int:
    """Push the hash of an account's code, zero for an empty account."""
    address = address_of(frame.stack.pop())
    gas = frame.touch(gas, address)
    empty = frame.database.account_is_empty(address)
    frame.stack.append(0 if empty else _from_bytes(frame.database.get_code_hash(address), "big"))
    return gas


def blockhash(frame: Frame, gas: int) -> int:
    """Push the hash of one of the 256 blocks before, zero for any other number."""
    number = frame.stack.pop()
    frame.stack.append(_from_bytes(frame.state.get_ancestor_hash(number), "big"))
    return gas


def blobhash(frame: Frame, gas: int) -> int:
    """Push the versioned hash of a blob; transactions here carry none."""
    index = frame.stack.pop()
    hashes = frame.computation.transaction_context.blob_versioned_hashes
    frame.stack.append(_from_bytes(hashes[index], "big") if index < len(hashes) else 0)
    return gas
