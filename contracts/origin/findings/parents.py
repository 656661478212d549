"""Examines a back-to-back certificate against its original; pure.

Source: ATIGA, Annex 8, Rule 11; the intermediate party issues for at most what is left,
and changes neither origin nor criterion nor the day on which the original ends.
"""

from collections.abc import Iterator
from decimal import Decimal

from contracts.origin.findings.codes import Code
from contracts.origin.findings.context import ParentFacts
from contracts.origin.findings.finding import Finding, finding
from contracts.origin.form_model import CertificateForm, Item, Parent


def parent_findings(form: CertificateForm, facts: ParentFacts) -> Iterator[Finding]:
    """Yield what is wrong between a certificate and its original.

    Args:
        form: The back-to-back certificate.
        facts: What is known of the original that it names.
    """
    named, original = form.parent, facts.form
    if named is None:
        return
    if original is None or _is_another(named, original):
        yield _finding(
            "parent.reference_no",
            "unknown",
            reference=named.reference_no,
            country=named.issued_in,
        )
        return
    if not facts.in_force:
        yield _finding("parent.reference_no", "not_in_force", reference=named.reference_no)
    if original.importing_country != form.issued_in:
        yield _finding(
            "parent.issued_in",
            "importer",
            expected=original.importing_country,
            country=form.issued_in,
        )
    if named.expiry > original.expiry:
        yield _finding(
            "parent.expiry",
            "outlives",
            stated=named.expiry.isoformat(),
            expiry=original.expiry.isoformat(),
        )
    for item in form.items:
        yield from _item_findings(form, item, original, facts)


def _item_findings(
    form: CertificateForm, item: Item, original: CertificateForm, facts: ParentFacts
) -> Iterator[Finding]:
    path, number = f"items[{item.item_no - 1}]", facts.items.get(item.item_no, item.item_no)
    before = next((each for each in original.items if each.item_no == number), None)
    if before is None or _identity(form, item) != _identity(original, before):
        yield _finding(path, "differs", item=str(item.item_no), parent_item=str(number))
        return
    left = facts.remaining.get(number, before.quantity.value)
    shares = [each for each in form.items if facts.items.get(each.item_no, each.item_no) == number]
    taken = sum((each.quantity.value for each in shares), Decimal(0))
    if taken > left:
        yield _finding(
            f"{path}.quantity",
            "quantity",
            item=str(item.item_no),
            claimed=f"{taken:f}",
            remaining=f"{left:f}",
            unit=item.quantity.unit,
        )


def _identity(form: CertificateForm, item: Item) -> tuple[str | None, ...]:
    return (
        form.form,
        item.hs_code[:6],
        item.quantity.unit,
        item.origin_criterion,
        item.origin_country or form.origin_country,
    )


def _is_another(named: Parent, original: CertificateForm) -> bool:
    return (named.issued_in, named.reference_no) != (original.issued_in, original.reference_no)


def _finding(field: str, variant: str, **facts: str) -> Finding:
    return finding(Code.PARENT_INVALID, field, variant, **facts)
