"""Certificates of origin: their types, their JSON form, their signed document; pure.

The types stand in `form_model`, the reader in `form_parser`, the rules between boxes in
`form_checks`, the constants of each form in `rules`.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from contracts.documents.sd_jwt import Disclosable
from contracts.origin.form_model import (
    FLAGS,
    ITEMS_LIMIT,
    BlanketPeriod,
    CertificateForm,
    Certification,
    Company,
    Exhibition,
    ExportDocument,
    ExporterDeclaration,
    ExportLine,
    Invoice,
    Item,
    Measure,
    Money,
    Packages,
    Parent,
    Party,
    Transport,
)
from contracts.origin.form_objects import write_object
from contracts.origin.form_parser import parse_certificate, read_certificate

__all__ = [
    "CLAIM_TYPE",
    "DOCUMENT_TYPE",
    "FLAGS",
    "ITEMS_LIMIT",
    "BlanketPeriod",
    "CertificateForm",
    "Certification",
    "Company",
    "Exhibition",
    "ExportDocument",
    "ExportLine",
    "ExporterDeclaration",
    "Invoice",
    "Item",
    "Measure",
    "Money",
    "Packages",
    "Parent",
    "Party",
    "Transport",
    "certificate_claims",
    "certificate_from_claims",
    "certificate_json",
    "examinable_from_claims",
    "importer_paths",
    "parse_certificate",
    "read_certificate",
]

DOCUMENT_TYPE: Final = "tradeseal-certificate+sd-jwt"
CLAIM_TYPE: Final = "tradeseal:origin:certificate:1"
_FRAME: Final = frozenset({"vct", "iss", "certificate", "iat", "exp", "cnf"})
_SHOWN: Final = frozenset({"form", "issued_in"})
_EXPORT_LINES: Final = "export_lines"

Path: TypeAlias = tuple[str | int, ...]


def certificate_claims(form: CertificateForm, certificate: bytes, issuer: bytes) -> dict[str, Any]:
    """Return the SD-JWT payload of a certificate: each box and item discloses by itself.

    Always shown: the ledger's identifiers, form, issuing country and validity. Of an
    item each field discloses by itself, of its export lines each line.

    Args:
        form: The certificate.
        certificate: Its identifier on the ledger.
        issuer: The issuing organisation's identifier.
    """
    value = certificate_json(form)
    boxes = {
        name: box if name in _SHOWN else Disclosable(box)
        for name, box in value.items()
        if name != "items"
    }
    return {
        "vct": CLAIM_TYPE,
        "iss": "0x" + issuer.hex(),
        "certificate": "0x" + certificate.hex(),
        "iat": form.issued_at,
        "exp": form.expires_at,
        **boxes,
        "items": Disclosable([_conceal_item(item) for item in value["items"]]),
    }


def certificate_json(form: CertificateForm) -> dict[str, Any]:
    """Return the JSON form that `parse_certificate` reads."""
    return write_object(form)


def certificate_from_claims(claims: Mapping[str, Any]) -> CertificateForm:
    """Parse the certificate from a disclosed document's claims.

    Raises:
        FormError: A box that the form needs is not disclosed, or breaks a rule.
    """
    return parse_certificate(_without_frame(claims))


def examinable_from_claims(claims: Mapping[str, Any]) -> CertificateForm:
    """Read the certificate from a disclosed document's claims, for examiners.

    Rules between the boxes are not checked: `contracts.origin.findings.examiner` tells
    all that are broken.

    Raises:
        FormError: A box that every certificate has is not disclosed, or malformed.
    """
    return read_certificate(_without_frame(claims))


def importer_paths(form: CertificateForm) -> list[Path]:
    """Return what importing customs is shown: all but the lines of export declarations.

    For `contracts.documents.sd_jwt.present_sd_jwt`.
    """
    value = certificate_json(form)
    boxes: list[Path] = [(name,) for name in value if name not in _SHOWN | {"items"}]
    fields: list[Path] = [
        ("items", place, name)
        for place, item in enumerate(value["items"])
        for name in item
        if name != _EXPORT_LINES
    ]
    return boxes + fields


def _without_frame(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: box for name, box in claims.items() if name not in _FRAME}


def _conceal_item(item: Mapping[str, Any]) -> Disclosable:
    fields = {name: Disclosable(value) for name, value in item.items()}
    if _EXPORT_LINES in item:
        fields[_EXPORT_LINES] = Disclosable([Disclosable(line) for line in item[_EXPORT_LINES]])
    return Disclosable(fields)
