"""What the issuance contract keeps, as typed values; pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from contracts.commitments.curve import Point

_MASK_64: Final = (1 << 64) - 1


class ApplicationStatus(IntEnum):
    """Standing of an application."""

    OPEN = 1
    INFORMATION_REQUESTED = 2
    REFUSED = 3
    APPROVED = 4
    WITHDRAWN = 5


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """An application for a certificate.

    Attributes:
        id: Its identifier, 32 bytes.
        status: Its standing.
        applicant: The exporter's organisation.
        authority: The organisation that decides.
        certificate: The approved certificate, zeros before.
    """

    id: bytes
    status: ApplicationStatus
    applicant: bytes
    authority: bytes
    certificate: bytes

    @classmethod
    def from_words(
        cls, application: bytes, status: int, applicant: bytes, authority: bytes, certificate: bytes
    ) -> "ApplicationState | None":
        """Decode the stored words; status zero means that there is none."""
        if status == 0:
            return None
        return cls(application, ApplicationStatus(status), applicant, authority, certificate)


@dataclass(frozen=True, slots=True)
class ExporterState:
    """A certified exporter's authorisation.

    Attributes:
        id: Its identifier, 32 bytes.
        organisation: The exporter.
        goods: RFC 9162 root over the authorised goods.
        country: ISO 3166 alpha-2 code of the authority's country.
        valid_from: First second.
        valid_to: First second after.
        withdrawn: Whether the authority took it back.
    """

    id: bytes
    organisation: bytes
    goods: bytes
    country: str
    valid_from: int
    valid_to: int
    withdrawn: bool

    @classmethod
    def from_words(
        cls, exporter: bytes, organisation: bytes, goods: bytes, state: int
    ) -> "ExporterState | None":
        """Decode the stored words; state zero means that there is none."""
        if state == 0:
            return None
        return cls(
            id=exporter,
            organisation=organisation,
            goods=goods,
            country=(state & 0xFFFF).to_bytes(2, "big").decode("ascii", "replace"),
            valid_from=state >> 16 & _MASK_64,
            valid_to=state >> 80 & _MASK_64,
            withdrawn=bool(state >> 144 & 1),
        )


@dataclass(frozen=True, slots=True)
class LineState:
    """How far a line of an export declaration is certified.

    Attributes:
        id: Its identifier, 32 bytes.
        share: Cumulative share in 1/10,000 of the whole, rounded up.
        commitment: Sum of the commitments of its parts.
    """

    id: bytes
    share: int
    commitment: Point

    @classmethod
    def from_words(cls, line: bytes, state: int, x: int, y: int) -> "LineState | None":
        """Decode the stored words; state zero means that there is none."""
        if state == 0:
            return None
        return cls(line, state & 0xFFFF, Point(x, y))
