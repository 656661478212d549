"""Criteria that cannot be used are refused when they are read."""

import copy
import json
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from api.risk.compliance.data import read_criteria
from api.risk.compliance.errors import LevelDataError

TODAY = date(2026, 11, 23)
VALUE = [0, "value"]


@pytest.fixture
def document() -> Any:
    return json.loads(files("api.risk.compliance").joinpath("levels.json").read_text())


def changed(document: Any, path: Any, value: Any) -> Any:
    found = copy.deepcopy(document)
    *steps, last = path
    place = found
    for step in steps:
        place = place[step]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (["texts"], KeyError, "levels.texts"),
        (["texts", "aeo"], KeyError, "texts.aeo"),
        (["provisions", "levels"], KeyError, "provisions.levels"),
        (["provisions", "levels", *VALUE, "4"], KeyError, "levels.4"),
        (["provisions", "levels", *VALUE, "4", "light"], "3%", "levels.4.light"),
        (["provisions", "levels", *VALUE, "4", "light"], 1_000_001, "levels.4.light"),
        (["provisions", "window", *VALUE, "days"], 0, "window.days"),
        (["provisions", "window", *VALUE, "new_days"], -1, "window.new_days"),
        (["provisions", "overdue", *VALUE, "days"], "90", "overdue.days"),
        (["provisions", "violations", *VALUE, "smuggling"], "bad", "violations.smuggling"),
        (["provisions", "ranks", *VALUE, "barred"], 10, "ranks.barred"),
        (["provisions", "ranks", *VALUE, "levels", "1"], 0, "ranks.levels.1"),
        (["provisions", "ranks", *VALUE, "new", "low"], KeyError, "ranks.new.low"),
        (["provisions", "ranks", 0, "evidence"], "?", "provisions.ranks[0].evidence"),
    ],
)
def test_fault_is_refused_at_its_place(document: Any, path: Any, value: Any, place: str) -> None:
    with pytest.raises(LevelDataError) as caught:
        read_criteria(changed(document, path, value), TODAY)
    assert caught.value.place == place


def test_faultless_criteria_are_read(document: Any) -> None:
    assert read_criteria(document, TODAY).barred_rank == 6


def test_criteria_that_differ_have_another_name(document: Any) -> None:
    path = ["provisions", "levels", *VALUE, "4", "light"]
    assert (
        read_criteria(changed(document, path, 40_000), TODAY).hash
        != read_criteria(document, TODAY).hash
    )
