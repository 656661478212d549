"""Declarations as they are read: every field missing, unknown or out of range in turn."""

import copy
import hashlib
import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts.clearance.declaration import (
    Declaration,
    DeclarationError,
    Finding,
    content_hash,
    declaration_bytes,
    declaration_json,
    parse_declaration,
    read_declaration,
    require_declaration,
)
from contracts.clearance.declaration.example import NAMES, example, example_json
from contracts.clearance.declaration.findings import codes, finding
from contracts.clearance.declaration.kinds import Value
from contracts.clearance.declaration.objects import FINDINGS_LIMIT, Many, Object, members_of
from contracts.clearance.declaration.schema import declaration_schema, render_schema
from contracts.clearance.declaration.schema import main as schema_main

ROOT = Path(__file__).parents[4]
SCHEMA = ROOT / "docs" / "schemas" / "clearance" / "declaration.schema.json"
VALIDATOR = Draft202012Validator(declaration_schema())
SAMPLES: dict[str, Any] = {
    "agent": {"name": "Agent", "address": "Road 1", "country": "VN", "tax_code": "9900000010"},
    "costs": [{"kind": "freight", "amount": "1", "currency": "USD", "evidence": "bill"}],
    "permits": [
        {"kind": "other", "number": "P-1", "agency": "Agency", "valid_until": "2027-01-01"}
    ],
}


def _filled() -> dict[str, Any]:
    value = example_json("import_green") | SAMPLES
    value["flow"] = "express_low_value"
    value["exporter"]["tax_code"] = "0105500000001"
    value["certificates"][0]["back_to_back"] = True
    value["lines"][0] |= {"permits": ["P-1"], "procedure": "A11"}
    return value


FULL = _filled()


def full() -> dict[str, Any]:
    """Return a declaration in which every field stands."""
    return copy.deepcopy(FULL)


