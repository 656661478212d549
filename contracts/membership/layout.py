"""Where Membership and every domain contract keep what a proof shows; pure.

Vyper puts `map[key]` at keccak256(slot ‖ key) and a struct's members behind it.
"""

from typing import Final

from chain.proofs.keccak import keccak256
from contracts.membership.keys import domain_word

OBJECTS: Final = 0
RECORDS: Final = 1
ORGANISATIONS: Final = 2
KEYS: Final = 3
VERSION_COUNTS: Final = 4
VERSIONS: Final = 5
VALIDATOR_ORGANISATIONS: Final = 10
REPORTED: Final = 12
VALIDATORS: Final = 13


def mapping_slot(slot: int, key: bytes) -> int:
    """Return the slot of `map[key]` where the map is declared at `slot`."""
    return int.from_bytes(keccak256(slot.to_bytes(32, "big") + key), "big")


def object_slots(object_id: bytes) -> tuple[int, int]:
    """Return the slots of an object's count and head, in any domain contract."""
    first = mapping_slot(OBJECTS, object_id)
    return first, _after(first)


def record_slot(digest: bytes) -> int:
    """Return the slot of a record's anchor (block number, time), in any domain contract."""
    return mapping_slot(RECORDS, digest)


def organisation_slots(organisation: bytes) -> tuple[int]:
    """Return the slot of `Organisation.from_word`."""
    return (mapping_slot(ORGANISATIONS, organisation),)


def key_slots(key_id: bytes) -> tuple[int, int]:
    """Return the slots of `Key.from_words`: organisation, state."""
    first = mapping_slot(KEYS, key_id)
    return first, _after(first)


def version_count_slot(domain: str) -> int:
    """Return the slot of the number of versions a domain has."""
    return mapping_slot(VERSION_COUNTS, domain_word(domain))


def version_slots(domain: str, index: int) -> tuple[int, int]:
    """Return the slots of `Version.from_words`: place, code hash.

    Args:
        domain: Name of the domain, such as "origin".
        index: Zero-based number of the version.
    """
    outer = mapping_slot(VERSIONS, domain_word(domain)).to_bytes(32, "big")
    first = int.from_bytes(keccak256(outer + index.to_bytes(32, "big")), "big")
    return first, _after(first)


def validator_count_slot() -> int:
    """Return the slot of the number of validators."""
    return VALIDATORS


def validator_slots(place: int) -> tuple[int, int]:
    """Return the slots of one validator's public key and power.

    Args:
        place: Its place in the list, from 0.
    """
    first = VALIDATORS + 1 + 2 * place
    return first, _after(first)


def validator_organisation_slot(address: bytes) -> int:
    """Return the slot of the organisation that runs or ran a validator.

    Args:
        address: The validator's CometBFT address, 20 bytes.
    """
    return mapping_slot(VALIDATOR_ORGANISATIONS, address.ljust(32, b"\0"))


def reported_slot(misbehaviour: bytes, organisation: bytes) -> int:
    """Return the slot that says whether an organisation reported a misbehaviour."""
    outer = mapping_slot(REPORTED, misbehaviour).to_bytes(32, "big")
    return int.from_bytes(keccak256(outer + organisation), "big")


def _after(slot: int) -> int:
    return (slot + 1) % (1 << 256)
