"""The law in force on a day, read once from the data beside this module.

Each file has versions with `effective_from` and `effective_to` (both inclusive), a source and the
evidence for it. Versions of one set do not overlap.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any, Final, Generic, Protocol, TypeVar

from node.debt.errors import DebtInputError, DebtRefusedError, DebtRuleError
from node.debt.model import Part

RATE_SCALE: Final = 100_000
"""Rates per day are whole multiples of 1/100,000."""
_DONG: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Version:
    """When a rule holds, and where it comes from.

    Attributes:
        id: What a computation names it by.
        effective_from: First day.
        effective_to: Last day, None for no end.
        source: The law or decree.
        evidence: How sure the reading is.
    """

    id: str
    effective_from: date
    effective_to: date | None
    source: str
    evidence: str


@dataclass(frozen=True, slots=True)
class InterestRule:
    """How late payment interest accrues.

    Attributes:
        rate: Interest of one dong per day, in 1/100,000 dong.
        payment_day_counts: Whether the day of payment bears interest.
        release_day_counts: Whether, under a guarantee, the day of release does.
        bearing_parts: Parts of a debt that bear interest.
    """

    version: Version
    rate: int
    payment_day_counts: bool
    release_day_counts: bool
    bearing_parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class TermsRule:
    """When a tax is due.

    Attributes:
        guarantee_days: Longest term of a guarantee, in days from registration.
        monthly_day: Day of the next month by which priority enterprises pay.
    """

    version: Version
    guarantee_days: int
    monthly_day: int


@dataclass(frozen=True, slots=True)
class ApplicationRule:
    """What money is applied to first.

    Attributes:
        classes: Of debts, in their order: enforced, overdue, current.
        inside: Inside a class: by due date and then by part, or by part and then by due date.
        parts: tax, interest and fine, in their order.
        named_first: Whether a declaration that the payer names comes first among current ones.
    """

    version: Version
    classes: tuple[str, ...]
    inside: tuple[str, ...]
    parts: tuple[Part, ...]
    named_first: bool


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """Penalties as shares of the tax understated, by who found it."""

    version: Version
    rates: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class CoercionRule:
    """Which coercion may be decided when.

    Attributes:
        measures: All, in the order of the law.
        in_sequence: Whether one may follow only after those before it.
        own_effective_date: Those whose decision names its own first day.
        trigger_days: A debt overdue for more days than this may be enforced.
        ends_when_paid: Whether a decision loses its force when what it enforces is paid.
    """

    version: Version
    measures: tuple[str, ...]
    in_sequence: bool
    own_effective_date: frozenset[str]
    trigger_days: int
    ends_when_paid: bool


@dataclass(frozen=True, slots=True)
class RefundRule:
    """What may be refunded.

    Attributes:
        reasons: All that are known.
        check_before: Reasons whose request is checked before it is approved.
        arrears_first: Whether arrears are paid from it before the taxpayer is.
    """

    version: Version
    reasons: frozenset[str]
    check_before: frozenset[str]
    arrears_first: bool


class _Versioned(Protocol):
    @property
    def version(self) -> Version: ...


_Rule = TypeVar("_Rule", bound=_Versioned)


class RuleSet(Generic[_Rule]):
    """Versions of one rule, by date."""

    def __init__(self, name: str, versions: Sequence[_Rule]) -> None:
        """Take versions in any order.

        Raises:
            DebtRuleError: There is none, or two hold on one day.
        """
        ordered = sorted(versions, key=lambda rule: rule.version.effective_from)
        if not ordered:
            raise DebtRuleError(name, "there is no version")
        for before, after in itertools.pairwise(ordered):
            ends = before.version.effective_to
            if ends is None or ends >= after.version.effective_from:
                raise DebtRuleError(name, f"{before.version.id} and {after.version.id} overlap")
        self.name = name
        self.versions = tuple(ordered)

    def on(self, day: date) -> _Rule:
        """Return the version in force on a day.

        Raises:
            DebtRuleError: None is.
        """
        for rule in reversed(self.versions):
            if rule.version.effective_from <= day:
                ends = rule.version.effective_to
                if ends is not None and ends < day:
                    break
                return rule
        raise DebtRuleError.none_on(self.name, day)


@dataclass(frozen=True, slots=True)
class Law:
    """All rules of the debt book."""

    interest: RuleSet[InterestRule]
    terms: RuleSet[TermsRule]
    application: RuleSet[ApplicationRule]
    penalties: RuleSet[PenaltyRule]
    coercion: RuleSet[CoercionRule]
    refunds: RuleSet[RefundRule]


def penalty(law: Law, understated: Decimal, finder: str, on: date) -> Decimal:
    """Return the penalty for an understated tax, in whole dong.

    Args:
        law: The rules.
        understated: The tax that was not declared, VND, > 0.
        finder: "self_found" or "found_by_customs".
        on: The day of the decision.

    Raises:
        DebtInputError: The finder is unknown, or the amount not positive.
        DebtRuleError: No version is in force.

    Source: Decree 128/2020/ND-CP, Article 9.
    """
    rates = law.penalties.on(on).rates
    if finder not in rates:
        raise DebtInputError("finder", f"{finder[:40]!r} is unknown", f"use {', '.join(rates)}")
    if understated <= 0:
        raise DebtInputError("understated", "is not above zero", "send what was not declared")
    return (understated * rates[finder]).quantize(_DONG, ROUND_HALF_UP)


def require_refundable(rule: RefundRule, reason: str) -> None:
    """Refuse a reason for a refund that the law does not know.

    Raises:
        DebtRefusedError: It does not.
    """
    if reason not in rule.reasons:
        known = ", ".join(sorted(rule.reasons))
        problem = f"{rule.version.id} knows no refund for {reason[:40]!r}"
        raise DebtRefusedError("refund_reason", problem, f"use {known}")


@cache
def load_law() -> Law:
    """Return the rules that come with the program.

    Raises:
        DebtRuleError: A file of rules is unusable.
    """
    return Law(
        _load("interest", _interest),
        _load("terms", _terms),
        _load("application", _application),
        _load("penalties", _penalties),
        _load("coercion", _coercion),
        _load("refunds", _refunds),
    )


def parse_rules(
    name: str, text: str, read: Callable[[Version, Mapping[str, Any]], _Rule]
) -> RuleSet[_Rule]:
    """Return a set of rules from the text of its file.

    Raises:
        DebtRuleError: It is unusable.
    """
    try:
        values = json.loads(text)["versions"]
        return RuleSet(name, [read(_version(value), value) for value in values])
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise DebtRuleError(name, f"unreadable: {error!r}") from error


def _load(name: str, read: Callable[[Version, Mapping[str, Any]], _Rule]) -> RuleSet[_Rule]:
    text = resources.files("node.debt.rules").joinpath(f"{name}.json").read_text("utf-8")
    return parse_rules(name, text, read)


def _version(value: Mapping[str, Any]) -> Version:
    ends = value["effective_to"]
    return Version(
        value["id"],
        date.fromisoformat(value["effective_from"]),
        None if ends is None else date.fromisoformat(ends),
        value["source"],
        value["evidence"],
    )


def _interest(version: Version, value: Mapping[str, Any]) -> InterestRule:
    scaled = Decimal(value["rate_per_day"]) * RATE_SCALE
    if scaled != int(scaled) or scaled < 0:
        raise ValueError(f"a rate of {value['rate_per_day']} is no multiple of 1/{RATE_SCALE}")
    return InterestRule(
        version,
        int(scaled),
        bool(value["payment_day_counts"]),
        bool(value["release_day_counts_under_guarantee"]),
        frozenset(value["bearing_parts"]),
    )


def _terms(version: Version, value: Mapping[str, Any]) -> TermsRule:
    return TermsRule(version, int(value["guarantee_days"]), int(value["monthly_day"]))


def _application(version: Version, value: Mapping[str, Any]) -> ApplicationRule:
    inside = tuple(value["inside"])
    if sorted(inside) != ["due_on", "part"]:
        raise ValueError("inside must order by due_on and part")
    return ApplicationRule(
        version,
        tuple(value["classes"]),
        inside,
        tuple(Part(name) for name in value["parts"]),
        value["named_declaration"] == "first_of_current",
    )


def _penalties(version: Version, value: Mapping[str, Any]) -> PenaltyRule:
    return PenaltyRule(version, {name: Decimal(rate) for name, rate in value["rates"].items()})


def _coercion(version: Version, value: Mapping[str, Any]) -> CoercionRule:
    return CoercionRule(
        version,
        tuple(value["measures"]),
        bool(value["in_sequence"]),
        frozenset(value["own_effective_date"]),
        int(value["trigger_days"]),
        bool(value["ends_when_paid"]),
    )


def _refunds(version: Version, value: Mapping[str, Any]) -> RefundRule:
    return RefundRule(
        version,
        frozenset(value["reasons"]),
        frozenset(value["check_before"]),
        bool(value["arrears_first"]),
    )
