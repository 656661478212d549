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
    SUPERSEDED = 3


class ExchangeState(IntEnum):
    """How far a certificate has come between the administrations."""

    NOT_SENT = 0
    SENT = 1
    ACKNOWLEDGED = 2
    RECEIVED = 3
    FAILED = 4


class ClaimStatus(IntEnum):
    """Standing of a claim."""

    PENDING = 1
    ACCEPTED = 2
    REJECTED = 3


class Verification(IntEnum):
    """How far the verification of a claim has come."""

    NONE = 0
    REQUESTED = 1
    INTERIM = 2
    VISIT_NOTICED = 3
    VISIT_CONSENTED = 4
    VISIT_REPORTED = 5
    VALID = 6
    INVALID = 7
    VISIT_REFUSED = 8


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
        accepted: Number of accepted claims, draws of children among them.
        exchange: How far it has come between the administrations.
        paper: Whether it was received on paper, the network having failed.
        consented: Whether importing customs consents to cancelling what is drawn.
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
    exchange: ExchangeState = ExchangeState.NOT_SENT
    paper: bool = False
    consented: bool = False

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
            exchange=ExchangeState(state >> 216 & 0xFF),
            paper=bool(state >> 224 & 1),
            consented=bool(state >> 225 & 1),
        )


@dataclass(frozen=True, slots=True)
class CertificateLink:
    """What a certificate is tied to.

    Attributes:
        parent: The certificate that it was issued back-to-back from, if any.
        successor: The certificate that replaced it, if any.
    """

    parent: bytes | None
    successor: bytes | None


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
    """A claim, or the draw of a child certificate.

    Attributes:
        item: Item number, from 1.
        status: Its standing.
        commitment: Commitment to the claimed quantity.
        verification: How far its verification has come.
        reply_by: Block time until which an answer is awaited, 0 without verification.
        conclude_by: Block time until which the result is awaited, 0 without verification.
        draw: Whether it is a child's draw.
    """

    item: int
    status: ClaimStatus
    commitment: Point
    verification: Verification = Verification.NONE
    reply_by: int = 0
    conclude_by: int = 0
    draw: bool = False

    @classmethod
    def from_words(cls, state: int, x: int, y: int) -> "ClaimState | None":
        """Decode the stored words; zero means that there is no such claim."""
        if state == 0:
            return None
        return cls(
            item=state >> 8 & _MASK_16,
            status=ClaimStatus(state & 0xFF),
            commitment=Point(x, y),
            verification=Verification(state >> 24 & 0xFF),
            reply_by=state >> 32 & _MASK_64,
            conclude_by=state >> 96 & _MASK_64,
            draw=bool(state >> 160 & 1),
        )


def _country(value: int) -> str:
    return (value & _MASK_16).to_bytes(2, "big").decode("ascii", "replace")
