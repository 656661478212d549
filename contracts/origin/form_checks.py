"""Rules between the boxes of a Form D; pure, constants from `contracts.origin.rules`."""

import re
from typing import Final

from contracts.errors import FormError
from contracts.origin.form_d import FormD, Item
from contracts.origin.rules import form_d_rules

_PERCENT: Final = r"(?:100|[1-9][0-9]?)(?:\.[0-9]{1,2})?%"
_CRITERION: Final = re.compile(
    rf"WO|PE|SP|CC|CTH|CTSH|{_PERCENT}|(?:CC|CTH|CTSH) \+ {_PERCENT}|PC {_PERCENT}"
)


def check_form_d(form: FormD) -> None:
    """Check what boxes say of each other.

    Raises:
        FormError: Two boxes contradict each other or a rule of the form.

    Source: ATIGA, Annex 7 (overleaf notes) and Annex 8 (Rules 10, 11, 15, 23).
    """
    _check_parties(form)
    _check_dates(form)
    for place, item in enumerate(form.items):
        if item.item_no != place + 1:
            raise FormError(
                f"items[{place}].item_no", f"is {item.item_no}", "count items 1, 2, 3 and so on"
            )
        _check_item(form, item, f"items[{place}]")
    if "partial_cumulation" not in form.flags and any(
        item.origin_criterion.startswith("PC ") for item in form.items
    ):
        raise FormError("flags.partial_cumulation", "is not ticked", "tick it for PC criteria")


def _check_parties(form: FormD) -> None:
    parties = form_d_rules(form.certification.date).parties
    countries = {
        "issued_in": form.issued_in,
        "consignee.country": form.consignee.country,
    }
    for field, country in countries.items():
        if country not in parties:
            raise FormError(field, f"{country} is no party to ATIGA", "use another form")
    if form.consignee.country == form.issued_in:
        raise FormError("consignee.country", "is the issuing country", "name the importer's")
    equals = {
        "exporter.country": (form.exporter.country, form.issued_in),
        "exporter_declaration.produced_in": (
            form.exporter_declaration.produced_in,
            form.issued_in,
        ),
        "exporter_declaration.exported_to": (
            form.exporter_declaration.exported_to,
            form.consignee.country,
        ),
    }
    for field, (country, expected) in equals.items():
        if country != expected:
            raise FormError(field, f"is {country}", f"write {expected}, as in boxes 1 and 2")
    port = form.transport.port_of_discharge
    if port[:2] != form.consignee.country:
        raise FormError(
            "transport.port_of_discharge",
            f"{port} lies outside {form.consignee.country}",
            "name the port in the importing country",
        )


def _check_dates(form: FormD) -> None:
    certified, departure = form.certification.date, form.transport.departure_date
    rules = form_d_rules(certified)
    late = (certified - departure).days
    if late > rules.retroactive_limit_days:
        raise FormError(
            "certification.date",
            f"is {late} days after shipment",
            f"issue within {rules.retroactive_limit_days} days",
        )
    retroactive = "issued_retroactively" in form.flags
    if (late > rules.days_before_retroactive) != retroactive:
        raise FormError(
            "flags.issued_retroactively",
            f"does not fit an issue {late} days after shipment",
            f"tick it from day {rules.days_before_retroactive + 1} on, and only then",
        )
    if form.exporter_declaration.date > certified:
        raise FormError("exporter_declaration.date", "is after box 12", "declare before the issue")


def _check_item(form: FormD, item: Item, path: str) -> None:
    criterion = item.origin_criterion
    if not _CRITERION.fullmatch(criterion):
        raise FormError(
            f"{path}.origin_criterion",
            f"{criterion[:40]!r} is no criterion of box 8",
            "write WO, PE, SP, CC, CTH, CTSH, 40%, CTSH + 35% or PC 25%",
        )
    if "%" in criterion and item.fob_value is None:
        raise FormError(f"{path}.fob_value", "is missing", "give it where a value content counts")
    invoiced_elsewhere = "third_country_invoicing" in form.flags
    if (item.third_country_company is not None) != invoiced_elsewhere:
        raise FormError(
            f"{path}.third_country_company",
            "does not fit box 13",
            "name the company and tick third_country_invoicing, or neither",
        )
