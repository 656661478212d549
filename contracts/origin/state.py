"""What the origin contract keeps, as typed values; pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from contracts.commitments.curve import IDENTITY, Point

WHOLE: Final = 10_000
_MASK_16: Final = (1 << 16) - 1
_MASK_32: Final = (1 << 32) - 1
_MASK_64: Final = (1 << 64) - 1


class CertificateStatus(IntEnum):
    """Standing of a certificate on the ledger; expiry is read from the time."""

    ISSUED = 1
    CANCELLED = 2


class ClaimStatus(IntEnum):
    """Standing of a claim."""

    PENDING = 1
    ACCEPTED = 2
    REJECTED = 3


@dataclass(frozen=True, slots=True)
class CertificateState:
    """A certificate.

    Attributes:
        id: Its identifier, 32 bytes.
        status: Its standing.
        issuer: The organisation that issued it.
        issuing_country: ISO 3166 alpha-2 code.
        importing_country: ISO 3166 alpha-2 code.
        items: Number of items.
        issued_at: Event time of issue, seconds.
        expires_at: First second at which it can no longer be claimed.
        accepted: Number of accepted claims.
    """

    id: bytes
    status: CertificateStatus
    issuer: bytes
    issuing_country: str
    importing_country: str
    items: int
    issued_at: int
    expires_at: int
    accepted: int

    @classmethod
    def from_words(cls, certificate: bytes, issuer: bytes, state: int) -> "CertificateState | None":
        """Decode the stored words; zero means that there is no such certificate."""
        if state == 0:
            return None
        return cls(
            id=certificate,
            status=CertificateStatus(state & 0xFF),
            issuer=issuer,
            issuing_country=_country(state >> 8),
            importing_country=_country(state >> 24),
            items=state >> 40 & _MASK_16,
            issued_at=state >> 56 & _MASK_64,
            expires_at=state >> 120 & _MASK_64,
            accepted=state >> 184 & _MASK_32,
        )


@dataclass(frozen=True, slots=True)
class ItemState:
    """How far one item is drawn.

    Attributes:
        share: Cumulative share in 1/10,000 of the whole, rounded up.
        commitment: Sum of the commitments of its accepted claims.
    """

    share: int = 0
    commitment: Point = IDENTITY


@dataclass(frozen=True, slots=True)
class ClaimState:
    """A claim.

    Attributes:
        item: Item number, from 1.
        status: Its standing.
        commitment: Commitment to the claimed quantity.
    """

    item: int
    status: ClaimStatus
    commitment: Point

    @classmethod
    def from_words(cls, state: int, x: int, y: int) -> "ClaimState | None":
        """Decode the stored words; zero means that there is no such claim."""
        if state == 0:
            return None
        return cls(item=state >> 8, status=ClaimStatus(state & 0xFF), commitment=Point(x, y))


def _country(value: int) -> str:
    return (value & _MASK_16).to_bytes(2, "big").decode("ascii", "replace")
