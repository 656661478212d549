"""Where the origin contract keeps what verifiers read of other certificates.

The slots are those of the compiled contract's layout; the registry's code hash says that
the contract at hand is the one whose layout this is.
"""

from typing import Final

from contracts.membership.layout import mapping_slot

CERTIFICATES: Final = 2
LINKS: Final = 3
_SLOTS: Final = 1 << 256


def certificate_slots(certificate: bytes) -> tuple[int, int]:
    """Return the slots of a certificate's issuer and packed state."""
    first = mapping_slot(CERTIFICATES, certificate)
    return first, (first + 1) % _SLOTS


def parent_slot(certificate: bytes) -> int:
    """Return the slot of what a certificate was issued back-to-back from."""
    return mapping_slot(LINKS, certificate)
