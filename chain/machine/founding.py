"""Execute the founding calls of a genesis: block 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth.vm.message import Message
from rlp.codec import encode_raw

from chain.errors import GenesisError
from chain.machine.computation import LedgerComputation, LedgerState
from chain.machine.executor import BlockContext, ExecutedBlock, call, make_header, make_state
from chain.machine.rules import GENESIS_GAS
from chain.machine.state import NodeStore, StateDatabase
from chain.proofs.constants import EMPTY_ROOT, FOUNDER
from chain.proofs.keccak import keccak256

if TYPE_CHECKING:
    from eth.abc import ComputationAPI

    from chain.genesis import FoundingCall, Genesis


class EmptyStore:
    """A node store before anything is founded."""

    def node(self, node_hash: bytes) -> bytes | None:
        """Return nothing."""
        del node_hash
        return None

    def code(self, code_hash: bytes) -> bytes | None:
        """Return nothing."""
        del code_hash
        return None


def found(genesis: Genesis, store: NodeStore | None = None) -> ExecutedBlock:
    """Execute a genesis and return EVM block 0.

    Raises:
        GenesisError: A founding call fails, or Membership is not where the file says.
    """
    database = StateDatabase(store or EmptyStore(), EMPTY_ROOT)
    context = BlockContext(genesis.evm_chain_id, 0, genesis.time_s, bytes(32))
    state = make_state(database, context, FOUNDER, genesis.membership)
    for nonce, founding_call in enumerate(genesis.founding):
        state.begin_transaction()
        computation = _execute(state, founding_call, nonce)
        if computation.is_error:
            reason = _reason(computation)
            raise GenesisError(f"founding[{nonce}] fails: {reason}")
    if not database.get_code(genesis.membership):
        raise GenesisError(
            f"there is no contract at membership 0x{genesis.membership.hex()} after the founding"
        )
    changes = database.commit_block()
    header = make_header(context, changes.root, EMPTY_ROOT, EMPTY_ROOT, ())
    return ExecutedBlock(header, (), (), (), changes)


def founding_address(nonce: int) -> bytes:
    """Return the address of the contract that founding entry number `nonce` creates."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    return keccak256(encode_raw([FOUNDER, number]))[12:]


def _execute(state: LedgerState, founding_call: FoundingCall, nonce: int) -> ComputationAPI:
    state.increment_nonce(FOUNDER)
    if founding_call.to is not None:
        return call(state, FOUNDER, founding_call.to, founding_call.data, GENESIS_GAS)
    message = Message(
        gas=GENESIS_GAS,
        to=b"",
        sender=FOUNDER,
        value=0,
        data=b"",
        code=founding_call.data,
        create_address=founding_address(nonce),
    )
    context = state.get_transaction_context_class()(gas_price=0, origin=FOUNDER)
    return LedgerComputation.apply_create_message(state, message, context)


def _reason(computation: ComputationAPI) -> str:
    output = bytes(computation.output)
    if len(output) >= 68:  # noqa: PLR2004 - selector, offset, length of Error(string)
        length = int.from_bytes(output[36:68], "big")
        return output[68 : 68 + length].decode("utf-8", "replace")
    return str(computation.error)
