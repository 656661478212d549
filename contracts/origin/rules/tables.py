"""The constants of each form on a day; pure, its data ships beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final

from contracts.errors import FormError
from contracts.origin.rules.codes import group
from contracts.origin.rules.dated import Entry, document, entries_on, file_names

ANY: Final = "*"
_UNVERIFIED: Final = "unverified"


@dataclass(frozen=True, slots=True)
class Certifier:
    """Who may certify origin.

    Attributes:
        certifier: `authority`, `exporter`, `producer` or `importer`.
        countries: From which issuing countries; empty for all.
        code: Whether its registration code must stand in the certificate.
        without_code_up_to: Value of the consignment to which no code is needed.
        up_to: Value of the consignment to which it may certify; None for any.
        currency: Of both values.
    """

    certifier: str
    countries: frozenset[str]
    code: bool
    without_code_up_to: Decimal | None
    up_to: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One row of the table that says where a value must be given.

    Attributes:
        exporter: Issuing country, or `*`.
        importer: Importing country, or `*`.
        criterion: `*`, or `value` for criteria that count a value content.
        is_verified: False where sources conflict: worth a note, no refusal.
    """

    exporter: str
    importer: str
    criterion: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class VerificationDeadlines:
    """Days of block time that each step of a verification may take.

    Attributes:
        reply_days: Until the issuing side answers.
        conclude_days: Until the whole procedure ends.
        visit_consent_days: Until exporter or producer consent to a visit.
        visit_days: Until the visit is made.
    """

    reply_days: int
    conclude_days: int
    visit_consent_days: int
    visit_days: int


@dataclass(frozen=True, slots=True)
class FormRules:
    """The constants of one form on one day.

    Attributes:
        form: Short name of the form, at most 8 characters.
        agreement: The agreement under which it gives preference.
        title_vi: Name of the form in Vietnamese.
        title_en: The same in English.
        sides: Side of each party by country; goods move between sides.
        issue_day_begins_utc_hours: Offset of the easternmost party's time.
        value_bases: `FOB`, `EXW`, `NC` (net cost), `FOCUSED`.
        default_rule: The agreement's rule where no product-specific one stands.
        validity_months: How long a certificate is valid; None without end.
        days_before_retroactive: Days after shipment to which an issue is normal.
        retroactive_limit_days: Days after shipment after which none is issued.
        copy_limit_days: Days after issue to which certified true copies are made.
        flags: What the form has a box to tick for.
        required_boxes: Boxes that not all forms have, and this one needs.
        allowed_boxes: Boxes that not all forms have, and this one may fill.
        criteria: Patterns of the origin criterion; empty where the form has no box.
        value_rows: Where a value must be given.
        certifiers: Who may certify.
        verification: Deadlines of a verification.
        claim_days: Days after registration to which a claim may come late.
        rejection_days: Days within which importing customs gives its reasons.
        record_years: How long the agreement has records kept.
        waiver_amount: FOB value to which no certificate is needed; None without.
        waiver_currency: Its currency.
        unverified: Names of the constants to check before relying on them.
    """

    form: str
    agreement: str
    title_vi: str
    title_en: str
    sides: Mapping[str, str]
    issue_day_begins_utc_hours: int
    value_bases: tuple[str, ...]
    default_rule: str
    validity_months: int | None
    days_before_retroactive: int
    retroactive_limit_days: int
    copy_limit_days: int
    flags: frozenset[str]
    required_boxes: frozenset[str]
    allowed_boxes: frozenset[str]
    criteria: tuple[str, ...]
    value_rows: tuple[ValueRow, ...]
    certifiers: tuple[Certifier, ...]
    verification: VerificationDeadlines
    claim_days: int
    rejection_days: int
    record_years: int
    waiver_amount: Decimal | None
    waiver_currency: str | None
    unverified: frozenset[str]

    @property
    def parties(self) -> frozenset[str]:
        """The countries between which the form gives preference."""
        return frozenset(self.sides)

    def are_partners(self, exporter: str, importer: str) -> bool:
        """Say whether goods of one country get preference in the other."""
        sides = self.sides
        return exporter in sides and importer in sides and sides[exporter] != sides[importer]


