"""Identifiers on the ledger: keyed hashes, which only holders of the key can guess; pure.

HMAC-SHA256 over the kind and the parts of the identifier, each preceded by its length.
A commitment to each key stands in Membership, so that everyone who may open an
identifier hashes under the same key, and one thing has one name.
"""

import hashlib
import hmac
import re
from typing import Final

from contracts.errors import FormError

KEY_SIZE: Final = 32
_COMMITMENT_SEED: Final = b"tradeseal/identifier-key\0"
_REFERENCE: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]{0,33}[A-Z0-9])?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_FORM: Final = re.compile(r"[A-Z0-9.]{1,8}")
_LINE_LIMIT: Final = 9_999


def key_commitment(key: bytes) -> bytes:
    """Return what Membership keeps of an identifier key.

    Args:
        key: 32 random bytes.
    """
    _require_key(key)
    return hashlib.sha256(_COMMITMENT_SEED + key).digest()


def certificate_id(key: bytes, country: str, form: str, reference_no: str) -> bytes:
    """Return the identifier of a certificate of origin.

    Args:
        key: The issuing country's key of the year of issue.
        country: Issuing country, ISO 3166 alpha-2.
        form: Form type, such as "D".
        reference_no: The certificate's number, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    _require("issued_in", _COUNTRY, country, "give two upper-case letters")
    _require("form", _FORM, form, "give the form's short name, such as D")
    _require_reference("reference_no", reference_no)
    return _keyed(key, "certificate", country, form, reference_no)


def consignment_id(key: bytes, reference: str) -> bytes:
    """Return the identifier that joins the objects of one consignment.

    Args:
        key: The key that the parties of the consignment share.
        reference: Unique consignment reference (UCR), upper case, at most 35 characters.

    Raises:
        FormError: The reference is not in its one canonical spelling.
    """
    _require_reference("consignment", reference)
    return _keyed(key, "consignment", reference)


def declaration_line_id(key: bytes, declaration_no: str, line: int) -> bytes:
    """Return the identifier of one line of a customs declaration.

    Args:
        key: The key of the declaration's registration year.
        declaration_no: The declaration's number.
        line: The line, from 1.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    _require_reference("declaration_no", declaration_no)
    if not 0 < line <= _LINE_LIMIT:
        raise FormError("line", f"{line} is no line", f"give 1 to {_LINE_LIMIT}")
    return _keyed(key, "declaration-line", declaration_no, str(line))


def _keyed(key: bytes, *parts: str) -> bytes:
    _require_key(key)
    encoded = (part.encode("ascii") for part in parts)
    message = b"".join(len(part).to_bytes(2, "big") + part for part in encoded)
    return hmac.digest(key, message, "sha256")


def _require_key(key: bytes) -> None:
    if len(key) != KEY_SIZE:
        raise FormError("identifier key", f"has {len(key)} bytes", f"give {KEY_SIZE}")


def _require_reference(field: str, value: str) -> None:
    remedy = "write 1 to 35 of A-Z, 0-9 and inner . / - without spaces"
    _require(field, _REFERENCE, value, remedy)


def _require(field: str, pattern: re.Pattern[str], value: str, remedy: str) -> None:
    if not pattern.fullmatch(value):
        raise FormError(field, f"{value[:40]!r} is not canonical", remedy)
