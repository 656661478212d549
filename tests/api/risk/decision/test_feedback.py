"""Labels and chances: what was found, what was not, and what nobody looked at."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from api.risk.decision import Draw, decide
from api.risk.decision.errors import LabelError
from api.risk.decision.feedback import (
    CheckResult,
    Feedback,
    Label,
    Propensity,
    Result,
    SelectedBy,
    Source,
    finding_rate,
    label,
    propensity,
)
from api.risk.rules import risk_rules
from tests.support.risk_cases import (
    DRAWN,
    REGISTRATION,
    SEED,
    SPARED,
    case,
    facts,
    score,
    without_model,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = risk_rules(date(2026, 11, 23))


def checked(
    source: Any, finding: Any, number: Any = "1", at: datetime = NOW - HOUR, annulled: Any = None
) -> Any:
    return CheckResult(Source(source), finding, at, number, annulled)


@pytest.mark.parametrize(
    ("results", "result", "target"),
    [
        ([], Result.NOT_INSPECTED, None),
        ([("documents", False)], Result.NOT_INSPECTED, None),
        ([("documents", True)], Result.FINDING, 1),
        ([("inspection", False)], Result.NO_FINDING, 0),
        ([("inspection", True)], Result.FINDING, 1),
        ([("audit", False)], Result.NO_FINDING, 0),
        ([("audit", True)], Result.FINDING, 1),
        ([("inspection", False), ("audit", True)], Result.FINDING, 1),
        ([("inspection", True), ("audit", False)], Result.FINDING, 1),
        ([("documents", False), ("inspection", False)], Result.NO_FINDING, 0),
    ],
)
def test_finding_no_finding_and_no_inspection_are_three_things(
    results: Any, result: Any, target: Any
) -> None:
    made = [checked(*one, number=str(place)) for place, one in enumerate(results)]
    found = label(made, NOW)
    assert (found.result, found.target) == (result, target)


@pytest.mark.parametrize(
    ("at", "result"),
    [
        (NOW, Result.FINDING),
        (NOW + HOUR, Result.NOT_INSPECTED),
    ],
)
def test_what_is_not_known_yet_teaches_nothing(at: datetime, result: Any) -> None:
    assert label([checked("inspection", True, at=at)], NOW).result is result


@pytest.mark.parametrize(
    ("annulled", "result"), [(NOW, Result.NOT_INSPECTED), (NOW + HOUR, Result.FINDING)]
)
def test_annulled_result_no_longer_counts(annulled: Any, result: Any) -> None:
    assert label([checked("inspection", True, annulled=annulled)], NOW).result is result


def test_results_that_cannot_be_are_refused() -> None:
    with pytest.raises(LabelError, match="twice"):
        label([checked("inspection", True), checked("audit", True)], NOW)
    with pytest.raises(LabelError, match="annulled before"):
        checked("inspection", True, annulled=NOW - 2 * HOUR)
    with pytest.raises(LabelError, match="zone"):
        checked("inspection", True, at=NOW.replace(tzinfo=None))


RATED = Draw(7, REGISTRATION, 20_000, seed=SEED)


@pytest.mark.parametrize(
    ("found", "ppm", "draw", "expected"),
    [
        (case(), 0, SPARED, Propensity(SelectedBy.NOBODY, 0)),
        (case(), 0, DRAWN, Propensity(SelectedBy.DRAW, 1_000_000)),
        (case(), 300_000, SPARED, Propensity(SelectedBy.NOBODY, 0)),
        (case(), 600_000, SPARED, Propensity(SelectedBy.SCORE, 1_000_000)),
        (case(), 600_000, DRAWN, Propensity(SelectedBy.SCORE, 1_000_000)),
        (case(facts=facts(seal="broken")), 0, DRAWN, Propensity(SelectedBy.RULE, 1_000_000)),
        (case(facts=facts(seal="broken")), 600_000, SPARED, Propensity(SelectedBy.RULE, 1_000_000)),
        (case(), 0, Draw(7, REGISTRATION, 5, withheld=True), Propensity(SelectedBy.DRAW, None)),
        (
            case(),
            0,
            Draw(7, REGISTRATION, 5, inherited_from=b"\x66" * 32),
            Propensity(SelectedBy.DRAW, None),
        ),
        (without_model(rank=9), None, SPARED, Propensity(SelectedBy.NOBODY, 0)),
    ],
)
def test_chance_of_inspection_is_that_before_the_draw(
    found: Any, ppm: int, draw: Any, expected: Any
) -> None:
    made = decide(found, RULES, None if ppm is None else score(ppm), draw)
    assert propensity(made) == expected
    assert propensity(made, overridden=True) == Propensity(SelectedBy.OFFICER, None)


@pytest.mark.parametrize(
    ("ppm", "weight"),
    [(1_000_000, Fraction(1)), (20_000, Fraction(50)), (0, None), (None, None)],
)
def test_weight_is_the_inverse_of_the_chance(ppm: int, weight: Any) -> None:
    assert Propensity(SelectedBy.DRAW, ppm).weight == weight


def item(result: Any, ppm: int) -> Any:
    return Feedback("106", Label(result, NOW, ()), Propensity(SelectedBy.DRAW, ppm))


def test_rate_of_findings_weights_the_random_slice_and_leaves_out_the_unseen() -> None:
    items = [
        item(Result.FINDING, 1_000_000),
        item(Result.NO_FINDING, 20_000),
        item(Result.NOT_INSPECTED, 20_000),
        item(Result.FINDING, None),
    ]
    assert finding_rate(items) == Fraction(1, 51)
    assert finding_rate(items[:1]) == 1
    assert finding_rate(items[2:]) is None
