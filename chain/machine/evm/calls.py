"""Instructions that call, create, end a call or destroy.

Source: Ethereum Yellow Paper, appendix H.2, group f0s; EIP-150 (63/64), EIP-161, EIP-2929 (warm
accounts), EIP-3860 (init code), EIP-6780 (self-destruct), EIP-7702 (delegated code).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from eth.exceptions import InvalidInstruction, Revert, WriteProtection
from eth.vm.message import Message
from rlp.codec import encode_raw

from chain.machine.evm.environment import Execute
from chain.machine.evm.frame import COLD_ACCOUNT_GAS, Frame, address_of, spend, word_count
from chain.proofs.keccak import keccak256

MAX_DEPTH: Final = 1_024
"""Calls within calls."""

_VALUE_GAS: Final = 9_000
_STIPEND: Final = 2_300
_NEW_ACCOUNT_GAS: Final = 25_000
_CREATE_GAS: Final = 32_000
_INIT_CODE_WORD_GAS: Final = 2
_HASH_WORD_GAS: Final = 6
_MAX_NONCE: Final = 2**64 - 1
_DELEGATION_PREFIX: Final = b"\xef\x01\x00"
_DELEGATION_BYTES: Final = 23


class _Call(NamedTuple):
    """What the stack says about a call, completed by the kind of call."""

    gas: int
    to: bytes
    value: int
    data: tuple[int, int]
    output: tuple[int, int]
    sender: bytes
    code_address: bytes | None
    transfers: bool
    is_static: bool
    stipend: int
    new_account: bool


def call(frame: Frame, gas: int) -> int:
    """Call a contract.

    Raises:
        WriteProtection: A static call may not carry value.
    """
    pop = frame.stack.pop
    requested, to, value = pop(), address_of(pop()), pop()
    data, output = (pop(), pop()), (pop(), pop())
    if value and frame.is_static:
        raise WriteProtection("a static call may not send value")
    return _call(
        frame,
        gas,
        _Call(
            requested,
            to,
            value,
            data,
            output,
            sender=frame.address,
            code_address=None,
            transfers=True,
            is_static=frame.is_static,
            stipend=_STIPEND,
            new_account=True,
        ),
    )


def callcode(frame: Frame, gas: int) -> int:
    """Run another contract's code on this one's storage."""
    pop = frame.stack.pop
    requested, code_address, value = pop(), address_of(pop()), pop()
    data, output = (pop(), pop()), (pop(), pop())
    return _call(
        frame,
        gas,
        _Call(
            requested,
            frame.address,
            value,
            data,
            output,
            sender=frame.address,
            code_address=code_address,
            transfers=True,
            is_static=frame.is_static,
            stipend=_STIPEND,
            new_account=False,
        ),
    )


def delegatecall(frame: Frame, gas: int) -> int:
    """Run another contract's code on this one's storage, for this one's caller and value."""
    pop = frame.stack.pop
    requested, code_address = pop(), address_of(pop())
    data, output = (pop(), pop()), (pop(), pop())
    return _call(
        frame,
        gas,
        _Call(
            requested,
            frame.address,
            frame.message.value,
            data,
            output,
            sender=frame.message.sender,
            code_address=code_address,
            transfers=False,
            is_static=frame.is_static,
            stipend=0,
            new_account=False,
        ),
    )


def staticcall(frame: Frame, gas: int) -> int:
    """Call a contract that may change nothing."""
    pop = frame.stack.pop
    requested, to = pop(), address_of(pop())
    data, output = (pop(), pop()), (pop(), pop())
    return _call(
        frame,
        gas,
        _Call(
            requested,
            to,
            0,
            data,
            output,
            sender=frame.address,
            code_address=None,
            transfers=False,
            is_static=True,
            stipend=0,
            new_account=False,
        ),
    )


