"""Examines a certificate: its boxes, the ledger's state, the declaration; pure.

Minor discrepancies (spelling, subheadings, small weight differences) are notes, and no
finding: they do not invalidate a certificate that belongs to its goods. A finding of
one item leaves the others alone; its field names the item.

Source: ATIGA, Annex 8, Rules 15 to 23; Circular 33/2023/TT-BTC, Article 15.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from contracts.origin.findings.codes import Code
from contracts.origin.findings.context import ExaminationContext, ImportFacts, ImportLine
from contracts.origin.findings.finding import Finding, Note, finding, note
from contracts.origin.findings.parents import parent_findings
from contracts.origin.form_checks import form_problems
from contracts.origin.form_model import CertificateForm, Item, Measure
from contracts.origin.form_rules import fob_required
from contracts.origin.rules import FormRules, form_rules

PARTIAL: Final = "PC "
"""Of partial cumulation: what proves a share of a material, and by itself no preference.

Source: ATIGA, Article 30.2.
"""


def examine(form: CertificateForm, context: ExaminationContext) -> tuple[Finding, ...]:
    """Return all findings on a certificate, each fault of each field once.

    Steps:
        (1) Authenticity: signature, issuer.
        (2) The certificate by itself: parties, criteria, flags, the original named.
        (3) The ledger: number used twice, validity, quantities left, the original.
        (4) The import declaration: country, codes, invoice, shipment, route.

    Args:
        form: The certificate, read by `read_certificate`: its rules are checked here.
        context: What is known beside it.

    Raises:
        FormError: The form had no rules on the day of certification.
    """
    rules = form_rules(form.form, form.certification.date)
    found = [
        *_authenticity(form, context),  # (1)
        *_boxes(form),  # (2)
        *_ledger(form, context),  # (3)
        *(_declaration(form, rules, context) if context.declaration else ()),  # (4)
    ]
    unique: dict[tuple[Code, str], Finding] = {}
    for each in found:
        unique.setdefault((each.code, each.field), each)
    return tuple(unique.values())


def discrepancies(form: CertificateForm, context: ExaminationContext) -> tuple[Note, ...]:
    """Return what is worth a look and by itself costs no preference.

    Raises:
        FormError: The form had no rules on the day of certification.
    """
    rules = form_rules(form.form, form.certification.date)
    notes = [*_uncoded_problems(form), *_missing_values(form, rules)]
    if context.declaration:
        notes += _differences(form, context.declaration)
    return tuple(notes)


def _authenticity(form: CertificateForm, context: ExaminationContext) -> Iterator[Finding]:
    if context.signature_verified is False:
        yield finding(Code.SIGNATURE_INVALID, "certification")
    issuer = context.issuer
    if issuer and (issuer.country != form.issued_in or not issuer.may_issue):
        yield finding(
            Code.ISSUER_UNKNOWN, "certification.authority", form=form.form, country=form.issued_in
        )


def _boxes(form: CertificateForm) -> Iterator[Finding]:
    for problem in form_problems(form):
        if problem.code:
            yield finding(problem.code, problem.field, problem.variant, **dict(problem.facts))


def _uncoded_problems(form: CertificateForm) -> Iterator[Note]:
    for each in form_problems(form):
        if each.code is None:
            yield note(
                "box", each.field, field=each.field, problem=each.problem, remedy=each.remedy
            )


def _ledger(form: CertificateForm, context: ExaminationContext) -> Iterator[Finding]:
    if context.is_duplicate:
        yield finding(
            Code.DUPLICATE_REFERENCE,
            "reference_no",
            country=form.issued_in,
            form=form.form,
            reference=form.reference_no,
        )
    excused = context.declaration is not None and context.declaration.force_majeure
    if context.day >= form.expiry and not excused:
        yield finding(Code.EXPIRED, "certification.date", expiry=form.expiry.isoformat())
    if context.parent:
        yield from parent_findings(form, context.parent)


def _declaration(
    form: CertificateForm, rules: FormRules, context: ExaminationContext
) -> Iterator[Finding]:
    declared = context.declaration
    if declared is None:
        raise AssertionError(declared)
    if declared.country != form.importing_country:
        yield finding(
            Code.NOT_PARTY,
            "consignee.country",
            "importer",
            expected=form.importing_country,
            country=declared.country,
        )
    yield from _quantities(form, context, declared)
    for line, item in _matched(form, declared):
        if (item.origin_criterion or "").startswith(PARTIAL):
            yield finding(
                Code.CRITERION_INVALID,
                f"items[{item.item_no - 1}].origin_criterion",
                "partial",
                item=str(item.item_no),
            )
        if line.hs_code[:6] != item.hs_code[:6]:
            yield finding(
                Code.HS_MISMATCH,
                f"items[{item.item_no - 1}].hs_code",
                item=str(item.item_no),
                certified=item.hs_code,
                declared=line.hs_code,
            )
    yield from _invoicing(form, declared)
    yield from _shipment(form, rules, declared)
    foreign = [country for country in declared.transit if country not in rules.parties]
    if foreign and not declared.has_transit_proof:
        yield finding(Code.TRANSIT_PROOF_MISSING, "transport.route", countries=", ".join(foreign))


def _quantities(
    form: CertificateForm, context: ExaminationContext, declared: ImportFacts
) -> Iterator[Finding]:
    for item in form.items:
        claimed = sum(
            (
                line.quantity.value
                for line, of in _matched(form, declared)
                if of is item and line.quantity.unit == item.quantity.unit
            ),
            Decimal(0),
        )
        left = item.quantity.value
        if context.remaining is not None:
            left = context.remaining.get(item.item_no, left)
        if claimed > left:
            yield finding(
                Code.QUANTITY_EXCEEDED,
                f"items[{item.item_no - 1}].quantity",
                item=str(item.item_no),
                claimed=f"{claimed:f}",
                remaining=f"{left:f}",
                unit=item.quantity.unit,
            )


def _invoicing(form: CertificateForm, declared: ImportFacts) -> Iterator[Finding]:
    country = declared.invoice_country
    if country and country != form.issued_in and "third_country_invoicing" not in form.flags:
        yield finding(
            Code.THIRD_COUNTRY_FLAG_MISSING,
            "flags.third_country_invoicing",
            "invoice",
            country=country,
        )


def _shipment(form: CertificateForm, rules: FormRules, declared: ImportFacts) -> Iterator[Finding]:
    if declared.shipped is None or "issued_retroactively" in form.flags:
        return
    late = (form.certification.date - declared.shipped).days
    if late > rules.days_before_retroactive:
        yield finding(
            Code.RETROACTIVE_FLAG_MISSING,
            "flags.issued_retroactively",
            days=str(late),
            limit=str(rules.days_before_retroactive),
        )


def _missing_values(form: CertificateForm, rules: FormRules) -> Iterator[Note]:
    importer = form.importing_country
    for place, item in enumerate(form.items):
        row = fob_required(rules, form.issued_in, importer, item.origin_criterion or "")
        if row and not row.is_verified and item.fob_value is None:
            field = f"items[{place}].fob_value"
            yield note("value", field, item=str(item.item_no), importer=importer)


def _differences(form: CertificateForm, declared: ImportFacts) -> Iterator[Note]:
    for line, item in _matched(form, declared):
        path, number = f"items[{item.item_no - 1}]", str(item.item_no)
        if line.hs_code != item.hs_code and line.hs_code[:6] == item.hs_code[:6]:
            yield note(
                "subheading",
                f"{path}.hs_code",
                item=number,
                certified=item.hs_code,
                declared=line.hs_code,
            )
        if line.quantity.unit != item.quantity.unit:
            yield note(
                "unit",
                f"{path}.quantity.unit",
                item=number,
                certified=item.quantity.unit,
                declared=line.quantity.unit,
            )
        yield from _weights(item, line.gross_weight, path)


def _weights(item: Item, declared: Measure | None, path: str) -> Iterator[Note]:
    weight = item.gross_weight
    if weight and declared and weight.unit == declared.unit and weight != declared:
        yield note(
            "weight",
            f"{path}.gross_weight",
            item=str(item.item_no),
            certified=f"{weight.value:f}",
            declared=f"{declared.value:f}",
            unit=weight.unit,
        )


def _matched(form: CertificateForm, declared: ImportFacts) -> Iterator[tuple[ImportLine, Item]]:
    items = {item.item_no: item for item in form.items}
    for line in declared.lines:
        if line.item in items:
            yield line, items[line.item]
