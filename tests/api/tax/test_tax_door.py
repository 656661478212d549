"""Assessments at a door: by the office's own tariff, and nothing by an example."""

from __future__ import annotations

import json
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from support.doors import Door
from support.organisations import CUSTOMS_VN

from api.tax.office import RATES_NAME, TARIFF_NAME
from api.tokens import Role
from clients.sdk.errors import ServerRefusedError

EXAMPLE = Path(__file__).parents[3] / "examples" / "tax" / "import.json"
TOTAL = 193_636_259


@pytest.fixture
def door(network: Any) -> Door:
    return Door(network, CUSTOMS_VN)


def furnish(door: Door) -> None:
    with as_file(files("api.tax.example")) as example:
        folder = door.node.folder.path
        shutil.copytree(example / "tariff", folder / TARIFF_NAME)
        shutil.copy(example / "rates.json", folder / RATES_NAME)


def declaration() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(EXAMPLE.read_text())
    return content


def test_a_declaration_is_assessed_and_explained(door: Door) -> None:
    furnish(door)
    found = door.sdk(Role.CUSTOMS).taxes.assess(declaration())
    assert (found.kind, found.total) == ("final", TOTAL)
    assert sum(found.taxes.values()) == TOTAL
    assert any("Freight" in step for step in found.steps())
    assert any("Cước" in step for step in found.steps("vi"))
    assert json.loads(found.to_bytes())["total"] == str(TOTAL)


def test_a_tariff_that_changes_is_read_again(door: Door) -> None:
    furnish(door)
    taxes = door.sdk(Role.CUSTOMS).taxes
    taxes.assess(declaration())
    (door.node.folder.path / RATES_NAME).unlink()
    with pytest.raises(ServerRefusedError) as caught:
        taxes.assess(declaration())
    assert caught.value.code == "tax_data_missing"


def test_an_office_without_a_tariff_assesses_nothing(door: Door) -> None:
    with pytest.raises(ServerRefusedError) as caught:
        door.sdk(Role.CUSTOMS).taxes.assess(declaration())
    assert (caught.value.status, caught.value.code) == (503, "tax_data_missing")


def test_a_damaged_tariff_is_the_offices_fault(door: Door) -> None:
    furnish(door)
    next((door.node.folder.path / TARIFF_NAME).glob("*.json")).write_text("{}")
    answer = door.client(Role.CUSTOMS).post("/v1/tax/assessments", json=declaration())
    assert (answer.status_code, answer.json()["code"]) == (500, "tariff_unusable")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"currency": "usd"}, "declaration.currency"),
        ({"amendment": -1}, "declaration.amendment"),
        ({"colour": "red"}, "declaration.colour"),
    ],
)
def test_what_is_wrong_is_named(door: Door, change: dict[str, Any], path: str) -> None:
    furnish(door)
    answer = door.client(Role.CUSTOMS).post("/v1/tax/assessments", json=declaration() | change)
    problem = answer.json()
    assert (answer.status_code, problem["path"]) == (422, path)
    assert problem["vi"] != problem["detail"]
    assert problem["code"].startswith("tax_")


def test_an_unknown_code_is_refused(door: Door) -> None:
    furnish(door)
    changed = declaration()
    changed["lines"][0]["hs"] = "99999999"
    answer = door.client(Role.CUSTOMS).post("/v1/tax/assessments", json=changed)
    assert answer.status_code == 422
    assert "99999999" in answer.json()["detail"]
