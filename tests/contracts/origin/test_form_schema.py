"""The published JSON Schemas against the parser."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.forms import form_json, forms, full_form_json, places

from contracts.errors import FormError
from contracts.origin.certificate import certificate_json, parse_certificate
from contracts.origin.form_schema import form_schema, render_schema, schema_file
from contracts.origin.form_schema import main as form_schema_main
from contracts.origin.rules import known_forms

ROOT = Path(__file__).parents[3]
VALIDATORS = {form: Draft202012Validator(form_schema(form)) for form in known_forms()}


def accepts(value: dict[str, Any]) -> bool:
    return VALIDATORS[value.get("form", "D")].is_valid(value)


@pytest.mark.parametrize("form", sorted(known_forms()))
def test_published_schema_is_current_and_sound(form: str) -> None:
    published = (ROOT / "docs" / "schemas" / schema_file(form)).read_text(encoding="utf-8")
    assert published == render_schema(form)
    Draft202012Validator.check_schema(json.loads(published))


def test_no_schema_is_published_of_a_form_that_is_none() -> None:
    published = {path.name for path in (ROOT / "docs" / "schemas").glob("*.json")}
    assert published == {schema_file(form) for form in known_forms()}


def test_example_is_accepted() -> None:
    value = json.loads((ROOT / "examples" / "form_d.json").read_text())
    assert accepts(value)
    assert accepts(certificate_json(parse_certificate(value)))


def test_every_box_of_form_d_is_accepted() -> None:
    assert accepts(full_form_json())


@given(forms())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_sound_is_accepted_by_both_and_comes_back(value: dict[str, Any]) -> None:
    assert accepts(value)
    assert certificate_json(parse_certificate(value)) == value


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 10_000),
    st.text(max_size=6),
    st.sampled_from(["WO", "40%", "VN", "2026-02-30", "0", "1e3", "", " ", "VN\u0410", [], {}]),
)


@given(forms(), st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_the_schema_refuses_the_parser_refuses(value: dict[str, Any], data: Any) -> None:
    changed = copy.deepcopy(value)
    *boxes, last = data.draw(st.sampled_from(places(value)))
    at = changed
    for box in boxes:
        at = at[box]
    match data.draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            at[last] = data.draw(JUNK)
        case "remove" if isinstance(at, dict):
            del at[last]
        case _:
            at[data.draw(st.sampled_from(["extra", "form", "remarks", "producer"]))] = data.draw(
                JUNK
            )
    form = changed.get("form", "D")
    if not isinstance(form, str) or form not in VALIDATORS or not accepts(changed):
        with pytest.raises(FormError):
            parse_certificate(changed)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("reference_no",), "VN-\u0410-1"),
        (("reference_no",), "VN-\uff11"),
        (("reference_no",), "VN\u200b-1"),
        (("items", 0, "hs_code"), "\u0666205\u0662\u0660"),
        (("items", 0, "quantity", "value"), "\uff11"),
        (("certification", "date"), "2026-10-0\uff15"),
        (("exporter", "country"), "V\u039d"),
        (("items", 0, "packages", "type"), "\u0421T"),
    ],
    ids=ascii,
)
def test_letters_that_only_look_right(path: tuple[Any, ...], value: str) -> None:
    form = form_json()
    *boxes, last = path
    at: Any = form
    for box in boxes:
        at = at[box]
    at[last] = value
    assert not accepts(form)
    with pytest.raises(FormError, match=r"holds U\+[0-9A-F]{4} [A-Z -]+.* at position [0-9]+"):
        parse_certificate(form)


@pytest.mark.parametrize(
    "letter",
    ["\u202e", "\u2066", "\ufeff", "\u00ad", "\uffff", "\x7f", "\x85"],
    ids=ascii,
)
def test_text_that_would_read_another_way(letter: str) -> None:
    form = form_json()
    form["exporter"]["name"] = f"A{letter}B"
    with pytest.raises(FormError, match="at position 2"):
        parse_certificate(form)


@pytest.mark.parametrize("name", ["Công ty Sài Gòn", "បាត់\u200bដំបង", "क्\u200dष", "東京 & <Ltd>"])
def test_text_of_any_script(name: str) -> None:
    form = form_json()
    form["exporter"]["name"] = name
    assert parse_certificate(form).exporter.name == name


def test_stale_schemas_are_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["form_schema", str(tmp_path), "--check"])
    assert form_schema_main() == 1
    monkeypatch.setattr("sys.argv", ["form_schema", str(tmp_path)])
    assert form_schema_main() == 0
    monkeypatch.setattr("sys.argv", ["form_schema", str(tmp_path), "--check"])
    assert form_schema_main() == 0
