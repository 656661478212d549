import pytest
import rlp as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.proofs import rlp
from chain.proofs.errors import MalformedError

ITEMS = st.recursive(
    st.binary(max_size=70), lambda inner: st.lists(inner, max_size=20), max_leaves=30
)


@given(ITEMS)
@settings(max_examples=60)
def test_encoding_agrees_with_the_library_and_reads_back(item: rlp.Item) -> None:
    encoded = rlp.encode(item)
    assert encoded == reference.encode(item)
    try:
        assert rlp.decode(encoded) == item
    except MalformedError as fault:
        assert "deeper" in fault.reason  # noqa: PT017 - the only allowed refusal


@given(st.binary(max_size=60))
@settings(max_examples=150)
def test_what_is_read_is_canonical(data: bytes) -> None:
    try:
        item = rlp.decode(data)
    except MalformedError:
        return
    assert rlp.encode(item) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "end where an item belongs"),
        ("00" * 2, "bytes follow"),
        ("8100", "single byte"),
        ("817f", "single byte"),
        ("82ff", "longer than what holds it"),
        ("b8", "cut off"),
        ("b800", "shortest form"),
        ("b837" + "11" * 55, "shortest form"),
        ("b90038" + "11" * 56, "shortest form"),
        ("b838" + "11" * 55, "longer than what holds it"),
        ("f8", "cut off"),
        ("f837" + "11" * 55, "shortest form"),
        ("c2", "longer than what holds it"),
        ("c382ff", "longer than what holds it"),
        ("c281", "longer than what holds it"),
        ("c1c1", "longer than what holds it"),
        ("bfffffffffffffffff", "longer than what holds it"),
    ],
)
def test_other_encodings_are_refused(data: str, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        rlp.decode(bytes.fromhex(data))


def test_nesting_is_bounded() -> None:
    deep: list[rlp.Item] = []
    for _ in range(rlp.MAX_DEPTH - 1):
        deep = [deep]
    assert rlp.decode(rlp.encode(deep)) == deep
    with pytest.raises(MalformedError, match="deeper than 16"):
        rlp.decode(rlp.encode([deep]))


def test_lists_and_strings_are_told_apart() -> None:
    assert rlp.decode_list("thing", b"\xc1\x05") == [b"\x05"]
    assert rlp.decode_strings("thing", b"\xc1\x05") == [b"\x05"]
    with pytest.raises(MalformedError, match="byte string where a list belongs"):
        rlp.decode_list("thing", b"\x05")
    with pytest.raises(MalformedError, match="list where a byte string belongs"):
        rlp.decode_strings("thing", b"\xc1\xc0")


def test_integers_are_shortest_and_bounded() -> None:
    for value in (0, 1, 127, 128, 2**64 - 1):
        assert rlp.decode_integer("number", rlp.encode_integer(value), 8) == value
    with pytest.raises(MalformedError, match="leading zero"):
        rlp.decode_integer("number", b"\0", 8)
    with pytest.raises(MalformedError, match="longer than 8 bytes"):
        rlp.decode_integer("number", bytes(9), 8)
