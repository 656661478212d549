"""The certificate as a page: what is shown, what is hidden, what cannot do harm."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from support.forms import TRADE, form_json, full_form_json, places

from clients.cli.certificate_page import ClaimView, LedgerView, certificate_page
from contracts.documents.sd_jwt import issue_sd_jwt, present_sd_jwt, verify_sd_jwt
from contracts.documents.x509 import new_document_key
from contracts.origin.certificate import DOCUMENT_TYPE, certificate_claims, parse_certificate

HIDDEN = "không tiết lộ · not disclosed"
LEDGER = LedgerView(
    certificate="0x" + "ab" * 32,
    status="issued",
    exchange="received",
    paper=True,
    as_of="2026-11-23T10:00:00Z",
    shares={1: 3334},
    claims=(ClaimView(1, "accepted", "requested", "0x12"), ClaimView(1, "pending", "", "0x13")),
)


def shown(claims: dict[str, Any], ledger: LedgerView | None = None, hidden: int = 0) -> str:
    file = io.StringIO()
    console = Console(file=file, width=200, color_system="truecolor", force_terminal=True)
    console.print(certificate_page(claims, ledger, hidden))
    return file.getvalue()


def plainly(claims: dict[str, Any], ledger: LedgerView | None = None, hidden: int = 0) -> str:
    file = io.StringIO()
    Console(file=file, width=200).print(certificate_page(claims, ledger, hidden))
    return file.getvalue()


def scalars(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in scalars(part)]
    if isinstance(value, list):
        return [text for part in value for text in scalars(part)]
    return [] if isinstance(value, bool) else [str(value)]


def test_every_value_of_a_full_certificate_is_on_the_page() -> None:
    form = full_form_json()
    del form["items"][0]["export_lines"]
    page = plainly(form)
    assert [text for text in scalars(form) if text not in page] == []
    assert HIDDEN not in page
    assert page.count("☑") == 3
    assert page.count("☐") == 4


@pytest.mark.parametrize("form", sorted(TRADE))
def test_every_form_has_a_page(form: str) -> None:
    page = plainly(form_json(form))
    assert f"Form {form}" in page
    assert ("12. " in page) is (form in {"D", "E", "AK", "VK", "AJ", "AI", "AANZ", "AHK", "S", "X"})


def test_ledger() -> None:
    page = plainly(form_json(), LEDGER)
    for text in ("issued", "received", "on paper", "33.34 %", "accepted", "requested", "0x13"):
        assert text in page
    assert "see the ledger" in plainly(form_json())
    unclaimed = LedgerView("0x", "cancelled", "not sent", paper=False, as_of="now")
    assert "not claimed yet" in plainly(form_json(), unclaimed)


def test_redacted_presentation_shows_what_is_hidden() -> None:
    key = new_document_key()
    form = parse_certificate(form_json())
    claims = certificate_claims(form, b"\1" * 32, b"\2" * 32)
    document = issue_sd_jwt(claims, key, {"typ": DOCUMENT_TYPE})
    paths = [("exporter",), ("items", 0, "hs_code"), ("items", 0, "origin_criterion")]
    presented = present_sd_jwt(document, paths)
    verified = verify_sd_jwt(presented, key.public_key(), DOCUMENT_TYPE, form.issued_at)
    page = plainly(dict(verified.claims), hidden=verified.hidden)
    assert "Công ty May Sài Gòn" in page
    assert "620520" in page
    assert "CTSH + 35%" in page
    assert f"{verified.hidden} fields not disclosed" in page
    for secret in ("VN-26-01234", "Main Street", "7320", "1200", "MV Mekong", "MoIT"):
        assert secret not in page
    assert page.count(HIDDEN) >= 9


def test_nothing_but_the_frame() -> None:
    page = plainly({"form": "D", "issued_in": "VN"})
    assert page.count(HIDDEN) >= 8


@pytest.mark.parametrize("text", ["[red]A[/red]", "A\x1b[31mB", "A\rB", "A\u202eB", "[/]"])
def test_words_of_others_cannot_change_the_page(text: str) -> None:
    form = form_json()
    form["exporter"]["name"] = text
    page = shown(form)
    assert "\x1b[31m" not in page
    assert "\u202e" not in page
    assert "\r" not in page
    assert text in page or "\N{REPLACEMENT CHARACTER}" in page


@given(
    st.sampled_from(places(full_form_json())), st.sampled_from([None, 7, "x", [], {}, [7], [[]]])
)
@settings(max_examples=100, deadline=None)
def test_signed_and_yet_malformed(path: tuple[Any, ...], junk: Any) -> None:
    form = full_form_json()
    *boxes, last = path
    at: Any = form
    for box in boxes:
        at = at[box]
    at[last] = junk
    assert "CERTIFICATE OF ORIGIN" in plainly(form, LEDGER)
