import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc.fields import optimized_bn128_FQ as FieldElement
from py_ecc.optimized_bn128 import G1, add, multiply, normalize

from chain.proofs.keccak import keccak256
from contracts.commitments import IDENTITY, Opening, Point, commit, verify_opening
from contracts.commitments.curve import FIELD, ORDER
from contracts.commitments.pedersen import second_generator
from contracts.errors import CommitmentError

openings = st.builds(Opening, st.integers(0, (1 << 127) - 1), st.integers(0, ORDER - 1))


def theirs(opening: Opening) -> Point:
    base = second_generator()
    second = (FieldElement(base.x), FieldElement(base.y), FieldElement(1))
    total = add(multiply(G1, opening.value), multiply(second, opening.blinding))
    if total[2] == FieldElement(0):
        return IDENTITY
    x, y = normalize(total)
    return Point(int(x), int(y))


@settings(max_examples=25, deadline=None)
@given(openings)
def test_commitment_is_what_py_ecc_computes(opening: Opening) -> None:
    assert commit(opening) == theirs(opening)


@pytest.mark.parametrize(
    ("value", "blinding"),
    [(0, 0), (1, 0), (0, 1), (0, ORDER - 1), ((1 << 128) - 1, ORDER - 1), (63, 64), (64, 63)],
)
def test_edges(value: int, blinding: int) -> None:
    opening = Opening(value, blinding)
    assert commit(opening) == theirs(opening)


@settings(max_examples=25, deadline=None)
@given(openings, openings)
def test_commitments_add_as_openings_do(left: Opening, right: Opening) -> None:
    total = commit(left) + commit(right)
    assert total == commit(left + right)
    assert total - commit(right) == commit(left)
    assert (left + right) - right == left


def test_point_and_its_negative() -> None:
    point = commit(Opening(5, 7))
    assert point + IDENTITY == point
    assert IDENTITY + point == point
    assert point - point == IDENTITY
    assert point + point == commit(Opening(10, 14))
    assert -IDENTITY == IDENTITY


def test_opening_of_a_commitment() -> None:
    verify_opening(commit(Opening(5, 7)), Opening(5, 7))


@pytest.mark.parametrize("other", [Opening(6, 7), Opening(5, 8)], ids=["value", "blinding"])
def test_opening_of_another(other: Opening) -> None:
    with pytest.raises(CommitmentError, match="another"):
        verify_opening(commit(Opening(5, 7)), other)


@pytest.mark.parametrize(("value", "blinding"), [(-1, 0), (1 << 128, 0), (0, -1), (0, ORDER)])
def test_numbers_out_of_range(value: int, blinding: int) -> None:
    with pytest.raises(CommitmentError, match=";"):
        Opening(value, blinding)


def test_more_taken_than_there_was() -> None:
    with pytest.raises(CommitmentError, match="out of range"):
        Opening(1, 0) - Opening(2, 0)


@pytest.mark.parametrize(
    ("x", "y"),
    [(1, 3), (0, 1), (1 + FIELD, 2), (1, 2 + FIELD), (-1, 2), (1, -2)],
)
def test_points_that_are_none(x: int, y: int) -> None:
    with pytest.raises(CommitmentError, match=";"):
        Point(x, y)


def test_second_generator_is_derived_as_documented() -> None:
    for counter in range(256):
        digest = keccak256(b"tradeseal/commitments/H" + counter.to_bytes(4, "big"))
        x = int.from_bytes(digest, "big") % FIELD
        if pow(x**3 + 3, (FIELD - 1) // 2, FIELD) == 1:
            break
    found = second_generator()
    assert found.x == x
    assert found.y % 2 == 0
    assert found != Point(1, 2)
