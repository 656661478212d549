"""Release and final figures, late proofs of origin, change of purpose, replay.

Sources of the cases: Circular 38/2015/TT-BTC, Art. 21, 33 and 55.3; Circular 33/2023/TT-BTC, Art.
12; Decree 134/2016/ND-CP, Art. 10.4.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.tax.assess import assess
from api.tax.assessment import Kind
from api.tax.document import assessment_bytes, assessment_members
from api.tax.errors import (
    AssessmentError,
    ContradictionError,
    DeclarationError,
    EvidenceMissingError,
    TimeLimitError,
)
from api.tax.model import CertificateState, Declaration, Preference
from api.tax.purpose import ChangeOfPurpose, embodied, new_declaration
from api.tax.replay import replay
from api.tax.settlement import finalise, late_proof_until, settle, with_late_proof
from api.tax.structure import read

Build = Callable[..., Any]


def read_declaration(value: Any) -> Declaration:
    return read(Declaration, value, "declaration")


# day of registration, day of release (None: not said), last day
RELEASES = [
    ("2026-11-23", "2026-11-24", "2026-12-24"),
    ("2026-11-23", "2026-11-23", "2026-12-23"),
    ("2026-11-23", None, "2026-12-23"),
    ("2027-01-30", "2027-01-31", "2027-03-02"),
    ("2028-01-30", "2028-01-31", "2028-03-01"),
]


@pytest.mark.parametrize(("registered", "released", "last"), RELEASES)
def test_release_is_provisional_for_thirty_days(
    registered: str, released: str | None, last: str, document: Build, assessed: Build
) -> None:
    value = document(
        stage="provisional", released_on=released, registered_at=f"{registered}T03:00:00Z"
    )
    found = assessed(value)
    assert (found.kind, found.final_due_on) == (Kind.PROVISIONAL, date.fromisoformat(last))
    assert assessment_members(found)["final_due_on"] == last
    assert assessed(document()).final_due_on is None


# final price in USD, day of the final figures, to collect and to refund in dong, late
FINALS = [
    ("11000", "2026-12-10", 5_336_100, 0, False),
    ("10000", "2026-12-10", 0, 0, False),
    ("9000", "2026-12-24", 0, 5_336_100, False),
    ("11000", "2026-12-25", 5_336_100, 0, True),
]


@pytest.mark.parametrize(("price", "day", "collect", "refund", "late"), FINALS)
def test_final_figures(
    *, price: str, day: str, collect: int, refund: int, late: bool, document: Build, line: Build,
    assessed: Build, table: Any, tariff: Any,
) -> None:  # fmt: skip
    before = assessed(document(stage="provisional", released_on="2026-11-24"))
    final = document(line(value={"amount": price, "currency": "USD"}), amendment=1)
    found = finalise(before, read_declaration(final), tariff, table, date.fromisoformat(day))
    assert (found.to_collect, found.to_refund, found.is_late) == (collect, refund, late)
    assert found.after.total - found.before.total == collect - refund
    members = found.members()
    assert (members["to_collect"], members["late"]) == (str(collect), late)


def test_finalise_asks_for_a_release_and_final_figures(
    document: Build, assessed: Build, table: Any, tariff: Any
) -> None:
    final, day = read_declaration(document()), date(2026, 12, 1)
    with pytest.raises(ContradictionError, match="first is not provisional"):
        finalise(assessed(document()), final, tariff, table, day)
    before = assessed(document(stage="provisional"))
    with pytest.raises(ContradictionError, match="second is provisional"):
        finalise(before, before.declaration, tariff, table, day)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "106543210999"},
        {"taxpayer": "0300588569"},
        {"registered_at": "2026-11-24T03:00:00Z"},
        {"kind": "export", "procedure": "B11", "incoterm": "FOB"},
    ],
)
def test_two_declarations_do_not_settle(changes: Any, document: Build, assessed: Build) -> None:
    with pytest.raises(ContradictionError, match=next(iter(changes))):
        settle(assessed(document()), assessed(document(**changes)), date(2026, 12, 1))


def test_a_tax_that_disappears_is_refunded(document: Build, line: Build, assessed: Build) -> None:
    remedy = {"kind": "safeguard", "percent": "5", "reference": "x"}
    before = assessed(document(line(remedies=[remedy])))
    found = settle(before, assessed(document()), date(2026, 12, 1))
    lost = next(tax for tax in found.taxes if tax.tax.value == "safeguard")
    assert (lost.after, lost.difference) == (0, -lost.before)
    assert found.to_refund == before.total - found.after.total


# agreement, day of registration, last day for the proof
LIMITS = [
    ("ATIGA", "2026-11-23", "2026-12-23"),
    ("ACFTA", "2027-02-01", "2027-03-03"),
    ("RCEP", "2026-08-21", "2026-09-20"),
    ("RCEP", "2026-08-22", "2026-09-21"),
    ("AJCEP", "2023-07-14", "2023-08-13"),
    ("CPTPP", "2026-11-23", "2027-11-23"),
    ("CPTPP", "2028-02-29", "2029-02-28"),
    ("VKFTA", "2026-01-31", "2027-01-31"),
    ("EVFTA", "2026-11-23", "2028-11-23"),
    ("UKVFTA", "2026-12-31", "2028-12-31"),
]


@pytest.mark.parametrize(("agreement", "registered", "last"), LIMITS)
def test_limit_of_late_proof(agreement: str, registered: str, last: str, document: Build) -> None:
    value = read_declaration(document(registered_at=f"{registered}T03:00:00Z"))
    assert late_proof_until(value, agreement).isoformat() == last


def claim(state: str, agreement: str = "ATIGA") -> dict[str, Any]:
    return {"agreement": agreement, "certificate": state, "direct_consignment": True}


VALID = Preference("ATIGA", CertificateState.VALID, direct_consignment=True, reference="D-1")


def lamp(line: Build, state: str | None, **changes: Any) -> Any:
    claimed = None if state is None else claim(state)
    return line(hs="85121000", origin="TH", rates=None, preference=claimed, **changes)


@pytest.mark.parametrize(
    ("state", "day", "refused"),
    [
        ("pending", "2026-12-23", None),
        ("pending", "2026-12-24", TimeLimitError),
        ("verifying", "2027-05-01", None),
        (None, "2026-12-01", ContradictionError),
    ],
)
def test_late_proof(
    *, state: str | None, day: str, refused: type[DeclarationError] | None, document: Build,
    line: Build, assessed: Build, table: Any, tariff: Any,
) -> None:  # fmt: skip
    before = assessed(document(lamp(line, state)))
    when = date.fromisoformat(day)
    if refused is not None:
        with pytest.raises(refused, match="ATIGA"):
            with_late_proof(before, {1: VALID}, tariff, table, when)
        return
    found = with_late_proof(before, {1: VALID}, tariff, table, when)
    # 25 % of duty and the VAT on it come back: the goods are worth 254,100,000 dong.
    assert found.to_refund == Decimal(254_100_000) * 25 / 100 * 108 / 100
    assert found.to_collect == 0
    assert found.after.declaration.amendment == 1


def test_late_proof_of_another_agreement_or_line(
    document: Build, line: Build, assessed: Build, table: Any, tariff: Any
) -> None:
    before = assessed(document(lamp(line, "pending")))
    for number, proof in ((1, replace(VALID, agreement="RCEP")), (7, VALID)):
        with pytest.raises(ContradictionError, match="not announced"):
            with_late_proof(before, {number: proof}, tariff, table, date(2026, 12, 1))


def change(**changes: Any) -> ChangeOfPurpose:
    rates = {"duty": {"percent": "10"}, "vat_percent": "10", "reference": "x"}
    material = {
        "code": "PE",
        "hs": "39201090",
        "description": "film",
        "unit": "KGM",
        "unit_value": "2",
        "origin": "TW",
        "imported_by": "106543210991",
        "rates": rates,
    }
    value: dict[str, Any] = {
        "format": "tradeseal-change-of-purpose/1",
        "number": "106543211001",
        "registered_at": "2026-11-23T04:00:00Z",
        "taxpayer": "0300588569",
        "currency": "USD",
        "place": "Hai Phong",
        "materials": [material, material | {"code": "INK", "unit_value": "30"}],
    }
    return read(ChangeOfPurpose, value | changes, "change")


# products as (quantity, norm of PE, norm of INK), kilograms embodied
PRODUCTS = [
    ([("1000", "0.0325", "0.001")], {"PE": "32.5", "INK": "1"}),
    ([("1000", "0.0325", None)], {"PE": "32.5"}),
    ([("1000", "0.0325", "0.001"), ("500", "0.05", None)], {"PE": "57.5", "INK": "1"}),
    ([("0", "0.0325", "0.001")], {"PE": "0", "INK": "0"}),
    ([("3", "0.333333333", None)], {"PE": "0.999999999"}),
]


def products(rows: Any) -> list[Any]:
    found = []
    for quantity, film, ink in rows:
        norms = [("PE", film), ("INK", ink)]
        listed = [{"material": name, "quantity": used} for name, used in norms if used]
        found.append({"code": "BAG", "quantity": quantity, "norms": listed})
    return found


@pytest.mark.parametrize(("rows", "expected"), PRODUCTS)
def test_embodied_material(rows: Any, expected: dict[str, str], table: Any) -> None:
    changed = change(products=products(rows))
    assert embodied(changed) == {name: Decimal(value) for name, value in expected.items()}
    if not any(embodied(changed).values()):
        with pytest.raises(ContradictionError, match="nothing"):
            new_declaration(changed)
        return
    found = assess(new_declaration(changed), None, table)
    prices = {"PE": 2, "INK": 30}
    worth = sum(Decimal(used) * prices[name] for name, used in expected.items()) * 25410
    assert abs(found.customs_value - worth) < len(expected)
    assert found.lines[0].procedure.name == "A42"


@pytest.mark.parametrize(
    ("quantity", "imported", "report", "relieved"),
    [
        ("30", "1000", "BCQT", True),
        ("30.000000001", "1000", "BCQT", False),
        ("30", "1000", None, False),
        ("1", "100", "BCQT", True),
    ],
)
def test_surplus_within_three_percent(
    quantity: str, imported: str, report: str | None, relieved: bool, table: Any
) -> None:
    surplus = {"material": "PE", "quantity": quantity, "imported": imported, "report": report}
    given = {name: value for name, value in surplus.items() if value is not None}
    found = assess(new_declaration(change(surplus=[given])), None, table)
    duty, vat = found.lines[0].taxes
    assert (duty.amount == 0, vat.amount > 0) == (relieved, True)


def test_change_of_purpose_that_contradicts_itself() -> None:
    unknown = {"code": "X", "quantity": "1", "norms": [{"material": "GLUE", "quantity": "1"}]}
    with pytest.raises(ContradictionError, match=r"products\[0\].norms\[0\]"):
        embodied(change(products=[unknown]))
    with pytest.raises(ContradictionError, match="nothing"):
        new_declaration(change())
    surplus = {"material": "GLUE", "quantity": "1", "imported": "1"}
    with pytest.raises(ContradictionError, match=r"surplus\[0\]"):
        new_declaration(change(surplus=[surplus]))
    nothing = surplus | {"material": "PE", "imported": "0", "report": "x"}
    with pytest.raises(EvidenceMissingError, match="imported"):
        new_declaration(change(surplus=[nothing]))
    twice = change()
    with pytest.raises(ContradictionError, match="twice"):
        new_declaration(replace(twice, materials=(*twice.materials, twice.materials[0])))


def test_change_of_purpose_takes_the_rate_of_its_own_day(tables: Build) -> None:
    changed = change(products=products([("1000", "1", None)]))
    first = assess(new_declaration(changed), None, tables("25410"))
    second = assess(new_declaration(changed), None, tables("26000"))
    assert (first.customs_value, second.customs_value) == (2000 * 25410, 2000 * 26000)


def test_replay_repeats_to_the_last_text(
    document: Build, line: Build, assessed: Build, table: Any, tariff: Any
) -> None:
    found = assessed(document(lamp(line, "valid"), office="03CC", stage="provisional"))
    assert assessment_bytes(found) == assessment_bytes(assess(found.declaration, tariff, table))
    again = replay(assessment_bytes(found), tariff, table)
    assert again.repeats
    assert again.assessment.total == found.total


def changed_record(found: Any, change: Callable[[Any], None]) -> bytes:
    value = json.loads(assessment_bytes(found))
    change(value)
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda value: value.update(total="1"), "assessment.total"),
        (lambda value: value["lines"][0]["taxes"][0].update(rate="5%"),
         "assessment.lines[0].taxes[0].rate"),
        (lambda value: value["lines"].append(value["lines"][0]), "assessment.lines[1]"),
        (lambda value: value["trace"].pop(), "assessment.trace["),
        (lambda value: value["rules"][0].update(version="2020-01-01"),
         "assessment.rules[0].version"),
        (lambda value: value.pop("kind"), "assessment.kind"),
        (lambda value: value.update(seen="yes"), "assessment.seen"),
        (lambda value: value["exchange_rates"][0].update(rate="1"),
         "assessment.exchange_rates[0].rate"),
    ],
)  # fmt: skip
def test_replay_says_what_differs(
    *, change: Any, place: str, document: Build, assessed: Build, table: Any, tariff: Any
) -> None:
    record = changed_record(assessed(document()), change)
    found = replay(record, tariff, table)
    assert not found.repeats
    assert found.differences[0].place.startswith(place)
    assert len(found.differences) == 1


def test_replay_at_another_exchange_rate_names_it(
    document: Build, assessed: Build, tables: Build, tariff: Any
) -> None:
    found = replay(assessment_bytes(assessed(document())), tariff, tables("26000"))
    places = {difference.place for difference in found.differences}
    assert {"assessment.exchange_rates[0].rate", "assessment.total"} <= places


def test_replay_tells_at_most_a_thousand_differences(
    document: Build, assessed: Build, table: Any, tariff: Any
) -> None:
    record = changed_record(
        assessed(document()), lambda value: value.update(trace=[{"line": 9}] * 1200)
    )
    assert len(replay(record, tariff, table).differences) == 1000


@pytest.mark.parametrize(
    "record", [b"", b"[]", b"{}", b'{"format": "tradeseal-assessment/1"}', b'{"a": 1, "a": 2}']
)
def test_replay_of_what_is_none(record: bytes, table: Any, tariff: Any) -> None:
    with pytest.raises(AssessmentError):
        replay(record, tariff, table)
