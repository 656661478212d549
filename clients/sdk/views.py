"""Certificates as a door tells them; a bundle proves what is told here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from clients.sdk.answers import Answer
from clients.sdk.errors import AnswerError, InputError
from contracts.commitments.curve import Point
from contracts.commitments.pedersen import Opening, commit

_DAY_SECONDS: Final = 86_400
_NO_END: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class ItemView:
    """How far an item is drawn, as the door tells it."""

    share: int
    commitment: Point

    @classmethod
    def untouched(cls) -> Self:
        """Return the state of an item that nothing is drawn of."""
        return cls(0, commit(Opening(0, 0)))


@dataclass(frozen=True, slots=True)
class LineView:
    """How far an export line is certified, as the door tells it.

    Attributes:
        share: In 1/10,000 of the line, rounded up.
        commitment: To the certified quantity.
        parts: Digests of the records whose parts count now.
    """

    share: int
    commitment: Point
    parts: frozenset[bytes] = frozenset()

    @classmethod
    def untouched(cls) -> Self:
        """Return the state of a line that nothing is certified of."""
        return cls(0, commit(Opening(0, 0)))

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read the answer of /v1/issuance/lines/{line}."""
        parts = frozenset(part.bytes32("digest") for part in answer.objects("parts"))
        return cls(answer.integer("share"), _point(answer), parts)


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim, as the door tells it; a child's draw too."""

    digest: bytes
    item: int
    status: str
    commitment: Point
    verification: str = "none"


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate, as the door tells it.

    Attributes:
        id: Its identifier.
        status: issued, cancelled or superseded.
        exchange: How far it has come between the administrations.
        issuer: The issuing organisation's identifier.
        document: Digest of its document.
        document_key: Key id of the document's key.
        expires_at: First second at which it can no longer be claimed.
        items: Drawn items by number; others are untouched.
        claims: All claims.
        answer: Everything the door told.
    """

    id: bytes
    status: str
    exchange: str
    issuer: bytes
    document: bytes
    document_key: bytes
    expires_at: int
    items: Mapping[int, ItemView]
    claims: Sequence[ClaimView]
    answer: Mapping[str, object]

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read the answer of /v1/origin/certificates/{id}."""
        certificate = answer.part("certificate")
        return cls(
            id=certificate.bytes32("id"),
            status=certificate.text("status"),
            exchange=certificate.text("exchange"),
            issuer=certificate.bytes32("issuer"),
            document=certificate.bytes32("document"),
            document_key=certificate.bytes32("document_key"),
            expires_at=_seconds(certificate.text_or_none("expires_at")),
            items={
                item.integer("item"): ItemView(item.integer("share"), _point(item))
                for item in answer.objects("drawn")
            },
            claims=[
                ClaimView(
                    claim.bytes32("digest"),
                    claim.integer("item"),
                    claim.text("status"),
                    _point(claim),
                    claim.text("verification"),
                )
                for claim in answer.objects("claims")
            ],
            answer=answer.members(),
        )

    def claim(self, digest: bytes) -> ClaimView:
        """Return one claim.

        Raises:
            InputError: The certificate has no such claim.
        """
        for claim in self.claims:
            if claim.digest == digest:
                return claim
        raise InputError("claim", f"the certificate has no claim 0x{digest.hex()}")

    def deadlines(self, now: int) -> tuple[int, int]:
        """Return until when a doubt's answer and its result are awaited, in seconds.

        Args:
            now: Seconds since 1970, when the doubt is stated.

        Raises:
            AnswerError: The door knows none for the form.
        """
        days = Answer(self.answer).part("deadlines")
        reply, conclude = days.integer("reply_days"), days.integer("conclude_days")
        return now + reply * _DAY_SECONDS, now + conclude * _DAY_SECONDS

    def consent_by(self, now: int) -> int:
        """Return until when consent to a visit that is noticed now is awaited, in seconds.

        Raises:
            AnswerError: The door knows no deadline for the form.
        """
        return now + Answer(self.answer).part("deadlines").integer("visit_consent_days") * (
            _DAY_SECONDS
        )

    def is_expired(self, now: int) -> bool:
        """Say whether the certificate can no longer be claimed."""
        return now >= self.expires_at


def _point(answer: Answer) -> Point:
    return Point(answer.decimal("commitment_x"), answer.decimal("commitment_y"))


def _seconds(text: str | None) -> int:
    if text is None:
        return _NO_END
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise AnswerError("expires_at", "is no time") from error
