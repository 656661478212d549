"""Ethereum's machine at the Prague fork, with what this ledger forbids taken out.

Messages, failures, creation and precompiles are py-evm's; `chain.machine.evm` runs the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from coincurve import PublicKey
from eth._utils.address import force_bytes_to_address
from eth.exceptions import OutOfGas, VMError
from eth.precompiles.modexp import extract_lengths
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState

from chain.machine.evm.interpreter import run
from chain.machine.evm.program import load_program, parse_program
from chain.machine.rules import (
    CURVE_ADDITION_WORK,
    CURVE_MULTIPLICATION_WORK,
    MAX_CURVE_WORK,
    MAX_MODEXP_BYTES,
    MAX_TRANSACTION_STEPS,
)
from chain.proofs.keccak import keccak256
from chain.proofs.secp256k1 import ORDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from eth.abc import (
        ComputationAPI,
        ExecutionContextAPI,
        MessageAPI,
        StateAPI,
        TransactionContextAPI,
    )

    from chain.machine.state import StateDatabase

    Precompile = Callable[[ComputationAPI], ComputationAPI]


_ECRECOVER_GAS: Final = 3_000


class ForbiddenError(VMError):  # type: ignore[misc] # py-evm is untyped to us
    """The contract did what this ledger forbids; the call fails and its gas is gone."""


def _precompile(number: int) -> Any:
    return PragueComputation.get_precompiles()[force_bytes_to_address(bytes([number]))]


def _counted(number: int, work: int) -> Precompile:
    inner = _precompile(number)

    def precompile(computation: ComputationAPI) -> ComputationAPI:
        computation.state.spend_curve_work(work)
        return inner(computation)

    return precompile


def _bounded_modexp(computation: ComputationAPI) -> ComputationAPI:
    if max(extract_lengths(computation.msg.data_as_bytes)) > MAX_MODEXP_BYTES:
        raise ForbiddenError(f"MODEXP takes numbers of at most {MAX_MODEXP_BYTES} bytes")
    return _precompile(5)(computation)


def _off(computation: ComputationAPI) -> ComputationAPI:
    address = computation.msg.code_address.hex()
    raise ForbiddenError(f"the precompile at 0x{address} is off on this ledger")


def _ecrecover(computation: ComputationAPI) -> ComputationAPI:
    """Recover who signed, with high s allowed, as Ethereum does; no output where nobody did.

    py-evm's own takes twice as long, and takes any exception for a bad signature.
    """
    computation.consume_gas(_ECRECOVER_GAS, reason="ECRECOVER")
    data = computation.msg.data_as_bytes[:128].ljust(128, b"\0")
    v, r, s = (int.from_bytes(data[at : at + 32], "big") for at in (32, 64, 96))
    if v not in {27, 28} or not 0 < r < ORDER or not 0 < s < ORDER:
        return computation
    try:
        key = PublicKey.from_signature_and_message(
            data[64:128] + bytes([v - 27]), data[:32], hasher=None
        )
    except ValueError:  # coincurve wraps every refusal of libsecp256k1 in it
        return computation
    computation.output = keccak256(key.format(compressed=False)[1:])[12:].rjust(32, b"\0")
    return computation


_PRECOMPILES: dict[bytes, Precompile] = {
    **PragueComputation.get_precompiles(),
    force_bytes_to_address(b"\x01"): _ecrecover,
    force_bytes_to_address(b"\x05"): _bounded_modexp,
    force_bytes_to_address(b"\x06"): _counted(6, CURVE_ADDITION_WORK),
    force_bytes_to_address(b"\x07"): _counted(7, CURVE_MULTIPLICATION_WORK),
    # RIPEMD-160: whether it is there depends on the machine's OpenSSL, and would fork the ledger.
    # Pairing, BLAKE2, point evaluation (KZG), BLS12-381: slow for their gas.
    **{force_bytes_to_address(bytes([n])): _off for n in (3, 8, 9, 10, *range(11, 18))},
}


class LedgerComputation(PragueComputation):  # type: ignore[misc] # py-evm is untyped to us
    """A call or creation inside a transaction."""

    _precompiles = _PRECOMPILES

    def __init__(
        self, state: LedgerState, message: MessageAPI, transaction_context: TransactionContextAPI
    ) -> None:
        # py-evm's own would make a stack, a memory and a reader of code that nobody uses here
        self.state = state
        self.msg = message
        self.transaction_context = transaction_context
        self._gas_meter = self._configure_gas_meter()
        self.children: list[ComputationAPI] = []
        self.accounts_to_delete: list[bytes] = []
        self.beneficiaries: list[bytes] = []
        self._log_entries: list[tuple[int, bytes, tuple[int, ...], bytes]] = []
        state.mark_address_warm(state.coinbase)  # EIP-3651

    @classmethod
    def apply_computation(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Run a call or creation, as py-evm does, and count its instructions.

        Source: py-evm 0.12, `BaseComputation.apply_computation`, whose order of steps this keeps.
        """
        with cls(state, message, transaction_context) as computation:
            if computation.is_origin_computation:
                computation.contracts_created = []
                if message.is_create:
                    cls.consume_initcode_gas_cost(computation)
            if parent_computation is not None:
                computation.contracts_created = parent_computation.contracts_created
            if message.is_create:
                computation.contracts_created.append(message.storage_address)
            precompile = _PRECOMPILES.get(message.code_address)
            if precompile is not None:
                if not message.is_delegation:
                    precompile(computation)
                return computation
            program = parse_program if message.is_create else load_program
            run(computation, state, program(message.code), MAX_TRANSACTION_STEPS)
        return computation

    @classmethod
    def apply_create_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Create a contract, on behalf of Membership alone."""
        if message.sender not in state.creators:
            computation = cls(state, message, transaction_context)
            computation._error = ForbiddenError(
                f"0x{message.sender.hex()} may not create contracts: only Membership may, by vote"
            )
            computation.consume_gas(computation.get_gas_remaining(), reason="forbidden creation")
            return computation
        return super().apply_create_message(state, message, transaction_context, parent_computation)


class LedgerState(PragueState):  # type: ignore[misc] # py-evm is untyped to us
    """The state as one block sees it.

    Args:
        database: Accounts, storage, code.
        context: Block number, time, gas limit, chain id.
        creators: Addresses that may create contracts.
    """

    computation_class = LedgerComputation

    def __init__(
        self, database: StateDatabase, context: ExecutionContextAPI, creators: frozenset[bytes]
    ) -> None:
        self.database = database
        self.execution_context = context
        self._account_db = database
        self.creators = creators
        self._curve_work = 0
        self.steps = 0
        """Instructions of this transaction so far."""

    def spend_curve_work(self, work: int) -> None:
        """Count work on curve points.

        Raises:
            OutOfGas: The transaction has done all it may; the call fails.
        """
        self._curve_work += work
        if self._curve_work > MAX_CURVE_WORK:
            raise OutOfGas(f"more than {MAX_CURVE_WORK} units of work on bn254 in a transaction")

    def begin_transaction(self) -> None:
        """Forget what only one transaction may know."""
        self.database.lock_changes()
        self._curve_work = 0
        self.steps = 0

    # Reverting: the database's undo log is all there is.

    def snapshot(self) -> int:
        """Return a checkpoint."""
        return self.database.record()

    def revert(self, snapshot: int) -> None:
        """Undo all since a checkpoint."""
        self.database.discard(snapshot)

    def commit(self, snapshot: int) -> None:
        """Keep what was done since a checkpoint; an outer one may still undo it."""

    # EIP-1153

    def get_transient_storage(self, address: bytes, slot: int) -> bytes:
        """Return what this transaction has put into a transient slot."""
        return self.database.get_transient(address, slot)

    def set_transient_storage(self, address: bytes, slot: int, value: bytes) -> None:
        """Set a transient slot."""
        self.database.set_transient(address, slot, value)


def execution_context(
    number: int, time_s: int, gas_limit: int, chain_id: int, previous_hashes: Any
) -> ExecutionContextAPI:
    """Return the context of one block; fees and difficulty are zero."""
    return ExecutionContext(
        coinbase=bytes(20),
        timestamp=time_s,
        block_number=number,
        difficulty=0,
        mix_hash=bytes(32),
        gas_limit=gas_limit,
        prev_hashes=previous_hashes,
        chain_id=chain_id,
        base_fee_per_gas=0,
        excess_blob_gas=0,
    )
