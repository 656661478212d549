"""Declarations made up for the tests: fraud where mass is small and the route is odd."""

import csv
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from api.risk.model.item import COLUMNS, LABELS, Item, parse_item
from api.risk.model.model import Model
from api.risk.model.recipe import Recipe
from api.risk.model.training import train

START = date(2020, 1, 1)
Row = dict[str, str]


def made_rows(count: int, start: date = START, days: int = 90, seed: int = 7) -> list[Row]:
    """Return labelled rows in the order of days."""
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        origin, departure = chance.choice(["CN", "JP", "US"]), chance.choice(["CN", "JP", "HK"])
        mass = chance.choice([1, 2, 5, 10, 200, 900]) + chance.randrange(10) / 10
        fraud = chance.random() < 0.05 + 0.4 * (mass < 10) + 0.4 * (origin != departure)
        rows.append(
            {
                "Declaration ID": f"{seed}{number:06d}",
                "Date": (start + timedelta(days=number * days // count)).isoformat(),
                "Office ID": chance.choice(["20", "40", "016"]),
                "Process Type": "B",
                "Import Type": "11",
                "Import Use": "21",
                "Payment Type": "11",
                "Mode of Transport": chance.choice(["10", "40"]),
                "Declarant ID": f"D{chance.randrange(9)}",
                "Importer ID": f"I{chance.randrange(40)}",
                "Seller ID": chance.choice(["", f"S{chance.randrange(30)}"]),
                "Courier ID": "",
                "HS6 Code": chance.choice(["010121", "392690", "850440", "640399"]),
                "Country of Departure": departure,
                "Country of Origin": origin,
                "Tax Rate": chance.choice(["0.0", "8.0", "13.0"]),
                "Tax Type": chance.choice(["A", "FCN1"]),
                "Country of Origin Indicator": "G",
                "Net Mass": f"{mass:.1f}",
                "Item Price": f"{mass * chance.choice([10, 40, 41, 300]):.2f}",
                "Fraud": str(int(fraud)),
                "Critical Fraud": str(int(fraud)),
            }
        )
    return rows


def written(path: Path, rows: list[Row], *, labels: bool = True) -> Path:
    """Write rows as CSV and return the path."""
    columns = [*COLUMNS, *(LABELS if labels else ())]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns, extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.fixture
def rows() -> list[Row]:
    return made_rows(300)


@pytest.fixture
def items(rows: list[Row]) -> list[Item]:
    return [parse_item(row, line) for line, row in enumerate(rows, start=2)]


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., list[Row]]:
    return made_rows


@pytest.fixture(scope="session")
def write_table() -> Callable[..., Path]:
    return written


@pytest.fixture(scope="session")
def small_recipe() -> Recipe:
    return Recipe(rounds=20, rows_per_leaf=10)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, small_recipe: Recipe) -> Path:
    """Return the folder of a model trained on a few hundred made-up rows."""
    pytest.importorskip("lightgbm")
    folder = tmp_path_factory.mktemp("trained")
    table = written(folder / "train.csv", made_rows(900))
    later = written(folder / "valid.csv", made_rows(300, date(2020, 5, 1), 30, seed=8))
    train(table, later, folder / "model", name="small", recipe=small_recipe)
    return folder / "model"


@pytest.fixture(scope="session")
def small_model(trained: Path) -> Model:
    return Model.load(trained)
