"""Rules that cannot be used are refused when they are read, with the place of the fault."""

import copy
import json
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from api.risk.rules import RuleDataError, read_rules
from api.risk.rules.condition_reader import read_condition
from api.risk.rules.dated import parse
from api.risk.rules.facts import Catalogue, Fact, Kind, catalogue

TODAY = date(2026, 11, 23)


@pytest.fixture
def documents() -> Any:
    beside = files("api.risk.rules")
    names = ("rules", "capacity", "texts")
    return {name: json.loads(beside.joinpath(f"{name}.json").read_text()) for name in names}


def changed(documents: Any, path: Any, value: Any) -> Any:
    found = copy.deepcopy(documents)
    *steps, last = path
    place = found
    for step in steps:
        place = place[step]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return found


EMBARGO = ("rules", "rules", "embargo", 0)
FAULTS = [
    (("rules", "version"), KeyError, "rules.version"),
    (("rules", "more"), 1, "rules.more"),
    ((*EMBARGO, "law"), KeyError, "rules.rules.embargo[0].law"),
    ((*EMBARGO, "law"), "", "rules.rules.embargo[0].law"),
    ((*EMBARGO, "source"), " x", "rules.rules.embargo[0].source"),
    ((*EMBARGO, "evidence"), "sure", "rules.rules.embargo[0].evidence"),
    ((*EMBARGO, "effective_from"), "2020-1-1", "rules.rules.embargo[0].effective_from"),
    ((*EMBARGO, "effective_from"), "20200101", "rules.rules.embargo[0].effective_from"),
    ((*EMBARGO, "effective_to"), "2019-12-31", "rules.rules.embargo[0].effective_to"),
    ((*EMBARGO, "effective_to"), "2020-01-01", "rules.rules.embargo[0].effective_to"),
    ((*EMBARGO, "weight"), "1", "rules.rules.embargo[0].weight"),
    ((*EMBARGO, "vi"), KeyError, "rules.rules.embargo[0].vi"),
    ((*EMBARGO, "en"), "", "rules.embargo.en"),
    ((*EMBARGO, "effect"), "punish", "rules.embargo.effect"),
    ((*EMBARGO, "effect"), "notice", "rules.embargo.effect"),
    ((*EMBARGO, "effect"), "ceiling", "rules.embargo.channel"),
    ((*EMBARGO, "channel"), "purple", "rules.embargo.channel"),
    ((*EMBARGO, "channel"), "green", "rules.embargo.channel"),
    ((*EMBARGO, "channel"), 3, "rules.embargo.channel"),
    (("rules", "rules", "embargo"), [], "rules.rules.embargo"),
    (("rules", "rules", "embargo"), {}, "rules.rules.embargo"),
    (("rules", "rules", "stop-customs", 0, "effective_to"), None, "rules.rules.stop-customs[1]"),
    (
        ("rules", "rules", "stop-customs", 0, "effective_to"),
        "2026-07-02",
        "rules.rules.stop-customs[1]",
    ),
    (("rules", "rules"), [], "rules.rules"),
    (("rules", "facts"), [], "rules.facts"),
    (("rules", "facts", "rank"), {}, "rules.facts.rank"),
    (("rules", "facts", "seal", "kind"), "colour", "rules.facts.seal.kind"),
    (("rules", "facts", "seal", "choices"), "all", "rules.facts.seal.choices"),
    (("rules", "facts", "express", "choices"), ["yes"], "rules.facts.express.choices"),
    (("rules", "facts", "seal", "required"), "no", "rules.facts.seal.required"),
    (
        ("rules", "facts", "feature.unit_price_deviation", "required"),
        True,
        "rules.facts.feature.unit_price_deviation.required",
    ),
    (("rules", "facts", "seal", "about"), "", "rules.facts.seal.about"),
    (("rules", "facts", "seal"), KeyError, "rules.seal-alert.when.in"),
    (("capacity", "provisions", "shifts"), KeyError, "capacity.shifts"),
    (("capacity", "provisions", "reasons", 0, "value"), -1, "capacity.reasons"),
    (("capacity", "provisions", "reasons", 0, "value"), True, "capacity.reasons"),
    (("capacity", "provisions", "reasons", 0, "value"), 2.5, "capacity.reasons"),
    (
        ("capacity", "provisions", "capacity", 0, "value", "red_cap"),
        1_000_001,
        "capacity.capacity.red_cap",
    ),
    (
        ("capacity", "provisions", "capacity", 0, "value", "yellow_cap"),
        967_001,
        "capacity.capacity.yellow_cap",
    ),
    (
        ("capacity", "provisions", "capacity", 0, "value", "yellow"),
        600_001,
        "capacity.capacity.yellow",
    ),
    (
        ("capacity", "provisions", "capacity", 0, "value", "window_days"),
        0,
        "capacity.capacity.window_days",
    ),
    (("capacity", "provisions", "exploration", 0, "value", "1"), -1, "capacity.exploration.1"),
    (
        ("capacity", "provisions", "exploration", 0, "value", "9"),
        1_000_001,
        "capacity.exploration.9",
    ),
    (("capacity", "provisions", "shifts", 0, "value", "9"), KeyError, "capacity.shifts.9"),
    (("capacity", "provisions", "shifts", 0, "value", "10"), 0, "capacity.shifts.10"),
    (("capacity", "provisions", "shifts", 0, "value", "3"), "0", "capacity.shifts.3"),
    (
        ("capacity", "provisions", "without_score", 0, "value", "2"),
        "GREEN",
        "capacity.without_score.2",
    ),
    (("texts", "outcomes", "draw"), KeyError, "texts.outcomes.draw"),
    (("texts", "outcomes", "draw", "vi"), "", "texts.outcomes.draw.vi"),
    (("texts", "features", "hs6_rate", "en"), KeyError, "texts.features.hs6_rate.en"),
]


