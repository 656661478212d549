"""What holds for every case: monotone, never harmed by more originating material, repeatable."""

import json
import pickle
from dataclasses import replace
from datetime import date
from decimal import Decimal, DefaultContext, localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.origin.determination import errors
from api.origin.determination.decision import Decision, Outcome
from api.origin.determination.engine import determine
from api.origin.determination.errors import CaseError, ReplayMismatchError, RuleDataError
from api.origin.determination.exact import EXACT, is_at_least, percent_text, share, total
from api.origin.determination.model import Case
from api.origin.determination.replay import replay
from api.origin.determination.rules import rules_from, rules_of
from api.origin.determination.structure import read, write

RANK = {Outcome.NOT_ORIGINATING: 0, Outcome.PARTIAL: 1, Outcome.ORIGINATING: 2}
GOODS = ("190590", "190531", "847130", "870321", "090121", "620520", "271012")
CODES = (*GOODS, "110100", "110510", "390110", "520811")


def money(amount: object) -> dict[str, str]:
    return {"amount": str(amount), "currency": "USD"}


def material(code: str, amount: object, status: str, rvc: int) -> dict[str, Any]:
    certificate = {
        "kind": "supplier_certificate",
        "reference": "D-1",
        "country": "TH",
        "agreement": "ATIGA",
        "rvc": str(rvc),
    }
    found: dict[str, Any] = {
        "description": "material",
        "hs_code": code,
        "hs_version": "2022",
        "value": money(amount),
        "basis": "earliest_price",
        "status": status,
    }
    return found | ({"evidence": certificate} if status in {"originating", "partial"} else {})


amounts = st.integers(0, 80_000).map(lambda cents: Decimal(cents) / 100)
materials = st.builds(
    material,
    st.sampled_from(CODES),
    amounts,
    st.sampled_from(["originating", "partial", "non_originating", "undetermined"]),
    st.integers(0, 60),
)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    bom = draw(st.lists(materials, min_size=1, max_size=5))
    method = draw(st.sampled_from(["build_down", "build_up"]))
    cost = money(draw(st.integers(0, 50)))
    return {
        "format": "tradeseal-origin-case/1",
        "agreement": "ATIGA",
        "date": "2026-11-20",
        "exporting_party": "VN",
        "importing_party": "ID",
        "good": {
            "description": "good",
            "hs_code": draw(st.sampled_from(GOODS)),
            "hs_version": "2022",
            # Above everything a build-up can add up to, with one more material.
            "values": {"fob": money(draw(st.integers(5_100, 9_000)))},
        },
        "materials": bom,
        "costs": dict.fromkeys(("labour", "overhead", "other", "profit"), cost),
        "operations": [draw(st.sampled_from(["manufacture", "packing"]))],
        "processes": draw(st.sampled_from([[], ["cut-and-sew"], ["distillation"]])),
        "rvc_method": method,
    }


def decide(value: dict[str, Any]) -> Decision:
    return determine(read(Case, value))


@settings(max_examples=120, deadline=None)
@given(cases(), st.integers(0, 4), amounts)
def test_more_non_originating_value_never_helps(
    value: dict[str, Any], place: int, more: Decimal
) -> None:
    bom = value["materials"]
    chosen = bom[place % len(bom)]
    before = decide(value)
    if chosen["status"] in {"originating", "partial"}:
        chosen = material("190590", more, "non_originating", 0)
        after = decide(value | {"materials": [*bom, chosen]})
    else:
        raised = money(Decimal(chosen["value"]["amount"]) + more)
        bom = [other if other is not chosen else other | {"value": raised} for other in bom]
        after = decide(value | {"materials": bom})
    assert RANK[after.outcome] <= RANK[before.outcome]


@settings(max_examples=120, deadline=None)
@given(cases(), st.sampled_from(CODES), amounts)
def test_more_originating_material_never_harms(
    value: dict[str, Any], code: str, amount: Decimal
) -> None:
    before = decide(value)
    added = material(code, amount, "originating", 40)
    after = decide(value | {"materials": [*value["materials"], added]})
    assert RANK[after.outcome] >= RANK[before.outcome]


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_decision_repeats_bit_for_bit(value: dict[str, Any]) -> None:
    decision = decide(value)
    recorded = decision.to_bytes()
    assert replay(recorded).to_bytes() == recorded
    assert read(Case, write(decision.case)) == decision.case
    assert recorded.decode("utf-8")


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_order_of_materials_decides_nothing(value: dict[str, Any]) -> None:
    turned = value | {"materials": list(reversed(value["materials"]))}
    assert decide(turned).outcome is decide(value).outcome
    assert decide(turned).criterion == decide(value).criterion


