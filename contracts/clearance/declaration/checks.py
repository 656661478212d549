"""Rules between the fields of a declaration; pure, constants from `rules`.

Steps: (1) header: procedure, number, parties, transport  (2) lists: each thing once
(3) invoices, prices, masses  (4) lines  (5) certificates  (6) the express flow.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from contracts.clearance.declaration import container, tax_code
from contracts.clearance.declaration.certificate_checks import certificate_findings
from contracts.clearance.declaration.findings import Finding, finding
from contracts.clearance.declaration.model import EXPRESS_FLOW, Declaration, Party
from contracts.clearance.declaration.objects import FINDINGS_LIMIT
from contracts.clearance.declaration.rules import procedure, rule, ruled_country
from contracts.clearance.declaration.value_checks import line_findings, value_findings
from contracts.origin.rules.codes import countries

_UCR_COUNTRY: Final = slice(1, 3)


def check_declaration(declaration: Declaration, on: date) -> tuple[Finding, ...]:
    """Return all findings on a declaration, errors and warnings.

    Args:
        declaration: As read.
        on: The day of the check: of registration, or of the draft.

    Returns:
        Nothing where it can be registered as it stands.
    """
    if declaration.country != ruled_country():
        facts = {"country": declaration.country, "known": ruled_country()}
        return (finding("DECL_COUNTRY_RULES", "/country", **facts),)
    found: list[Finding] = []
    for one in _all_findings(declaration, on):
        if len(found) == FINDINGS_LIMIT:
            return (*found, finding("DECL_MORE", "", limit=str(FINDINGS_LIMIT)))
        found.append(one)
    return tuple(found)


def _all_findings(declaration: Declaration, on: date) -> Iterator[Finding]:
    yield from _procedures(declaration, on)
    yield from _number(declaration, on)
    yield from _parties(declaration)
    yield from _reference(declaration)
    yield from _transport(declaration, on)
    yield from _duplicates(declaration)
    yield from _containers(declaration)
    yield from _dates(declaration, on)
    yield from value_findings(declaration, on)
    yield from line_findings(declaration, on)
    yield from certificate_findings(declaration, on)
    if declaration.flow == EXPRESS_FLOW:
        yield from _express(declaration, on)


def _procedures(declaration: Declaration, on: date) -> Iterator[Finding]:
    yield from _procedure(declaration, declaration.procedure, "/procedure", on)
    for place, line in enumerate(declaration.lines):
        if line.procedure is not None:
            yield from _procedure(declaration, line.procedure, f"/lines/{place}/procedure", on)


def _procedure(declaration: Declaration, code: str, field: str, on: date) -> Iterator[Finding]:
    known = procedure(code, on)
    if known is None:
        yield finding("DECL_PROCEDURE_UNKNOWN", field, procedure=code, day=on.isoformat())
    elif known.direction != declaration.direction:
        facts = {"procedure": code, "direction": declaration.direction}
        yield finding("DECL_PROCEDURE_DIRECTION", field, **facts)


def _number(declaration: Declaration, on: date) -> Iterator[Finding]:
    digit = rule("number_digits", on)[declaration.direction]
    number = declaration.declaration_no
    if number is not None and not number.startswith(digit):
        facts = {"number": number, "direction": declaration.direction, "digit": digit}
        yield finding("DECL_NUMBER_DIRECTION", "/declaration_no", **facts)


def _parties(declaration: Declaration) -> Iterator[Finding]:
    home = declaration.country
    role = "importer" if declaration.is_import else "exporter"
    for name, party in ((role, declaration.trader), ("declarant", declaration.declarant)):
        if party.country != home:
            facts = {"role": name, "country": party.country, "expected": home}
            yield finding("DECL_TRADER_COUNTRY", f"/{name}/country", **facts)
        if party.tax_code is None:
            yield finding("DECL_TAX_CODE_MISSING", f"/{name}/tax_code", role=name)
    parties = {
        "declarant": declaration.declarant,
        "importer": declaration.importer,
        "exporter": declaration.exporter,
        "agent": declaration.agent,
    }
    for name, each in parties.items():
        if each is not None and each.country == home:
            yield from _tax_code(each, f"/{name}/tax_code")


def _tax_code(party: Party, field: str) -> Iterator[Finding]:
    code = party.tax_code
    if code is None:
        return
    if not tax_code.is_tax_code(code):
        yield finding("DECL_TAX_CODE_FORM", field, value=code)
    elif not tax_code.has_check_digit(code):
        yield finding("DECL_TAX_CODE_CHECK", field, value=code)


def _reference(declaration: Declaration) -> Iterator[Finding]:
    ucr = declaration.ucr
    if ucr is not None and ucr[_UCR_COUNTRY] not in countries():
        yield finding("DECL_UCR_COUNTRY", "/ucr", value=ucr, country=ucr[_UCR_COUNTRY])


def _transport(declaration: Declaration, on: date) -> Iterator[Finding]:
    transport, home = declaration.transport, declaration.country
    inward = declaration.is_import
    end = "destination_country" if inward else "departure_country"
    country = transport.destination_country if inward else transport.departure_country
    if country != home:
        facts = {"country": country, "direction": declaration.direction, "expected": home}
        yield finding("DECL_DESTINATION", f"/transport/{end}", **facts)
    ends = (
        ("loading", transport.loading, transport.departure_country),
        ("discharge", transport.discharge, transport.destination_country),
    )
    for name, place, expected in ends:
        if not place.startswith(expected):
            facts = {"place": place, "country": expected}
            yield finding("DECL_PLACE_COUNTRY", f"/transport/{name}", **facts)
    modes: dict[str, list[str]] = rule("transport_modes", on)
    if transport.mode not in modes:
        facts = {"mode": transport.mode, "known": ", ".join(sorted(modes))}
        yield finding("DECL_TRANSPORT_MODE_UNKNOWN", "/transport/mode", **facts)
        return
    asked = rule("transport_document_asked", on)[declaration.direction]
    known = modes[transport.mode]
    if transport.mode in asked and not any(each.type in known for each in transport.documents):
        facts = {"mode": transport.mode, "known": ", ".join(known)}
        yield finding("DECL_TRANSPORT_DOCUMENT_MISSING", "/transport/documents", **facts)


def _duplicates(declaration: Declaration) -> Iterator[Finding]:
    seals = [
        (f"/containers/{place}/seals/{position}", seal)
        for place, each in enumerate(declaration.containers)
        for position, seal in enumerate(each.seals)
    ]
    lists: tuple[Sequence[tuple[str, str]], ...] = (
        _keyed("/containers/{}/number", (each.number for each in declaration.containers)),
        seals,
        _keyed("/invoices/{}/number", (each.number for each in declaration.invoices)),
        _keyed("/permits/{}/number", (each.number for each in declaration.permits)),
        _keyed(
            "/certificates/{}/reference_no",
            (each.reference_no for each in declaration.certificates),
        ),
        _keyed(
            "/transport/documents/{}/number",
            (f"{each.type} {each.number}" for each in declaration.transport.documents),
        ),
        _keyed(
            "/documents/{}/number",
            (f"{each.type} {each.number}" for each in declaration.documents),
        ),
    )
    for each in lists:
        yield from _repeated(each)


def _keyed(field: str, values: Iterable[str]) -> list[tuple[str, str]]:
    return [(field.format(place), value) for place, value in enumerate(values)]


def _repeated(values: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for field, value in values:
        if value in first:
            yield finding("DECL_DUPLICATE", field, value=value, first=first[value])
        first.setdefault(value, field)


def _containers(declaration: Declaration) -> Iterator[Finding]:
    for place, each in enumerate(declaration.containers):
        field, number = f"/containers/{place}/number", each.number
        expected = container.check_digit(number)
        if int(number[-1]) != expected:
            yield finding("DECL_CONTAINER_CHECK", field, value=number, expected=str(expected))
        elif container.is_ambiguous(number):
            yield finding("DECL_CONTAINER_CHECK_TEN", field, value=number)


def _dates(declaration: Declaration, on: date) -> Iterator[Finding]:
    latest = on + timedelta(days=rule("skew_days", on))
    days = [("/declared_on", declaration.declared_on)]
    days += [(f"/invoices/{i}/date", each.date) for i, each in enumerate(declaration.invoices)]
    days += [
        (f"/certificates/{i}/issued_on", each.issued_on)
        for i, each in enumerate(declaration.certificates)
    ]
    days += [
        (f"/transport/documents/{i}/issued_on", each.issued_on)
        for i, each in enumerate(declaration.transport.documents)
        if each.issued_on is not None
    ]
    for field, day in days:
        if day > latest:
            yield finding("DECL_DATE_FUTURE", field, value=day.isoformat(), day=on.isoformat())
    for place, permit in enumerate(declaration.permits):
        if permit.valid_until < on:
            facts = {"value": permit.number, "day": permit.valid_until.isoformat()}
            yield finding("DECL_PERMIT_EXPIRED", f"/permits/{place}/valid_until", **facts)


def _express(declaration: Declaration, on: date) -> Iterator[Finding]:
    if declaration.permits:
        yield finding("DECL_EXPRESS_PERMIT", "/permits")
    limit = rule("express_limit", on)
    total = sum((each.amount for each in declaration.invoices), Decimal(0))
    currency = declaration.invoices[0].currency
    if currency == limit["currency"] and total > Decimal(limit["amount"]):
        facts = {"sum": f"{total:f}", "currency": currency, "limit": limit["amount"]}
        yield finding("DECL_EXPRESS_VALUE", "/flow", **facts)