@pytest.mark.parametrize(("path", "value", "place"), FAULTS)
def test_fault_is_refused_at_its_place(documents: Any, path: Any, value: Any, place: str) -> None:
    with pytest.raises(RuleDataError) as caught:
        read_rules(changed(documents, path, value), TODAY)
    assert caught.value.place == place
    assert caught.value.remedy


def test_faultless_files_are_read(documents: Any) -> None:
    assert read_rules(documents, TODAY).version == "2026-07-01"


KNOWN: Catalogue = catalogue(
    [
        Fact("flag", Kind.FLAG),
        Fact("word", Kind.CODE, ("a", "b")),
        Fact("other", Kind.CODE),
        Fact("words", Kind.CODES, ("a", "b")),
        Fact("x", Kind.NUMBER),
        Fact("y", Kind.NUMBER),
    ]
)
BAD_CONDITIONS = [
    {},
    [],
    "flag",
    {"is": ["flag", True], "not": {}},
    {"equals": ["flag", True]},
    {"all": []},
    {"any": {}},
    {"not": []},
    {"absent": "nobody"},
    {"absent": 3},
    {"is": ["flag"]},
    {"is": ["flag", "true"]},
    {"is": ["word", "c"]},
    {"is": ["word", True]},
    {"is": ["x", "1"]},
    {"is": ["words", "c"]},
    {"in": ["word", []]},
    {"in": ["word", ["a", "a"]]},
    {"in": ["word", "a"]},
    {"differ": ["word", "x"]},
    {"differ": ["word", "word"]},
    {"differ": ["word", "words"]},
    {"above": ["word", "1"]},
    {"above": ["x", 1]},
    {"above": ["x", "1e9"]},
    {"above": ["x", "y"]},
    {"deviates": ["x", [], {"percent": "2", "least": "0"}]},
    {"deviates": ["x", ["y"], {"percent": "2"}]},
    {"deviates": ["x", ["y"], {"percent": "2", "least": "0", "most": "1"}]},
    {"deviates": ["x", ["word"], {"percent": "2", "least": "0"}]},
    {"deviates": ["x", ["y"], {"percent": "two", "least": "0"}]},
]


@pytest.mark.parametrize("value", BAD_CONDITIONS, ids=json.dumps)
def test_condition_that_makes_no_sense_is_refused(value: Any) -> None:
    with pytest.raises(RuleDataError) as caught:
        read_condition(value, KNOWN, "here")
    assert caught.value.place.startswith("here")


def test_conditions_are_nested_to_a_limit() -> None:
    value = {"is": ["flag", True]}
    for _ in range(8):
        value = {"not": value}
    assert read_condition(value, KNOWN, "here").holds({"flag": True})
    with pytest.raises(RuleDataError, match="nested"):
        read_condition({"not": value}, KNOWN, "here")


