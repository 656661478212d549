"""`tradeseal declaration`: what it says, and with which exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clients.cli.declaration import app
from contracts.clearance.declaration.example import example_json

RUN = CliRunner()


def written(folder: Path, value: Any, name: str = "declaration.json") -> str:
    file = folder / name
    file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return str(file)


def test_a_sound_declaration(tmp_path: Path) -> None:
    file = written(tmp_path, example_json("import_green"))
    found = RUN.invoke(app, ["check", file, "--on", "2026-11-23"])
    assert (found.exit_code, found.output) == (0, "nothing stands against it\n")


@pytest.mark.parametrize("member", ["office", "gross_mass_kg"])
def test_a_fault_is_named_in_both_languages(tmp_path: Path, member: str) -> None:
    value = example_json("import_green") | {member: "1"}
    found = RUN.invoke(app, ["check", written(tmp_path, value), "--on", "2026-11-23", "--json"])
    assert found.exit_code == 1
    (fault,) = json.loads(found.output)["findings"]
    assert fault["field"] == f"/{member}"
    assert fault["vi"] != fault["en"]
    plain = RUN.invoke(app, ["check", written(tmp_path, value), "--on", "2026-11-23"])
    assert f"/{member}" in plain.output


def test_a_warning_stops_nothing(tmp_path: Path) -> None:
    value = example_json("import_red")
    value["invoices"][0]["amount"] = "10001"
    found = RUN.invoke(app, ["check", written(tmp_path, value), "--on", "2026-11-23", "--json"])
    assert found.exit_code == 0
    assert json.loads(found.output)["findings"][0]["severity"] == "warning"


def test_to_a_workbook_and_back(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    value = example_json("export")
    book, back = str(tmp_path / "a.xlsx"), tmp_path / "b.json"
    assert RUN.invoke(app, ["convert", written(tmp_path, value), "-o", book]).exit_code == 0
    assert RUN.invoke(app, ["convert", book, "-o", str(back)]).exit_code == 0
    found = json.loads(back.read_text())
    assert found["salt"] != value["salt"]
    assert found | {"salt": value["salt"]} == value


def test_an_empty_workbook_names_its_cells(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    book = str(tmp_path / "template.xlsx")
    assert RUN.invoke(app, ["template", "-o", book]).exit_code == 0
    found = RUN.invoke(app, ["check", book, "--json"])
    assert found.exit_code == 1
    cells = {each.get("cell") for each in json.loads(found.output)["findings"]}
    assert "header!B2" in cells
    assert RUN.invoke(app, ["convert", book, "-o", str(tmp_path / "c.json")]).exit_code == 1
    assert not (tmp_path / "c.json").exists()


def test_changes(tmp_path: Path) -> None:
    value = example_json("import_red")
    before = written(tmp_path, value, "before.json")
    after = written(
        tmp_path, value | {"declaration_no": "107000000031", "flow": "express_low_value"}
    )
    allowed = RUN.invoke(app, ["changes", before, after])
    assert allowed.exit_code == 0
    assert "/flow" in allowed.output
    refused = RUN.invoke(app, ["changes", before, after, "--stage", "channelled", "--json"])
    assert refused.exit_code == 1
    members = json.loads(refused.output)
    assert members["changes"] == [{"field": "/flow", "before": None, "after": "express_low_value"}]
    assert members["findings"][0]["code"] == "DECL_AMENDMENT_FIELD"


@pytest.mark.parametrize(
    "arguments",
    [["check", "none.json"], ["check", "FILE", "--on", "today"], ["changes", "FILE", "BROKEN"]],
    ids=" ".join,
)
def test_unusable_input(tmp_path: Path, arguments: list[str]) -> None:
    files = {
        "FILE": written(tmp_path, example_json("export")),
        "BROKEN": written(tmp_path, {}, "broken.json"),
    }
    found = RUN.invoke(app, [files.get(each, each) for each in arguments])
    assert found.exit_code == 64
