"""The twelve codes, each from a certificate, each with its negative twin."""

import string
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.forms import form_json, forms, places

from contracts.documents.sd_jwt import issue_sd_jwt, verify_sd_jwt
from contracts.documents.x509 import new_document_key
from contracts.errors import FormError, PresentationError
from contracts.origin.certificate import (
    DOCUMENT_TYPE,
    certificate_claims,
    certificate_from_claims,
    examinable_from_claims,
)
from contracts.origin.findings.codes import Code
from contracts.origin.findings.context import (
    ExaminationContext,
    ImportFacts,
    ImportLine,
    IssuerFacts,
    ParentFacts,
)
from contracts.origin.findings.examiner import discrepancies, examine
from contracts.origin.findings.finding import Finding, _texts, finding
from contracts.origin.form_model import CertificateForm, Measure
from contracts.origin.form_parser import parse_certificate, read_certificate

PRESENTED = date(2026, 11, 2)
ISSUER = IssuerFacts("VN", may_issue=True)


def line(quantity: str = "1200", unit: str = "H87", hs_code: str = "62052090") -> ImportLine:
    return ImportLine(1, hs_code, Measure(Decimal(quantity), unit))


def declaration(**facts: Any) -> ImportFacts:
    return ImportFacts(**{"country": "ID", "lines": (line(),)} | facts)


def context(**facts: Any) -> ExaminationContext:
    known: dict[str, Any] = {
        "day": PRESENTED,
        "issuer": ISSUER,
        "signature_verified": True,
        "remaining": {1: Decimal(1200)},
        "declaration": declaration(),
    }
    return ExaminationContext(**known | facts)


def form(**boxes: Any) -> CertificateForm:
    return read_certificate(form_json() | boxes)


def item(**fields: Any) -> CertificateForm:
    value = form_json()
    value["items"][0] |= fields
    return read_certificate(value)


def transport(day: str) -> dict[str, Any]:
    return form_json()["transport"] | {"departure_date": day}


def ticked(*flags: str) -> dict[str, bool]:
    return form_json()["flags"] | dict.fromkeys(flags, True)


