"""The life of models: who decides when, and the steps that are refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.risk.decision.errors import LifecycleDataError, LifecycleError
from api.risk.decision.lifecycle import (
    Approved,
    Retired,
    Shadowed,
    Trained,
    models_from,
    shadow_days,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST, SECOND, DATA = b"\x01" * 32, b"\x02" * 32, b"\x0d" * 32


def day(number: Any) -> Any:
    return START + timedelta(days=number)


def trained(model: Any = FIRST, at: datetime = 0, version: Any = "1", by: Any = "an") -> Any:
    return Trained(model, version, DATA, by, day(at))


def shadowed(model: Any = FIRST, at: datetime = 1) -> Any:
    return Shadowed(model, "an", day(at))


def approved(model: Any = FIRST, at: datetime = 15, effective: Any = 16, by: Any = "binh") -> Any:
    return Approved(model, by, day(at), day(effective))


def retired(model: Any = FIRST, at: datetime = 100, reason: Any = "replaced") -> Any:
    return Retired(model, "binh", day(at), reason)


LIFE = [trained(), shadowed(), approved(), retired()]
BOTH = [
    trained(),
    shadowed(),
    approved(),
    trained(SECOND, 20, "2"),
    shadowed(SECOND, 21),
    approved(SECOND, 40, 50),
    retired(SECOND, 60),
    retired(FIRST, 70),
]


def versions(models: Any, at: datetime) -> Any:
    champion = models.champion_at(day(at))
    beside = [life.trained.version for life in models.challengers_at(day(at))]
    return None if champion is None else champion.trained.version, beside


@pytest.mark.parametrize(
    ("at", "champion", "challengers"),
    [
        (0, None, []),
        (1, None, ["1"]),
        (15, None, ["1"]),
        (16, "1", []),
        (20, "1", []),
        (21, "1", ["2"]),
        (49, "1", ["2"]),
        (50, "2", []),
        (59, "2", []),
        (60, "1", []),
        (70, None, []),
    ],
)
def test_champion_and_challengers_of_a_time(at: datetime, champion: Any, challengers: Any) -> None:
    assert versions(models_from(BOTH), at) == (champion, challengers)


@pytest.mark.parametrize("steps", [[], LIFE[:1], LIFE[:2], LIFE[:3], LIFE, BOTH], ids=range(6))
def test_steps_in_order_are_taken(steps: Any) -> None:
    assert len(models_from(steps).lives) == len({step.model for step in steps})


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([shadowed()], "nobody trained"),
        ([trained(), trained()], "twice"),
        ([trained(), trained(SECOND)], "version twice"),
        ([trained(), shadowed(), shadowed()], "twice"),
        ([trained(), approved()], "before any shadowing"),
        ([trained(), shadowed(), approved(at=14)], "too early"),
        ([trained(), shadowed(), approved(by="an")], "who trained it"),
        ([trained(), shadowed(), approved(effective=14)], "before it is given"),
        ([trained(), shadowed(), approved(), approved()], "twice"),
        ([*LIFE, shadowed(at=101)], "after its retirement"),
        ([*LIFE, retired(at=101)], "after its retirement"),
        ([trained(), retired(reason=" ")], "no reason"),
        ([trained(at=5), shadowed(at=4)], "earlier"),
        ([trained(by="")], "nobody"),
        ([trained(model=b"\x01")], "32 bytes"),
        ([Trained(FIRST, "1", b"", "an", START)], "its data"),
        ([Trained(FIRST, "1", DATA, "an", START.replace(tzinfo=None))], "zone"),
        ([*BOTH[:5], approved(SECOND, 16, 16)], "earlier"),
        ([*BOTH[:5], approved(SECOND, 40, 40 - 30)], "before it is given"),
        (
            [
                trained(),
                trained(SECOND, 0, "2"),
                shadowed(),
                shadowed(SECOND),
                approved(),
                approved(SECOND),
            ],
            "with another's",
        ),
    ],
)
def test_step_that_a_model_may_not_take_is_refused(steps: Any, text: str) -> None:
    with pytest.raises(LifecycleError, match=text) as caught:
        models_from(steps)
    assert caught.value.remedy


def test_days_of_shadowing_are_dated_data() -> None:
    assert shadow_days(START) == 14
    with pytest.raises(LifecycleDataError, match="2019"):
        shadow_days(datetime(2019, 6, 1, tzinfo=UTC))
