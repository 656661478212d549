from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import DrawdownError
from contracts.origin.drawdown import SHARE_LIMIT, scaled_quantity, share_of, unscaled_quantity

wholes = st.integers(1, 10**24)


@pytest.mark.parametrize(
    ("text", "scaled"),
    [
        ("1", 1_000_000),
        ("0.000001", 1),
        ("1200.5", 1_200_500_000),
        ("1.000000000", 1_000_000),
        ("1E+3", 1_000_000_000),
        ("333.333333", 333_333_333),
    ],
)
def test_quantity_in_millionths(text: str, scaled: int) -> None:
    assert scaled_quantity(Decimal(text)) == scaled
    assert unscaled_quantity(scaled) == Decimal(text)


@pytest.mark.parametrize("text", ["0", "-1", "0.0000001", "1.0000001", "NaN", "Infinity", "1E+25"])
def test_quantity_that_is_none(text: str) -> None:
    with pytest.raises(DrawdownError, match=";"):
        scaled_quantity(Decimal(text))


@given(st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(10**20), places=6))
def test_round_trip(quantity: Decimal) -> None:
    assert unscaled_quantity(scaled_quantity(quantity)) == quantity


@given(wholes, st.integers(0, 2 * 10**24))
def test_bound_is_exact(whole: int, cumulative: int) -> None:
    share = -(-cumulative * 10_000 // whole)
    if share > SHARE_LIMIT:
        with pytest.raises(DrawdownError):
            share_of(cumulative, whole)
        return
    assert share_of(cumulative, whole) == share
    assert (share <= 10_000) == (cumulative <= whole)
    assert 0 <= share - Fraction(cumulative * 10_000, whole) < 1


def test_three_thirds_make_a_whole() -> None:
    whole = scaled_quantity(Decimal(1000))
    parts = [Decimal("333.333333"), Decimal("333.333333"), Decimal("333.333334")]
    drawn, shares = 0, []
    for part in parts:
        drawn += scaled_quantity(part)
        shares.append(share_of(drawn, whole))
    assert shares == [3334, 6667, 10_000]
    assert share_of(drawn + 1, whole) == 10_001


@pytest.mark.parametrize(("cumulative", "whole"), [(1, 0), (1, -1), (-1, 1), (7, 1)])
def test_no_share(cumulative: int, whole: int) -> None:
    with pytest.raises(DrawdownError, match=";"):
        share_of(cumulative, whole)
