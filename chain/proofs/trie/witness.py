"""Many answers about one trie from one set of nodes.

Proofs of a bundle share most of their nodes, so a bundle carries each node
once. The set may hold any part of the trie that hangs together from the root:
where it ends, the answer is missing, never wrong.
"""

from collections.abc import Iterable

from chain.proofs.constants import EMPTY_ROOT
from chain.proofs.errors import ExtraNodeError, MalformedError, MissingNodeError
from chain.proofs.evm import Account
from chain.proofs.keccak import keccak256
from chain.proofs.trie.nodes import Node, referred
from chain.proofs.trie.proof import checked_node, walk
from chain.proofs.trie.state import account_key, read_slot, storage_key


class TrieWitness:
    """A verified part of one trie.

    Args:
        root: Trusted root hash of the trie.
        nodes: Encoded nodes in any order.

    Steps:
        (1) No node occurs twice.
        (2) Every node is referred to by hash, by the root or by a node above.
        (3) Every node is in canonical form.

    Raises:
        MalformedError: Step 1 or 3 fails.
        ExtraNodeError: Step 2 fails.
        TrieProofError: Step 3 fails (short node).
    """

    __slots__ = ("_nodes", "_root")

    def __init__(self, root: bytes, nodes: Iterable[bytes]) -> None:
        self._root = root
        self._nodes: dict[bytes, Node] = {}
        given: dict[bytes, bytes] = {}
        # Step 1
        for data in nodes:
            if given.setdefault(keccak256(data), data) is not data:
                raise MalformedError("trie nodes", "a node occurs twice")
        # Steps 2 and 3
        waiting = [self._root]
        while waiting:
            node_hash = waiting.pop()
            found = given.pop(node_hash, None)
            if found is not None:
                node = checked_node(found, is_root=node_hash == self._root)
                self._nodes[node_hash] = node
                waiting += referred(node)
        if given:
            raise ExtraNodeError(len(given))

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, None where it has none.

        Args:
            key: The key as the trie holds it (already hashed in a secure trie).

        Raises:
            MissingNodeError: The nodes do not reach the answer.
            TrieProofError: The trie is not in canonical form.
        """

        def fetch(node_hash: bytes) -> Node:
            node = self._nodes.get(node_hash)
            if node is None:
                raise MissingNodeError(node_hash, key)
            return node

        return walk(self._root, key, fetch)


class StateWitness:
    """A verified part of the state trie, and of storage tries below it."""

    __slots__ = ("_accounts", "_storage")

    def __init__(self, state_root: bytes, nodes: Iterable[bytes]) -> None:
        self._accounts = TrieWitness(state_root, nodes)
        self._storage: dict[bytes, TrieWitness] = {}

    def account(self, address: bytes) -> Account | None:
        """Return the account of an address, None where there is none.

        Raises:
            MissingNodeError: The nodes do not reach the answer.
            ProofError: The address, the trie or the account has the wrong form.
        """
        value = self._accounts.get(account_key(address))
        return None if value is None else Account.from_rlp(value)

    def add_storage(self, address: bytes, nodes: Iterable[bytes]) -> None:
        """Add a part of the storage trie of an account.

        Raises:
            MissingNodeError: The account itself is not in the state nodes.
            ProofError: The nodes are wrong, as `TrieWitness` says.
        """
        account = self.account(address)
        root = EMPTY_ROOT if account is None else account.storage_root
        self._storage[address] = TrieWitness(root, nodes)

    def slot(self, address: bytes, slot: bytes) -> int:
        """Return what an account stores in a slot, 0 where nothing is stored.

        Raises:
            MissingNodeError: The nodes do not reach the answer.
            ProofError: The slot, the trie or the value has the wrong form.
        """
        storage = self._storage.get(address)
        if storage is None:
            self.add_storage(address, ())
            storage = self._storage[address]
        return read_slot(storage.get(storage_key(slot)))
