"""Rules between the boxes of a certificate; pure, constants from `contracts.origin.rules`.

Source: ATIGA, Annex 7 (overleaf notes) and Annex 8 (Rules 10, 11, 15, 21 to 23); the
other agreements' like, as their data names them.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from contracts.origin.findings.codes import Code
from contracts.origin.form_items import item_problems
from contracts.origin.form_model import CertificateForm
from contracts.origin.form_problems import Problem, Problems
from contracts.origin.rules import FormRules, form_rules

_SPECIAL_BOXES: Final = (
    "transport",
    "exporter_declaration",
    "producer",
    "parent",
    "exhibition",
    "remarks",
    "export_document",
    "blanket_period",
)
_BLANKET_DAYS: Final = 366
"""CPTPP, Annex 3-B: a blanket period lasts at most twelve months."""


def form_problems(form: CertificateForm) -> Problems:
    """Yield what is wrong between the boxes of a certificate, the gravest first.

    Raises:
        FormError: The form had no rules on the day of certification.
    """
    rules = form_rules(form.form, form.certification.date)
    yield from _party_problems(form, rules)
    yield from _box_problems(form, rules)
    yield from _date_problems(form, rules)
    yield from _flag_problems(form, rules)
    yield from _parent_problems(form, rules)
    yield from _certifier_problems(form, rules)
    for place, item in enumerate(form.items):
        if item.item_no != place + 1:
            yield Problem(
                f"items[{place}].item_no", f"is {item.item_no}", "count items 1, 2, 3 and so on"
            )
        yield from item_problems(form, rules, item, f"items[{place}]")


def _party_problems(form: CertificateForm, rules: FormRules) -> Problems:
    importer = form.importing_country
    for field, country in (("issued_in", form.issued_in), ("consignee.country", importer)):
        if country not in rules.parties:
            yield _no_party(field, country, rules)
    if form.issued_in in rules.parties and importer in rules.parties:
        if importer == form.issued_in:
            yield Problem("consignee.country", "is the issuing country", "name the importer's")
        elif not rules.are_partners(form.issued_in, importer):
            yield _no_party("consignee.country", importer, rules)
    if form.exporter.country != form.issued_in:
        yield _not_equal("exporter.country", form.exporter.country, form.issued_in)
    yield from _declaration_problems(form, rules)
    if form.transport:
        yield from _port_problems(form, rules, form.transport.port_of_discharge)


def _declaration_problems(form: CertificateForm, rules: FormRules) -> Problems:
    if declaration := form.exporter_declaration:
        expected = form.issued_in if "back_to_back" not in form.flags else None
        produced = declaration.produced_in
        if expected and produced != expected:
            yield _not_equal("exporter_declaration.produced_in", produced, expected)
        elif produced not in rules.parties:
            yield _no_party("exporter_declaration.produced_in", produced, rules)
        if declaration.exported_to != form.importing_country:
            yield _not_equal(
                "exporter_declaration.exported_to",
                declaration.exported_to,
                form.importing_country,
            )


def _port_problems(form: CertificateForm, rules: FormRules, port: str) -> Problems:
    importer, sides = form.importing_country, rules.sides
    if sides.get(port[:2], port[:2]) != sides.get(importer, importer):
        yield Problem(
            "transport.port_of_discharge",
            f"{port} lies outside {importer}",
            "name the port in the importing country",
        )


def _box_problems(form: CertificateForm, rules: FormRules) -> Problems:
    for box in _SPECIAL_BOXES:
        content = getattr(form, box)
        if content is None and box in rules.required_boxes:
            yield Problem(box, "is missing", f"give it: form {form.form} has this box")
        if content is not None and box not in rules.required_boxes | rules.allowed_boxes:
            yield Problem(box, f"is no box of form {form.form}", "leave it out")


def _date_problems(form: CertificateForm, rules: FormRules) -> Problems:
    certified = form.certification.date
    if form.transport:
        late = (certified - form.transport.departure_date).days
        yield from _retroactive_problems(form, rules, late)
    declaration = form.exporter_declaration
    if declaration and declaration.date > certified:
        yield Problem("exporter_declaration.date", "is after box 12", "declare before the issue")
    if copy := form.certified_copy:
        limit = certified + timedelta(days=rules.copy_limit_days)
        if not certified <= copy <= limit:
            yield Problem(
                "certified_copy",
                f"{copy} is not within {rules.copy_limit_days} days of the issue",
                "make copies of a certificate until then, and a new certificate afterwards",
            )
    if period := form.blanket_period:
        days = (period.last - period.first).days
        if not 0 <= days < _BLANKET_DAYS:
            yield Problem("blanket_period", f"lasts {days + 1} days", "give 1 day to 12 months")


def _retroactive_problems(form: CertificateForm, rules: FormRules, late: int) -> Problems:
    if late > rules.retroactive_limit_days:
        yield Problem(
            "certification.date",
            f"is {late} days after shipment",
            f"issue within {rules.retroactive_limit_days} days",
        )
    flagged, is_late = "issued_retroactively" in form.flags, late > rules.days_before_retroactive
    if is_late != flagged:
        yield Problem(
            "flags.issued_retroactively",
            f"does not fit an issue {late} days after shipment",
            f"tick it from day {rules.days_before_retroactive + 1} on, and only then",
            Code.RETROACTIVE_FLAG_MISSING if is_late else None,
            (("days", str(late)), ("limit", str(rules.days_before_retroactive))),
        )


def _flag_problems(form: CertificateForm, rules: FormRules) -> Problems:
    for flag in sorted(form.flags - rules.flags):
        yield Problem(f"flags.{flag}", f"is no box of form {form.form}", "do not tick it")
    partial = any((item.origin_criterion or "").startswith("PC ") for item in form.items)
    if partial and "partial_cumulation" not in form.flags:
        yield Problem("flags.partial_cumulation", "is not ticked", "tick it for PC criteria")
    if (form.exhibition is not None) != ("exhibition" in form.flags):
        yield Problem(
            "exhibition",
            "does not fit box 13",
            "give the exhibition's name and address and tick exhibition, or neither",
        )
    if form.replaces == form.reference_no:
        yield Problem("replaces", "is the certificate's own number", "name the one it supersedes")


def _parent_problems(form: CertificateForm, rules: FormRules) -> Problems:
    parent = form.parent
    if (parent is not None) != ("back_to_back" in form.flags):
        yield _bad_parent(
            "parent",
            "flag",
            "does not fit box 13",
            "name the original and tick back_to_back, or neither",
        )
    if parent is None:
        return
    if parent.issued_in not in rules.parties or parent.issued_in == form.issued_in:
        yield _bad_parent(
            "parent.issued_in",
            "issuer",
            f"is {parent.issued_in}",
            "name the other party to the agreement that issued the original",
        )
    if not parent.issued <= form.certification.date < parent.expiry:
        yield _bad_parent(
            "parent.expiry",
            "expired",
            "does not cover the day of certification",
            "issue back-to-back while the original is valid",
        )


def _certifier_problems(form: CertificateForm, rules: FormRules) -> Problems:
    certification = form.certification
    code, kind = certification.exporter_code, certification.certified_by or "authority"
    found = [
        certifier
        for certifier in rules.certifiers
        if certifier.certifier == kind
        and (not certifier.countries or form.issued_in in certifier.countries)
    ]
    if not found:
        yield Problem(
            "certification.certified_by",
            f"no {kind} of {form.issued_in} certifies on form {form.form}",
            "have it certified by one who may",
        )
        return
    certifier = found[0]
    if kind == "authority" and code is not None:
        yield Problem("certification.exporter_code", "is no authority's", "leave it out")
    free, currency = certifier.without_code_up_to, certifier.currency
    if certifier.code and code is None and not _is_below(form, free, currency):
        yield Problem(
            "certification.exporter_code",
            "is missing",
            "give the registration of the certified exporter",
        )
    if certifier.up_to is not None and not _is_below(form, certifier.up_to, currency):
        yield Problem(
            "certification.certified_by",
            f"the goods are not shown to be worth at most {certifier.up_to} {currency}",
            "give their value in that currency, or ask the authority for a certificate",
        )


def _is_below(form: CertificateForm, limit: Decimal | None, currency: str | None) -> bool:
    if limit is None:
        return False
    total = Decimal(0)
    for item in form.items:
        value = item.ex_works_value or item.fob_value
        if value is None or value.currency != currency:
            return False
        total += value.amount
    return total <= limit


def _not_equal(field: str, country: str, expected: str) -> Problem:
    return Problem(field, f"is {country}", f"write {expected}, as in boxes 1 and 2")


def _no_party(field: str, country: str, rules: FormRules) -> Problem:
    return Problem(
        field,
        f"{country} is no party to {rules.agreement} with whom it gives preference",
        "use another form",
        Code.NOT_PARTY,
        (("country", country), ("agreement", rules.agreement)),
    )


def _bad_parent(field: str, variant: str, problem: str, remedy: str) -> Problem:
    return Problem(field, problem, remedy, Code.PARENT_INVALID, variant=variant)
