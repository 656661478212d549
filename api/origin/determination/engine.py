"""The determination of origin, step by step.

(0) The case: parties, versions, currency, one method a year, pools of fungible materials.
(1) Materials: what originates, in full, in part, or because it is indirect.
(2) Wholly obtained.
(3) Produced exclusively from originating materials.
(4) The product's rule, else the general rule: change of classification (with its tolerance),
    value content, process, as the rule combines them.
(5) Veto: nothing but minimal operations.
(6) Direct consignment.
(7) What is certified: an origin criterion, or a part for partial cumulation, or nothing.

Source: ATIGA, Chapter 3, and its like; the clauses stand in `rules/*.json`.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from api.origin.determination.consignment import check_route
from api.origin.determination.content import Content, content_of
from api.origin.determination.decision import Decision, Outcome, Step, failed, judged, noted, passed
from api.origin.determination.errors import (
    CaseError,
    CurrencyMismatchError,
    HsVersionMismatchError,
)
from api.origin.determination.exact import is_at_least, percent_text
from api.origin.determination.hs import dotted
from api.origin.determination.inventory import check_pools
from api.origin.determination.materials import Composition, compose, currency_of
from api.origin.determination.model import Case, Kind, Method, Money
from api.origin.determination.operations import check_operations
from api.origin.determination.requirements import Finding, Trial
from api.origin.determination.rules import Rules, rules_of

_BOX_PLACES: Final = 2
_JOIN: Final = " + "


def determine(case: Case, rules: Rules | None = None) -> Decision:
    """Determine the origin of a good.

    Args:
        case: What is asked.
        rules: The agreement on the case's day; None for those of this package.

    Raises:
        CaseError: A member contradicts another, or a figure, code or method cannot be used.
        AgreementUnknownError: There are no rules for the agreement on that day.
        RuleDataError: The data of the rules is unusable.
    """
    rules = rules or rules_of(case.agreement, case.date)
    # (0) what contradicts itself is an error, not a decision
    _check_codes(case, rules)
    _check_currency(case)
    _check_method(case, rules)
    parties = _parties(case, rules)
    year = _one_method(case, rules)
    pools = list(check_pools(case, rules))
    # (1) how each material counts
    composition = compose(case, rules)
    # (2) to (4) the first criterion that is met
    usable = year.outcome != "failed"
    origin = _origin(case, rules, composition, content_usable=usable)
    # (5), (6) what can still take the origin away
    matters = not composition.is_exclusive
    operations = check_operations(case, rules, matters=matters)
    route = list(check_route(case, rules))
    # (7) what is certified
    conditions = (parties, *pools, operations, *route)
    steps = (parties, year, *pools, *composition.steps, *origin.steps, operations, *route)
    if any(step.outcome == "failed" for step in conditions):
        return Decision(case, Outcome.NOT_ORIGINATING, None, False, (), steps)
    if origin.met:
        return _originating(case, rules, composition, origin, steps)
    return _partial(case, rules, composition, steps, usable=usable)


def _check_codes(case: Case, rules: Rules) -> None:
    expected = rules.provision("hs_version").text()
    good = case.good
    codes = [("case.good.hs_code", good.hs_code, good.hs_version)]
    codes += [
        (f"case.materials[{place}].hs_code", material.hs_code, material.hs_version)
        for place, material in enumerate(case.materials)
    ]
    for path, code, version in codes:
        if version != expected:
            raise HsVersionMismatchError(path, dotted(code), version, expected)


def _check_currency(case: Case) -> None:
    expected = currency_of(case)
    for path, money in _amounts(case):
        if money is not None and money.currency != expected:
            raise CurrencyMismatchError(path, money.currency, expected)


def _amounts(case: Case) -> Iterator[tuple[str, Money | None]]:
    for name in ("fob", "ex_works", "net_cost", "adjusted"):
        yield f"case.good.values.{name}", getattr(case.good.values, name)
    for name in ("labour", "overhead", "other", "profit"):
        yield f"case.costs.{name}", getattr(case.costs, name)
    for place, material in enumerate(case.materials):
        yield f"case.materials[{place}].value", material.value


def _check_method(case: Case, rules: Rules) -> None:
    methods = rules.provision("rvc_methods").texts()
    if case.rvc_method is not None and case.rvc_method not in methods:
        allowed = ", ".join(methods) or "none: leave it out"
        problem = f"{case.rvc_method} is no method of {case.agreement}"
        raise CaseError("case.rvc_method", problem, f"send one of {allowed}")
    practice = case.practice
    if practice is not None and not practice.begins <= case.date <= practice.ends:
        raise CaseError(
            "case.practice", "is of another fiscal year than the date", "send the year's practice"
        )


def _parties(case: Case, rules: Rules) -> Step:
    provision = rules.provision("parties")
    known, both = provision.texts(), (case.exporting_party, case.importing_party)
    strangers = [country for country in both if country not in known]
    if strangers or both[0] == both[1]:
        stranger = ", ".join(strangers) or both[0]
        return failed("parties", provision, stranger=stranger, agreement=case.agreement)
    return passed(
        "parties", provision, exporting=both[0], importing=both[1], agreement=case.agreement
    )


def _one_method(case: Case, rules: Rules) -> Step:
    """Compare the method of the case with the year's; another makes value contents unusable."""
    provision, practice = rules.provision("one_method"), case.practice
    method = _method(case, rules)
    if practice is None or practice.rvc_method is None or method is None:
        return noted("one_method", provision)
    days = {"begins": practice.begins.isoformat(), "ends": practice.ends.isoformat()}
    if practice.rvc_method is not method:
        chosen = practice.rvc_method.value
        return failed("one_method", provision, chosen=chosen, method=method.value, **days)
    return passed("one_method", provision, method=method.value, **days)


