"""Rules between the boxes of one item; pure, constants from `contracts.origin.rules`."""

from decimal import Decimal
from typing import Final

from contracts.origin.findings.codes import Code
from contracts.origin.form_criteria import examples, matches
from contracts.origin.form_model import CertificateForm, Item
from contracts.origin.form_problems import Problem, Problems
from contracts.origin.form_rules import counts_value, fob_required
from contracts.origin.rules import FormRules

_SPECIAL_BOXES: Final = (
    "origin_criterion",
    "origin_country",
    "fob_value",
    "ex_works_value",
    "net_cost_value",
)


def item_problems(form: CertificateForm, rules: FormRules, item: Item, path: str) -> Problems:
    """Yield what is wrong with one item.

    Args:
        form: The certificate.
        rules: Its constants.
        item: The item.
        path: Where the item stands, for messages.
    """
    yield from _criterion_problems(form, rules, item, path)
    yield from _box_problems(form, rules, item, path)
    yield from _invoicing_problems(form, item, path)
    if item.gross_weight is None and item.other_quantity is None:
        yield Problem(
            f"{path}.gross_weight", "is missing", "give the gross weight or another quantity"
        )
    if item.origin_country is not None and item.origin_country not in rules.parties:
        yield Problem(
            f"{path}.origin_country",
            f"{item.origin_country} is no party to {rules.agreement}",
            "name the party of origin",
            Code.NOT_PARTY,
            (("country", item.origin_country), ("agreement", rules.agreement)),
        )
    yield from _line_problems(item, path)


def _criterion_problems(form: CertificateForm, rules: FormRules, item: Item, path: str) -> Problems:
    criterion = item.origin_criterion
    if criterion is None:
        return
    if rules.criteria and not matches(criterion, rules.criteria):
        yield Problem(
            f"{path}.origin_criterion",
            f"{criterion[:40]!r} is no criterion of form {form.form}",
            f"write it as one of {examples(rules.criteria)}",
            Code.CRITERION_INVALID,
            (
                ("criterion", criterion[:40]),
                ("form", form.form),
                ("known", examples(rules.criteria)),
            ),
        )
    row = fob_required(rules, form.issued_in, form.importing_country, criterion)
    if row and row.is_verified and not (item.fob_value or item.ex_works_value):
        why = "where a value content counts" if counts_value(criterion) else "for this importer"
        yield Problem(f"{path}.fob_value", "is missing", f"give it {why}")


def _box_problems(form: CertificateForm, rules: FormRules, item: Item, path: str) -> Problems:
    for box in _SPECIAL_BOXES:
        content, name = getattr(item, box), f"items.{box}"
        if content is None and name in rules.required_boxes:
            yield _missing_box(form, rules, box, path)
        if content is not None and name not in rules.required_boxes | rules.allowed_boxes:
            yield Problem(f"{path}.{box}", f"is no box of form {form.form}", "leave it out")


def _invoicing_problems(form: CertificateForm, item: Item, path: str) -> Problems:
    company, flagged = item.third_country_company, "third_country_invoicing" in form.flags
    field = f"{path}.third_country_company"
    if (company is not None) != flagged:
        yield Problem(
            field,
            "does not fit box 13",
            "name the company and tick third_country_invoicing, or neither",
            Code.THIRD_COUNTRY_FLAG_MISSING if company else None,
            (("company", company.name), ("country", company.country)) if company else (),
        )
    if company and company.country == form.issued_in:
        yield Problem(
            f"{field}.country", "is the exporting country", "name a company of another country"
        )


def _line_problems(item: Item, path: str) -> Problems:
    lines = item.export_lines
    if not lines:
        return
    names = {(line.declaration_no, line.line) for line in lines}
    if len(names) != len(lines):
        yield Problem(f"{path}.export_lines", "name a line twice", "name each line once")
    total = sum((line.quantity for line in lines), Decimal(0))
    if total != item.quantity.value:
        yield Problem(
            f"{path}.export_lines",
            f"make {total:f} {item.quantity.unit}, the item has {item.quantity.value:f}",
            "name the lines that make up the whole item",
        )


def _missing_box(form: CertificateForm, rules: FormRules, box: str, path: str) -> Problem:
    problem, remedy = "is missing", f"give it: form {form.form} has this box"
    if box != "origin_criterion":
        return Problem(f"{path}.{box}", problem, remedy)
    facts = (("form", form.form), ("known", examples(rules.criteria)))
    return Problem(f"{path}.{box}", problem, remedy, Code.CRITERION_INVALID, facts, "missing")
