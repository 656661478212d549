"""What one call has at hand while it runs, and the gas that memory and accounts cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eth.exceptions import InsufficientStack, OutOfGas, WriteProtection

from chain.machine.evm.arithmetic import WORD_BYTES

if TYPE_CHECKING:
    from eth.abc import ComputationAPI

    from chain.machine.state import StateDatabase

COPY_WORD_GAS: Final = 3  # Yellow Paper, appendix G: G_copy
WARM_GAS: Final = 100  # EIP-2929
COLD_ACCOUNT_GAS: Final = 2_600  # EIP-2929

_MEMORY_WORD_GAS: Final = 3  # Yellow Paper, appendix G: G_memory
_MEMORY_QUADRATIC_DIVISOR: Final = 512  # Yellow Paper, equation 328
_ADDRESS_MASK: Final = 2**160 - 1


class Frame:
    """A call in progress: its message, its stack and its memory.

    Gas is not here: instructions take what is left and return what is left then.
    """

    __slots__ = (
        "address",
        "code",
        "computation",
        "data",
        "database",
        "is_static",
        "memory",
        "message",
        "stack",
        "state",
    )

    def __init__(self, computation: ComputationAPI, state: Any, database: StateDatabase) -> None:
        message = computation.msg
        self.computation: Any = computation
        self.state = state
        self.database = database
        self.message = message
        self.address: bytes = message.storage_address
        self.code: bytes = message.code
        self.data: bytes = message.data
        self.is_static: bool = message.is_static
        self.stack: list[int] = []
        self.memory = bytearray()

    def check_writable(self, stack_items: int) -> None:
        """Refuse a write in a static call, and then one with too few arguments.

        Raises:
            WriteProtection: The call is static.
            InsufficientStack: The stack holds fewer items.
        """
        if self.is_static:
            raise WriteProtection("a static call may not change the state")
        if len(self.stack) < stack_items:
            raise InsufficientStack(f"{stack_items} stack items wanted, {len(self.stack)} there")

    def expand(self, gas: int, start: int, size: int) -> int:
        """Make memory reach over a range and return the gas left.

        Raises:
            OutOfGas: The memory costs more; it has not grown.
        """
        present = len(self.memory)
        if start + size <= present or not size:
            return gas
        needed = word_count(start + size) * WORD_BYTES
        gas = spend(gas, _memory_gas(needed) - _memory_gas(present))
        self.memory.extend(bytes(needed - present))
        return gas

    def touch(self, gas: int, address: bytes) -> int:
        """Make an account warm and return the gas left.

        Raises:
            OutOfGas: Too little gas was left.
        """
        if self.state.is_address_warm(address):
            return spend(gas, WARM_GAS)
        self.database.mark_address_warm(address)
        return spend(gas, COLD_ACCOUNT_GAS)


def spend(gas: int, amount: int) -> int:
    """Return the gas left.

    Raises:
        OutOfGas: There is less than the amount.
    """
    if amount > gas:
        raise OutOfGas(f"{amount} gas needed, {gas} left")
    return gas - amount


def _memory_gas(size: int) -> int:
    words = size // WORD_BYTES
    return words * _MEMORY_WORD_GAS + words * words // _MEMORY_QUADRATIC_DIVISOR


def word_count(size: int) -> int:
    """Return how many words hold so many bytes."""
    return (size + WORD_BYTES - 1) // WORD_BYTES


def address_of(word: int) -> bytes:
    """Return the address that a word names by its lower 160 bits."""
    return (word & _ADDRESS_MASK).to_bytes(20, "big")
