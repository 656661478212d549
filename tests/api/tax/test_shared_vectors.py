"""The tax vectors of the shared data, read beside the project."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "test_vectors.json"


def vectors() -> list[Any]:
    if not VECTORS.exists():
        return []
    found: list[Any] = json.loads(VECTORS.read_text(), parse_float=str)["tax"]
    return found


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not beside the project")
@pytest.mark.parametrize("vector", vectors(), ids=str)
def test_vector(
    vector: Any,
    line: Callable[..., Any],
    document: Callable[..., Any],
    assessed: Callable[..., Any],
    tables: Callable[..., Any],
) -> None:
    rates = vector["rates"]
    changes: dict[str, Any] = {
        "value": {"amount": str(vector["cif"]), "currency": "USD"},
        "rates": {
            "duty": {"percent": str(rates["imp"])},
            "vat_percent": str(rates["vat"]),
            "reference": "vector",
        },
    }
    if str(rates["ad"]) != "0":
        remedy = {"kind": "anti_dumping", "percent": str(rates["ad"]), "reference": "vector"}
        changes["remedies"] = [remedy]
    if rates["sct"]:
        rate = {"percent": str(rates["sct"])}
        changes["special_consumption"] = {"rate": rate, "reference": "vector"}
    if vector["env"]:
        per_unit = {"amount": str(vector["env"] // 10), "unit": "H87"}
        excise = {"rate": {"per_unit": per_unit}, "reference": "vector"}
        changes["environmental_protection"] = excise
    found = assessed(document(line(**changes)), tables(str(vector["fx"])))
    amounts = {tax.tax.value: int(tax.amount) for tax in found.taxes}
    assert int(found.customs_value) == vector["customs_value"]
    assert amounts["import_duty"] == vector["import_duty"]
    assert amounts.get("anti_dumping", 0) == vector["additional_duty"]
    assert amounts.get("special_consumption", 0) == vector["sct"]
    assert amounts.get("environmental_protection", 0) == vector["env"]
    assert int(found.lines[0].taxes[-1].base) == vector["vat_base"]
    assert amounts["vat"] == vector["vat"]
    assert int(found.total) == vector["total"]
