"""Documents that records of clearance commit to: reports, statements, evidence; pure."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

import rfc8785

from contracts.errors import RecordFormatError

_SALT: Final = re.compile(r"[0-9a-f]{64}")


def new_salt() -> str:
    """Return a salt that nobody guesses: 64 hexadecimal digits."""
    return secrets.token_hex(32)


def paper_content(document: Mapping[str, Any], salt: str) -> bytes:
    """Return what a record commits to: SHA-256 of document and salt in canonical form.

    Args:
        document: The document, JSON without numbers that have a fraction.
        salt: 64 lower-case hexadecimal digits.

    Raises:
        RecordFormatError: The salt is none, or the document has no canonical form.
    """
    if _SALT.fullmatch(salt) is None:
        raise RecordFormatError("salt", "not a salt", "give 64 lower-case hexadecimal digits")
    try:
        return hashlib.sha256(rfc8785.dumps({"document": dict(document), "salt": salt})).digest()
    except rfc8785.CanonicalizationError as error:
        remedy = "give JSON with whole numbers alone"
        raise RecordFormatError("document", str(error), remedy) from error