ONE = Decimal(1)
OPERATORS = [
    ({"is": ["flag", True]}, {"flag": True}, {"flag": False}),
    ({"is": ["flag", False]}, {"flag": False}, {}),
    ({"is": ["word", "a"]}, {"word": "a"}, {"word": "b"}),
    ({"is": ["words", "a"]}, {"words": ("b", "a")}, {"words": ("b",)}),
    ({"in": ["word", ["a", "b"]]}, {"word": "b"}, {}),
    ({"in": ["words", ["a", "b"]]}, {"words": ("b",)}, {"words": ()}),
    ({"absent": "x"}, {}, {"x": ONE}),
    ({"not": {"absent": "x"}}, {"x": ONE}, {}),
    ({"all": [{"absent": "x"}, {"absent": "y"}]}, {}, {"y": ONE}),
    ({"any": [{"absent": "x"}, {"absent": "y"}]}, {"y": ONE}, {"x": ONE, "y": ONE}),
    ({"differ": ["word", "other"]}, {"word": "a", "other": "b"}, {"word": "a", "other": "a"}),
    ({"differ": ["word", "other"]}, {"word": "a", "other": "b"}, {"word": "a"}),
    (
        {"differ": ["words", "other"]},
        {"words": ("a", "b"), "other": "b"},
        {"words": ("b",), "other": "b"},
    ),
    ({"above": ["x", "1"]}, {"x": Decimal("1.001")}, {"x": ONE}),
    ({"at_least": ["x", "1"]}, {"x": ONE}, {"x": Decimal("0.999")}),
    ({"below": ["x", "1"]}, {"x": Decimal("0.999")}, {"x": ONE}),
    ({"at_most": ["x", "1"]}, {"x": ONE}, {"x": Decimal("1.001")}),
    ({"beyond": ["x", "1"]}, {"x": Decimal("-1.001")}, {"x": -ONE}),
    ({"above": ["x", "-1"]}, {"x": Decimal(0)}, {}),
    (
        {"deviates": ["x", ["y"], {"percent": "10", "least": "0"}]},
        {"x": Decimal("1.1001"), "y": ONE},
        {"x": Decimal("1.1"), "y": ONE},
    ),
    (
        {"deviates": ["x", ["y"], {"percent": "0", "least": "0.5"}]},
        {"x": Decimal("0.499"), "y": ONE},
        {"x": Decimal("0.5"), "y": ONE},
    ),
    (
        {"deviates": ["x", ["y"], {"percent": "0", "least": "0"}]},
        {"x": Decimal(2), "y": ONE},
        {"x": Decimal(2)},
    ),
]


@pytest.mark.parametrize(("value", "meets", "misses"), OPERATORS)
def test_operator_holds_beside_where_it_does_not(value: Any, meets: Any, misses: Any) -> None:
    condition = read_condition(value, KNOWN, "here")
    assert condition.holds(meets)
    assert not condition.holds(misses)


@pytest.mark.parametrize("content", ['{"a": 1, "a": 2}', "{", '{"b": {"c": 1, "c": 1}}'])
def test_file_with_a_repeated_name_or_no_json_is_refused(content: Any) -> None:
    with pytest.raises(RuleDataError):
        parse(content, "file")


def test_end_that_a_later_edition_sets_keeps_the_name(documents: Any) -> None:
    ended = changed(documents, (*EMBARGO, "effective_to"), "2030-01-01")
    assert read_rules(ended, TODAY).hash == read_rules(documents, TODAY).hash
    assert read_rules(ended, date(2030, 1, 1)).hash != read_rules(documents, TODAY).hash


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*EMBARGO, "en"), "Banned."),
        ((*EMBARGO, "channel"), "yellow"),
        ((*EMBARGO, "evidence"), "S"),
        ((*EMBARGO, "when"), {"is": ["embargo", "unknown"]}),
        (("capacity", "provisions", "shifts", 0, "value", "4"), 1),
        (("capacity", "provisions", "exploration", 0, "value", "4"), 1),
        (("texts", "outcomes", "draw", "vi"), "Ngẫu nhiên."),
        (("texts", "features", "hs6_rate", "vi"), "Mã"),
        (("rules", "facts", "seal", "required"), True),
    ],
)
def test_whatever_decides_or_explains_changes_the_name(
    documents: Any, path: Any, value: Any
) -> None:
    assert (
        read_rules(changed(documents, path, value), TODAY).hash != read_rules(documents, TODAY).hash
    )
