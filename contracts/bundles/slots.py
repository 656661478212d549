"""Where the ledger keeps what a bundle proves, by the layout of a trust file.

The functions of `contracts.membership.layout` serve who knows the contracts; a
verifier goes by the slots that its trust file names.
"""

from dataclasses import dataclass

from contracts.bundles.trust import MembershipLayout
from contracts.membership.keys import domain_word
from contracts.membership.layout import mapping_slot

_SLOTS = 1 << 256


@dataclass(frozen=True, slots=True)
class MembershipSlots:
    """Slots of Membership by its declared layout."""

    layout: MembershipLayout

    def organisation(self, identifier: bytes) -> int:
        """Return the slot of an organisation's word."""
        return mapping_slot(self.layout.organisations, identifier)

    def key(self, key_id: bytes) -> tuple[int, int]:
        """Return the slots of a key: organisation, state."""
        return _pair(mapping_slot(self.layout.keys, key_id))

    def version_count(self, domain: str) -> int:
        """Return the slot of the number of versions a domain has."""
        return mapping_slot(self.layout.version_counts, domain_word(domain))

    def version(self, domain: str, index: int) -> tuple[int, int]:
        """Return the slots of a version, counted from 0: place, code hash."""
        outer = mapping_slot(self.layout.versions, domain_word(domain))
        return _pair(mapping_slot(outer, index.to_bytes(32, "big")))


def _pair(first: int) -> tuple[int, int]:
    return first, (first + 1) % _SLOTS
