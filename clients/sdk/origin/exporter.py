"""What exporters and declarants do: apply, supply information, claim."""

import secrets
from collections.abc import Collection
from decimal import Decimal

from clients.sdk.answers import LedgerInfo
from clients.sdk.keystore import SigningKey
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin.desk import (
    LIFETIME_SECONDS,
    NONE,
    Decision,
    Desk,
    Handed,
    content_hash,
    new_reason,
)
from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening, commit
from contracts.issuance.records import ApplicationKind, ApplicationStep, CertificateApply
from contracts.origin.drawdown import scaled_quantity
from contracts.origin.records import CertificateClaim
from contracts.records.signed import SignedRecord


class Exporter(Desk):
    """What is signed by enterprises."""

    def apply(
        self, application: bytes, authority: bytes, content: bytes, key: SigningKey, now: int
    ) -> Handed:
        """Apply for a certificate; the authority fetches the content by its manifest.

        Args:
            application: Its identifier: 32 bytes of the exporter's choice, never used before.
            authority: The issuing organisation that is to decide.
            content: The application: JSON.
            key: The exporter's key.
            now: Seconds since 1970.
        """
        record = CertificateApply(
            object=application,
            authority=authority,
            document=content_hash(content),
            applied_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._hand(record, key, content, [authority])

    def supply(self, application: bytes, content: bytes, key: SigningKey, now: int) -> Handed:
        """Supply the information that the authority asked for."""
        authority = self.application(application).part("application").bytes32("authority")
        return self.step_application(
            application,
            ApplicationKind.SUPPLY_INFORMATION,
            key,
            now,
            content=content,
            readers=[authority],
        )

    def withdraw(self, application: bytes, reason: str, key: SigningKey, now: int) -> Decision:
        """Withdraw an application that is not decided; the reason stays off the ledger."""
        salt, reason_hash = new_reason(reason)
        record = _step(application, ApplicationKind.WITHDRAW, now, reason=reason_hash)
        return Decision(self._submit(record, key), salt)

    def step_application(
        self,
        application: bytes,
        kind: ApplicationKind,
        key: SigningKey,
        now: int,
        *,
        content: bytes,
        readers: Collection[bytes],
    ) -> Handed:
        """Take an application further with a document, as either side."""
        record = _step(application, kind, now, document=content_hash(content))
        return self._hand(record, key, content, readers)

    def claim(
        self,
        certificate: bytes,
        *,
        item: int,
        quantity: Decimal,
        declaration: bytes,
        key: SigningKey,
        now: int,
    ) -> ClaimOpening:
        """Claim part of an item; return the opening, which importing customs needs.

        Args:
            certificate: The certificate's identifier.
            item: Item number, from 1.
            quantity: In the item's unit, at most six decimal places.
            declaration: Keyed hash of the import declaration and its line.
            key: The declarant's key.
            now: Seconds since 1970.
        """
        signed, opening = self.prepare_claim(
            certificate,
            item=item,
            quantity=quantity,
            declaration=declaration,
            key=key,
            ledger=self._records.ledger(),
            now=now,
        )
        self._records.submit(signed)
        return opening

    def prepare_claim(
        self,
        certificate: bytes,
        *,
        item: int,
        quantity: Decimal,
        declaration: bytes,
        key: SigningKey,
        ledger: LedgerInfo,
        now: int,
    ) -> tuple[SignedRecord, ClaimOpening]:
        """Make and sign a claim; nothing is sent, so that the opening can be kept before."""
        opening = Opening(scaled_quantity(quantity), secrets.randbelow(ORDER))
        point = commit(opening)
        record = CertificateClaim(
            object=certificate,
            item=item,
            declaration=declaration,
            commitment_x=point.x,
            commitment_y=point.y,
            claimed_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        signed = self._records.sign(record, key, ledger)
        return signed, ClaimOpening(certificate, signed.digest, item, opening)


def _step(
    application: bytes,
    kind: ApplicationKind,
    now: int,
    *,
    document: bytes = NONE,
    reason: bytes = NONE,
) -> ApplicationStep:
    return ApplicationStep(
        object=application,
        kind=int(kind),
        reference=NONE,
        document=document,
        reason=reason,
        stated_at=now,
        expires=now + LIFETIME_SECONDS,
    )
