"""The trust file of a ledger, from its genesis file alone.

Whoever hands out a trust file answers for the genesis file; nothing is asked of a server.
"""

from typing import Final

from chain.errors import GenesisError
from chain.genesis import Genesis
from chain.machine.founding import found
from chain.machine.state import StateDatabase
from chain.proofs.comet import Validator
from chain.proofs.constants import Address20, TimeNs
from chain.proofs.keccak import keccak256
from contracts.artifacts import load_artifact
from contracts.bundles.trust import Checkpoint, MembershipLayout, NamedValidator, Trust

TRUSTING_PERIOD_SECONDS: Final = 365 * 86_400
"""How long the founding validators are relied upon before a newer checkpoint is wanted."""


def trust_of(genesis: Genesis, trusting_period: int = TRUSTING_PERIOD_SECONDS) -> Trust:
    """Return what a verifier of this ledger has to believe beforehand.

    Args:
        genesis: The ledger's genesis.
        trusting_period: Seconds for which the founding validators are relied upon.

    Raises:
        GenesisError: The genesis cannot be executed, or its Membership is another contract.
    """
    block = found(genesis)
    store = _Founded(dict(block.changes.nodes), dict(block.changes.codes))
    code = StateDatabase(store, block.changes.root).get_code(genesis.membership)
    if not code.startswith(load_artifact("membership").runtime):
        raise GenesisError("its Membership is not the contract that this version knows")
    return Trust(
        chain_id=genesis.chain_id,
        evm_chain_id=genesis.evm_chain_id,
        evm_genesis_hash=block.header.hash(),
        membership=Address20(genesis.membership),
        membership_code_hash=keccak256(code),
        layout=MembershipLayout(),
        validators=tuple(
            NamedValidator(v.name, Validator(v.public_key, v.power)) for v in genesis.validators
        ),
        checkpoint=Checkpoint(0, TimeNs(genesis.time_ns), None),
        trusting_period=trusting_period,
    )


class _Founded:
    """The founding's own nodes and codes."""

    def __init__(self, nodes: dict[bytes, bytes], codes: dict[bytes, bytes]) -> None:
        self._nodes = nodes
        self._codes = codes

    def node(self, node_hash: bytes) -> bytes | None:
        """Return a trie node."""
        return self._nodes.get(node_hash)

    def code(self, code_hash: bytes) -> bytes | None:
        """Return contract code."""
        return self._codes.get(code_hash)
