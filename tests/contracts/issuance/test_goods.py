"""A certified exporter proves that a good is among those it may declare."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exchanging import example_form

from contracts.errors import FormError
from contracts.issuance.goods import AuthorisedGood, GoodProof, goods_root, uncovered_items

COFFEE = AuthorisedGood("090111", "Robusta coffee, green", "WO")
INSTANT = AuthorisedGood("210111", "Instant coffee", "62.5%")
TEA = AuthorisedGood("090240", "Black tea", "WO")
GOODS = (COFFEE, INSTANT, TEA)
ROOT = goods_root(GOODS)


@pytest.mark.parametrize("index", range(3))
def test_a_good_of_the_list_is_proved(index: int) -> None:
    proof = GoodProof.of(GOODS, index)
    assert proof.is_proved(ROOT)
    assert not proof.is_proved(goods_root(GOODS[:2]))
    assert not replace(proof, good=replace(proof.good, criterion="CC")).is_proved(ROOT)
    assert not replace(proof, index=(index + 1) % 3).is_proved(ROOT)
    assert not replace(proof, path=proof.path[:-1]).is_proved(ROOT)
    assert not replace(proof, index=7).is_proved(ROOT)


def test_each_item_needs_a_good_of_its_own() -> None:
    items = example_form().items
    proofs = [GoodProof.of(GOODS, 0), GoodProof.of(GOODS, 1)]
    assert uncovered_items(items, proofs, ROOT) == ()
    assert uncovered_items(items, proofs[:1], ROOT) == (2,)
    assert uncovered_items(items, [], ROOT) == (1, 2)
    assert uncovered_items(items, proofs, bytes(32)) == (1, 2)
    other = replace(items[0], origin_criterion="CTH")
    assert uncovered_items([other], proofs, ROOT) == (1,)


@given(st.integers(1, 40), st.data())
def test_lists_of_any_length(size: int, data: st.DataObject) -> None:
    goods = [AuthorisedGood("090111", f"kind {number}", "WO") for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    assert GoodProof.of(goods, index).is_proved(goods_root(goods))


@pytest.mark.parametrize("goods", [(), (TEA, TEA), tuple([TEA] * 10_001)])
def test_lists_that_are_none(goods: tuple[AuthorisedGood, ...]) -> None:
    with pytest.raises(FormError, match="each once"):
        goods_root(goods)


@pytest.mark.parametrize(
    ("hs_code", "description", "criterion"),
    [("09011", "x", "WO"), ("09011x", "x", "WO"), ("090111", " ", "WO"), ("090111", "x", "")],
)
def test_goods_that_are_none(hs_code: str, description: str, criterion: str) -> None:
    with pytest.raises(FormError):
        AuthorisedGood(hs_code, description, criterion)