def places(model: type[Any], path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    """Yield path and member of every field of the model, in lists of the first element."""
    for name, member in members_of(model).items():
        at, kind = (*path, name), member.kind
        yield at, member
        if isinstance(kind, Many):
            at, kind = (*at, 0), kind.kind
        if isinstance(kind, Object):
            yield from places(kind.model, at)


PLACES = list(places(Declaration))
VALUE_PLACES = [path for path, member in PLACES if isinstance(member.kind, Value)]
BROKEN: list[Any] = [None, True, -1, 0, 10**30, "", " ", "-1", "1e5", "\ud800", "É" * 5, [], {}]


def pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{each}" for each in path)


def holder(value: Any, path: tuple[str | int, ...]) -> Any:
    for each in path[:-1]:
        value = value[each]
    return value


def findings(value: object) -> tuple[Finding, ...]:
    found = read_declaration(value)
    assert isinstance(found, tuple)
    assert found
    return found


def test_every_field_stands_in_the_full_declaration() -> None:
    value = full()
    assert isinstance(read_declaration(value), Declaration)
    assert all(path[-1] in holder(value, path) for path, _ in PLACES)
    assert VALIDATOR.is_valid(value)


@pytest.mark.parametrize("name", NAMES)
def test_example_comes_back(name: str) -> None:
    value = example_json(name)
    declaration = example(name)
    assert declaration_json(declaration) == value
    assert VALIDATOR.is_valid(value)
    assert parse_declaration(declaration_bytes(declaration)) == declaration


@pytest.mark.parametrize(("path", "member"), PLACES, ids=[pointer(path) for path, _ in PLACES])
def test_missing_field(path: tuple[str | int, ...], member: Any) -> None:
    value = full()
    del holder(value, path)[path[-1]]
    if member.optional:
        assert isinstance(read_declaration(value), Declaration)
        assert VALIDATOR.is_valid(value)
        return
    (found,) = findings(value)
    assert (found.code, found.field) == ("DECL_MISSING", pointer(path))
    assert str(path[-1]) in found.vi
    assert str(path[-1]) in found.en
    assert not VALIDATOR.is_valid(value)


@pytest.mark.parametrize(("path", "member"), PLACES, ids=[pointer(path) for path, _ in PLACES])
def test_field_out_of_range(path: tuple[str | int, ...], member: Any) -> None:
    refused = 0
    for broken in BROKEN:
        value = full()
        holder(value, path)[path[-1]] = broken
        read = read_declaration(value)
        if isinstance(read, Declaration):
            continue
        refused += 1
        assert all(each.field.startswith(pointer(path)) for each in read)
        if isinstance(member.kind, Value):
            assert read[0].code == member.kind.code
    assert refused >= len(BROKEN) - 3  # three of them are plain text


@pytest.mark.parametrize("path", VALUE_PLACES, ids=pointer)
def test_whatever_the_schema_refuses_the_reader_refuses(path: tuple[str | int, ...]) -> None:
    for broken in BROKEN:
        value = full()
        holder(value, path)[path[-1]] = broken
        if not VALIDATOR.is_valid(value):
            assert isinstance(read_declaration(value), tuple)


@pytest.mark.parametrize(
    "path", [(), ("importer",), ("transport",), ("lines", 0), ("lines", 0, "quantity")], ids=str
)
def test_unknown_member(path: tuple[str | int, ...]) -> None:
    value = full()
    holder(value, (*path, "x"))["a/b~c"] = 1
    (found,) = findings(value)
    assert (found.code, found.field) == ("DECL_UNKNOWN_MEMBER", f"{pointer(path)}/a~1b~0c")


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (("lines", 0, "hs"), "851310", "DECL_HS"),
        (("lines", 0, "hs"), "77131090", "DECL_HS"),
        (("lines", 0, "hs"), "99131090", "DECL_HS"),
        (("lines", 0, "quantity", "value"), "0", "DECL_QUANTITY"),
        (("lines", 0, "quantity", "value"), "0.000000", "DECL_QUANTITY"),
        (("lines", 0, "quantity", "value"), "1.0000001", "DECL_QUANTITY"),
        (("lines", 0, "quantity", "value"), "1" * 16, "DECL_QUANTITY"),
        (("lines", 0, "quantity", "unit"), "ZZ9", "DECL_UNIT"),
        (("lines", 0, "price_amount"), "01", "DECL_AMOUNT"),
        (("lines", 0, "price_currency"), "ZZZ", "DECL_CURRENCY"),
        (("lines", 0, "origin_country"), "XX", "DECL_COUNTRY"),
        (("lines", 0, "number"), 10_000, "DECL_COUNT"),
        (("declared_on",), "2026-02-29", "DECL_DATE"),
        (("declared_on",), "23/11/2026", "DECL_DATE"),
        (("ucr",), "6VN" + "A" * 33, "DECL_UCR"),
        (("ucr",), "VN6ABC", "DECL_UCR"),
        (("containers", 0, "number"), "TSLX1000030", "DECL_CONTAINER_FORM"),
        (("invoices", 0, "incoterm"), "DAT", "DECL_INCOTERM"),
        (("direction",), "transit", "DECL_DIRECTION"),
        (("flow",), "fast", "DECL_FLOW"),
        (("format",), "tradeseal-declaration/2", "DECL_FORMAT"),
        (("transport", "mode"), "10", "DECL_TRANSPORT_MODE"),
        (("transport", "loading"), "THL", "DECL_LOCATION"),
        (("procedure",), "\u0410" + "11", "DECL_PROCEDURE_FORM"),
        (("documents", 0, "sha256"), "1F" * 32, "DECL_SHA256"),
    ],
)
def test_value_of_another_form(path: tuple[str | int, ...], text: Any, code: str) -> None:
    value = full()
    holder(value, path)[path[-1]] = text
    (found,) = findings(value)
    assert (found.code, found.field) == (code, pointer(path))


@pytest.mark.parametrize("text", ["0", "0.5", "999999999999999.999999"])
def test_amounts_at_their_bounds(text: str) -> None:
    value = full()
    value["lines"][0]["price_amount"] = text
    assert isinstance(read_declaration(value), Declaration)


def test_all_faults_are_found_in_one_pass() -> None:
    value = full()
    del value["office"]
    value["lines"][0]["hs"] = "1"
    value["lines"][1]["origin_country"] = "XX"
    value["more"] = 1
    assert {each.field for each in findings(value)} == {
        "/office", "/lines/0/hs", "/lines/1/origin_country", "/more"
    }  # fmt: skip