def _call(frame: Frame, gas: int, wanted: _Call) -> int:
    gas = frame.expand(gas, *wanted.data)
    gas = frame.expand(gas, *wanted.output)
    code, delegate, gas = _code(frame, gas, wanted.code_address or wanted.to)
    gas = spend(gas, _transfer_gas(frame, wanted))
    child_gas = min(wanted.gas, gas - gas // 64)
    gas -= child_gas
    if wanted.value:
        child_gas += wanted.stipend
    computation, message = frame.computation, frame.message
    poor = wanted.transfers and frame.database.get_balance(frame.address) < wanted.value
    if poor or message.depth >= MAX_DEPTH:
        computation.return_data = b""
        frame.stack.append(0)
        return gas + child_gas
    start, size = wanted.data
    child = computation.apply_child_computation(
        Message(
            gas=child_gas,
            to=wanted.to,
            sender=wanted.sender,
            value=wanted.value,
            data=bytes(frame.memory[start : start + size]),
            code=code,
            depth=message.depth + 1,
            code_address=delegate or wanted.code_address,
            should_transfer_value=wanted.transfers,
            is_static=wanted.is_static,
            is_delegation=delegate is not None,
        )
    )
    frame.stack.append(0 if child.is_error else 1)
    _take_output(frame, child, wanted.output)
    return gas + int(child.get_gas_remaining())


def _transfer_gas(frame: Frame, wanted: _Call) -> int:
    """Return what it costs to send value, which DELEGATECALL only passes on."""
    if not wanted.value or not wanted.transfers:
        return 0
    # absent accounts are empty, too (EIP-161)
    if wanted.new_account and frame.database.account_is_empty(wanted.to):
        return _VALUE_GAS + _NEW_ACCOUNT_GAS
    return _VALUE_GAS


def _code(frame: Frame, gas: int, address: bytes) -> tuple[bytes, bytes | None, int]:
    """Return the code of an account, whom it delegates to (EIP-7702), and the gas left."""
    gas = frame.touch(gas, address)
    code = frame.database.get_code(address)
    if len(code) != _DELEGATION_BYTES or not code.startswith(_DELEGATION_PREFIX):
        return code, None, gas
    delegate = code[len(_DELEGATION_PREFIX) :]
    gas = frame.touch(gas, delegate)
    return frame.database.get_code(delegate), delegate, gas


def _take_output(frame: Frame, child: Any, place: tuple[int, int]) -> None:
    """Copy to memory what a call returned, which is nothing where it failed without REVERT."""
    start, size = place
    output = child.output[:size]
    if output:
        frame.memory[start : start + len(output)] = output


def create(frame: Frame, gas: int) -> int:
    """Create a contract at an address by nonce.

    Raises:
        WriteProtection: The call is static.
    """
    frame.check_writable(3)
    pop = frame.stack.pop
    endowment, start, size = pop(), pop(), pop()
    gas = spend(gas, _CREATE_GAS + _INIT_CODE_WORD_GAS * word_count(size))
    return _create(frame, gas, endowment, (start, size), None)


def create2(frame: Frame, gas: int) -> int:
    """Create a contract at an address by salt and init code.

    Raises:
        WriteProtection: The call is static.
    """
    frame.check_writable(4)
    pop = frame.stack.pop
    endowment, start, size, salt = pop(), pop(), pop(), pop()
    gas = spend(gas, _CREATE_GAS + (_INIT_CODE_WORD_GAS + _HASH_WORD_GAS) * word_count(size))
    return _create(frame, gas, endowment, (start, size), salt)


def _create(
    frame: Frame, gas: int, endowment: int, place: tuple[int, int], salt: int | None
) -> int:
    gas = frame.expand(gas, *place)
    computation, state, database = frame.computation, frame.state, frame.database
    nonce = database.get_nonce(frame.address)
    poor = database.get_balance(frame.address) < endowment
    if poor or frame.message.depth >= MAX_DEPTH or nonce >= _MAX_NONCE:
        return _not_created(frame, gas)
    start, size = place
    init_code = bytes(frame.memory[start : start + size])
    child_gas = gas - gas // 64
    gas -= child_gas
    database.increment_nonce(frame.address)
    address = _new_address(frame.address, nonce, salt, init_code)
    database.mark_address_warm(address)
    if database.account_has_code_or_nonce(address):
        return _not_created(frame, gas)
    checkpoint = state.snapshot()
    if salt is not None:
        database.delete_storage(address)
    child = computation.apply_child_computation(
        Message(
            gas=child_gas,
            to=b"",
            sender=frame.address,
            value=endowment,
            data=b"",
            code=init_code,
            depth=frame.message.depth + 1,
            create_address=address,
        )
    )
    if child.is_error:
        state.revert(checkpoint)
    frame.stack.append(0 if child.is_error else int.from_bytes(address, "big"))
    return gas + int(child.get_gas_remaining())


def _not_created(frame: Frame, gas: int) -> int:
    frame.computation.return_data = b""
    frame.stack.append(0)
    return gas


def _new_address(creator: bytes, nonce: int, salt: int | None, init_code: bytes) -> bytes:
    if salt is None:
        encoded: bytes = encode_raw([creator, nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")])
        return keccak256(encoded)[12:]
    return keccak256(b"\xff" + creator + salt.to_bytes(32, "big") + keccak256(init_code))[12:]


def stop(frame: Frame, gas: int) -> int:
    """End the call without output."""
    del frame
    return gas


def return_(frame: Frame, gas: int) -> int:
    """End the call with output from memory."""
    start, size = frame.stack.pop(), frame.stack.pop()
    gas = frame.expand(gas, start, size)
    frame.computation.output = bytes(frame.memory[start : start + size])
    return gas


def revert(frame: Frame, gas: int) -> int:
    """Undo the call, with output from memory.

    Raises:
        Revert: Always, with the gas left on the meter.
    """
    gas = return_(frame, gas)
    frame.computation.get_gas_meter().gas_remaining = gas
    raise Revert(frame.computation.output)


def selfdestruct(frame: Frame, gas: int) -> int:
    """End the call and send the balance on; remove the contract if this transaction made it.

    Raises:
        WriteProtection: The call is static.
    """
    frame.check_writable(1)
    computation, state, database = frame.computation, frame.state, frame.database
    beneficiary = address_of(frame.stack.pop())
    if not state.is_address_warm(beneficiary):
        database.mark_address_warm(beneficiary)
        gas = spend(gas, COLD_ACCOUNT_GAS)
    amount = database.get_balance(frame.address)
    if amount and database.account_is_empty(beneficiary):
        gas = spend(gas, _NEW_ACCOUNT_GAS)
    database.set_balance(beneficiary, database.get_balance(beneficiary) + amount)
    if frame.address in computation.contracts_created:
        database.set_balance(frame.address, 0)
        computation.register_account_for_deletion(beneficiary)
    else:
        state.delta_balance(frame.address, -amount)
        computation.beneficiaries.append(beneficiary)
    return gas


def invalid(opcode: int, position: int) -> Execute:
    """Return the instruction that an unassigned byte stands for."""

    def execute(frame: Frame, gas: int) -> int:
        del frame, gas
        raise InvalidInstruction(f"Invalid opcode 0x{opcode:x} @ {position}")

    return execute