@given(st.integers(1, 10**20), st.integers(0, 10**20))
def test_no_rounding_reaches_a_comparison(whole: int, part: int) -> None:
    exact = part * 100 >= whole * 40
    assert is_at_least(Decimal(part), Decimal(whole), Decimal(40)) is exact
    assert Decimal(percent_text(Decimal(part), Decimal(whole))) * whole <= Decimal(part * 100)


def test_a_share_is_exact_where_the_usual_context_rounds() -> None:
    amount, percent = Decimal("999999999999999.999999"), Decimal("39.999999")
    found = share(amount, percent)
    with localcontext(DefaultContext):
        assert found != amount * percent / 100
    assert int(found.scaleb(14, EXACT)) == (10**21 - 1) * 39_999_999
    assert total([found, found.copy_negate(), amount]) == amount


# replay


def recorded() -> dict[str, Any]:
    value = {
        "format": "tradeseal-origin-case/1",
        "agreement": "ATIGA",
        "date": "2026-11-20",
        "exporting_party": "VN",
        "importing_party": "ID",
        "good": {
            "description": "good",
            "hs_code": "190590",
            "hs_version": "2022",
            "values": {"fob": money(100)},
        },
        "materials": [material("190590", 60, "non_originating", 0)],
        "operations": ["manufacture"],
    }
    found: dict[str, Any] = json.loads(decide(value).to_bytes())
    return found


def canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_record_as_it_was_written_is_replayed() -> None:
    assert replay(canonical(recorded())).criterion == "40%"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"criterion": "41%"}, "decision.criterion"),
        ({"outcome": "partial"}, "decision.outcome"),
        ({"engine": "2"}, "decision.engine"),
        ({"rules": []}, "decision.rules"),
        ({"extra": 1}, "decision.extra"),
    ],
)
def test_a_changed_record_does_not_repeat(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ReplayMismatchError) as caught:
        replay(canonical(recorded() | change))
    assert caught.value.place == place
    assert place in str(caught.value)


def test_a_changed_rule_or_figure_is_found_in_its_place() -> None:
    value = recorded()
    value["rules"][0]["value"] = ["VN"]
    with pytest.raises(ReplayMismatchError, match=r"decision\.rules\[0\]\.value"):
        replay(canonical(value))
    value = recorded()
    value["case"]["materials"][0]["value"]["amount"] = "59"
    with pytest.raises(ReplayMismatchError, match=r"decision\.criterion"):
        replay(canonical(value))


def test_other_bytes_of_the_same_record_are_not_the_record() -> None:
    with pytest.raises(ReplayMismatchError, match="decision differs"):
        replay(json.dumps(recorded()).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(CaseError, match="decision"):
        replay(content)


# reading


def changed(path: str, value: object) -> dict[str, Any]:
    found = recorded()["case"]
    *parents, name = path.split(".")
    inner: Any = found
    for part in parents:
        inner = inner[int(part)] if part.isdigit() else inner[part]
    inner[int(name) if name.isdigit() else name] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("format", "tradeseal-origin-case/2", "tradeseal-origin-case/1"),
        ("agreement", "atiga", "such as ATIGA"),
        ("date", "2026-02-30", "is no date"),
        ("date", 20261120, "is no date"),
        ("exporting_party", "Vietnam", "ISO 3166-1"),
        ("good.hs_code", "1905", "6 to 10 digits"),
        ("good.hs_code", "1905.90", "without points"),
        ("good.values.fob.amount", 100, "send a string"),
        ("good.values.fob.amount", "-1", "is no amount"),
        ("good.values.fob.amount", "1e3", "is no amount"),
        ("good.values.fob.amount", "NaN", "is no amount"),
        ("good.values.fob.amount", "1" * 16, "at most 15 digits"),
        ("good.values.fob.amount", "1.1234567", "6 after the point"),
        ("good.values.fob.currency", "usd", "ISO 4217"),
        ("good.description", "", "1 to 200"),
        ("good.description", "a\nb", "1 to 200"),
        ("materials", {}, "at most 1000"),
        ("materials", [None] * 1_001, "at most 1000"),
        ("materials.0", [], "JSON object"),
        ("materials.0.status", "maybe", "one of originating, partial"),
        ("materials.0.kind", None, "one of material"),
        ("materials.0.invoiced_separately", "yes", "true or false"),
        ("materials.0.origin", "VN", "case.materials[0].origin: is unknown; known are"),
        ("operations", ["Baking"], "case.operations[0]"),
        ("rvc_method", "guess", "build_down"),
    ],
)
def test_a_malformed_case_is_refused_with_its_place(path: str, value: object, text: str) -> None:
    with pytest.raises(CaseError) as caught:
        read(Case, changed(path, value))
    assert text in str(caught.value)
    assert caught.value.path.startswith("case.")


