"""The history gives features without leakage, in bounded memory, and survives its snapshot."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.risk.model.catalogue import FEATURES
from api.risk.model.errors import PastItemError, StateRefusedError
from api.risk.model.item import Item, parse_item
from api.risk.model.rates import Generations, RateTable
from api.risk.model.scoring import feature_rows
from api.risk.model.snapshot import FORMAT, restore, snapshot
from api.risk.model.state import FeatureState

DAY = date(2020, 3, 1)


@pytest.fixture
def item(items: list[Item]) -> Item:
    return replace(items[0], day=DAY)


def test_every_feature_of_the_catalogue_is_computed_and_no_other(item: Item) -> None:
    assert set(FeatureState().features(item)) == set(FEATURES)


def test_labels_of_the_item_itself_are_not_read(item: Item) -> None:
    dark, bright = replace(item, fraud=True, critical=2), replace(item, fraud=None, critical=None)
    assert FeatureState().features(dark) == FeatureState().features(bright)


def test_a_result_counts_after_its_lag_and_not_before(item: Item) -> None:
    state = FeatureState(lag_days=7)
    state.label(item, fraud=True, on=DAY)
    same = replace(item, day=DAY + timedelta(days=7))
    assert state.features(same)["goods_labels"] == "0"
    later = state.features(replace(item, day=DAY + timedelta(days=8)))
    assert later["goods_labels"] == "1"
    assert float(later["goods_rate"]) > 0


def test_no_finding_and_not_inspected_differ(item: Item) -> None:
    looked, never = FeatureState(), FeatureState()
    looked.label(item, fraud=False, on=DAY)
    looked.observe(item)
    never.observe(item)
    later = replace(item, day=DAY + timedelta(days=30))
    assert looked.features(later)["importer_labels"] == "1"
    assert never.features(later)["importer_labels"] == "0"
    assert never.features(later)["importer_rate"] == ""


@settings(max_examples=60, deadline=None)
@given(
    results=st.lists(st.tuples(st.integers(0, 11), st.booleans(), st.integers(0, 40))),
    afterwards=st.lists(
        st.tuples(st.integers(0, 11), st.booleans(), st.integers(0, 200)), min_size=1
    ),
    asked=st.integers(0, 40),
)
def test_a_result_with_a_later_day_never_changes_an_earlier_feature(
    make_rows: Callable[..., list[dict[str, str]]],
    results: list[tuple[int, bool, int]],
    afterwards: list[tuple[int, bool, int]],
    asked: int,
) -> None:
    items = [parse_item(row, 2) for row in make_rows(12)]
    day = DAY + timedelta(days=asked)
    plain, told = FeatureState(lag_days=3), FeatureState(lag_days=3)
    for place, fraud, on in results:
        for state in (plain, told):
            state.label(items[place], fraud=fraud, on=DAY + timedelta(days=on))
    for place, fraud, on in afterwards:
        told.label(items[place], fraud=fraud, on=day - timedelta(days=3) + timedelta(days=on))
    for item in items:
        assert plain.features(replace(item, day=day)) == told.features(replace(item, day=day))


def test_the_order_within_a_day_changes_nothing(items: list[Item]) -> None:
    today = [replace(item, day=DAY) for item in items[:40]]
    forth, back = FeatureState(), FeatureState()
    rows = feature_rows(today, forth, learn=True)
    reverse = feature_rows(today[::-1], back, learn=True)
    assert rows == reverse[::-1]


def test_an_earlier_day_is_refused_once_a_later_one_was_asked(item: Item) -> None:
    state = FeatureState()
    state.features(item)
    state.features(item)
    with pytest.raises(PastItemError, match="2020-03-01"):
        state.features(replace(item, day=DAY - timedelta(days=1)))


def test_a_party_is_new_until_the_day_after(item: Item) -> None:
    state = FeatureState()
    state.observe(item)
    assert state.features(item)["importer_new"] == "1"
    assert state.features(replace(item, day=DAY + timedelta(days=1)))["importer_new"] == "0"


def test_a_price_is_compared_with_like_goods_then_with_the_heading(item: Item) -> None:
    state = FeatureState()
    for number in range(9):
        price = Decimal(100 + number)
        state.observe(replace(item, price=price, net_mass=Decimal(10), hs6="850440", origin="CN"))
    ask = replace(item, day=DAY + timedelta(days=1), net_mass=Decimal(10), hs6="850440")
    low = state.features(replace(ask, origin="CN", price=Decimal(1)))
    assert low["unit_price_basis"] == "hs6_origin"
    assert float(low["unit_price_deviation"]) < -5
    usual = state.features(replace(ask, origin="CN", price=Decimal(104)))
    assert abs(float(usual["unit_price_deviation"])) < 1
    assert state.features(replace(ask, origin="US"))["unit_price_basis"] == "hs6"
    assert state.features(replace(ask, hs6="850490"))["unit_price_basis"] == "hs4"
    assert state.features(replace(ask, hs6="010121"))["unit_price_deviation"] == ""


@pytest.mark.parametrize("field", ["price", "net_mass"])
def test_zero_mass_or_price_has_no_unit_price(item: Item, field: str) -> None:
    found = FeatureState().features(replace(item, **{field: Decimal(0)}))
    assert found["unit_price_log10"] == found["unit_price_deviation"] == ""


def test_a_snapshot_carries_on_as_the_history_would(items: list[Item]) -> None:
    state = FeatureState()
    feature_rows(items[:200], state, learn=True)
    copy = restore(snapshot(state))
    assert snapshot(copy) == snapshot(state)
    rest = items[200:]
    assert feature_rows(rest, copy, learn=True) == feature_rows(rest, state, learn=True)
    assert snapshot(copy) == snapshot(state)


@pytest.mark.parametrize("cut", [0, 5, len(FORMAT), 400, -1])
def test_a_damaged_snapshot_is_refused(items: list[Item], cut: int) -> None:
    state = FeatureState()
    feature_rows(items, state, learn=True)
    with pytest.raises(StateRefusedError):
        restore(snapshot(state)[:cut])


def test_a_snapshot_with_more_than_it_says_is_refused() -> None:
    data = snapshot(FeatureState())
    with pytest.raises(StateRefusedError):
        restore(data + b"\0")
    longer = zlib.compress(zlib.decompress(data[len(FORMAT) :]) + b"\0")
    with pytest.raises(StateRefusedError, match="more bytes"):
        restore(FORMAT + longer)


def test_a_snapshot_holds_no_identifier(items: list[Item]) -> None:
    state = FeatureState()
    feature_rows(items, state, learn=True)
    body = zlib.decompress(snapshot(state)[len(FORMAT) :])
    assert items[0].declaration_id.encode() not in body
    assert items[0].declarant.encode() not in body.split(b"\n", 1)[0]


def test_a_table_forgets_what_was_not_touched_for_long() -> None:
    table = RateTable(limit=4)
    for key in range(1, 5):
        table.label(key, fraud=True)
    for key in range(10, 14):
        table.label(key, fraud=False)
        table.label(1, fraud=True)
    assert table.counts(1)[2] > 1
    for key in range(20, 40):
        table.see(key)
    assert table.counts(2) == (0, 0, 0)
    assert len(table.entries) <= 8


def test_generations_keep_what_is_touched() -> None:
    found: Generations[int] = Generations(2)
    for key in range(100):
        found.put(key, key)
        found.put(7, 7)
    assert found.get(7) == 7
    assert found.get(3) is None
    assert len(found) <= 4


def test_counts_are_halved_rather_than_overflow() -> None:
    table = RateTable()
    table.entries.put(1, (1 << 24) - 1)
    table.label(1, fraud=True)
    assert table.counts(1) == (0, 1, 1 << 23)
