"""Each rule of the built-in set: a case that meets it beside one that does not."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.risk.rules import Effect, FactError, RuleDataError, by_hash, edition_hashes, risk_rules
from contracts.clearance.records import Channel
from tests.support.risk_cases import CLEAN, facts

TODAY = date(2026, 11, 23)
PREFERENCE = {"preference": True, "countries_of_origin": ["CN"], "country_of_departure": "SG"}
EXPRESS = {"express": True, "customs_value": "1000000"}
WEIGHED = {"tare_kg": "4000", "declared_gross_kg": "20000"}
LIGHT = {"tare_kg": "4000", "declared_gross_kg": "2000"}

# rule, facts that meet it, facts that nearly do
FACTS = [
    ("stop-customs", {"stop_customs": "stopped"}, {"stop_customs": "exempt"}),
    ("stop-customs-unknown", {"stop_customs": "unknown"}, {"stop_customs": "none"}),
    ("embargo", {"embargo": "listed"}, {"embargo": "unknown"}),
    ("embargo-unknown", {"embargo": "unknown"}, {"embargo": "listed"}),
    ("permit-missing", {"permit": "missing"}, {"permit": "valid"}),
    ("permit-missing", {"permit": "unknown"}, {"permit": "not_required"}),
    ("permit-expired", {"permit": "expired"}, {"permit": "valid"}),
    (
        "specialised-missing",
        {"specialised_inspection": "missing"},
        {"specialised_inspection": "awaited"},
    ),
    (
        "specialised-awaited",
        {"specialised_inspection": "awaited"},
        {"specialised_inspection": "passed"},
    ),
    (
        "specialised-failed",
        {"specialised_inspection": "failed"},
        {"specialised_inspection": "passed"},
    ),
    ("certificate-cancelled", {"certificates": ["cancelled"]}, {"certificates": ["accepted"]}),
    (
        "certificate-cancelled",
        {"certificates": ["valid", "superseded"]},
        {"certificates": ["valid", "valid"]},
    ),
    ("certificate-rejected", {"certificates": ["rejected"]}, {"certificates": ["doubted"]}),
    ("certificate-doubted", {"certificates": ["doubted"]}, {"certificates": ["valid"]}),
    ("certificate-not-received", {"certificates": ["not_received"]}, {"certificates": []}),
    ("certificate-not-received", {"certificates": ["unknown"]}, {}),
    ("certificate-expired", {"certificates": ["expired"]}, {"certificates": ["valid"]}),
    (
        "certificates-contradict",
        {"certificates_contradict": True},
        {"certificates_contradict": False},
    ),
    ("origin-departure", PREFERENCE, {**PREFERENCE, "country_of_departure": "CN"}),
    ("origin-departure", PREFERENCE, {**PREFERENCE, "preference": False}),
    (
        "origin-departure",
        {**PREFERENCE, "countries_of_origin": ["SG", "CN"]},
        {**PREFERENCE, "countries_of_origin": ["SG", "SG"]},
    ),
    ("origin-departure", PREFERENCE, {**PREFERENCE, "countries_of_origin": []}),
    ("origin-departure", PREFERENCE, {**PREFERENCE, "direct_consignment": True}),
    ("origin-departure", PREFERENCE, {**PREFERENCE, "direction": "export"}),
    (
        "origin-departure",
        {**PREFERENCE, "direct_consignment": False},
        {"preference": True, "countries_of_origin": ["CN"]},
    ),
    ("seal-alert", {"seal": "alert"}, {"seal": "intact"}),
    ("seal-alert", {"seal": "broken"}, {"seal": "unknown"}),
    ("seal-alert", {"seal": "mismatch"}, {"seal": "not_sealed"}),
    ("seal-unknown", {"seal": "unknown"}, {"seal": "intact"}),
    ("route-alert", {"route_alert": True}, {"route_alert": False}),
    ("tax-overdue", {"tax_overdue_days": "1"}, {"tax_overdue_days": "0"}),
    ("tax-overdue-long", {"tax_overdue_days": "91"}, {"tax_overdue_days": "90"}),
    ("violation-minor", {"prior_violation": "minor"}, {"prior_violation": "none"}),
    ("violation-serious", {"prior_violation": "serious"}, {"prior_violation": "minor"}),
    ("material-leakage", {"material_leakage": True}, {"material_leakage": False}),
    (
        "express-documents",
        {"express": True, "documents_only": True},
        {"express": False, "documents_only": True},
    ),
    ("express-low-value-import", EXPRESS, {**EXPRESS, "customs_value": "1000001"}),
    ("express-low-value-import", EXPRESS, {**EXPRESS, "express": False}),
    ("express-low-value-import", EXPRESS, {"express": True}),
    (
        "express-low-value-export",
        {**EXPRESS, "direction": "export", "customs_value": "5000000"},
        {**EXPRESS, "direction": "export", "customs_value": "5000000.5"},
    ),
    ("express-low-value-export", {**EXPRESS, "direction": "export"}, EXPRESS),
    ("scanner-anomaly", {"scanner": "anomaly"}, {"scanner": "clear"}),
    ("scanner-unreadable", {"scanner": "unreadable"}, {"scanner": "not_scanned"}),
    # 2 % of 24,000 kg is 480 kg; of 6,000 kg 120 kg, where 200 kg are allowed.
    ("weighbridge", {**WEIGHED, "weighed_kg": "24480.001"}, {**WEIGHED, "weighed_kg": "24480"}),
    ("weighbridge", {**WEIGHED, "weighed_kg": "23519.999"}, {**WEIGHED, "weighed_kg": "23520"}),
    ("weighbridge", {**LIGHT, "weighed_kg": "6200.001"}, {**LIGHT, "weighed_kg": "6200"}),
    ("weighbridge", {**LIGHT, "weighed_kg": "5799.999"}, {**LIGHT, "weighed_kg": "5800"}),
    (
        "weighbridge",
        {**WEIGHED, "weighed_kg": "0"},
        {"tare_kg": "4000", "weighed_kg": "0"},
    ),
]
FEATURES = [
    ("unit-price", {"unit_price_deviation": "3.51"}, {"unit_price_deviation": "3.5"}),
    ("unit-price", {"unit_price_deviation": "-3.51"}, {"unit_price_deviation": "-3.5"}),
    ("unit-price", {"unit_price_deviation": "4"}, {"unit_price_deviation": ""}),
    ("unit-price", {"unit_price_deviation": "4"}, {}),
]
# rule, first day on which it is in force
STARTS = [
    ("stop-customs", {"stop_customs": "stopped"}, date(2020, 7, 1)),
    ("certificate-doubted", {"certificates": ["doubted"]}, date(2023, 7, 15)),
    ("certificate-cancelled", {"certificates": ["cancelled"]}, date(2023, 7, 15)),
    ("origin-departure", PREFERENCE, date(2023, 7, 15)),
]


def named(
    given: Any, features: Any = None, rank: int = 4, level: int = 3, day: date = TODAY
) -> list[str]:
    found = risk_rules(day).outcomes(given, features or {}, rank, level)
    return [outcome.rule for outcome in found]


def test_nothing_speaks_against_clean_facts() -> None:
    assert named(CLEAN) == []


@pytest.mark.parametrize(("rule", "meets"), [(rule, meets) for rule, meets, _ in FACTS])
def test_fact_that_meets_a_rule_is_named_by_it(rule: str, meets: Any) -> None:
    assert rule in named(facts(**meets))


@pytest.mark.parametrize(("rule", "misses"), [(rule, misses) for rule, _, misses in FACTS])
def test_fact_that_nearly_meets_a_rule_is_not(rule: str, misses: Any) -> None:
    assert rule not in named(facts(**misses))


@pytest.mark.parametrize(("rule", "meets", "misses"), FEATURES)
def test_feature_that_meets_a_rule_beside_one_that_does_not(
    rule: str, meets: Any, misses: Any
) -> None:
    assert named(CLEAN, meets) == [rule]
    assert named(CLEAN, misses) == []


@pytest.mark.parametrize(("rank", "expected"), [(1, ["aeo"]), (2, [])])
def test_treatment_of_authorised_operators_is_of_rank_one(rank: int, expected: Any) -> None:
    assert named(CLEAN, rank=rank) == expected


@pytest.mark.parametrize(("level", "expected"), [(5, ["level-non-compliant"]), (4, [])])
def test_only_the_lowest_level_asks_for_a_check(level: int, expected: Any) -> None:
    assert named(CLEAN, level=level) == expected


@pytest.mark.parametrize(("rule", "given", "first"), STARTS)
def test_rule_begins_on_its_day(rule: str, given: Any, first: date) -> None:
    assert rule in named(facts(**given), day=first)
    assert rule not in named(facts(**given), day=first - timedelta(days=1))


def test_law_of_tax_administration_changes_the_source_not_the_outcome() -> None:
    before, after = (
        next(rule for rule in risk_rules(day).rules if rule.outcome.rule == "stop-customs")
        for day in (date(2026, 6, 30), date(2026, 7, 1))
    )
    assert before.outcome == after.outcome
    assert (before.source, after.source) == (
        "Law 38/2019/QH14; Circular 38/2015/TT-BTC, as amended by Circular 39/2018/TT-BTC",
        "Law 108/2025/QH15; Decree 252/2026/ND-CP",
    )


def test_every_rule_says_why_in_two_languages_with_its_source() -> None:
    for rule in risk_rules(TODAY).rules:
        assert rule.outcome.vi != rule.outcome.en
        assert rule.source
        assert rule.law
        assert rule.evidence in {"S", "M", "M?", "D"}


def test_every_rule_has_a_case_here() -> None:
    tested = {name for name, *_ in (*FACTS, *FEATURES)} | {"aeo", "level-non-compliant"}
    assert {rule.outcome.rule for rule in risk_rules(TODAY).rules} == tested


@pytest.mark.parametrize("day", [date(2026, 7, 1), TODAY, date(2030, 1, 1)])
def test_one_state_has_one_name(day: date) -> None:
    assert risk_rules(day) is risk_rules(date(2026, 7, 1))


def test_states_have_different_names() -> None:
    days = [date(2020, 1, 1), date(2020, 7, 1), date(2023, 7, 15), date(2026, 7, 1)]
    states = [risk_rules(day) for day in days]
    assert len({state.hash for state in states}) == len(days)
    assert [state.version for state in states] == [day.isoformat() for day in days]
    assert set(edition_hashes()) == {state.hash for state in states}


def test_state_is_found_by_version_and_hash_alone() -> None:
    state = risk_rules(TODAY)
    assert by_hash(state.version, state.hash) is state
    assert by_hash("2020-01-01", state.hash) is None
    assert by_hash(state.version, bytes(32)) is None


def test_no_rules_before_the_circular() -> None:
    with pytest.raises(RuleDataError, match="2019-12-31"):
        risk_rules(date(2019, 12, 31))
    assert risk_rules(date(2020, 1, 1)).version == "2020-01-01"


@pytest.mark.parametrize(
    ("day", "holds"),
    [(date(2026, 6, 30), False), (date(2026, 7, 1), True), (date(2040, 1, 1), True)],
)
def test_state_says_which_days_it_is_for(day: date, holds: bool) -> None:
    assert risk_rules(TODAY).applies(day) is holds


@pytest.mark.parametrize(
    ("name", "given", "place"),
    [
        ("stop_customs", None, "facts.stop_customs"),
        ("embargo", None, "facts.embargo"),
        ("permit", None, "facts.permit"),
        ("direction", None, "facts.direction"),
        ("specialised_inspection", None, "facts.specialised_inspection"),
        ("permit", "perhaps", "facts.permit"),
        ("permit", True, "facts.permit"),
        ("route_alert", "true", "facts.route_alert"),
        ("route_alert", 1, "facts.route_alert"),
        ("weighed_kg", "1e3", "facts.weighed_kg"),
        ("weighed_kg", "-0", "facts.weighed_kg"),
        ("weighed_kg", "01", "facts.weighed_kg"),
        ("weighed_kg", 12, "facts.weighed_kg"),
        ("weighed_kg", "NaN", "facts.weighed_kg"),
        ("weighed_kg", "1" * 19, "facts.weighed_kg"),
        ("certificates", "valid", "facts.certificates"),
        ("certificates", ["fine"], "facts.certificates"),
        ("certificates", [1], "facts.certificates"),
        ("certificates", ["valid"] * 101, "facts.certificates"),
        ("procedure", "A 11", "facts.procedure"),
        ("procedure", "", "facts.procedure"),
        ("rank", "1", "facts.rank"),
        ("feature.unit_price_deviation", "1", "facts.feature.unit_price_deviation"),
        ("weather", "fine", "facts.weather"),
    ],
)
def test_fact_that_is_missing_unknown_or_of_another_kind_is_named(
    name: str, given: Any, place: str
) -> None:
    changed = {**CLEAN, name: given}
    if given is None:
        del changed[name]
    with pytest.raises(FactError) as caught:
        named(changed)
    assert caught.value.place == place
    assert caught.value.remedy


def test_feature_that_rules_read_must_be_a_number() -> None:
    with pytest.raises(FactError, match=r"unit_price_deviation"):
        named(CLEAN, {"unit_price_deviation": "high"})


def test_refusal_hold_and_ceiling_are_what_they_say() -> None:
    effects = {rule.outcome.rule: rule.outcome.effect for rule in risk_rules(TODAY).rules}
    assert effects["stop-customs"] is Effect.REFUSE
    assert effects["embargo"] is Effect.HOLD
    assert effects["aeo"] is Effect.CEILING
    assert effects["seal-alert"] is Effect.CHANNEL
    channels = {rule.outcome.rule: rule.outcome.channel for rule in risk_rules(TODAY).rules}
    assert channels["scanner-anomaly"] is Channel.RED
    assert channels["weighbridge"] is Channel.YELLOW
