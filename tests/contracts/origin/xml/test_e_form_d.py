"""Electronic forms as XML: published fixtures, round trips, hostile input."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.forms import TRADE, form_json, forms, full_form_json

from contracts.errors import FormError, XmlError
from contracts.origin.certificate import certificate_json, parse_certificate
from contracts.origin.xml import schema
from contracts.origin.xml.declarations import (
    certificate_from_xml,
    certificate_to_xml,
    examinable_from_xml,
    importer_xml,
    message_from_xml,
    message_to_xml,
)
from contracts.origin.xml.messages import MessageKind, message_json, parse_message
from contracts.origin.xml.reader import ELEMENTS_LIMIT, SIZE_LIMIT
from contracts.origin.xml.schema import SCHEMA_FILE, render_schema

ROOT = Path(__file__).parents[4]
FIXTURES = ROOT / "docs" / "fixtures" / "e-form-d"
VALID = sorted((FIXTURES / "valid").glob("*.xml"))
EXPECTED: dict[str, Any] = json.loads((FIXTURES / "invalid" / "expected.json").read_text())
PLAIN = certificate_to_xml(parse_certificate(form_json()))


def test_shipped_schema_is_current() -> None:
    shipped = ROOT / "contracts" / "origin" / "xml" / SCHEMA_FILE
    assert shipped.read_text(encoding="utf-8") == render_schema()


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_valid_fixture_is_read_and_written_to_the_byte(path: Path) -> None:
    content = path.read_bytes()
    if path.name.startswith("message-"):
        assert message_to_xml(message_from_xml(content)) == content
    else:
        assert certificate_to_xml(certificate_from_xml(content)) == content


def test_every_kind_of_message_has_a_fixture() -> None:
    messages = [path for path in VALID if path.name.startswith("message-")]
    kinds = {message_from_xml(path.read_bytes()).kind for path in messages}
    assert kinds == set(MessageKind)


def test_every_invalid_fixture_says_what_to_expect() -> None:
    found = {path.name for path in (FIXTURES / "invalid").glob("*.xml")}
    assert found == EXPECTED.keys()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_invalid_fixture_is_refused_where_it_is_wrong(name: str) -> None:
    with pytest.raises(XmlError) as caught:
        certificate_from_xml((FIXTURES / "invalid" / name).read_bytes())
    error, expected = caught.value, EXPECTED[name]
    assert (error.line, error.element) == (expected["line"], expected["element"])
    assert error.problem == expected["problem"]
    assert str(error).endswith(f"; {error.remedy}")


def test_the_shipped_example_survives() -> None:
    value = json.loads((ROOT / "examples" / "form_d.json").read_text())
    form = parse_certificate(value)
    assert certificate_from_xml(certificate_to_xml(form)) == form


@pytest.mark.parametrize("form", sorted(TRADE))
def test_every_form_survives(form: str) -> None:
    parsed = parse_certificate(form_json(form))
    assert certificate_from_xml(certificate_to_xml(parsed)) == parsed


@given(forms())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_round_trip_loses_nothing(value: dict[str, Any]) -> None:
    form = parse_certificate(value)
    content = certificate_to_xml(form)
    assert certificate_json(certificate_from_xml(content)) == value
    assert certificate_to_xml(certificate_from_xml(content)) == content


def test_importers_are_sent_no_export_lines() -> None:
    form = parse_certificate(full_form_json())
    sent = certificate_from_xml(importer_xml(form))
    assert sent.items[0].export_lines == ()
    assert b"306512345670" not in importer_xml(form)
    assert sent.items[0].quantity == form.items[0].quantity


def test_examiners_read_what_breaks_a_rule() -> None:
    content = PLAIN.replace(b"CTSH + 35%", b"WO-AK")
    with pytest.raises(XmlError, match="no criterion"):
        certificate_from_xml(content)
    assert examinable_from_xml(content).items[0].origin_criterion == "WO-AK"


def test_comments_and_other_spacing_change_nothing() -> None:
    spaced = PLAIN.replace(b"<UCR>", b"<!-- ours -->\n\n\t<UCR>")
    assert certificate_from_xml(spaced) == certificate_from_xml(PLAIN)


def test_prefix_changes_nothing() -> None:
    prefixed = (
        PLAIN.replace(b"</", b"</t:")
        .replace(b"\n", b"")
        .replace(b"<D", b"<t:D")
        .replace(b" xmlns=", b" xmlns:t=")
    )
    for tag in (b"<T", b"<I", b"<U", b"<E", b"<N", b"<A", b"<L", b"<C", b"<G", b"<B", b"<S"):
        prefixed = prefixed.replace(tag, b"<t:" + tag[1:])
    for tag in (b"<P", b"<M", b"<Q", b"<F", b"<O", b"<R"):
        prefixed = prefixed.replace(tag, b"<t:" + tag[1:])
    assert certificate_from_xml(prefixed) == certificate_from_xml(PLAIN)


@given(st.integers(0, len(PLAIN) - 1), st.binary(max_size=3), st.integers(0, 8))
@settings(max_examples=120, deadline=None)
def test_damaged_documents_are_refused_or_mean_something(
    place: int, inserted: bytes, removed: int
) -> None:
    damaged = PLAIN[:place] + inserted + PLAIN[place + removed :]
    try:
        form = certificate_from_xml(damaged)
    except XmlError:
        return  # refused, as most are
    assert certificate_from_xml(certificate_to_xml(form)) == form


@pytest.mark.parametrize("content", [b"", b" ", b"<", b"{}", b"\x00" * 9, b"\xef\xbb\xbf"])
def test_what_is_no_xml(content: bytes) -> None:
    with pytest.raises(XmlError):
        certificate_from_xml(content)


HOSTILE = {
    "a hundred megabytes": lambda: b"<a>" + b"x" * 100_000_000,
    "two million open elements": lambda: b"<a>" * 2_000_000,
    "too many elements": lambda: PLAIN.replace(b"<UCR>", b"<UCR>" + b"<ID>x</ID>" * ELEMENTS_LIMIT),
    "a digit string of megabytes": lambda: PLAIN.replace(b">1200<", b">" + b"9" * 5_000_000 + b"<"),
    "a text of megabytes": lambda: PLAIN.replace(b"Main Street 1", b"x" * 5_000_000),
    "blanks of megabytes": lambda: PLAIN.replace(b"Main Street 1", b" " * 5_000_000),
    "an attribute of megabytes": lambda: PLAIN.replace(b'"H87"', b'"' + b"H" * 5_000_000 + b'"'),
    "a name of megabytes": lambda: PLAIN.replace(b"<UCR>", b"<" + b"U" * 5_000_000 + b"/><UCR>"),
    "a comment of megabytes": lambda: PLAIN.replace(
        b"<UCR>", b"<!--" + b"-x" * 4_500_000 + b"--><UCR>"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_soon_and_briefly(name: str) -> None:
    content = HOSTILE[name]()
    start = time.process_time()
    with pytest.raises(XmlError) as caught:
        certificate_from_xml(content)
    assert time.process_time() - start < 5
    assert len(str(caught.value)) < 1_000


def test_size_limit_to_the_byte() -> None:
    padded = PLAIN + b" " * (SIZE_LIMIT - len(PLAIN))
    assert certificate_from_xml(padded) == certificate_from_xml(PLAIN)
    with pytest.raises(XmlError, match="has 8388609 bytes"):
        certificate_from_xml(padded + b" ")


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("MoIT")
    entity = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]><Declaration'.encode()
    for content in (
        PLAIN.replace(b"<Declaration", entity).replace(b"MoIT", b"&x;"),
        PLAIN.replace(b"<UCR>", f'<UCR xmlns:i="i" i:schemaLocation="{secret.as_uri()}">'.encode()),
    ):
        with pytest.raises(XmlError) as caught:
            certificate_from_xml(content)
        assert "MoIT" not in str(caught.value)


MESSAGES = {path.stem.removeprefix("message-"): path.read_bytes() for path in VALID}
WRONG = {
    "outcome of another kind": ("ack-tech-ok", b">ok<", b">full<", "outcome"),
    "no such outcome": ("ack-tech-ok", b">ok<", b">fine<", "Response/Status/NameCode"),
    "no such time": ("ack-receipt", b"T03:", b"T25:", "Response/IssueDateTime"),
    "to itself": ("ack-receipt", b">VN</CountryCode>", b">ID</CountryCode>", "recipient"),
    "answer to nothing": (
        "ack-receipt",
        b"  <PreviousDocument>\n    <ID>VN-26-0001</ID>\n  </PreviousDocument>\n",
        b"",
        "in_reply_to",
    ),
    "kind without its boxes": ("ack-receipt", b"ACK_RECEIPT", b"ACK_TECH", "outcome"),
    "boxes of another kind": ("visit-report", b"VISIT_REPORT", b"VISIT_CONSENT", "outcome"),
    "deadline left out": ("visit-notice", b"VISIT_NOTICE", b"VISIT_REPORT", "reply_by"),
    "no such kind": ("ack-receipt", b"ACK_RECEIPT", b"ACK", "Response/FunctionCode"),
    "rejected without reason": ("utilisation", b">partial<", b">rejected<", "reason"),
    "no such code": (
        "ack-tech-error",
        b"COO_CRITERION_INVALID",
        b"COO_WRONG",
        "Response/Error/ValidationCode",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_message_that_does_not_fit_its_kind(name: str) -> None:
    message, before, after, element = WRONG[name]
    assert before in MESSAGES[message]
    with pytest.raises(XmlError) as caught:
        message_from_xml(MESSAGES[message].replace(before, after))
    assert caught.value.element == element


def test_a_certificate_is_no_message() -> None:
    with pytest.raises(XmlError, match="send Response"):
        message_from_xml(PLAIN)


def test_message_of_no_time_in_json() -> None:
    message = message_json(message_from_xml(MESSAGES["ack-receipt"]))
    assert parse_message(message) == message_from_xml(MESSAGES["ack-receipt"])
    with pytest.raises(FormError, match="is no time"):
        parse_message(message | {"sent": "2026-10-06T25:04:05Z"})
    with pytest.raises(FormError, match="has another form"):
        parse_message(message | {"sent": "2026-10-06T03:04:05+07:00"})


def test_stale_schema_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(schema, "__file__", str(tmp_path / "schema.py"))
    monkeypatch.setattr("sys.argv", ["schema", "--check"])
    assert schema.main() == 1
    monkeypatch.setattr("sys.argv", ["schema"])
    assert schema.main() == 0
    monkeypatch.setattr("sys.argv", ["schema", "--check"])
    assert schema.main() == 0
