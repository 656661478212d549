"""The decision on one declaration: what each part asks for, and the strictest of all."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.risk.decision import (
    Action,
    CaseError,
    Decision,
    Draw,
    decide,
    packed_rates,
)
from api.risk.decision.draw import is_below
from api.risk.rules import Effect, risk_rules
from chain.proofs.keccak import keccak256
from contracts.clearance.records import Channel
from tests.support.risk_cases import (
    AT,
    DRAWN,
    REGISTRATION,
    SEED,
    SPARED,
    case,
    facts,
    score,
    without_model,
)

RULES = risk_rules(date(2026, 11, 23))
GREEN, YELLOW, RED = Channel.GREEN, Channel.YELLOW, Channel.RED
AEO_LIMIT = 750_000
EXPRESS = {"express": True, "customs_value": "900000"}
TRIGGERS = [
    {"stop_customs": "stopped"},
    {"embargo": "listed"},
    {"permit": "expired"},
    {"certificates": ["cancelled"]},
    {"certificates": ["doubted"]},
    {"certificates_contradict": True},
    {"seal": "broken"},
    {"tax_overdue_days": "91"},
    {"prior_violation": "serious"},
    {"scanner": "anomaly"},
    {"route_alert": True},
    {"material_leakage": True},
    {"specialised_inspection": "awaited"},
    {"weighed_kg": "9000", "tare_kg": "1000", "declared_gross_kg": "1000"},
]


def decided(found: Any = None, ppm: int = 0, draw: Any = SPARED, **changes: Any) -> Decision:
    found = case(**changes) if found is None else found
    return decide(found, RULES, None if found.model is None else score(ppm), draw)


def rules_of(decision: Any) -> list[str]:
    return [outcome.rule for outcome in decision.outcomes]


@pytest.mark.parametrize(
    ("ppm", "channel", "rules"),
    [
        (0, GREEN, ["channel-green"]),
        (249_999, GREEN, ["channel-green"]),
        (250_000, YELLOW, ["score-yellow"]),
        (599_999, YELLOW, ["score-yellow"]),
        (600_000, RED, ["score-red"]),
        (1_000_000, RED, ["score-red"]),
    ],
)
def test_score_decides_by_the_office_thresholds(ppm: int, channel: Any, rules: Any) -> None:
    found = decided(ppm=ppm)
    assert (found.channel, rules_of(found), found.action) == (channel, rules, Action.PROCEED)


@pytest.mark.parametrize(
    ("rank", "red"),
    [(2, 660_000), (3, 630_000), (4, 600_000), (5, 560_000), (6, 520_000), (9, 540_000)],
)
def test_rank_moves_the_thresholds(rank: int, red: int) -> None:
    assert decided(ppm=red, rank=rank).channel is RED
    assert decided(ppm=red - 1, rank=rank).channel is YELLOW
    assert decided(rank=rank).shift_ppm == red - 600_000


@pytest.mark.parametrize(
    ("ppm", "rank", "channel", "bounded"),
    [
        (AEO_LIMIT, 1, YELLOW, True),
        (AEO_LIMIT - 1, 1, YELLOW, False),
        (AEO_LIMIT, 2, RED, False),
    ],
)
def test_score_alone_sends_no_authorised_operator_to_inspection(
    ppm: int, rank: int, channel: Any, bounded: Any
) -> None:
    found = decided(ppm=ppm, rank=rank)
    assert found.channel is channel
    assert ("score-bounded" in rules_of(found)) is bounded


@pytest.mark.parametrize(("changes", "channel"), [({}, GREEN), ({"customs_value": "1000001"}, RED)])
def test_no_score_is_applied_to_express_of_low_value(changes: Any, channel: Any) -> None:
    assert decided(ppm=1_000_000, facts=facts(**{**EXPRESS, **changes})).channel is channel


@pytest.mark.parametrize("trigger", TRIGGERS, ids=str)
def test_treatments_bound_no_rule_and_no_draw(trigger: Any) -> None:
    found = decided(rank=1, facts=facts(**{**EXPRESS, **trigger}))
    assert found.channel > GREEN
    assert decided(rank=1, facts=facts(**EXPRESS)).channel is GREEN
    assert decided(rank=1, facts=facts(**EXPRESS), draw=DRAWN).channel is RED


@pytest.mark.parametrize(
    ("given_facts", "action", "channel"),
    [
        ({}, Action.PROCEED, GREEN),
        ({"route_alert": True}, Action.PROCEED, YELLOW),
        ({"permit": "expired"}, Action.HOLD, YELLOW),
        ({"embargo": "listed"}, Action.HOLD, RED),
        ({"stop_customs": "stopped"}, Action.REFUSE, RED),
        ({"stop_customs": "exempt"}, Action.PROCEED, GREEN),
        ({"stop_customs": "unknown"}, Action.HOLD, YELLOW),
        ({"stop_customs": "stopped", "embargo": "listed"}, Action.REFUSE, RED),
        ({"permit": "expired", "seal": "broken"}, Action.HOLD, RED),
    ],
)
def test_refusal_goes_before_a_hold_and_the_strictest_channel_wins(
    given_facts: Any, action: Any, channel: Any
) -> None:
    found = decided(facts=facts(**given_facts))
    assert (found.action, found.channel) == (action, channel)


@pytest.mark.parametrize(("rank", "channel"), [(1, GREEN), (4, GREEN), (5, YELLOW), (9, YELLOW)])
def test_rules_go_on_alone_without_a_model_and_say_so(rank: int, channel: Any) -> None:
    found = decided(without_model(rank=rank))
    assert found.channel is channel
    assert "model-absent" in rules_of(found)
    assert (found.score_ppm, found.reasons) == (None, ())


def test_rules_without_a_model_still_ask_for_inspection() -> None:
    found = decided(without_model(facts=facts(seal="broken")))
    assert (found.channel, rules_of(found)) == (RED, ["seal-alert", "model-absent"])


def test_treatment_bounds_what_the_absence_of_a_model_asks_for() -> None:
    found = decided(without_model(rank=9, facts=facts(**EXPRESS)))
    assert found.channel is GREEN
    names = ["express-low-value-import", "model-absent", "score-bounded", "channel-green"]
    assert rules_of(found) == names


@pytest.mark.parametrize(
    ("draw", "rule"),
    [
        (DRAWN, "draw"),
        (Draw(7, REGISTRATION, 0, withheld=True), "draw-withheld"),
        (Draw(7, REGISTRATION, 0, inherited_from=b"\x66" * 32), "draw-inherited"),
        (SPARED, None),
    ],
)
def test_drawn_means_inspection(draw: Any, rule: str) -> None:
    found = decided(draw=draw)
    assert found.channel is (GREEN if rule is None else RED)
    assert rules_of(found) == (["channel-green"] if rule is None else [rule])


def test_reasons_are_the_strongest_contributions_in_words() -> None:
    parts = {"hs6_rate": 5, "price_log10": -9, "origin": 9, "x": 1, "tax_rate": 2, "office": 3}
    found = decide(case(), RULES, score(10, **parts), SPARED)
    names = [(reason.feature, reason.contribution_ppm) for reason in found.reasons]
    assert names == [
        ("origin", 9),
        ("price_log10", -9),
        ("hs6_rate", 5),
        ("office", 3),
        ("tax_rate", 2),
    ]
    assert found.reasons[2].en == "Past fraud rate of this HS6"
    assert found.reasons[2].vi == "Tỷ lệ vi phạm trước đây của mã HS6"


def test_feature_without_words_is_called_by_its_name() -> None:
    found = decide(case(), RULES, score(10, brand_new=5), SPARED)
    assert found.reasons[0].en == found.reasons[0].vi == "brand_new"


@pytest.mark.parametrize("ppm", [-1, 1_000_001])
def test_score_out_of_range_is_refused(ppm: int) -> None:
    with pytest.raises(CaseError, match="score_ppm"):
        decided(ppm=ppm)


def test_score_and_model_stand_together() -> None:
    with pytest.raises(CaseError, match="do not stand together"):
        decide(without_model(), RULES, score(1), SPARED)
    with pytest.raises(CaseError, match="do not stand together"):
        decide(case(), RULES, None, SPARED)


@pytest.mark.parametrize(
    ("at", "fits"),
    [
        (datetime(2026, 6, 30, 16, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 30, 17, 0, 0, tzinfo=UTC), True),
    ],
)
def test_rules_of_another_day_are_refused(at: datetime, fits: bool) -> None:
    if fits:
        assert decided(decided_at=at).channel is GREEN
        return
    with pytest.raises(CaseError, match="of another time"):
        decided(decided_at=at)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"declaration_no": "abc"}, "declaration_no"),
        ({"declaration_no": ""}, "declaration_no"),
        ({"amendment": -1}, "amendment"),
        ({"amendment": 65_536}, "amendment"),
        ({"declaration": b"\x01" * 31}, "declaration"),
        ({"salt": b""}, "salt"),
        ({"rank": 0}, "rank"),
        ({"rank": 10}, "rank"),
        ({"level": 0}, "compliance_level"),
        ({"level": 6}, "compliance_level"),
        ({"decided_at": AT.replace(microsecond=1)}, "decided_at"),
        ({"decided_at": AT.replace(tzinfo=None)}, "decided_at"),
        ({"model": None}, "calibration"),
        ({"calibration": ""}, "calibration"),
        ({"features": {"A": "1"}}, "features.A"),
        ({"features": {"a": "\n"}}, "features.a"),
        ({"features": {"a": "x" * 201}}, "features.a"),
    ],
)
def test_case_that_has_no_one_form_is_refused(changes: Any, place: str) -> None:
    with pytest.raises(CaseError) as caught:
        case(**changes)
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"registration": b"\x01"}, "draw.registration"),
        ({"rate_ppm": -1}, "draw.rate_ppm"),
        ({"rate_ppm": 1_000_001}, "draw.rate_ppm"),
        ({"round": -1}, "draw.round"),
        ({"round": 1 << 53}, "draw.round"),
        ({"seed": b"\x01"}, "draw.seed"),
        ({"seed": None}, "draw"),
        ({"withheld": True}, "draw"),
        ({"inherited_from": b"\x66" * 32}, "draw"),
        ({"seed": None, "inherited_from": b"\x66"}, "draw.inherited_from"),
    ],
)
def test_draw_that_the_contract_cannot_come_to_is_refused(arguments: Any, place: str) -> None:
    whole = {"round": 7, "registration": REGISTRATION, "rate_ppm": 5, "seed": SEED}
    with pytest.raises(CaseError) as caught:
        Draw(**{**whole, **arguments})
    assert caught.value.place == place


def test_draw_is_the_hash_of_seed_and_registration() -> None:
    assert SPARED.draw == keccak256(SEED + REGISTRATION)
    assert Draw(7, REGISTRATION, 5, withheld=True).draw is None


@pytest.mark.parametrize(
    ("draw", "rate", "drawn"),
    [
        (bytes(32), 0, False),
        (bytes(32), 1, True),
        (b"\xff" * 32, 1_000_000, True),
        (b"\xff" * 32, 999_999, False),
        (b"\x80" + bytes(31), 500_000, False),
        (b"\x80" + bytes(31), 500_001, True),
        (b"\x7f" + b"\xff" * 31, 500_000, True),
    ],
)
def test_draw_is_below_a_rate_as_the_contract_says(draw: Any, rate: int, drawn: bool) -> None:
    assert is_below(draw, rate) is drawn


@given(st.binary(min_size=32, max_size=32), st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_draw_is_monotone_in_the_rate(draw: Any, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert is_below(draw, low) <= is_below(draw, high)


def test_share_of_draws_is_about_the_rate() -> None:
    drawn = sum(is_below(keccak256(number.to_bytes(4)), 20_000) for number in range(20_000))
    assert 320 < drawn < 480


def test_rates_are_packed_as_the_record_holds_them() -> None:
    packed = packed_rates(RULES.exploration)
    assert [packed >> 24 * place & 0xFFFFFF for place in range(9)] == list(RULES.exploration)
    assert packed >> 24 * 9 == 0
    assert RULES.exploration[0] == min(RULES.exploration) == 5_000
    assert all(10_000 <= rate <= 20_000 for rate in RULES.exploration[1:])


@given(
    st.sets(st.sampled_from(range(len(TRIGGERS)))),
    st.sampled_from(range(len(TRIGGERS))),
    st.integers(0, 1_000_000),
    st.integers(1, 9),
    st.booleans(),
)
def test_fact_that_triggers_a_rule_never_makes_the_channel_milder(
    some: Any, more: int, ppm: int, rank: int, drawn: bool
) -> None:
    before = {key: value for place in sorted(some) for key, value in TRIGGERS[place].items()}
    assume(not TRIGGERS[more].keys() & before.keys())
    draw = DRAWN if drawn else SPARED
    without = decided(ppm=ppm, rank=rank, draw=draw, facts=facts(**before))
    within = decided(ppm=ppm, rank=rank, draw=draw, facts=facts(**before, **TRIGGERS[more]))
    order = list(Action)
    assert within.channel >= without.channel
    assert order.index(within.action) >= order.index(without.action)
    assert set(rules_of(within)) > set(rules_of(without)) - {"channel-green"}


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000), st.integers(1, 9))
def test_higher_score_is_never_milder(one: int, other: int, rank: int) -> None:
    low, high = sorted((one, other))
    assert decided(ppm=low, rank=rank).channel <= decided(ppm=high, rank=rank).channel


@given(st.integers(0, 1_000_000), st.integers(1, 9), st.booleans())
def test_channel_is_the_strictest_that_an_outcome_asks_for(
    ppm: int, rank: int, drawn: bool
) -> None:
    found = decided(ppm=ppm, rank=rank, draw=DRAWN if drawn else SPARED)
    asked = [each.channel for each in found.outcomes if each.effect is Effect.CHANNEL]
    assert found.channel == max(asked, default=GREEN)
    assert not drawn or found.channel is RED
