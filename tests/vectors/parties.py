"""Who takes part in the vectors, with keys made from their names, and what they trade."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from chain.proofs.keccak import keccak256
from contracts.documents.x509 import public_key_info
from contracts.membership.founding import Founder, FoundingKey
from contracts.membership.keys import KeyPurpose, Role, address_key_id, organisation_id
from contracts.origin import certificate as form_d


@dataclass(frozen=True)
class Signer:
    label: str

    @property
    def secret(self) -> bytes:
        return keccak256(b"vector key " + self.label.encode())

    @property
    def address(self) -> bytes:
        public = PrivateKey(self.secret).public_key.format(compressed=False)
        return keccak256(public[1:])[12:]

    @property
    def key_id(self) -> bytes:
        return address_key_id(self.address)


class DocumentKey:
    """A P-256 key that signs the same bytes alike each time (RFC 6979)."""

    def __init__(self, label: str) -> None:
        number = int.from_bytes(keccak256(b"vector document key " + label.encode()), "big")
        self._key = ec.derive_private_key(number >> 1, ec.SECP256R1())

    def sign(self, message: bytes, algorithm: object) -> bytes:
        del algorithm
        return self._key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))

    @property
    def info(self) -> bytes:
        return public_key_info(self._key.public_key())

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.info).digest()


@dataclass(frozen=True)
class Member:
    name: str
    roles: Role
    country: str
    governing: bool = True

    @property
    def id(self) -> bytes:
        return organisation_id(self.name)

    @property
    def admin(self) -> Signer:
        return Signer(self.name + " admin")

    @property
    def officer(self) -> Signer:
        return Signer(self.name + " officer")

    @property
    def carrier(self) -> Signer:
        return Signer(self.name + " carrier")

    @property
    def document_key(self) -> DocumentKey:
        return DocumentKey(self.name)

    def founder(self) -> Founder:
        return Founder(
            self.id,
            self.roles,
            self.country,
            self.governing,
            self.admin.key_id,
            (
                FoundingKey(self.officer.key_id, KeyPurpose.SIGN),
                FoundingKey(self.carrier.key_id, KeyPurpose.CARRY),
                FoundingKey(self.document_key.key_id, KeyPurpose.DOCUMENT, self.document_key.info),
            ),
        )


ISSUER = Member("authority.vn", Role.ISSUING_AUTHORITY, "VN")
CUSTOMS_VN = Member("customs.vn", Role.CUSTOMS, "VN")
CUSTOMS_ID = Member("customs.id", Role.CUSTOMS, "ID")
IMPORTER = Member("importer.id", Role.ENTERPRISE, "ID", governing=False)
CUSTOMS_SG = Member("customs.sg", Role.CUSTOMS | Role.ISSUING_AUTHORITY, "SG", governing=False)
MEMBERS = (ISSUER, CUSTOMS_VN, CUSTOMS_ID, IMPORTER, CUSTOMS_SG)


@dataclass(frozen=True)
class SealingKey:
    label: str = "solo"

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(
            keccak256(b"vector sealing key " + self.label.encode())
        )

    @property
    def public_key(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


FOUR = [(SealingKey(f"validator {number}"), 10) for number in range(4)]
NEXT = [*FOUR[1:], (SealingKey("validator 4"), 10)]
LATER = [(SealingKey(f"validator {number}"), 10) for number in range(4, 8)]


class MemoryStore:
    def __init__(self) -> None:
        self._entries: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self._entries.get(key)

    def write(self, entries: Sequence[tuple[bytes, bytes | None]]) -> None:
        for key, value in entries:
            if value is None:
                self._entries.pop(key, None)
            else:
                self._entries[key] = value

    def scan(self, start: bytes, end: bytes) -> Iterator[tuple[bytes, bytes]]:
        for key in sorted(key for key in self._entries if start <= key < end):
            yield key, self._entries[key]

    def close(self) -> None:
        pass


def sample_form(reference: str) -> form_d.CertificateForm:
    """Return a Form D of two items from Hai Phong to Jakarta."""
    invoice = form_d.Invoice("INV-2026-0331", date(2026, 3, 28))
    return form_d.CertificateForm(
        reference_no=reference,
        issued_in="VN",
        issuing_body="Import-Export Management Office No. 1, Ha Noi",
        consignment="6VN0101243150-2026-0331",
        exporter=form_d.Party("Song Hong Textiles JSC", "Nam Dinh, Viet Nam", "VN"),
        consignee=form_d.Party("PT Nusantara Busana", "Jakarta, Indonesia", "ID"),
        transport=form_d.Transport(
            date(2026, 3, 31), "MV Mekong Star 118S", "IDJKT", "Hai Phong to Jakarta, direct"
        ),
        items=(
            form_d.Item(
                1,
                "PTNB 1-200",
                form_d.Packages(200, "CT"),
                "Men's cotton shirts, woven",
                form_d.Measure(Decimal(9_000), "H87"),
                "620520",
                "CTH",
                form_d.Measure(Decimal(2_700), "KGM"),
                invoice,
            ),
            form_d.Item(
                2,
                "PTNB 201-240",
                form_d.Packages(40, "CT"),
                "Women's cotton trousers, woven",
                form_d.Measure(Decimal(1_200), "H87"),
                "620462",
                "CTH",
                form_d.Measure(Decimal("640.5"), "KGM"),
                invoice,
            ),
        ),
        exporter_declaration=form_d.ExporterDeclaration(
            "VN", "ID", "Nam Dinh", date(2026, 3, 30), "Nguyen Van Minh"
        ),
        certification=form_d.Certification(
            "Ha Noi", date(2026, 3, 31), "Import-Export Management Office No. 1"
        ),
        flags=frozenset(),
    )
