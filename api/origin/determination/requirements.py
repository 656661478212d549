"""What a product rule asks for, tried on a case: change of classification, value, process.

Source: ATIGA Art. 28, 29, 33.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.origin.determination.content import Content, content_of
from api.origin.determination.decision import Step, failed, judged, passed
from api.origin.determination.errors import RuleDataError, RuleSyntaxError
from api.origin.determination.exact import (
    ZERO,
    amount_text,
    is_at_least,
    is_at_most,
    percent_text,
    total,
)
from api.origin.determination.grammar import (
    Either,
    Every,
    MaximumNonOriginating,
    Process,
    Rule,
    Shift,
    ValueContent,
    WhollyObtained,
    parse_codes,
)
from api.origin.determination.materials import Composition, Line, currency_of
from api.origin.determination.model import Case, Method
from api.origin.determination.rules import Provision, Rules

_BOX_PLACES: Final = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a requirement is met, and how.

    Attributes:
        met: Whether it is.
        criteria: Names of what was met, such as CTH and RVC.
        percent: The content for box 8, where one counted.
        tolerated: Whether the tolerance was needed.
        steps: How it was found.
    """

    met: bool
    steps: tuple[Step, ...]
    criteria: tuple[str, ...] = ()
    percent: str | None = None
    tolerated: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """A case before the rules: what every requirement looks at.

    Attributes:
        rule: The provision that the product's rule stands in.
        content_usable: Whether the method of the case is the fiscal year's.
    """

    case: Case
    rules: Rules
    composition: Composition
    rule: Provision
    content_usable: bool

    def judge(self, rule: Rule) -> Finding:
        """Try a rule; every alternative is tried, the first that is met counts."""
        match rule:
            case Either():
                found = self._either(rule)
            case Every():
                found = self._every(rule)
            case Shift():
                found = self._shift(rule)
            case ValueContent():
                found = self._content(rule)
            case MaximumNonOriginating():
                found = self._limit(rule)
            case Process():
                found = self._process(rule)
            case WhollyObtained():
                # A wholly obtained good has passed before any rule of a product is tried.
                found = Finding(False, (failed("rule_wholly_obtained", self.rule),))
        return found

    def _process(self, rule: Process) -> Finding:
        met = rule.name in self.case.processes
        step = judged(met, "process", self.rule, process=rule.name)
        return Finding(met, (step,), ("SP",))

    def _either(self, rule: Either) -> Finding:
        findings = [self.judge(part) for part in rule.parts]
        steps = tuple(step for finding in findings for step in finding.steps)
        chosen = next((finding for finding in findings if finding.met), None)
        if chosen is None:
            return Finding(False, steps)
        return Finding(True, steps, chosen.criteria, chosen.percent, chosen.tolerated)

    def _every(self, rule: Every) -> Finding:
        findings = [self.judge(part) for part in rule.parts]
        return Finding(
            all(finding.met for finding in findings),
            tuple(step for finding in findings for step in finding.steps),
            tuple(name for finding in findings for name in finding.criteria),
            next((finding.percent for finding in findings if finding.percent), None),
            any(finding.tolerated for finding in findings),
        )

    # change of classification

    def _shift(self, rule: Shift) -> Finding:
        unshifted = [line for line in self._shifting() if not _shifts(rule, self._good, line)]
        if not unshifted:
            count = str(len(list(self._shifting())))
            step = passed("shift", self.rule, rule=str(rule), count=count)
            return Finding(True, (step,), (rule.name,))
        value = total(line.material.value.amount for line in unshifted)
        step = failed(
            "shift",
            self.rule,
            rule=str(rule),
            lines=", ".join(str(line.number) for line in unshifted),
            value=amount_text(value),
            currency=currency_of(self.case),
        )
        tolerance = self._tolerance(value)
        met = tolerance.outcome == "passed"
        return Finding(met, (step, tolerance), (rule.name,), tolerated=met)

    def _shifting(self) -> Iterator[Line]:
        return (line for line in self.composition.lines if line.shifts)

    def _tolerance(self, value: Decimal) -> Step:
        provision = self.rules.provision("de_minimis")
        limit, base_name = Decimal(provision.value["percent"]), provision.value["base"]
        if limit == ZERO or self._is_excluded(provision):
            return failed("de_minimis_none", provision)
        base = _amount(self.case, base_name)
        if base is None:
            return failed("figure_missing", provision, figure=f"good.values.{base_name}")
        return judged(
            is_at_most(value, base, limit),
            "de_minimis",
            provision,
            value=amount_text(value),
            base=amount_text(base),
            share=percent_text(value, base),
            limit=amount_text(limit),
        )

    def _is_excluded(self, provision: Provision) -> bool:
        try:
            excluded = [parse_codes(text) for text in provision.value["excluded"]]
        except RuleSyntaxError as error:
            raise RuleDataError(self.rules.agreement, f"de_minimis: {error}") from error
        return any(codes.covers(self._good) for ranges in excluded for codes in ranges)

    @property
    def _good(self) -> str:
        return self.case.good.hs_code

    # value

    def _content(self, rule: ValueContent) -> Finding:
        provision = self.rules.provision("rvc_methods")
        if not self.content_usable:
            return Finding(False, (failed("content_year", provision, rule=str(rule)),))
        method = self.case.rvc_method or Method(self.rules.provision("rvc_methods").value[0])
        if rule.method not in {None, method} or (method is Method.FOCUSED) != bool(rule.focused):
            step = failed("content_method", provision, rule=str(rule), method=method.value)
            return Finding(False, (step,))
        found = content_of(method, self.case, self.composition, self.rules, rule.focused)
        if not isinstance(found, Content):
            return Finding(False, (failed("figure_missing", provision, figure=found),))
        met = is_at_least(found.regional, found.base, rule.percent)
        step = judged(
            met,
            "content",
            provision,
            formula=found.formula,
            content=percent_text(found.regional, found.base),
            threshold=amount_text(rule.percent),
            method=method.value,
        )
        percent = percent_text(found.regional, found.base, _BOX_PLACES)
        return Finding(met, (step,), ("RVC",), percent)

    def _limit(self, rule: MaximumNonOriginating) -> Finding:
        base, value = _amount(self.case, "ex_works"), self.composition.non_originating
        if base is None:
            step = failed("figure_missing", self.rule, figure="good.values.ex_works")
            return Finding(False, (step,))
        met = is_at_most(value, base, rule.percent)
        step = judged(
            met,
            "limit",
            self.rule,
            value=amount_text(value),
            base=amount_text(base),
            share=percent_text(value, base),
            limit=amount_text(rule.percent),
        )
        return Finding(met, (step,), ("VNM",))


def _shifts(rule: Shift, good: str, line: Line) -> bool:
    code = line.material.hs_code
    excepted = any(codes.covers(code) for codes in rule.exceptions)
    return code[: rule.level] != good[: rule.level] and not excepted


def _amount(case: Case, name: str) -> Decimal | None:
    money = getattr(case.good.values, name)
    return money.amount if money is not None and money.amount else None
