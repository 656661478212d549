"""Certificates as a door tells them; a bundle proves what is told here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from clients.sdk.answers import Answer
from clients.sdk.errors import InputError
from contracts.commitments.curve import Point


@dataclass(frozen=True, slots=True)
class ItemView:
    """How far an item is drawn, as the door tells it."""

    share: int
    commitment: Point


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim, as the door tells it."""

    digest: bytes
    item: int
    status: str
    commitment: Point


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate, as the door tells it.

    Attributes:
        id: Its identifier.
        status: issued or cancelled.
        issuer: The issuing organisation's identifier.
        document: Digest of its document.
        document_key: Key id of the document's key.
        items: Drawn items by number; others are untouched.
        claims: All claims.
        answer: Everything the door told.
    """

    id: bytes
    status: str
    issuer: bytes
    document: bytes
    document_key: bytes
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
            issuer=certificate.bytes32("issuer"),
            document=certificate.bytes32("document"),
            document_key=certificate.bytes32("document_key"),
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


def _point(answer: Answer) -> Point:
    return Point(answer.decimal("commitment_x"), answer.decimal("commitment_y"))
