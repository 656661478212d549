import copy
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.documents.sd_jwt import issue_sd_jwt, present_sd_jwt, verify_sd_jwt
from contracts.documents.x509 import new_document_key
from contracts.errors import FormError
from contracts.origin.certificate import (
    DOCUMENT_TYPE,
    FLAGS,
    certificate_claims,
    certificate_from_claims,
    certificate_json,
    parse_certificate,
)
from contracts.origin.form_rules import expiry_date
from contracts.origin.rules import form_rules

FORM: dict[str, Any] = {
    "form": "D",
    "reference_no": "VN-ID-26-01234",
    "issued_in": "VN",
    "issuing_body": "Ministry of Industry and Trade",
    "consignment": "6VN0312345678-2601",
    "exporter": {
        "name": "Công ty Cà phê Sài Gòn",
        "address": "Thủ Đức",
        "country": "VN",
        "tax_id": "0312345678",
    },
    "consignee": {"name": "PT Kopi Nusantara", "address": "Jakarta", "country": "ID"},
    "transport": {
        "departure_date": "2026-01-05",
        "means_name": "MV Mekong 12",
        "port_of_discharge": "IDTPP",
        "route": "VNCLI - IDTPP",
    },
    "items": [
        {
            "item_no": 1,
            "marks_numbers": "SG/2601",
            "packages": {"count": 300, "type": "BG"},
            "goods_description": "Coffee, not roasted",
            "quantity": {"value": "18000", "unit": "KGM"},
            "hs_code": "09011110",
            "origin_criterion": "WO",
            "gross_weight": {"value": "18150.5", "unit": "KGM"},
            "invoice": {"number": "SG-1", "date": "2026-01-02"},
        },
        {
            "item_no": 2,
            "marks_numbers": "SG/2602",
            "packages": {"count": 40, "type": "CT"},
            "goods_description": "Shirts of cotton",
            "quantity": {"value": "1200", "unit": "C62"},
            "hs_code": "620520",
            "origin_criterion": "CTSH + 35%",
            "gross_weight": {"value": "410", "unit": "KGM"},
            "fob_value": {"amount": "7320.00", "currency": "USD"},
            "invoice": {"number": "SG-1", "date": "2026-01-02"},
        },
    ],
    "exporter_declaration": {
        "produced_in": "VN",
        "exported_to": "ID",
        "place": "Ho Chi Minh City",
        "date": "2026-01-04",
        "signatory": "Export manager",
    },
    "certification": {"place": "Ha Noi", "date": "2026-01-05", "authority": "MoIT"},
    "flags": dict.fromkeys(FLAGS, False),
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    form = copy.deepcopy(FORM)
    change(form)
    return form


def test_form_is_read_into_types() -> None:
    form = parse_certificate(FORM)
    assert form.importing_country == "ID"
    assert form.items[0].quantity.value == Decimal(18_000)
    assert form.items[1].fob_value is not None
    assert form.certification.date == date(2026, 1, 5)
    assert form.flags == frozenset()


def test_round_trip() -> None:
    form = parse_certificate(FORM)
    assert certificate_json(form) == FORM
    assert parse_certificate(certificate_json(form)) == form


def test_validity_is_twelve_months() -> None:
    form = parse_certificate(FORM)
    assert form.expires_at - form.issued_at == 365 * 86_400


@pytest.mark.parametrize(
    ("certified", "expires"),
    [
        (date(2026, 1, 5), date(2027, 1, 5)),
        (date(2027, 12, 31), date(2028, 12, 31)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
    ids=str,
)
def test_expiry_date(certified: date, expires: date) -> None:
    assert expiry_date("D", certified) == expires


def test_form_had_no_rules_before_the_agreement() -> None:
    with pytest.raises(FormError, match="no rules"):
        form_rules("D", date(2009, 1, 1))


def _item(field: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda form: form["items"][0].update({field: value})


def _in(box: str, field: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda form: form[box].update({field: value})


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "missing box": (lambda form: form.pop("exporter"), "exporter"),
    "unknown box": (lambda form: form.update(box_14="x"), "box_14"),
    "missing field": (lambda form: form["exporter"].pop("name"), "exporter.name"),
    "unknown field": (_in("exporter", "phone", "1"), "exporter.phone"),
    "box no object": (lambda form: form.update(exporter=[]), "exporter"),
    "no items": (lambda form: form.update(items=[]), "items"),
    "items no list": (lambda form: form.update(items={}), "items"),
    "item no object": (lambda form: form.update(items=["x"]), "items[0]"),
    "too many items": (lambda form: form.update(items=form["items"] * 500), "items"),
    "blank": (_in("exporter", "name", "  "), "exporter.name"),
    "no text": (_in("exporter", "name", 5), "exporter.name"),
    "endless": (_in("exporter", "name", "x" * 4_001), "exporter.name"),
    "not NFC": (_in("exporter", "name", "Co\u0302ng ty"), "exporter.name"),
    "control character": (_in("exporter", "name", "A\u0000B"), "exporter.name"),
    "two lines": (_in("exporter", "address", "A\nB"), "exporter.address"),
    "half a surrogate pair": (_in("exporter", "address", "\ud800"), "exporter.address"),
    "reference": (lambda form: form.update(reference_no="vn 1"), "reference_no"),
    "consignment": (lambda form: form.update(consignment="ü"), "consignment"),
    "country": (_in("exporter", "country", "vn"), "exporter.country"),
    "port": (_in("transport", "port_of_discharge", "Jakarta"), "transport.port_of_discharge"),
    "port elsewhere": (
        _in("transport", "port_of_discharge", "SGSIN"),
        "transport.port_of_discharge",
    ),
    "hs code": (_item("hs_code", "0901.11"), "items[0].hs_code"),
    "hs code of 7": (_item("hs_code", "0901111"), "items[0].hs_code"),
    "reserved chapter": (_item("hs_code", "770101"), "items[0].hs_code"),
    "no chapter": (_item("hs_code", "000101"), "items[0].hs_code"),
    "count": (_item("packages", {"count": 0, "type": "BG"}), "items[0].packages.count"),
    "count a truth": (_item("packages", {"count": True, "type": "BG"}), "items[0].packages.count"),
    "package": (_item("packages", {"count": 1, "type": "bag"}), "items[0].packages.type"),
    "package too long": (_item("packages", {"count": 1, "type": "BAG"}), "items[0].packages.type"),
    "quantity a number": (
        _item("quantity", {"value": 5, "unit": "KGM"}),
        "items[0].quantity.value",
    ),
    "quantity zero": (
        _item("quantity", {"value": "0.0", "unit": "KGM"}),
        "items[0].quantity.value",
    ),
    "quantity negative": (
        _item("quantity", {"value": "-1", "unit": "KGM"}),
        "items[0].quantity.value",
    ),
    "quantity too fine": (
        _item("quantity", {"value": "0.0000001", "unit": "KGM"}),
        "items[0].quantity.value",
    ),
    "quantity with exponent": (
        _item("quantity", {"value": "1e3", "unit": "KGM"}),
        "items[0].quantity.value",
    ),
    "unit": (_item("quantity", {"value": "1", "unit": "kg"}), "items[0].quantity.unit"),
    "currency": (
        _item("fob_value", {"amount": "1", "currency": "US$"}),
        "items[0].fob_value.currency",
    ),
    "criterion": (_item("origin_criterion", "made here"), "items[0].origin_criterion"),
    "criterion over the whole": (_item("origin_criterion", "140%"), "items[0].origin_criterion"),
    "value content without FOB": (_item("origin_criterion", "40%"), "items[0].fob_value"),
    "partial cumulation without flag": (
        lambda form: form["items"][1].update(origin_criterion="PC 25%"),
        "flags.partial_cumulation",
    ),
    "numbering": (_item("item_no", 2), "items[0].item_no"),
    "no such day": (_in("certification", "date", "2026-02-30"), "certification.date"),
    "date form": (_in("certification", "date", "05/01/2026"), "certification.date"),
    "importer is exporter": (_in("consignee", "country", "VN"), "consignee.country"),
    "importer no party": (_in("consignee", "country", "JP"), "consignee.country"),
    "issuer no party": (lambda form: form.update(issued_in="CN"), "issued_in"),
    "exporter elsewhere": (_in("exporter", "country", "TH"), "exporter.country"),
    "produced elsewhere": (
        _in("exporter_declaration", "produced_in", "TH"),
        "exporter_declaration.produced_in",
    ),
    "exported elsewhere": (
        _in("exporter_declaration", "exported_to", "TH"),
        "exporter_declaration.exported_to",
    ),
    "declared after the issue": (
        _in("exporter_declaration", "date", "2026-01-06"),
        "exporter_declaration.date",
    ),
    "retroactive without flag": (
        _in("transport", "departure_date", "2026-01-01"),
        "flags.issued_retroactively",
    ),
    "flag without being retroactive": (
        _in("flags", "issued_retroactively", True),
        "flags.issued_retroactively",
    ),
    "over a year late": (_in("transport", "departure_date", "2025-01-04"), "certification.date"),
    "flag no truth": (_in("flags", "exhibition", "no"), "flags.exhibition"),
    "flag missing": (lambda form: form["flags"].pop("exhibition"), "flags.exhibition"),
    "third country without company": (
        _in("flags", "third_country_invoicing", True),
        "items[0].third_country_company",
    ),
    "company without flag": (
        _item("third_country_company", {"name": "S", "country": "SG"}),
        "items[0].third_country_company",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_error_names_the_field_and_what_to_do(name: str) -> None:
    change, field = BROKEN[name]
    with pytest.raises(FormError) as caught:
        parse_certificate(changed(change))
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field}: ")
    assert ";" in str(caught.value)


def test_form_that_is_no_object() -> None:
    with pytest.raises(FormError, match="form"):
        parse_certificate([])


SOUND: dict[str, Callable[[dict[str, Any]], object]] = {
    "third day after shipment": _in("transport", "departure_date", "2026-01-02"),
    "shipment after issue": _in("transport", "departure_date", "2026-01-09"),
    "no tax number": lambda form: form["exporter"].pop("tax_id"),
    **{
        f"criterion {text}": lambda form, text=text: form["items"][1].update(origin_criterion=text)
        for text in ("WO", "PE", "SP", "CC", "CTH", "CTSH", "40%", "40.25%", "CC + 35%", "100%")
    },
}


@pytest.mark.parametrize("name", SOUND)
def test_sound(name: str) -> None:
    parse_certificate(changed(SOUND[name]))


def test_retroactive_issue_with_its_flag() -> None:
    def late(form: dict[str, Any]) -> None:
        form["transport"]["departure_date"] = "2026-01-01"
        form["flags"]["issued_retroactively"] = True

    assert parse_certificate(changed(late)).flags == {"issued_retroactively"}


def test_third_country_invoicing_with_its_company() -> None:
    def invoiced(form: dict[str, Any]) -> None:
        form["flags"]["third_country_invoicing"] = True
        for item in form["items"]:
            item["third_country_company"] = {"name": "Trader", "country": "SG"}

    form = parse_certificate(changed(invoiced))
    assert form.items[1].third_country_company is not None


class TestDocument:
    KEY = new_document_key()

    def issue(self) -> str:
        claims = certificate_claims(parse_certificate(FORM), b"\1" * 32, b"\2" * 32)
        return issue_sd_jwt(claims, self.KEY, {"typ": DOCUMENT_TYPE})

    def verify(self, compact: str) -> dict[str, Any]:
        form = parse_certificate(FORM)
        key = self.KEY.public_key()
        return verify_sd_jwt(compact, key, DOCUMENT_TYPE, form.issued_at).claims

    def test_whole_document_is_the_form(self) -> None:
        assert certificate_from_claims(self.verify(self.issue())) == parse_certificate(FORM)

    def test_bare_document_tells_the_frame_alone(self) -> None:
        claims = self.verify(present_sd_jwt(self.issue(), []))
        assert claims == {
            "vct": "tradeseal:origin:certificate:1",
            "iss": "0x" + "02" * 32,
            "certificate": "0x" + "01" * 32,
            "iat": parse_certificate(FORM).issued_at,
            "exp": parse_certificate(FORM).expires_at,
            "form": "D",
            "issued_in": "VN",
        }

    @pytest.mark.parametrize("box", sorted(FORM.keys() - {"form", "issued_in"}))
    def test_each_box_discloses_by_itself(self, box: str) -> None:
        claims = self.verify(present_sd_jwt(self.issue(), [(box,)]))
        assert claims[box] == FORM[box]
        assert not claims.keys() & (FORM.keys() - {"form", "issued_in", box})

    def test_origin_data_without_value(self) -> None:
        fields = [name for name in FORM["items"][1] if name != "fob_value"]
        paths: list[tuple[str | int, ...]] = [("items", 1, name) for name in fields]
        claims = self.verify(present_sd_jwt(self.issue(), paths))
        (item,) = claims["items"]
        assert item == {name: FORM["items"][1][name] for name in fields}

    def test_partial_disclosure_is_no_form(self) -> None:
        claims = self.verify(present_sd_jwt(self.issue(), [("items",)]))
        with pytest.raises(FormError, match="is missing"):
            certificate_from_claims(claims)
