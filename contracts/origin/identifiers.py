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
from contracts.origin.form_letters import describe_foreign_letter

KEY_SIZE: Final = 32
REFERENCE: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9./-]{0,33}[A-Z0-9])?")
REFERENCE_REMEDY: Final = "write 1 to 35 of A-Z, 0-9 and inner . / - without spaces"
LINE_LIMIT: Final = 9_999
_COMMITMENT_SEED: Final = b"tradeseal/identifier-key\0"
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_FORM: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9.-]{0,6}[A-Z0-9])?")  # bytes8 on the ledger


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
        form: Short name of the form, such as "D" or "EUR.1-UK".
        reference_no: The certificate's number, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    _require("issued_in", _COUNTRY, country, "give two upper-case letters")
    require_form("form", form)
    require_reference("reference_no", reference_no)
    return of_country(country, keyed_id(key, "certificate", country, form, reference_no))


def application_id(key: bytes, country: str, form: str, number: str) -> bytes:
    """Return the identifier of an application for a certificate.

    Args:
        key: The country's key of the year of the application.
        country: Country of the issuing authority, ISO 3166 alpha-2.
        form: Short name of the form applied for.
        number: The application's number, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    _require("issued_in", _COUNTRY, country, "give two upper-case letters")
    require_form("form", form)
    require_reference("application_no", number)
    return keyed_id(key, "application", country, form, number)


def exporter_code_id(key: bytes, country: str, code: str) -> bytes:
    """Return the identifier of a certified exporter's authorisation.

    Args:
        key: The country's key of the year in which the code was given.
        country: Country that authorised the exporter, ISO 3166 alpha-2.
        code: The certified exporter's code, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    _require("issued_in", _COUNTRY, country, "give two upper-case letters")
    require_reference("exporter_code", code)
    return of_country(country, keyed_id(key, "exporter", country, code))


def consignment_id(key: bytes, reference: str) -> bytes:
    """Return the identifier that joins the objects of one consignment.

    Args:
        key: The key that the parties of the consignment share.
        reference: Unique consignment reference (UCR), upper case, at most 35 characters.

    Raises:
        FormError: The reference is not in its one canonical spelling.
    """
    require_reference("consignment", reference)
    return keyed_id(key, "consignment", reference)


def declaration_line_id(key: bytes, declaration_no: str, line: int) -> bytes:
    """Return the identifier of one line of an import declaration.

    Args:
        key: The key of the declaration's registration year.
        declaration_no: The declaration's number.
        line: The line, from 1.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    return _line(key, "declaration-line", declaration_no, line)


def export_line_id(key: bytes, country: str, declaration_no: str, line: int) -> bytes:
    """Return the identifier of one line of an export declaration.

    Args:
        key: The key of the declaration's registration year.
        country: Country of the declaration, ISO 3166 alpha-2.
        declaration_no: The declaration's number.
        line: The line, from 1.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    require_country(country)
    return of_country(country, _line(key, "export-line", declaration_no, line))


def require_country(country: str) -> None:
    """Refuse what is no country.

    Raises:
        FormError: It is not two upper-case letters.
    """
    _require("country", _COUNTRY, country, "give two upper-case letters")


def require_reference(field: str, value: str) -> None:
    """Refuse a reference number that is not in its one canonical spelling.

    Raises:
        FormError: It is not; letters that only look right are named.
    """
    _require(field, REFERENCE, value, REFERENCE_REMEDY)


def require_form(field: str, value: str) -> None:
    """Refuse what cannot be the short name of a form.

    Raises:
        FormError: It cannot.
    """
    _require(field, _FORM, value, "give the form's short name of at most 8 letters, such as D")


def _line(key: bytes, kind: str, declaration_no: str, line: int) -> bytes:
    require_reference("declaration_no", declaration_no)
    if not 0 < line <= LINE_LIMIT:
        raise FormError("line", f"{line} is no line", f"give 1 to {LINE_LIMIT}")
    return keyed_id(key, kind, declaration_no, str(line))


def of_country(country: str, identifier: bytes) -> bytes:
    """Return an identifier that begins with its country, so that no other can take it."""
    return country.encode("ascii") + identifier[2:]


def keyed_id(key: bytes, *parts: str) -> bytes:
    """Return the keyed hash of parts, the kind first; each in its one canonical spelling.

    Args:
        key: 32 random bytes.
        parts: ASCII texts.

    Raises:
        FormError: It is no identifier key.
    """
    _require_key(key)
    encoded = (part.encode("ascii") for part in parts)
    message = b"".join(len(part).to_bytes(2, "big") + part for part in encoded)
    return hmac.digest(key, message, "sha256")


def _require_key(key: bytes) -> None:
    if len(key) != KEY_SIZE:
        raise FormError("identifier key", f"has {len(key)} bytes", f"give {KEY_SIZE}")


def _require(field: str, pattern: re.Pattern[str], value: str, remedy: str) -> None:
    if not pattern.fullmatch(value):
        problem = describe_foreign_letter(value) or f"{value[:40]!r} is not canonical"
        raise FormError(field, problem, remedy)
