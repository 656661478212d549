"""What an examiner knows beside the certificate; pure.

Everything may be left out: what is not known is not held against a certificate. An
outage is no finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from contracts.origin.form_model import CertificateForm, Measure


@dataclass(frozen=True, slots=True)
class IssuerFacts:
    """To whom the signing key belonged when the certificate was anchored.

    Attributes:
        country: The organisation's country; None where Membership knows no such key.
        may_issue: Whether the organisation then had the role of an issuer, or stood
            under an exporter's authorisation for these goods.
    """

    country: str | None
    may_issue: bool


@dataclass(frozen=True, slots=True)
class ParentFacts:
    """What the ledger and the vault hold of a back-to-back certificate's original.

    Attributes:
        form: Its boxes; None where the ledger knows no such certificate.
        in_force: Whether it is neither cancelled nor superseded, nor any before it.
        remaining: What is left of each of its items.
        items: The original's item for each item; the same number where none stands.
    """

    form: CertificateForm | None
    in_force: bool = True
    remaining: Mapping[int, Decimal] = field(default_factory=dict[int, Decimal])
    items: Mapping[int, int] = field(default_factory=dict[int, int])


@dataclass(frozen=True, slots=True)
class ImportLine:
    """What the import declaration says of one item of the certificate.

    Attributes:
        item: The certificate's item.
        hs_code: Code declared, 6 digits or more.
        quantity: Quantity claimed under the certificate.
        gross_weight: Gross weight declared.
    """

    item: int
    hs_code: str
    quantity: Measure
    gross_weight: Measure | None = None


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """What the import declaration says.

    Attributes:
        country: Importing country.
        lines: Its lines that claim preference.
        shipped: Day of shipment, from the transport document.
        invoice_country: Where the invoice was issued.
        transit: Countries that the goods passed through, both ends left out.
        has_transit_proof: Whether a document shows that they stayed under control.
        force_majeure: Whether customs accepts a reason for presenting late.
    """

    country: str
    lines: tuple[ImportLine, ...] = ()
    shipped: date | None = None
    invoice_country: str | None = None
    transit: tuple[str, ...] = ()
    has_transit_proof: bool = False
    force_majeure: bool = False


@dataclass(frozen=True, slots=True)
class ExaminationContext:
    """What the caller knows.

    Attributes:
        day: Day of presentation.
        is_duplicate: Whether the ledger holds another certificate under this country,
            form and number.
        remaining: What is left of each item; None where nobody asked.
        issuer: Whose key signed; None where nobody asked.
        signature_verified: Whether the signature verified; None where nobody tried.
        parent: What is known of the original; None where nobody asked.
        declaration: The import declaration; None before there is one.
    """

    day: date
    is_duplicate: bool = False
    remaining: Mapping[int, Decimal] | None = None
    issuer: IssuerFacts | None = None
    signature_verified: bool | None = None
    parent: ParentFacts | None = None
    declaration: ImportFacts | None = None