def test_a_missing_member_is_named() -> None:
    value = recorded()["case"]
    del value["good"]["hs_version"]
    with pytest.raises(CaseError, match=r"case\.good\.hs_version: is missing"):
        read(Case, value)


# rules as data


def document() -> dict[str, Any]:
    def dated(value: object, since: str = "2020-01-01", to: str | None = None) -> dict[str, Any]:
        return {
            "value": value,
            "effective_from": since,
            "effective_to": to,
            "clause": "1",
            "source": "s",
            "evidence": "M",
        }

    return {
        "agreement": "TEST",
        "provisions": {
            "parties": [dated(["VN"])],
            "hs_version": [dated("2017", to="2024-01-01"), dated("2022", "2024-01-01")],
            "general_rule": [dated("CTH")],
        },
        "product_rules": [
            {"hs": "19", **dated("CC")},
            {"hs": "1905", **dated("CTSH", to="2025-01-01")},
            {"hs": "1905", **dated("RVC(40", "2025-01-01")},
        ],
    }


def test_a_provision_applies_on_its_days() -> None:
    versions = {
        day: rules_from(document(), date.fromisoformat(day)).provision("hs_version").text()
        for day in ("2020-01-01", "2023-12-31", "2024-01-01")
    }
    assert versions == {"2020-01-01": "2017", "2023-12-31": "2017", "2024-01-01": "2022"}


def test_the_longest_code_wins_and_the_general_rule_is_last() -> None:
    rules = rules_from(document(), date(2024, 6, 1))
    assert [rules.product(code).text() for code in ("190590", "190190", "200410")] == [
        "CTSH",
        "CC",
        "CTH",
    ]


def test_unusable_data_names_its_agreement() -> None:
    rules = rules_from(document(), date(2026, 1, 1))
    with pytest.raises(RuleDataError, match="rules of TEST: hs:1905: character 7"):
        rules.parse(rules.product("190590"))
    with pytest.raises(RuleDataError, match="no de_minimis"):
        rules.provision("de_minimis")
    twice = document()
    twice["provisions"]["parties"] *= 2
    with pytest.raises(RuleDataError, match="parties has 2 values"):
        rules_from(twice, date(2026, 1, 1))


def test_codes_that_cannot_be_read_are_named_with_their_provision() -> None:
    case = read(
        Case, recorded()["case"] | {"materials": [material("190590", 70, "non_originating", 0)]}
    )
    rules = rules_of("ATIGA", case.date)
    broken = replace(
        rules.provision("de_minimis"), value={"percent": "10", "base": "fob", "excluded": ["5"]}
    )
    with pytest.raises(RuleDataError, match="rules of ATIGA: de_minimis: character 1"):
        determine(case, replace(rules, provisions=rules.provisions | {"de_minimis": broken}))


def test_the_day_before_the_rules_there_are_none() -> None:
    with pytest.raises(errors.AgreementUnknownError):
        rules_of("ATIGA", date(2009, 1, 1))


@pytest.mark.parametrize(
    "error",
    [
        errors.CaseError("a", "b", "c"),
        errors.CurrencyMismatchError("a", "VND", "USD"),
        errors.HsVersionMismatchError("a", "1905.90", "2017", "2022"),
        errors.AgreementUnknownError("A", "2026-01-01", ("B",)),
        errors.RuleSyntaxError("CTX", 0, "no"),
        errors.RuleDataError("A", "b"),
        errors.ReplayMismatchError("a"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_another_process(error: errors.DeterminationError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert (type(again), str(again)) == (type(error), str(error))
