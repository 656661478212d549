"""The origin vectors of the shared data, read beside the project."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from api.origin.determination.decision import Decision
from api.origin.determination.engine import determine
from api.origin.determination.materials import counted_value
from api.origin.determination.model import Case
from api.origin.determination.rules import rules_of
from api.origin.determination.structure import read

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "test_vectors.json"
GOOD = "190590"


def vectors(name: str) -> list[Any]:
    if not VECTORS.exists():
        pytest.skip("the shared vectors are not beside the project")
    found: list[Any] = json.loads(VECTORS.read_text(), parse_float=str)[name]
    assert found
    return found


def money(amount: object) -> dict[str, str]:
    return {"amount": str(amount), "currency": "USD"}


def material(code: str, amount: object, **changes: Any) -> dict[str, Any]:
    found = {
        "description": "material",
        "hs_code": code,
        "hs_version": "2022",
        "value": money(amount),
        "basis": "cif",
        "status": "non_originating",
    }
    return found | changes


def certified(amount: object, rvc: object) -> dict[str, Any]:
    evidence = {
        "kind": "supplier_certificate",
        "reference": "D-1",
        "country": "TH",
        "agreement": "ATIGA",
        "rvc": str(rvc),
    }
    changes = {"status": "partial", "basis": "transaction", "evidence": evidence}
    return material(GOOD, amount, **changes)


def decide(fob: object, materials: list[dict[str, Any]], **changes: Any) -> Decision:
    value = {
        "format": "tradeseal-origin-case/1",
        "agreement": "ATIGA",
        "date": "2026-11-20",
        "exporting_party": "VN",
        "importing_party": "ID",
        "good": {
            "description": "good",
            "hs_code": GOOD,
            "hs_version": "2022",
            "values": {"fob": money(fob)},
        },
        "materials": materials,
        "operations": ["manufacture"],
    }
    return determine(read(Case, value | changes))


def content(decision: Decision) -> Decimal:
    (step,) = (step for step in decision.steps if step.name == "content")
    return Decimal(step.figures["content"])


def test_build_down() -> None:
    for vector in vectors("rvc_indirect"):
        decision = decide(vector["fob"], [material(GOOD, vector["vnm"])])
        assert content(decision) == Decimal(vector["rvc"])
        assert decision.is_originating is vector["originating"]


def test_build_up() -> None:
    for vector in vectors("rvc_direct"):
        costs = {
            "labour": money(vector["labour"]),
            "overhead": money(vector["overhead"]),
            "other": money(vector["other"]),
            "profit": money(vector["profit"]),
        }
        own = {"kind": "own_production", "reference": "B-1", "country": "VN"}
        materials = [
            material(
                GOOD,
                vector["asean_material"],
                status="originating",
                basis="transaction",
                evidence=own,
            ),
            material(GOOD, 57),
        ]
        decision = decide(vector["fob"], materials, costs=costs, rvc_method="build_up")
        assert content(decision) == Decimal(vector["rvc"])
        assert decision.is_originating is vector["originating"]


def test_partial_cumulation() -> None:
    bounds = rules_of("ATIGA", date(2026, 11, 20)).provision("cumulation").value
    for vector in vectors("partial_cumulation"):
        value, rvc = Decimal(vector["material_value"]), Decimal(vector["material_rvc"])
        assert counted_value(value, rvc, bounds) == vector["counts_as_asean"]
        decision = decide(1_000, [certified(value, rvc)])
        (step,) = (step for step in decision.steps if step.name == "partial_cumulation")
        assert step.figures["counted"] == str(vector["counts_as_asean"])


def test_de_minimis() -> None:
    for vector in vectors("de_minimis_ctc"):
        materials = [material(GOOD, vector["nom_not_shifting"]), material("110100", 80)]
        assert decide(vector["fob"], materials).is_originating is vector["pass"]


BOX_8: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "WO": ([], {"good": {"hs_code": "090111", "wholly_obtained": "plant"}}),
    "40%": ([material(GOOD, 60)], {}),
    "CC": ([material("080132", 90)], {"good": {"hs_code": "090121"}}),
    "CTH": ([material("110100", 90)], {}),
    "CTSH": ([material("847150", 90)], {"good": {"hs_code": "847130"}}),
    "SP": (
        [material("271019", 90)],
        {"good": {"hs_code": "271012"}, "processes": ["distillation"]},
    ),
    "PC 25%": ([material(GOOD, 75)], {}),
}


def test_the_engine_writes_box_8_as_the_vectors_have_it() -> None:
    wanted = set(vectors("form_d_box8"))
    base = {
        "description": "good",
        "hs_code": GOOD,
        "hs_version": "2022",
        "values": {"fob": money(100)},
    }
    written = set()
    for criterion, (materials, changes) in BOX_8.items():
        good = base | changes.get("good", {})
        decision = decide(100, materials, **(changes | {"good": good}))
        assert decision.criterion == criterion
        written.add(decision.criterion)
    written.add(_combined())
    assert written == wanted


def _combined() -> str | None:
    """Return the criterion of a rule that asks for both; no sample rule of the ATIGA does."""
    case = decide(100, [material("190510", 65)]).case
    rules = rules_of("ATIGA", case.date)
    asked = replace(rules.product(GOOD), value="CTSH and RVC(35)")
    return determine(case, replace(rules, products={GOOD: asked})).criterion
