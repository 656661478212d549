"""Reads declarations strictly and writes them in one canonical form; pure."""

import hashlib
from typing import Any, Final

import rfc8785

from contracts.clearance.declaration.errors import DeclarationError
from contracts.clearance.declaration.findings import Finding, finding
from contracts.clearance.declaration.model import Declaration
from contracts.clearance.declaration.objects import Findings, read_object, write_object
from contracts.documents.encoding import parse_json
from contracts.errors import PresentationError

SIZE_LIMIT: Final = 32 << 20
"""Bytes of a declaration's JSON: ten thousand lines of three kilobytes."""


def read_declaration(value: object) -> Declaration | tuple[Finding, ...]:
    """Read a declaration from decoded JSON; its rules are `check_declaration`'s.

    Args:
        value: The decoded JSON.

    Returns:
        The declaration, or all that is wrong with its form: at least one finding.
    """
    found = Findings()
    read = read_object(Declaration, value, found)
    if read is None:
        return found.result()
    return read


def parse_declaration(content: bytes) -> Declaration | tuple[Finding, ...]:
    """Read a declaration from JSON text: bounded, no repeated names, no decimals.

    Args:
        content: The file, UTF-8, at most `SIZE_LIMIT` bytes.

    Returns:
        The declaration, or all that is wrong with its form.
    """
    if len(content) > SIZE_LIMIT:
        return (finding("DECL_JSON", "", problem=f"> {SIZE_LIMIT} bytes"),)
    try:
        value = parse_json(content, "declaration")
    except PresentationError as error:
        return (finding("DECL_JSON", "", problem=str(error)),)
    return read_declaration(value)


def require_declaration(value: object) -> Declaration:
    """Read a declaration from decoded JSON, or raise.

    Raises:
        DeclarationError: Something is wrong with its form; it has every finding.
    """
    read = read_declaration(value)
    if isinstance(read, Declaration):
        return read
    raise DeclarationError(read)


def declaration_json(declaration: Declaration) -> dict[str, Any]:
    """Return a declaration's JSON form; what stands at its default is left out."""
    return write_object(declaration)


def declaration_bytes(declaration: Declaration) -> bytes:
    """Return the canonical form (RFC 8785)."""
    return rfc8785.dumps(declaration_json(declaration))


def content_hash(declaration: Declaration) -> bytes:
    """Return what a record commits to: SHA-256 of the canonical form, its salt within."""
    return hashlib.sha256(declaration_bytes(declaration)).digest()
