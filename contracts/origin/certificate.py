"""The certificate of origin Form D: its types, its JSON form, its signed document; pure.

The types stand in `form_d`, the strict reader in `form_parser`, the rules between boxes
in `form_checks`.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final, cast

from contracts.documents.sd_jwt import Disclosable
from contracts.origin.form_d import (
    FLAGS,
    Certification,
    Company,
    ExporterDeclaration,
    FormD,
    Invoice,
    Item,
    Measure,
    Money,
    Packages,
    Party,
    Transport,
)
from contracts.origin.form_parser import ITEMS_LIMIT, parse_form_d

__all__ = [
    "CLAIM_TYPE",
    "DOCUMENT_TYPE",
    "FLAGS",
    "ITEMS_LIMIT",
    "Certification",
    "Company",
    "ExporterDeclaration",
    "FormD",
    "Invoice",
    "Item",
    "Measure",
    "Money",
    "Packages",
    "Party",
    "Transport",
    "form_d_claims",
    "form_d_from_claims",
    "form_d_json",
    "parse_form_d",
]

DOCUMENT_TYPE: Final = "tradeseal-form-d+sd-jwt"
CLAIM_TYPE: Final = "tradeseal:origin:form-d:1"


def form_d_claims(form: FormD, certificate: bytes, issuer: bytes) -> dict[str, Any]:
    """Return the SD-JWT payload of a certificate: each box and item discloses by itself.

    Always shown: the ledger's identifiers, the issuing country and the validity.

    Args:
        form: The certificate.
        certificate: Its identifier on the ledger.
        issuer: The issuing organisation's identifier.
    """
    value = form_d_json(form)
    boxes = {name: Disclosable(box) for name, box in value.items() if name != "issued_in"}
    boxes["items"] = Disclosable([_conceal_item(item) for item in value["items"]])
    return {
        "vct": CLAIM_TYPE,
        "iss": "0x" + issuer.hex(),
        "certificate": "0x" + certificate.hex(),
        "iat": form.issued_at,
        "exp": form.expires_at,
        "issued_in": form.issued_in,
        **boxes,
    }


def form_d_json(form: FormD) -> dict[str, Any]:
    """Return the JSON form that `parse_form_d` reads."""
    return {
        "reference_no": form.reference_no,
        "issued_in": form.issued_in,
        "issuing_body": form.issuing_body,
        "consignment": form.consignment,
        "exporter": _json(form.exporter),
        "consignee": _json(form.consignee),
        "transport": _json(form.transport),
        "items": [_json(item) for item in form.items],
        "exporter_declaration": _json(form.exporter_declaration),
        "certification": _json(form.certification),
        "flags": {flag: flag in form.flags for flag in FLAGS},
    }


def form_d_from_claims(claims: Mapping[str, Any]) -> FormD:
    """Parse the certificate from a fully disclosed document's claims.

    Raises:
        FormError: A box is not disclosed, or breaks a rule.
    """
    frame = {"vct", "iss", "certificate", "iat", "exp"}
    return parse_form_d({name: value for name, value in claims.items() if name not in frame})


def _conceal_item(item: Mapping[str, Any]) -> Disclosable:
    return Disclosable({name: Disclosable(value) for name, value in item.items()})


def _json(value: object) -> Any:
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case str() | int():
            return value
        case _:
            names = [field.name for field in fields(cast("Any", value))]
            members = {name: getattr(value, name) for name in names}
            return {name: _json(member) for name, member in members.items() if member is not None}
