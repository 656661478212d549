import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.bundles.errors import JsonFormError
from contracts.bundles.json_text import parse_canonical, parse_strict, write_canonical

NAMES = st.text("abcXYZ_09", max_size=5)
TEXTS = st.text(max_size=8)
VALUES = st.recursive(
    st.none() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=80)
def test_the_canonical_form_is_rfc_8785(value: object) -> None:
    data = write_canonical(value)
    assert data == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert parse_canonical(data, 1 << 20) == value


@given(st.binary(max_size=30))
@settings(max_examples=100)
def test_what_is_read_is_canonical(data: bytes) -> None:
    try:
        value = parse_canonical(data, 100)
    except JsonFormError:
        return
    assert write_canonical(value) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":"1","a":"2"}', "same member twice"),
        (b'{"a":1}', "the number 1 must be a string"),
        (b'{"a":-1.5e3}', "must be a string"),
        (b'{"a":NaN}', "must be a string"),
        (b"true", "truth value"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"{", "line 1, column 2"),
        (b"[" * 100_000, "nested deeper than 16"),
        (b'{"a":' * 17 + b'"x"' + b"}" * 17, "nested deeper than 16"),
        (b'["\\"' + b"[" * 17, "nested deeper than 16"),
        (b'"' + b"x" * 2_000_000 + b'"', "at most"),
    ],
    ids=lambda item: str(item)[:20],
)
def test_other_json_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(JsonFormError, match=reason):
        parse_strict(data, 1 << 20)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a": "1"}', "canonical"),
        (b'{"b":"1","a":"2"}', "canonical"),
        (b'"\\u0041"', "canonical"),
        (b'"\\/"', "canonical"),
        (b'"x"\n', "canonical"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b'\xef\xbb\xbf"x"', "line 1"),
    ],
)
def test_other_spellings_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(JsonFormError, match=reason):
        parse_canonical(data, 1 << 20)


def test_depth_counts_brackets_outside_strings() -> None:
    deepest = b"[" * 16 + b"]" * 16
    assert write_canonical(parse_canonical(deepest, 100)) == deepest
    side_by_side = b"[" + b",".join([b"[]"] * 40) + b"]"
    assert parse_strict(side_by_side, 1_000) == [[]] * 40
    assert parse_strict(b'"' + b"[{" * 40 + b'\\"[["', 1_000) == "[{" * 40 + '"[['
