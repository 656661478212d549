"""The same call on plain py-evm and on the ledger's interpreter, over equal states.

Plain means py-evm's own loop, stack, memory and opcodes; only the state database is the ledger's,
so that everything a call changes can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from eth._utils.address import force_bytes_to_address
from eth.exceptions import OutOfGas
from eth.precompiles import ecrecover
from eth.vm.code_stream import CodeStream
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.message import Message

from chain.machine.computation import (
    ForbiddenError,
    LedgerComputation,
    LedgerState,
    execution_context,
)
from chain.machine.founding import EmptyStore
from chain.machine.rules import MAX_TRANSACTION_STEPS
from chain.machine.state import StateAccount, StateDatabase
from chain.proofs.constants import EMPTY_ROOT

ORIGIN = b"\x0f" * 20
CALLER = b"\x0c" * 20
MAIN, OTHER, THIRD = b"\xaa" * 20, b"\xbb" * 20, b"\xcc" * 20
DELEGATED, NOBODY = b"\xdd" * 20, b"\xee" * 20
SELFDESTRUCT = 0xFF
ANCESTORS = [bytes([number]) * 32 for number in range(1, 200)]


class CountingCode(CodeStream):
    """py-evm's code, counting its instructions as the ledger does; keeps the gas before each."""

    __slots__ = ("computation",)

    def __iter__(self) -> Iterator[int]:
        state = self.computation.state
        for opcode in super().__iter__():
            state.steps += 1
            state.gas_seen.append(self.computation._gas_meter.gas_remaining)
            if state.steps > MAX_TRANSACTION_STEPS:
                raise OutOfGas("too many")
            yield opcode


class PlainComputation(PragueComputation):
    """py-evm with the ledger's precompiles and rule of creation."""

    _precompiles = LedgerComputation.get_precompiles() | {
        force_bytes_to_address(b"\x01"): ecrecover
    }
    opcodes: ClassVar[dict[int, Any]] = {  # without the warning that SELFDESTRUCT is deprecated
        opcode: getattr(function, "__wrapped__", function) if opcode == SELFDESTRUCT else function
        for opcode, function in PragueComputation.opcodes.items()
    }

    def __init__(self, state: Any, message: Any, transaction_context: Any) -> None:
        super().__init__(state, message, transaction_context)
        self.code = CountingCode(message.code)
        self.code.computation = self

    @classmethod
    def apply_create_message(
        cls, state: Any, message: Any, transaction_context: Any, parent_computation: Any = None
    ) -> Any:
        if message.sender not in state.creators:
            computation = cls(state, message, transaction_context)
            computation._error = ForbiddenError("not a creator")
            computation.consume_gas(computation.get_gas_remaining(), reason="forbidden")
            return computation
        return super().apply_create_message(state, message, transaction_context, parent_computation)


class PlainState(LedgerState):
    """The ledger's state with py-evm's computations."""

    computation_class = PlainComputation

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.gas_seen: list[int] = []


@dataclass(frozen=True)
class Given:
    """A state and a call on it."""

    codes: Mapping[bytes, bytes]
    gas: int = 1_000_000
    data: bytes = b""
    value: int = 0
    is_static: bool = False
    depth: int = 0
    storage: Mapping[tuple[bytes, int], int] = field(default_factory=dict)
    balances: Mapping[bytes, int] = field(default_factory=dict)
    warm: tuple[tuple[bytes, int], ...] = ()
    creators: frozenset[bytes] = frozenset()
    steps: int = 0

    def database(self) -> StateDatabase:
        database = StateDatabase(EmptyStore(), EMPTY_ROOT)
        for address, code in self.codes.items():
            database.set_nonce(address, 1)
            database.set_code(address, code)
        for address, balance in self.balances.items():
            database.set_balance(address, balance)
        for (address, slot), value in self.storage.items():
            database.set_storage(address, slot, value)
        database.lock_changes()
        for address, slot in self.warm:
            database.mark_storage_warm(address, slot)
        return database


@dataclass(frozen=True)
class Observed:
    """All that can be told of a call after it."""

    error: type[Exception] | None
    gas: int
    refund: int
    output: bytes
    return_data: bytes
    steps: int
    logs: Any
    deleted: frozenset[bytes]
    accounts: dict[bytes, StateAccount]
    storage: dict[tuple[bytes, int], int]
    warm: frozenset[Any]
    transient: dict[Any, int]


def _run(state_class: type[LedgerState], given: Given) -> tuple[Observed, LedgerState]:
    database = given.database()
    context = execution_context(200, 1_767_225_600, 60_000_000, 74_300, ANCESTORS)
    state = state_class(database, context, given.creators)
    state.steps = given.steps
    message = Message(
        gas=given.gas,
        to=MAIN,
        sender=CALLER,
        value=given.value,
        data=given.data,
        code=given.codes[MAIN],
        is_static=given.is_static,
        depth=given.depth,
        should_transfer_value=False,
    )
    origin = state.get_transaction_context_class()(gas_price=0, origin=ORIGIN)
    parent = state.computation_class(state, message, origin)
    parent.contracts_created = []
    done = state.computation_class.apply_message(state, message, origin, parent)
    return Observed(
        error=type(done._error) if done.is_error else None,
        gas=done.get_gas_remaining(),
        refund=done.get_gas_refund(),
        output=done.output,
        return_data=done.return_data,
        steps=state.steps,
        logs=done.get_log_entries(),
        deleted=frozenset(done.get_accounts_for_deletion()),
        accounts={a: v for a, v in database._accounts.items() if v is not None},
        storage={
            (address, slot): value
            for address, slots in database._storage.items()
            for slot, value in slots.items()
            if value
        },
        warm=frozenset(database._warm),
        transient={
            place: int.from_bytes(value, "big")
            for place, value in database._transient.items()
            if any(value)
        },
    ), state


def run_plain(given: Given) -> Observed:
    return _run(PlainState, given)[0]


def run_fast(given: Given) -> Observed:
    return _run(LedgerState, given)[0]


def gas_before_each(given: Given) -> list[int]:
    """Return the gas left before each instruction of all calls, as py-evm has it."""
    state = _run(PlainState, given)[1]
    assert isinstance(state, PlainState)
    return state.gas_seen


def assert_same(given: Given) -> Observed:
    plain, fast = run_plain(given), run_fast(given)
    assert fast == plain, f"{given}\n{fast}\n{plain}"
    return fast


# assembling


def push(value: int, size: int | None = None) -> bytes:
    """Return the shortest PUSH of a value, or one of a given size."""
    if size is None:
        size = (value.bit_length() + 7) // 8
    return bytes([0x5F + size]) + value.to_bytes(size, "big")


def pushes(*values: int) -> bytes:
    """Push values so that the first lies on top."""
    return b"".join(map(push, reversed(values)))


FILL = b"".join(
    push(int.from_bytes(bytes(range(1 + 32 * word, 33 + 32 * word)), "big"))
    + push(32 * word)
    + b"\x52"
    for word in range(3)
)
"""Write 96 bytes that all differ to memory."""

RETURN_MEMORY = b"\x59\x5f\xf3"
KEEP_TOP = push(0x400) + b"\x52"
"""Write the top of the stack to memory, far from where the rest is."""
