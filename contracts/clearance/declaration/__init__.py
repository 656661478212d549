"""Import and export declarations: read, checked, numbered, amended, hashed; pure."""

from contracts.clearance.declaration.checks import check_declaration
from contracts.clearance.declaration.errors import (
    AmendmentLimitError,
    DeclarationError,
    DeclarationNumberError,
)
from contracts.clearance.declaration.findings import Finding, Severity
from contracts.clearance.declaration.model import (
    Certificate,
    CertificateClaim,
    Container,
    Cost,
    Declaration,
    Invoice,
    Line,
    Measure,
    Packages,
    Party,
    Permit,
    SupportingDocument,
    Transport,
    TransportDocument,
)
from contracts.clearance.declaration.number import DeclarationNumber
from contracts.clearance.declaration.reading import (
    content_hash,
    declaration_bytes,
    declaration_json,
    parse_declaration,
    read_declaration,
    require_declaration,
)

__all__ = [
    "AmendmentLimitError",
    "Certificate",
    "CertificateClaim",
    "Container",
    "Cost",
    "Declaration",
    "DeclarationError",
    "DeclarationNumber",
    "DeclarationNumberError",
    "Finding",
    "Invoice",
    "Line",
    "Measure",
    "Packages",
    "Party",
    "Permit",
    "Severity",
    "SupportingDocument",
    "Transport",
    "TransportDocument",
    "check_declaration",
    "content_hash",
    "declaration_bytes",
    "declaration_json",
    "parse_declaration",
    "read_declaration",
    "require_declaration",
]
