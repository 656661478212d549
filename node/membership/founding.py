"""What a genesis founds, as the events that Membership emits for the same acts later.

Block 0 has no transactions and so no events: the founding calls stand in the genesis file,
whose hash the block carries. A ledger without a genesis file of ours (any other Ethereum
network) founds by ordinary transactions and needs none of this.
"""

from collections.abc import Iterator
from typing import Final

from chain.errors import GenesisError
from chain.genesis import Genesis, parse_genesis
from contracts.abi import WORD, selector, trailing_bytes
from contracts.events import Event
from contracts.membership.events import (
    ContractSet,
    IdentifierKeySet,
    KeySet,
    OrganisationSet,
    ValidatorSet,
)
from contracts.membership.keys import NO_END, KeyPurpose
from contracts.membership.layout import version_slots
from contracts.membership.state import Version
from node.errors import GenesisForeignError, LedgerAnswerError
from node.folder import OrganisationFolder
from node.ledger import LedgerGateway

_SELECTOR_SIZE: Final = 4
_ORGANISATION: Final = selector("foundOrganisation(bytes32,uint32,bytes2,bool,bytes32)")
_KEY: Final = selector("foundKey(bytes32,bytes32,uint32,uint64,uint64,bytes)")
_VALIDATOR: Final = selector("foundValidator(bytes32,uint64,bytes32)")
_CONTRACT: Final = selector("foundContract(bytes32,bytes)")
_IDENTIFIER_KEY: Final = selector("foundIdentifierKey(bytes32,bytes32,bytes32)")


class Founders:
    """The founding of one ledger."""

    def __init__(self, genesis: Genesis | None, membership: bytes, ledger: LedgerGateway) -> None:
        """Read a genesis; None for a ledger that has none.

        Args:
            genesis: The parsed genesis file.
            membership: Address of the Membership contract, 20 bytes.
            ledger: Asked for the address of each contract that the genesis creates.
        """
        self._genesis = genesis
        self._membership = membership
        self._ledger = ledger
        named = () if genesis is None else genesis.validators
        self._names = {validator.public_key: validator.name for validator in named}

    def validator_name(self, public_key: bytes) -> str | None:
        """Return the name that the genesis gives a validator, None for a later one."""
        return self._names.get(public_key)

    def events(self) -> Iterator[Event]:
        """Yield an event per founding act, in their order."""
        if self._genesis is None:
            return
        for call in self._genesis.founding:
            if call.to == self._membership:
                yield from self._decode(call.data, self._genesis.time_s)

    def _decode(self, calldata: bytes, time: int) -> Iterator[Event]:
        head, data = calldata[:_SELECTOR_SIZE], calldata[_SELECTOR_SIZE:]
        if head == _ORGANISATION:
            organisation, admin_key = _word(data, 0), _word(data, 4)
            roles, governing = _number(data, 1), _number(data, 3) == 1
            yield OrganisationSet(organisation, roles, _word(data, 2)[:2], governing, active=True)
            yield KeySet(admin_key, organisation, int(KeyPurpose.ADMIN), time, NO_END, b"")
        elif head == _KEY:
            yield KeySet(
                key=_word(data, 1),
                organisation=_word(data, 0),
                purposes=_number(data, 2),
                valid_from=max(_number(data, 3), time),
                valid_until=_number(data, 4),
                material=trailing_bytes(data, 5, "a founding key"),
            )
        elif head == _VALIDATOR:
            yield ValidatorSet(_word(data, 0), _word(data, 2), _number(data, 1))
        elif head == _IDENTIFIER_KEY:
            yield IdentifierKeySet(_word(data, 0), _word(data, 1), _word(data, 2))
        elif head == _CONTRACT:
            yield self._contract(_word(data, 0))

    def _contract(self, domain: bytes) -> ContractSet:
        # The first version of a domain never changes, so it may be asked at any block.
        slots = version_slots(domain.rstrip(b"\0").decode("ascii"), 0)
        place, code_hash = (self._ledger.storage(self._membership, slot) for slot in slots)
        version = Version.from_words(place, code_hash.to_bytes(WORD, "big"))
        if version is None:
            raise LedgerAnswerError("eth_getStorageAt", "a founded contract is not registered")
        return ContractSet(domain, version.contract, version.code_hash, version.from_block, 0)


def load_founders(folder: OrganisationFolder, ledger: LedgerGateway) -> Founders:
    """Return the founding that the folder's genesis file tells, if it has one.

    Raises:
        GenesisForeignError: It is damaged, or founds another ledger than the folder's.
        StorageError: It cannot be read.
    """
    membership = bytes.fromhex(folder.config.membership[2:])
    content = folder.read_genesis()
    if content is None:
        return Founders(None, membership, ledger)
    try:
        genesis = parse_genesis(content)
    except GenesisError as error:
        raise GenesisForeignError(folder.genesis, str(error)) from error
    if genesis.evm_chain_id != folder.config.evm_chain_id:
        reason = f"it founds chain {genesis.evm_chain_id}"
        raise GenesisForeignError(folder.genesis, reason)
    if genesis.membership != membership:
        reason = f"its Membership is 0x{genesis.membership.hex()}"
        raise GenesisForeignError(folder.genesis, reason)
    return Founders(genesis, membership, ledger)


def _word(data: bytes, place: int) -> bytes:
    return data[place * WORD : (place + 1) * WORD]


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(_word(data, place), "big")