PARTIAL = read_certificate(
    form_json()
    | {
        "items": [form_json()["items"][0] | {"origin_criterion": "PC 25%"}],
        "flags": ticked("partial_cumulation"),
    }
)
COMPANY = {"name": "Trader Pte", "country": "SG"}
CASES: dict[str, tuple[Code, str, tuple[Any, Any], tuple[Any, Any]]] = {
    "after twelve months": (
        Code.EXPIRED,
        "certification.date",
        (form(), context(day=date(2027, 10, 5))),
        (form(), context(day=date(2027, 10, 4))),
    ),
    "after twelve months, excused": (
        Code.EXPIRED,
        "certification.date",
        (form(), context(day=date(2027, 10, 5))),
        (form(), context(day=date(2027, 10, 5), declaration=declaration(force_majeure=True))),
    ),
    "number used twice": (
        Code.DUPLICATE_REFERENCE,
        "reference_no",
        (form(), context(is_duplicate=True)),
        (form(), context()),
    ),
    "more than is left": (
        Code.QUANTITY_EXCEEDED,
        "items[0].quantity",
        (form(), context(remaining={1: Decimal("1199.999999")})),
        (form(), context(remaining={1: Decimal(1200)})),
    ),
    "two lines make more": (
        Code.QUANTITY_EXCEEDED,
        "items[0].quantity",
        (form(), context(declaration=declaration(lines=(line("600"), line("600.000001"))))),
        (form(), context(declaration=declaration(lines=(line("600"), line("600"))))),
    ),
    "more than the whole, ledger unknown": (
        Code.QUANTITY_EXCEEDED,
        "items[0].quantity",
        (form(), context(remaining=None, declaration=declaration(lines=(line("1201"),)))),
        (form(), context(remaining=None)),
    ),
    "another subheading of six digits": (
        Code.HS_MISMATCH,
        "items[0].hs_code",
        (form(), context(declaration=declaration(lines=(line(hs_code="62053090"),)))),
        (form(), context(declaration=declaration(lines=(line(hs_code="62052010"),)))),
    ),
    "criterion of another form": (
        Code.CRITERION_INVALID,
        "items[0].origin_criterion",
        (item(origin_criterion="WO-AK"), context()),
        (item(origin_criterion="WO"), context()),
    ),
    "no criterion": (
        Code.CRITERION_INVALID,
        "items[0].origin_criterion",
        (
            read_certificate(
                form_json()
                | {
                    "items": [
                        {
                            k: v
                            for k, v in form_json()["items"][0].items()
                            if k != "origin_criterion"
                        }
                    ]
                }
            ),
            context(),
        ),
        (item(origin_criterion="WO"), context()),
    ),
    "partial cumulation, claimed by itself": (
        Code.CRITERION_INVALID,
        "items[0].origin_criterion",
        (PARTIAL, context()),
        (PARTIAL, context(declaration=None)),
    ),
    "company named, box not ticked": (
        Code.THIRD_COUNTRY_FLAG_MISSING,
        "items[0].third_country_company",
        (item(third_country_company=COMPANY), context()),
        (
            read_certificate(
                form_json()
                | {
                    "items": [form_json()["items"][0] | {"third_country_company": COMPANY}],
                    "flags": ticked("third_country_invoicing"),
                }
            ),
            context(declaration=declaration(invoice_country="SG")),
        ),
    ),
    "invoice from elsewhere": (
        Code.THIRD_COUNTRY_FLAG_MISSING,
        "flags.third_country_invoicing",
        (form(), context(declaration=declaration(invoice_country="SG"))),
        (form(), context(declaration=declaration(invoice_country="VN"))),
    ),
    "issued on the fourth day": (
        Code.RETROACTIVE_FLAG_MISSING,
        "flags.issued_retroactively",
        (form(transport=transport("2026-10-01")), context()),
        (form(transport=transport("2026-10-02")), context()),
    ),
    "issued on the fourth day, box ticked": (
        Code.RETROACTIVE_FLAG_MISSING,
        "flags.issued_retroactively",
        (form(transport=transport("2026-10-01")), context()),
        (form(transport=transport("2026-10-01"), flags=ticked("issued_retroactively")), context()),
    ),
    "shipped earlier than the certificate says": (
        Code.RETROACTIVE_FLAG_MISSING,
        "flags.issued_retroactively",
        (form(), context(declaration=declaration(shipped=date(2026, 10, 1)))),
        (form(), context(declaration=declaration(shipped=date(2026, 10, 2)))),
    ),
    "consignee outside": (
        Code.NOT_PARTY,
        "consignee.country",
        (form(consignee={"name": "X", "address": "Y", "country": "JP"}), context(declaration=None)),
        (form(), context(declaration=None)),
    ),
    "imported elsewhere": (
        Code.NOT_PARTY,
        "consignee.country",
        (form(), context(declaration=declaration(country="MY"))),
        (form(), context(declaration=declaration(country="ID"))),
    ),
    "nobody's key": (
        Code.ISSUER_UNKNOWN,
        "certification.authority",
        (form(), context(issuer=IssuerFacts(None, may_issue=False))),
        (form(), context()),
    ),
    "key of another country": (
        Code.ISSUER_UNKNOWN,
        "certification.authority",
        (form(), context(issuer=IssuerFacts("TH", may_issue=True))),
        (form(), context(issuer=IssuerFacts("VN", may_issue=True))),
    ),
    "key of customs": (
        Code.ISSUER_UNKNOWN,
        "certification.authority",
        (form(), context(issuer=IssuerFacts("VN", may_issue=False))),
        (form(), context(issuer=None)),
    ),
    "signature": (
        Code.SIGNATURE_INVALID,
        "certification",
        (form(), context(signature_verified=False)),
        (form(), context(signature_verified=None)),
    ),
    "through a country outside": (
        Code.TRANSIT_PROOF_MISSING,
        "transport.route",
        (form(), context(declaration=declaration(transit=("TW",)))),
        (form(), context(declaration=declaration(transit=("TW",), has_transit_proof=True))),
    ),
    "through another party": (
        Code.TRANSIT_PROOF_MISSING,
        "transport.route",
        (form(), context(declaration=declaration(transit=("SG", "TW")))),
        (form(), context(declaration=declaration(transit=("SG",)))),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_found_and_its_twin_is_not(name: str) -> None:
    code, field, faulty, sound = CASES[name]
    (found,) = examine(*faulty)
    assert (found.code, found.field) == (code, field)
    assert examine(*sound) == ()


class TestSignedDocuments:
    """The same certificates as their issuer signs them and importing customs gets them."""

    KEY, OTHER = new_document_key(), new_document_key()

    def document(self, certificate: CertificateForm) -> str:
        claims = certificate_claims(certificate, b"\1" * 32, b"\2" * 32)
        return issue_sd_jwt(claims, self.KEY, {"typ": DOCUMENT_TYPE})

    def read(self, document: str) -> CertificateForm:
        key, signed = self.KEY.public_key(), 1_791_200_000
        return examinable_from_claims(verify_sd_jwt(document, key, DOCUMENT_TYPE, signed).claims)

    @pytest.mark.parametrize("name", CASES)
    def test_same_finding(self, name: str) -> None:
        code, field, (certificate, facts), _ = CASES[name]
        read = self.read(self.document(certificate))
        assert read == certificate
        assert [(each.code, each.field) for each in examine(read, facts)] == [(code, field)]

    def test_signed_with_another_key(self) -> None:
        document = self.document(form())
        with pytest.raises(PresentationError):
            verify_sd_jwt(document, self.OTHER.public_key(), DOCUMENT_TYPE, 1_791_200_000)
        (found,) = examine(form(), context(signature_verified=False))
        assert found.code is Code.SIGNATURE_INVALID

    def test_what_breaks_a_rule_is_no_certificate(self) -> None:
        document = self.document(item(origin_criterion="WO-AK"))
        key = self.KEY.public_key()
        claims = verify_sd_jwt(document, key, DOCUMENT_TYPE, 1_791_200_000).claims
        with pytest.raises(FormError, match="no criterion"):
            certificate_from_claims(claims)


class TestBackToBack:
    """Thailand's certificate to Viet Nam, and Viet Nam's to Indonesia drawn on it."""

    ORIGINAL = read_certificate(
        form_json()
        | {
            "reference_no": "TH-26-7",
            "issued_in": "TH",
            "exporter": {"name": "Siam", "address": "Bangkok", "country": "TH"},
            "consignee": {"name": "V", "address": "Cat Lai", "country": "VN"},
            "transport": transport("2026-09-02") | {"port_of_discharge": "VNCLI"},
            "exporter_declaration": form_json()["exporter_declaration"]
            | {"produced_in": "TH", "exported_to": "VN", "date": "2026-09-01"},
            "certification": {"place": "Bangkok", "date": "2026-09-01", "authority": "DFT"},
        }
    )
    PARENT: ClassVar = {
        "issued_in": "TH",
        "reference_no": "TH-26-7",
        "issued": "2026-09-01",
        "expiry": "2027-09-01",
    }

    def child(self, **parent: str) -> CertificateForm:
        return read_certificate(
            form_json()
            | {
                "parent": self.PARENT | parent,
                "flags": ticked("back_to_back"),
                "exporter_declaration": form_json()["exporter_declaration"] | {"produced_in": "TH"},
            }
        )

    def examine(self, facts: ParentFacts, child: CertificateForm | None = None) -> list[str]:
        found = examine(child or self.child(), context(parent=facts))
        assert all(each.code is Code.PARENT_INVALID for each in found)
        return [each.field for each in found]

    def test_sound(self) -> None:
        parse_certificate(form_json())
        assert self.examine(ParentFacts(self.ORIGINAL)) == []
        assert self.examine(ParentFacts(self.ORIGINAL, remaining={1: Decimal(1200)})) == []

    def test_facts_on_an_original_that_nobody_named(self) -> None:
        assert examine(form(), context(parent=ParentFacts(None))) == ()

    def test_unknown(self) -> None:
        assert self.examine(ParentFacts(None)) == ["parent.reference_no"]
        another = replace(self.ORIGINAL, reference_no="TH-26-8")
        assert self.examine(ParentFacts(another)) == ["parent.reference_no"]

    def test_cancelled(self) -> None:
        assert self.examine(ParentFacts(self.ORIGINAL, in_force=False)) == ["parent.reference_no"]

    def test_made_out_for_another_country(self) -> None:
        consignee = replace(self.ORIGINAL.consignee, country="MY")
        other = replace(self.ORIGINAL, consignee=consignee)
        assert self.examine(ParentFacts(other)) == ["parent.issued_in"]

    def test_outlives(self) -> None:
        facts = ParentFacts(self.ORIGINAL)
        assert self.examine(facts, self.child(expiry="2027-09-02")) == ["parent.expiry"]
        assert self.examine(facts, self.child(expiry="2027-08-31")) == []

    @pytest.mark.parametrize(
        "change",
        [{"origin_criterion": "WO"}, {"hs_code": "620530"}, {"origin_country": "LA"}],
        ids=str,
    )
    def test_item_changes(self, change: dict[str, str]) -> None:
        (before,) = self.ORIGINAL.items
        other = replace(self.ORIGINAL, items=(replace(before, **change),))  # type: ignore[arg-type]
        assert self.examine(ParentFacts(other)) == ["items[0]"]

    def test_national_subheading_may_change(self) -> None:
        (before,) = self.ORIGINAL.items
        other = replace(self.ORIGINAL, items=(replace(before, hs_code="62052010"),))
        assert self.examine(ParentFacts(other)) == []

    def test_item_that_the_original_lacks(self) -> None:
        assert self.examine(ParentFacts(self.ORIGINAL, items={1: 2})) == ["items[0]"]

    def test_more_than_is_left(self) -> None:
        short = ParentFacts(self.ORIGINAL, remaining={1: Decimal("1199.9")})
        assert self.examine(short) == ["items[0].quantity"]

    def test_two_items_share_one(self) -> None:
        child = self.child()
        second = replace(child.items[0], item_no=2)
        facts = ParentFacts(self.ORIGINAL, items={2: 1})
        found = self.examine(facts, replace(child, items=(*child.items, second)))
        assert found == ["items[0].quantity", "items[1].quantity"]

    @pytest.mark.parametrize(
        ("box", "value", "field"),
        [
            ("flags", form_json()["flags"], "parent"),
            ("parent", PARENT | {"issued_in": "VN"}, "parent.issued_in"),
            ("parent", PARENT | {"expiry": "2026-10-05"}, "parent.expiry"),
        ],
    )
    def test_what_the_certificate_itself_shows(self, box: str, value: Any, field: str) -> None:
        boxes = form_json() | {"parent": self.PARENT, "flags": ticked("back_to_back")}
        found = examine(read_certificate(boxes | {box: value}), context(day=date(2026, 10, 4)))
        assert [(each.code, each.field) for each in found] == [(Code.PARENT_INVALID, field)]


def test_all_findings_of_a_certificate_at_once() -> None:
    faulty = item(origin_criterion="made here", third_country_company=COMPANY)
    facts = context(
        day=date(2028, 1, 1),
        is_duplicate=True,
        signature_verified=False,
        issuer=IssuerFacts(None, may_issue=False),
        declaration=declaration(lines=(line("2000", hs_code="620640"),), transit=("US",)),
    )
    codes = {each.code for each in examine(faulty, facts)}
    assert codes == set(Code) - {
        Code.PARENT_INVALID,
        Code.NOT_PARTY,
        Code.RETROACTIVE_FLAG_MISSING,
    }


def test_lines_of_items_that_the_certificate_lacks_are_nobodys() -> None:
    stray = replace(line("9999"), item=7)
    assert examine(form(), context(declaration=declaration(lines=(stray,)))) == ()


def test_nothing_known_is_nothing_found() -> None:
    assert examine(form(), ExaminationContext(PRESENTED)) == ()


def test_one_item_does_not_hold_the_others() -> None:
    two = form_json()
    two["items"].append(two["items"][0] | {"item_no": 2, "origin_criterion": "wrong"})
    (found,) = examine(read_certificate(two), context())
    assert found.field == "items[1].origin_criterion"


class TestNotes:
    def notes(self, certificate: CertificateForm, facts: ExaminationContext) -> list[str]:
        return [note.field for note in discrepancies(certificate, facts)]

    def test_nothing_to_note(self) -> None:
        assert (
            self.notes(form(), context(declaration=declaration(lines=(line(hs_code="620520"),))))
            == []
        )

    def test_national_subheadings(self) -> None:
        assert self.notes(form(), context()) == ["items[0].hs_code"]

    def test_unit(self) -> None:
        declared = declaration(lines=(line("100", "DZN", "620520"),))
        assert self.notes(form(), context(declaration=declared)) == ["items[0].quantity.unit"]

    def test_weight(self) -> None:
        weighed = replace(line(hs_code="620520"), gross_weight=Measure(Decimal(411), "KGM"))
        declared = declaration(lines=(weighed,))
        assert self.notes(form(), context(declaration=declared)) == ["items[0].gross_weight"]
        assert examine(form(), context(declaration=declared)) == ()

    def test_value_that_sources_differ_on(self) -> None:
        value = form_json()
        value["items"][0]["origin_criterion"] = "WO"
        del value["items"][0]["fob_value"]
        facts = ExaminationContext(PRESENTED)
        assert self.notes(read_certificate(value), facts) == ["items[0].fob_value"]
        value["consignee"]["country"] = value["exporter_declaration"]["exported_to"] = "SG"
        value["transport"]["port_of_discharge"] = "SGSIN"
        assert self.notes(read_certificate(value), facts) == []

    def test_what_has_no_code(self) -> None:
        (noted,) = discrepancies(form(replaces="VN-26-01234"), ExaminationContext(PRESENTED))
        assert noted.field == "replaces"
        assert "own number" in noted.en


@given(forms(), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_can_be_read_can_be_examined(value: dict[str, Any], data: Any) -> None:
    *boxes, last = data.draw(st.sampled_from(places(value)))
    at: Any = value
    for box in boxes:
        at = at[box]
    at[last] = data.draw(st.sampled_from(["VN", "US", "WO", "2026-10-20", "1", True, 2]))
    try:
        certificate = read_certificate(value)
    except FormError:
        return  # what cannot be read is refused before
    for each in examine(certificate, context(parent=ParentFacts(certificate))):
        assert each.vi
        assert each.en
    for noted in discrepancies(certificate, context()):
        assert noted.to_json().keys() == {"field", "vi", "en"}


def test_texts_say_what_to_do_in_both_languages() -> None:
    texts = _texts()
    assert {name.split(".")[0] for name in texts} == {code.value for code in Code} | {"note"}
    for name, both in texts.items():
        named = [
            {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for text in both.values()
        ]
        assert both.keys() == {"vi", "en"}
        assert ";" in both["en"], name
        assert ";" in both["vi"], name
        assert both["vi"] != both["en"]
        assert named[0] - {"remedy"} == named[1] - {"remedy"}, name


def test_json_of_a_finding() -> None:
    made = finding(Code.EXPIRED, "certification.date", expiry="2027-10-05")
    assert isinstance(made, Finding)
    assert made.to_json()["code"] == "COO_EXPIRED"
    assert "2027-10-05" in made.to_json()["vi"]


def test_form_without_rules_on_its_day() -> None:
    early = form(certification={"place": "x", "date": "2001-01-01", "authority": "x"})
    with pytest.raises(FormError, match="no rules"):
        examine(early, context())