@cache
def known_forms() -> Mapping[str, str]:
    """Return the file of each form by its short name."""
    return MappingProxyType({document(name)["form"]: name for name in file_names()})


@lru_cache(maxsize=4096)  # days come from documents: no bound of their own
def form_rules(form: str, day: date) -> FormRules:
    """Return the rules of a form on a day.

    Args:
        form: Short name, such as "D" or "EUR.1-UK".
        day: Day of certification.

    Raises:
        FormError: There is no such form, or it had no rules on that day.
    """
    name = known_forms().get(form)
    if name is None:
        known = ", ".join(sorted(known_forms()))
        raise FormError("form", f"{form[:20]!r} is unknown", f"use one of {known}")
    table = _Table(document(name), day)
    waiver = table.first("waiver") if table.entries("waiver") else None
    return FormRules(
        form=form,
        agreement=table.text("agreement"),
        title_vi=table.document["title"]["vi"],
        title_en=table.document["title"]["en"],
        sides=MappingProxyType(_sides(table)),
        issue_day_begins_utc_hours=table.first("issue_day_begins_utc_hours"),
        value_bases=tuple(table.first("value_basis")),
        default_rule=table.first("default_rule"),
        validity_months=table.first("validity_months"),
        days_before_retroactive=table.first("days_before_retroactive"),
        retroactive_limit_days=table.first("retroactive_limit_days"),
        copy_limit_days=table.first("copy_limit_days"),
        flags=frozenset(table.first("flags")),
        required_boxes=frozenset(table.first("required_boxes")),
        allowed_boxes=frozenset(table.first("allowed_boxes")),
        criteria=tuple(table.first("criteria")),
        value_rows=tuple(
            ValueRow(**entry.value, is_verified=entry.evidence != _UNVERIFIED)
            for entry in table.entries("value_required")
        ),
        certifiers=tuple(_certifier(entry.value) for entry in table.entries("certifiers")),
        verification=VerificationDeadlines(**table.first("verification")),
        claim_days=table.first("claim_days"),
        rejection_days=table.first("rejection_days"),
        record_years=table.first("record_years"),
        waiver_amount=Decimal(waiver["amount"]) if waiver else None,
        waiver_currency=waiver["currency"] if waiver else None,
        unverified=table.unverified(),
    )


class _Table:
    """One form's file on one day."""

    def __init__(self, content: dict[str, Any], day: date) -> None:
        self.document = content
        self._day = day
        if not self.entries("parties"):
            raise FormError(
                "certification.date",
                f"form {content['form']} had no rules on {day}",
                "check the date and the form",
            )

    def entries(self, name: str) -> list[Entry]:
        return entries_on(self.document[name], self._day)

    def first(self, name: str) -> Any:
        (entry,) = self.entries(name)
        return entry.value

    def text(self, name: str) -> str:
        return str(self.document[name])

    def unverified(self) -> frozenset[str]:
        return frozenset(
            name
            for name, content in self.document.items()
            if isinstance(content, list)
            and any(entry.evidence == _UNVERIFIED for entry in self.entries(name))
        )


def _sides(table: _Table) -> dict[str, str]:
    common: dict[str, str] = table.document.get("sides", {})
    sides: dict[str, str] = {}
    for entry in table.entries("parties"):
        members = group(entry.value) if entry.is_group else {entry.value}
        side = common.get(entry.value) if entry.is_group else entry.side
        sides |= {country: side or country for country in members}
    return sides


def _certifier(value: Mapping[str, Any]) -> Certifier:
    named = frozenset[str]().union(
        *(group(name) if name == "EU" else {name} for name in value["countries"] if name != ANY)
    )
    free: dict[str, str] | None = value.get("without_code_up_to")
    limit: dict[str, str] | None = value.get("up_to")
    bounded = free or limit
    return Certifier(
        certifier=value["certifier"],
        countries=named,
        code=value.get("code", False),
        without_code_up_to=Decimal(free["amount"]) if free else None,
        up_to=Decimal(limit["amount"]) if limit else None,
        currency=bounded["currency"] if bounded else None,
    )