def _method(case: Case, rules: Rules) -> Method | None:
    methods = rules.provision("rvc_methods").texts()
    return case.rvc_method or (Method(methods[0]) if methods else None)


def _origin(case: Case, rules: Rules, composition: Composition, *, content_usable: bool) -> Finding:
    """Steps (2) to (4): the first that is met decides."""
    exclusive = composition.is_exclusive
    wholly = _wholly_obtained(case, rules, exclusive=exclusive)
    if wholly.outcome == "passed":
        return Finding(True, (wholly,), ("WO",))
    produced = _produced(rules, composition)
    if produced.outcome == "passed":
        return Finding(True, (wholly, produced), ("PE",))
    provision = rules.product(case.good.hs_code)
    if not provision.text():
        remedy = f"add its rule to the data of {case.agreement}"
        problem = f"no product rule covers {dotted(case.good.hs_code)}, and no general rule exists"
        raise CaseError("case.good.hs_code", problem, remedy)
    rule = rules.parse(provision)
    shown = noted("rule", provision, code=dotted(case.good.hs_code), rule=str(rule))
    trial = Trial(case, rules, composition, provision, content_usable)
    finding = trial.judge(rule)
    steps = (wholly, produced, shown, *finding.steps)
    return Finding(finding.met, steps, finding.criteria, finding.percent, finding.tolerated)


def _wholly_obtained(case: Case, rules: Rules, *, exclusive: bool) -> Step:
    provision, category = rules.provision("wholly_obtained"), case.good.wholly_obtained
    if category is None:
        return noted("wholly_obtained", provision)
    if category not in provision.texts():
        remedy = f"send one of {', '.join(provision.texts())}"
        raise CaseError("case.good.wholly_obtained", f"{category} is no category", remedy)
    return judged(exclusive, "wholly_obtained", provision, category=category)


def _produced(rules: Rules, composition: Composition) -> Step:
    provision = rules.provision("produced_exclusively")
    lines = [line for line in composition.lines if line.material.kind is not Kind.INDIRECT]
    if not lines:
        remedy = "send the bill of materials, or the category of a wholly obtained good"
        raise CaseError("case.materials", "hold nothing that the good is made of", remedy)
    if composition.is_exclusive:
        return passed("produced_exclusively", provision, count=str(len(lines)))
    count = sum(1 for line in lines if line.shifts or line.non_originating)
    return noted("produced_exclusively", provision, count=str(count))


def _originating(
    case: Case, rules: Rules, composition: Composition, origin: Finding, steps: tuple[Step, ...]
) -> Decision:
    forms = rules.provision("criteria").value
    texts = [forms.get(name, "").format(percent=origin.percent) for name in origin.criteria]
    criterion = _JOIN.join(dict.fromkeys(text for text in texts if text)) or None
    flags = []
    if any(line.cumulated for line in composition.lines):
        flags.append("accumulation")
    if origin.tolerated:
        flags.append("de_minimis")
    return Decision(case, Outcome.ORIGINATING, criterion, True, tuple(flags), steps)


def _partial(
    case: Case,
    rules: Rules,
    composition: Composition,
    steps: tuple[Step, ...],
    *,
    usable: bool,
) -> Decision:
    """Certify a part for cumulation, where the agreement has it and the content suffices."""
    nothing = Decision(case, Outcome.NOT_ORIGINATING, None, False, (), steps)
    provision, method = rules.provision("cumulation"), _method(case, rules)
    if provision.value is None or method is None or not usable:
        return nothing
    found = content_of(method, case, composition, rules)
    if not isinstance(found, Content):
        return nothing
    floor, ceiling = Decimal(provision.value["floor"]), Decimal(provision.value["ceiling"])
    if not is_at_least(found.regional, found.base, floor):
        return nothing
    if is_at_least(found.regional, found.base, ceiling):
        return nothing
    content = percent_text(found.regional, found.base, _BOX_PLACES)
    step = passed("partial_certificate", provision, content=content, **provision.value)
    criterion = rules.provision("criteria").value["PC"].format(percent=content)
    flags = ("partial_cumulation",)
    return Decision(case, Outcome.PARTIAL, criterion, False, flags, (*steps, step))
