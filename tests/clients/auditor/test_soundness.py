"""No altered byte of a bundle passes."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from vectors import reader

from clients.auditor import Verdict, verify_bundle
from clients.auditor.errors import UnusableError

NAMES = ("drawn", "issued", "upgraded", "changes")


def is_valid(data: bytes, name: str) -> bool:
    case = next(case for case in reader.cases() if case["name"] == name)
    try:
        report = verify_bundle(data, reader.case_trust(case), reader.case_question(case))
    except UnusableError:
        return False
    return report.verdict is Verdict.VALID


def test_the_unaltered_bundles_pass() -> None:
    assert all(is_valid(reader.bundle_bytes(name), name) for name in NAMES)


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_byte(name: str, data: st.DataObject) -> None:
    altered = bytearray(reader.bundle_bytes(name))
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    assert not is_valid(bytes(altered), name)


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=120, deadline=None)
def test_any_digit_of_any_value(name: str, data: st.DataObject) -> None:
    """Alter a digit, so that the file keeps its form and the proof itself must refuse."""
    altered = bytearray(reader.bundle_bytes(name))
    places = [at for at, byte in enumerate(altered) if byte in b"0123456789abcdef"]
    at = data.draw(st.sampled_from(places))
    altered[at] = data.draw(st.sampled_from(sorted(set(b"0123456789abcdef") - {altered[at]})))
    assert not is_valid(bytes(altered), name)


@given(name=st.sampled_from(NAMES[:3]), data=st.data())
@settings(max_examples=60, deadline=None)
def test_anything_left_out(name: str, data: st.DataObject) -> None:
    """Leave out any element of any list (more changes than needed are no fault)."""
    value = json.loads(reader.bundle_bytes(name))
    # A holder may show fewer fields, so disclosures are another matter.
    lists = [
        chosen
        for path, chosen in find_lists(value, "")
        if chosen and path != "/document/disclosures"
    ]
    chosen = data.draw(st.sampled_from(lists))
    del chosen[data.draw(st.integers(0, len(chosen) - 1))]
    altered = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert not is_valid(altered.encode(), name)


def find_lists(value: Any, path: str) -> Any:
    if isinstance(value, list):
        yield path, value
    items = value.items() if isinstance(value, dict) else ()
    for name, item in items:
        yield from find_lists(item, f"{path}/{name}")
