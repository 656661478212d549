"""What the ledger keeps, under which keys.

====  ==========================  ================================================================
key   followed by                 value
====  ==========================  ================================================================
``m`` name                        meta data: `genesis`, `tip`, `proposal`, `validators`, `agreed`
``n`` node hash                   trie node of the state (all are kept: old roots stay readable)
``c`` code hash                   contract code
``h`` EVM number                  EVM header, RLP
``H`` EVM hash                    EVM number
``b`` EVM number                  body: RLP list of raw transactions
``r`` EVM number                  RLP list of receipts as the receipt trie holds them
``t`` transaction hash            EVM number, index
``a`` address, EVM number         the block holds a log of this address
``p`` topic, EVM number           the block holds a log with this topic
``e`` height                      EVM number before this height: the one its header names
``E`` EVM number                  the first height whose header names this block
``s`` height                      sealed header: RLP list of CometBFT header and commit
``v`` hash of a validator set     the set
``V`` height                      its header names other next validators than its own
``w`` height, index               misbehaviour of a validator that the block reported
====  ==========================  ================================================================

Numbers are eight bytes, big-endian.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlp.codec import decode_raw, encode_raw

if TYPE_CHECKING:
    from chain.store.keyvalue import Entry, KeyValueStore

_GENESIS, _TIP, _PROPOSAL = b"mgenesis", b"mtip", b"mproposal"
_VALIDATORS, _AGREED = b"mvalidators", b"magreed"
_NUMBER_BYTES: Final = 8


def key(prefix: bytes, *parts: bytes | int) -> bytes:
    """Build a key from its prefix and parts; numbers become eight bytes."""
    return prefix + b"".join(
        part if isinstance(part, bytes) else part.to_bytes(_NUMBER_BYTES, "big") for part in parts
    )


@dataclass(frozen=True, slots=True)
class Tip:
    """How far the ledger is."""

    height: int
    """Height of the last executed consensus block; 0 after genesis."""
    evm_number: int
    evm_hash: bytes
    time_ns: int
    """Time of that height."""

    def to_bytes(self) -> bytes:
        """Encode for the store."""
        return key(b"", self.height, self.evm_number, self.evm_hash, self.time_ns)

    @classmethod
    def from_bytes(cls, value: bytes) -> Tip:
        """Decode from the store."""
        return cls(
            int.from_bytes(value[:8], "big"),
            int.from_bytes(value[8:16], "big"),
            value[16:48],
            int.from_bytes(value[48:56], "big"),
        )


MISBEHAVIOURS: Final = {1: "duplicate-vote", 2: "light-client-attack"}
"""Names of what a validator can do wrong, by CometBFT's MisbehaviorType."""


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What a block reports of a validator."""

    kind: int
    """One of `MISBEHAVIOURS`."""
    validator_address: bytes
    power: int
    height: int
    """Where it happened."""
    time_ns: int
    total_power: int
    """Power of all validators at that height."""

    def to_bytes(self) -> bytes:
        """Encode for the store."""
        return key(
            b"",
            self.kind,
            self.validator_address,
            self.power,
            self.height,
            self.time_ns,
            self.total_power,
        )

    @classmethod
    def from_bytes(cls, value: bytes) -> Misbehaviour:
        """Decode from the store."""
        numbers = [int.from_bytes(value[at : at + 8], "big") for at in (0, 28, 36, 44, 52)]
        return cls(numbers[0], value[8:28], *numbers[1:])


@dataclass(frozen=True, slots=True)
class SealedHeader:
    """A CometBFT header and the commit that signs it, as protobuf bytes."""

    header: bytes
    commit: bytes


class LedgerStore:
    """Typed access to the store. Writing is `commit` alone: one batch, whole or not at all."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write one block's entries, durably and atomically.

        Raises:
            StoreError: The store failed; the process must stop.
        """
        self._store.write(entries)

    def close(self) -> None:
        """Release the store."""
        self._store.close()

    # entries to be committed

    @staticmethod
    def genesis_entry(genesis_hash: bytes) -> Entry:
        """Entry that names the genesis."""
        return _GENESIS, genesis_hash

    @staticmethod
    def tip_entry(tip: Tip) -> Entry:
        """Entry that moves the tip."""
        return _TIP, tip.to_bytes()

    @staticmethod
    def proposal_entry(proposal: bytes | None) -> Entry:
        """Entry that keeps what the sealing key is about to sign, or forgets it."""
        return _PROPOSAL, proposal

    @staticmethod
    def seal_entry(height: int, seal: SealedHeader) -> Entry:
        """Entry of a sealed header."""
        return key(b"s", height), encode_raw([seal.header, seal.commit])

    @staticmethod
    def validator_set_entry(set_hash: bytes, validator_set: bytes) -> Entry:
        """Entry of a validator set."""
        return key(b"v", set_hash), validator_set

    @staticmethod
    def validators_entry(set_hash: bytes) -> Entry:
        """Entry that names the set that the ledger has chosen last."""
        return _VALIDATORS, set_hash

    @staticmethod
    def validator_change_entry(height: int) -> Entry:
        """Entry of a height whose header names other next validators than its own."""
        return key(b"V", height), b""

    @staticmethod
    def misbehaviour_entry(height: int, index: int, misbehaviour: Misbehaviour) -> Entry:
        """Entry of the misbehaviour that a block reports at a place."""
        return key(b"w", height, index), misbehaviour.to_bytes()

    @staticmethod
    def agreed_entry(evm_hash: bytes) -> Entry:
        """Entry of the block that the others agreed on where this replica holds another."""
        return _AGREED, evm_hash

    # reading

    def genesis(self) -> bytes | None:
        """Return the genesis that the store was founded with."""
        return self._store.get(_GENESIS)

    def tip(self) -> Tip | None:
        """Return how far the ledger is, None before its founding."""
        value = self._store.get(_TIP)
        return None if value is None else Tip.from_bytes(value)

    def agreed(self) -> bytes | None:
        """Return what the others agreed on at the tip, None unless this replica diverged."""
        return self._store.get(_AGREED)

    def proposal(self) -> bytes | None:
        """Return the proposal that was persisted and not yet committed."""
        return self._store.get(_PROPOSAL)

    def engine_value(self, name: bytes) -> bytes:
        """Return a value of the engine's own that it has committed.

        Raises:
            AssertionError: It never has.
        """
        value = self._store.get(name)
        if value is None:
            raise AssertionError(f"the engine has not committed {name!r}")
        return value

    def node(self, node_hash: bytes) -> bytes | None:
        """Return a trie node."""
        return self._store.get(b"n" + node_hash)

    def code(self, code_hash: bytes) -> bytes | None:
        """Return contract code."""
        return self._store.get(b"c" + code_hash)

    def header(self, number: int) -> bytes | None:
        """Return an EVM header by number."""
        return self._store.get(key(b"h", number))

    def number_of_hash(self, evm_hash: bytes) -> int | None:
        """Return the EVM number of a block hash."""
        value = self._store.get(b"H" + evm_hash)
        return None if value is None else int.from_bytes(value, "big")

    def body(self, number: int) -> list[bytes]:
        """Return the raw transactions of a block."""
        return self._list(key(b"b", number))

    def receipts(self, number: int) -> list[bytes]:
        """Return the encoded receipts of a block."""
        return self._list(key(b"r", number))

    def _list(self, at: bytes) -> list[bytes]:
        value = self._store.get(at)
        if value is None:
            return []
        items: list[bytes] = decode_raw(value, True, False)[0]
        return items

    def transaction_place(self, transaction_hash: bytes) -> tuple[int, int] | None:
        """Return EVM number and index of a transaction."""
        value = self._store.get(b"t" + transaction_hash)
        if value is None:
            return None
        return int.from_bytes(value[:8], "big"), int.from_bytes(value[8:16], "big")

    def blocks_with_address(self, address: bytes, first: int, last: int) -> Iterator[int]:
        """Yield the numbers of blocks that hold a log of an address."""
        return self._numbers(b"a" + address, first, last)

    def blocks_with_topic(self, topic: bytes, first: int, last: int) -> Iterator[int]:
        """Yield the numbers of blocks that hold a log with a topic."""
        return self._numbers(b"p" + topic, first, last)

    def _numbers(self, prefix: bytes, first: int, last: int) -> Iterator[int]:
        for found, _ in self._store.scan(key(prefix, first), key(prefix, last + 1)):
            yield int.from_bytes(found[len(prefix) :], "big")

    def evm_number_before(self, height: int) -> int | None:
        """Return the EVM block that the header of this height names in its app hash."""
        value = self._store.get(key(b"e", height))
        return None if value is None else int.from_bytes(value[:8], "big")

    def height_naming(self, number: int) -> int | None:
        """Return the first height whose header names this EVM block, once it is executed."""
        value = self._store.get(key(b"E", number))
        return None if value is None else int.from_bytes(value, "big")

    def seal(self, height: int) -> SealedHeader | None:
        """Return the sealed header of a height."""
        items = self._list(key(b"s", height))
        return SealedHeader(items[0], items[1]) if items else None

    def validator_set(self, set_hash: bytes) -> bytes | None:
        """Return a validator set by its hash."""
        return self._store.get(b"v" + set_hash)

    def chosen_validators(self) -> bytes | None:
        """Return the hash of the set that the ledger has chosen last, None for the founders."""
        return self._store.get(_VALIDATORS)

    def validator_changes(self, first: int, last: int) -> list[int]:
        """Return the heights within bounds whose header names other next validators."""
        found = self._store.scan(key(b"V", first), key(b"V", last + 1))
        return [int.from_bytes(at[1:], "big") for at, _ in found]

    def misbehaviours(self, first: int, last: int) -> list[tuple[int, Misbehaviour]]:
        """Return what the blocks within bounds reported, each with its block's height."""
        found = self._store.scan(key(b"w", first), key(b"w", last + 1))
        return [
            (int.from_bytes(at[1:9], "big"), Misbehaviour.from_bytes(value)) for at, value in found
        ]
