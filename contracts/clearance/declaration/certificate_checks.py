"""Certificates claimed and the preference they give; pure.

What the certificate itself says is examined in `contracts.origin.findings`; here is what
the declaration alone shows.

Source: Circular 33/2023/TT-BTC, Articles 10 to 15.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from contracts.clearance.declaration.findings import Finding, finding
from contracts.clearance.declaration.model import Certificate, Declaration, Line
from contracts.errors import FormError
from contracts.origin.form_rules import expiry_date, is_waived
from contracts.origin.rules import FormRules, form_rules, known_forms

NO_PREFERENCE: Final = frozenset({"ORDINARY", "MFN"})


def certificate_findings(declaration: Declaration, on: date) -> Iterator[Finding]:
    """Yield what is wrong with certificates and preference columns."""
    if not declaration.is_import:
        yield from _export(declaration)
        return
    known: dict[str, Certificate] = {}
    for place, each in enumerate(declaration.certificates):
        known.setdefault(each.reference_no, each)
        yield from _certificate(declaration, each, f"/certificates/{place}", on)
    used = {claim.reference_no for line in declaration.lines for claim in line.certificates}
    for place, each in enumerate(declaration.certificates):
        if each.reference_no not in used:
            field = f"/certificates/{place}/reference_no"
            yield finding("DECL_CERTIFICATE_UNUSED", field, value=each.reference_no)
    for place, line in enumerate(declaration.lines):
        if line.certificates or line.preference is not None:
            yield from _line(declaration, line, known, f"/lines/{place}", on)


def agreements(on: date) -> frozenset[str]:
    """Return the agreements under which a form gives preference on a day."""
    return _agreements(on)


@lru_cache(maxsize=64)
def _agreements(on: date) -> frozenset[str]:
    return frozenset(rules.agreement for rules in _forms(on))


def _forms(on: date) -> tuple[FormRules, ...]:
    found = (_rules(form, on) for form in known_forms())
    return tuple(rules for rules in found if rules is not None)


def _rules(form: str, day: date) -> FormRules | None:
    try:
        return form_rules(form, day)
    except FormError:
        return None


def _export(declaration: Declaration) -> Iterator[Finding]:
    if declaration.certificates:
        yield finding("DECL_CERTIFICATE_EXPORT", "/certificates")
    for place, line in enumerate(declaration.lines):
        if line.certificates:
            yield finding("DECL_CERTIFICATE_EXPORT", f"/lines/{place}/certificates")
        if line.preference is not None:
            yield finding("DECL_PREFERENCE_EXPORT", f"/lines/{place}/preference")


def _certificate(
    declaration: Declaration, each: Certificate, path: str, on: date
) -> Iterator[Finding]:
    rules = _rules(each.form, each.issued_on)
    if rules is None:
        facts = {"form": each.form, "day": each.issued_on.isoformat()}
        yield finding("DECL_CERTIFICATE_RULES", f"{path}/form", **facts)
        return
    if not rules.are_partners(each.issuing_country, declaration.country):
        yield finding(
            "DECL_CERTIFICATE_PARTY",
            f"{path}/issuing_country",
            country=each.issuing_country,
            form=each.form,
            importer=declaration.country,
        )
    expiry = expiry_date(each.form, each.issued_on)
    if on >= expiry:
        facts = {"value": each.reference_no, "day": expiry.isoformat()}
        yield finding("DECL_CERTIFICATE_EXPIRED", f"{path}/issued_on", **facts)


def _line(
    declaration: Declaration, line: Line, known: Mapping[str, Certificate], path: str, on: date
) -> Iterator[Finding]:
    preference = line.preference
    claimed = preference is not None and preference not in NO_PREFERENCE
    if claimed and preference not in agreements(on):
        facts = {"day": on.isoformat(), "known": ", ".join(sorted(agreements(on)))}
        yield finding(
            "DECL_PREFERENCE_UNKNOWN", f"{path}/preference", value=preference or "", **facts
        )
    elif claimed and not line.certificates and not _is_waived(declaration, line, on):
        field = f"{path}/preference"
        yield finding("DECL_PREFERENCE_UNPROVED", field, value=preference or "")
    if len(line.certificates) > 1:
        count = str(len(line.certificates))
        yield finding("DECL_CERTIFICATES_CONTRADICT", f"{path}/certificates", count=count)
    for position, claim in enumerate(line.certificates):
        certificate = known.get(claim.reference_no)
        if certificate is None:
            field = f"{path}/certificates/{position}/reference_no"
            facts = {"value": claim.reference_no, "list": "/certificates"}
            yield finding("DECL_REFERENCE_UNKNOWN", field, **facts)
        else:
            yield from _claim(line, certificate, path, claimed=claimed)


def _claim(line: Line, certificate: Certificate, path: str, *, claimed: bool) -> Iterator[Finding]:
    rules = _rules(certificate.form, certificate.issued_on)
    if rules is None:
        return
    issuer, origin, sides = certificate.issuing_country, line.origin_country, rules.sides
    if not certificate.back_to_back and sides.get(issuer, issuer) != sides.get(origin, origin):
        facts = {"country": issuer, "origin": origin}
        yield finding("DECL_CERTIFICATE_ORIGIN", f"{path}/origin_country", **facts)
    if not claimed:
        yield finding("DECL_CERTIFICATE_IDLE", f"{path}/preference", expected=rules.agreement)
    elif line.preference != rules.agreement:
        yield finding(
            "DECL_PREFERENCE_CERTIFICATE",
            f"{path}/preference",
            value=line.preference or "",
            form=certificate.form,
            expected=rules.agreement,
        )


def _is_waived(declaration: Declaration, line: Line, on: date) -> bool:
    total = sum((each.amount for each in declaration.invoices), Decimal(0))
    currency = declaration.invoices[0].currency
    return any(
        rules.agreement == line.preference and is_waived(rules, total, currency)
        for rules in _forms(on)
    )
