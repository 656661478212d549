"""The language of product rules: what it reads, and where it says that it cannot."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.origin.determination.errors import RuleSyntaxError
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
    parse_rule,
)
from api.origin.determination.hs import HsRange, Level
from api.origin.determination.model import Method
from api.origin.determination.rules import AGREEMENTS, rules_of

CC, CTH, CTSH = (Shift(level) for level in Level)
FORTY = ValueContent(Decimal(40))
READ: dict[str, Rule] = {
    "CC": CC,
    "WO": WhollyObtained(),
    "CTH except from 11.05": Shift(Level.HEADING, (HsRange("1105", "1105"),)),
    "CC except from chapter 50 to 55": Shift(Level.CHAPTER, (HsRange("50", "55"),)),
    "CTH except from 11.05, 1108.10 to 1108.19": Shift(
        Level.HEADING, (HsRange("1105", "1105"), HsRange("110810", "110819"))
    ),
    "CTSH or RVC(40)": Either((CTSH, FORTY)),
    "CTH and RVC(35)": Every((CTH, ValueContent(Decimal(35)))),
    "CC or CTH and RVC(40)": Either((CC, Every((CTH, FORTY)))),
    "(CC or CTH) and RVC(40)": Every((Either((CC, CTH)), FORTY)),
    "RVC(33.5, build-up)": ValueContent(Decimal("33.5"), Method.BUILD_UP),
    "RVC(50, focused of 84.07, 85.01)": ValueContent(
        Decimal(50), Method.FOCUSED, (HsRange("8407", "8407"), HsRange("8501", "8501"))
    ),
    "VNM(70)": MaximumNonOriginating(Decimal(70)),
    "SP(cut-and-sew)": Process("cut-and-sew"),
    " CTH  or( WO ) ": Either((CTH, WhollyObtained())),
}


@pytest.mark.parametrize("text", READ)
def test_a_rule_is_read(text: str) -> None:
    assert parse_rule(text) == READ[text]
    assert parse_rule(str(parse_rule(text))) == READ[text]


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("", 0, "not 'the end'"),
        ("CTX", 0, "not 'CTX'"),
        ("cth", 0, "not 'cth'"),
        ("CTH except 11.05", 11, "'from' expected"),
        ("CTH except from", 15, "a code expected"),
        ("CTH except from 11.5", 16, "a code expected"),
        ("CTH except from 11.05,", 22, "a code expected"),
        ("CTH except from 11.05 to 11", 25, "another number of digits"),
        ("CTH except from 11.05 to 11.03", 25, "ends before it begins"),
        ("CTH except from chapter 11.05", 24, "another number of digits"),
        ("CTH except from chapter 50 to heading 55.01", 30, "another number of digits"),
        ("CTH or", 6, "not 'the end'"),
        ("CTH or or CC", 7, "not 'or'"),
        ("CTH CC", 4, "'CC' does not belong here"),
        ("RVC 40", 4, "'(' expected"),
        ("RVC(40", 6, "')' expected"),
        ("RVC(0)", 4, "above 0 and at most 100"),
        ("RVC(100.1)", 4, "above 0 and at most 100"),
        ("RVC(forty)", 4, "a percentage expected"),
        ("RVC(40, guess)", 8, "build-down"),
        ("RVC(40, focused)", 15, "'of' expected"),
        ("RVC(40, build-up of 84.07)", 17, "')' expected"),
        ("VNM(70%)", 6, "'%' means nothing here"),
        ("SP(Cut)", 3, "lower-case"),
        ("(CC", 3, "')' expected"),
        ("CC)", 2, "does not belong here"),
        ("CTH & CC", 4, "'&' means nothing here"),
        ("(" * 17 + "CC" + ")" * 17, 16, "nested too deeply"),
        ("C" * 1_001, 1_000, "too long"),
    ],
)
def test_an_error_points_at_its_character(text: str, position: int, problem: str) -> None:
    with pytest.raises(RuleSyntaxError) as caught:
        parse_rule(text)
    assert (caught.value.position, problem in caught.value.problem) == (position, True), str(
        caught.value
    )
    first, rule, pointer = str(caught.value).split("\n")
    assert first.startswith(f"character {position + 1}: ")
    assert pointer == " " * position + "^"
    assert rule == text[:1_000]


def test_codes_alone() -> None:
    assert parse_codes("50 to 63, 96.19") == (HsRange("50", "63"), HsRange("9619", "9619"))
    with pytest.raises(RuleSyntaxError, match="does not belong here"):
        parse_codes("50 63")


codes = st.from_regex(r"\A[0-9]{2}(?:[0-9]{2}){0,2}\Z").map(lambda digits: HsRange(digits, digits))
ranges = st.lists(codes, min_size=1, max_size=3).map(tuple)
percents = st.integers(1, 1_000).map(lambda number: Decimal(number) / 10)
atoms: st.SearchStrategy[Rule] = st.one_of(
    st.just(WhollyObtained()),
    st.builds(Shift, st.sampled_from(Level), st.one_of(st.just(()), ranges)),
    st.builds(ValueContent, percents),
    st.builds(ValueContent, percents, st.just(Method.FOCUSED), ranges),
    st.builds(MaximumNonOriginating, percents),
    st.builds(Process, st.from_regex(r"\A[a-z][a-z-]{0,9}\Z")),
)


def _joined(inner: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Every, parts), st.builds(Either, parts))


@settings(max_examples=150, deadline=None)
@given(st.recursive(atoms, _joined, max_leaves=6))
def test_what_is_written_is_read_again(rule: Rule) -> None:
    text = str(rule)
    assert str(parse_rule(text)) == text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="CTHSWORVNMP()andfrmexcpt 0123456789.,-", max_size=40))
def test_any_text_is_a_rule_or_an_error_within_it(text: str) -> None:
    position = 0
    try:
        parse_rule(text)
    except RuleSyntaxError as error:
        position = error.position
    assert 0 <= position <= len(text)


@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_every_rule_of_the_data_is_read_and_sourced(agreement: str) -> None:
    rules = rules_of(agreement, date(2026, 11, 20))
    general = rules.provision("general_rule")
    for provision in (*rules.products.values(), *([general] if general.value else [])):
        assert rules.parse(provision) is not None
    for provision in (*rules.products.values(), *rules.provisions.values()):
        assert provision.clause
        assert provision.source
        assert provision.evidence in {"S", "M", "M?"}