@pytest.mark.parametrize("count", [0, 10_000])
def test_a_list_of_another_length(count: int) -> None:
    value = full()
    value["lines"] = value["lines"][:1] * count
    (found,) = findings(value)
    assert (found.code, found.field) == ("DECL_LIST_LENGTH", "/lines")
    assert str(count) in found.en


def test_findings_are_bounded() -> None:
    value = full()
    value["lines"] = [{}] * 500
    found = findings(value)
    assert len(found) == FINDINGS_LIMIT + 1
    assert found[-1].code == "DECL_MORE"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b'{"a":1,"a":2}',
        b"[" * 5_000 + b"]" * 5_000,
        b'{"format":1.5}',
        b'"\\ud800"',
        b"NaN",
    ],
)
def test_text_that_is_no_json(content: bytes) -> None:
    found = parse_declaration(content)
    assert isinstance(found, tuple)
    assert found[0].code == "DECL_JSON"


def test_require_raises_with_every_finding() -> None:
    with pytest.raises(DeclarationError) as caught:
        require_declaration({"format": "tradeseal-declaration/1"})
    assert len(caught.value.findings) > 10
    assert "and" in str(caught.value)
    assert require_declaration(example_json("export")) == example("export")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([path[-1] for path, _ in PLACES if isinstance(path[-1], str)])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=80, deadline=None)
def test_any_json_gives_findings(value: Any) -> None:
    for each in findings(value):
        json.dumps(each.to_json(), ensure_ascii=False).encode()


@given(st.sampled_from([path for path, _ in PLACES]), JSON)
@settings(max_examples=120, deadline=None)
def test_any_value_in_any_place(path: tuple[str | int, ...], junk: Any) -> None:
    value = full()
    holder(value, path)[path[-1]] = junk
    read = read_declaration(value)
    if isinstance(read, Declaration):
        assert isinstance(declaration_bytes(read), bytes)
        assert read_declaration(declaration_json(read)) == read
        assert VALIDATOR.is_valid(value)
    else:
        assert all(each.field.startswith(pointer(path)) for each in read)


@given(st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_findings(content: bytes) -> None:
    assert isinstance(parse_declaration(content), tuple)


def test_hash_is_sha256_of_the_canonical_form_with_the_salt() -> None:
    declaration = example("export")
    value = example_json("export")
    assert content_hash(declaration) == hashlib.sha256(declaration_bytes(declaration)).digest()
    assert json.loads(declaration_bytes(declaration)) == value
    value["salt"] = "b" * 64
    assert content_hash(require_declaration(value)) != content_hash(declaration)


def test_order_of_members_changes_nothing() -> None:
    value = example_json("import_red")
    shuffled = dict(reversed(list(value.items())))
    assert content_hash(require_declaration(shuffled)) == content_hash(example("import_red"))


def test_published_schema_is_current_and_sound() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == render_schema()
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_schema_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "schema.json"
    monkeypatch.setattr("sys.argv", ["schema", str(file), "--check"])
    assert schema_main() == 1
    monkeypatch.setattr("sys.argv", ["schema", str(file)])
    assert schema_main() == 0
    monkeypatch.setattr("sys.argv", ["schema", str(file), "--check"])
    assert schema_main() == 0


def test_every_kind_has_texts() -> None:
    kinds = {member.kind.code for _, member in PLACES if isinstance(member.kind, Value)}
    assert kinds <= codes()


@pytest.mark.parametrize("code", sorted(codes()))
def test_both_languages_name_the_same_facts(code: str) -> None:
    path = "contracts/clearance/declaration/texts.json"
    texts = json.loads((ROOT / path).read_text(encoding="utf-8"))[code]
    named = [
        {name for _, name, _, _ in string.Formatter().parse(texts[language]) if name}
        for language in ("vi", "en")
    ]
    assert named[0] == named[1]
    found = finding(code, "", **dict.fromkeys(named[0], "x"))
    assert found.is_error == (texts.get("severity") != "warning")
    assert found.vi != found.en
