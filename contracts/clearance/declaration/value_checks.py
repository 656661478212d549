"""Invoices, prices, masses and references of the lines; pure."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from contracts.clearance.declaration.findings import Finding, finding
from contracts.clearance.declaration.model import Declaration, Invoice, Line
from contracts.clearance.declaration.rules import decimal_rule, rule

_SHOWN: Final = 40
_LARGEST: Final = Decimal(10**15)
"""First sum that no amount's form can write."""


def value_findings(declaration: Declaration, on: date) -> Iterator[Finding]:
    """Yield what does not add up between invoices, lines and masses."""
    first = declaration.invoices[0]
    terms: list[str] = rule("incoterms", on)
    for place, each in enumerate(declaration.invoices):
        if each.incoterm not in terms:
            facts = {"value": each.incoterm, "day": on.isoformat(), "known": ", ".join(terms)}
            yield finding("DECL_TERM_UNKNOWN", f"/invoices/{place}/incoterm", **facts)
        if each.currency != first.currency:
            facts = {"value": each.currency, "expected": first.currency}
            yield finding("DECL_INVOICE_CURRENCIES", f"/invoices/{place}/currency", **facts)
        if (each.incoterm, each.place) != (first.incoterm, first.place):
            facts = {
                "value": f"{each.incoterm} {each.place[:_SHOWN]}",
                "expected": f"{first.incoterm} {first.place[:_SHOWN]}",
            }
            yield finding("DECL_INVOICE_TERMS", f"/invoices/{place}/incoterm", **facts)
    yield from _sums(declaration)
    yield from _masses(declaration)
    for place, cost in enumerate(declaration.costs):
        if not cost.amount and cost.evidence is None:
            yield finding("DECL_COST_ZERO", f"/costs/{place}/evidence", kind=cost.kind)


def line_findings(declaration: Declaration, on: date) -> Iterator[Finding]:
    """Yield what is wrong with single lines: number, invoice, currency, permits, units."""
    invoices = {each.number: each for each in declaration.invoices}
    permits = {each.number for each in declaration.permits}
    for place, line in enumerate(declaration.lines):
        path = f"/lines/{place}"
        if line.number != place + 1:
            facts = {"value": str(line.number), "expected": str(place + 1)}
            yield finding("DECL_LINE_NUMBER", f"{path}/number", **facts)
        yield from _invoice(line, invoices, path)
        yield from _permits(line, permits, path)
        factor = decimal_rule("mass_units", line.quantity.unit, on)
        if factor is not None and line.quantity.value * factor != line.net_mass_kg:
            yield finding(
                "DECL_UNIT_MASS",
                f"{path}/quantity",
                quantity=f"{line.quantity.value:f}",
                unit=line.quantity.unit,
                net=f"{line.net_mass_kg:f}",
            )


def _invoice(line: Line, invoices: dict[str, Invoice], path: str) -> Iterator[Finding]:
    invoice = invoices.get(line.invoice)
    if invoice is None:
        facts = {"value": line.invoice, "list": "/invoices"}
        yield finding("DECL_REFERENCE_UNKNOWN", f"{path}/invoice", **facts)
    elif invoice.currency != line.price_currency:
        yield finding(
            "DECL_LINE_CURRENCY",
            f"{path}/price_currency",
            value=line.price_currency,
            invoice=invoice.number,
            expected=invoice.currency,
        )


def _permits(line: Line, permits: set[str], path: str) -> Iterator[Finding]:
    for position, number in enumerate(line.permits):
        field = f"{path}/permits/{position}"
        if number not in permits:
            facts = {"value": number, "list": "/permits"}
            yield finding("DECL_REFERENCE_UNKNOWN", field, **facts)
        elif number in line.permits[:position]:
            first = f"{path}/permits/{line.permits.index(number)}"
            yield finding("DECL_DUPLICATE", field, value=number, first=first)


def _sums(declaration: Declaration) -> Iterator[Finding]:
    sums: dict[str, Decimal] = {}
    for line in declaration.lines:
        sums[line.invoice] = sums.get(line.invoice, Decimal(0)) + line.price_amount
    for place, each in enumerate(declaration.invoices):
        total = sums.get(each.number)
        field = f"/invoices/{place}/amount"
        if total is None:
            yield finding("DECL_INVOICE_UNUSED", f"/invoices/{place}/number", value=each.number)
        elif total >= _LARGEST:
            yield finding("DECL_AMOUNT_TOO_LARGE", field, sum=f"{total:f}")
        elif total != each.amount:
            code = "DECL_INVOICE_EXCEEDED" if total > each.amount else "DECL_INVOICE_PARTIAL"
            yield finding(
                code,
                field,
                sum=f"{total:f}",
                currency=each.currency,
                invoice=each.number,
                amount=f"{each.amount:f}",
            )


def _masses(declaration: Declaration) -> Iterator[Finding]:
    net = sum((line.net_mass_kg for line in declaration.lines), Decimal(0))
    if net > declaration.gross_mass_kg:
        facts = {"net": f"{net:f}", "gross": f"{declaration.gross_mass_kg:f}"}
        yield finding("DECL_NET_ABOVE_GROSS", "/gross_mass_kg", **facts)
