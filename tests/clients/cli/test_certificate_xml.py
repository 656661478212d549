"""`tradeseal certificate to-xml` and `from-xml`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.forms import full_form_json
from typer.testing import CliRunner

from clients.cli.certificate_xml import app

ROOT = Path(__file__).parents[3]


def test_there_and_back(tmp_path: Path) -> None:
    form, document, back = tmp_path / "form.json", tmp_path / "form.xml", tmp_path / "back.json"
    form.write_text(json.dumps(full_form_json()))
    written = CliRunner().invoke(app, ["to-xml", str(form), "-o", str(document)])
    assert written.exit_code == 0, written.output
    read = CliRunner().invoke(app, ["from-xml", str(document), "-o", str(back)])
    assert read.exit_code == 0, read.output
    assert json.loads(back.read_text()) == full_form_json()


def test_to_the_terminal() -> None:
    outcome = CliRunner().invoke(app, ["to-xml", str(ROOT / "examples" / "form_d.json")])
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<Declaration')
    fixture = ROOT / "docs" / "fixtures" / "e-form-d" / "valid" / "two-items.xml"
    assert outcome.stdout == fixture.read_text()


def test_importers_get_no_export_lines(tmp_path: Path) -> None:
    form = tmp_path / "form.json"
    form.write_text(json.dumps(full_form_json()))
    whole = CliRunner().invoke(app, ["to-xml", str(form)])
    less = CliRunner().invoke(app, ["to-xml", str(form), "--for-importer"])
    assert "306512345670" in whole.stdout
    assert "306512345670" not in less.stdout


def test_what_is_wrong_is_told_with_its_line() -> None:
    bad = ROOT / "docs" / "fixtures" / "e-form-d" / "invalid" / "look-alike-letter.xml"
    outcome = CliRunner().invoke(app, ["from-xml", str(bad)])
    assert outcome.exit_code == 64
    assert "line 4, Declaration/ID: holds U+041E" in outcome.stderr
    told = CliRunner().invoke(app, ["from-xml", str(bad), "--json"])
    assert json.loads(told.stdout)["error"] == "XmlError"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"form":"D"}'])
def test_what_is_no_certificate(tmp_path: Path, content: str) -> None:
    path = tmp_path / "form.json"
    path.write_text(content)
    outcome = CliRunner().invoke(app, ["to-xml", str(path)])
    assert outcome.exit_code == 64
    assert outcome.stderr.startswith("error: ")


def test_small_installation_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in sys.modules if name.startswith("contracts.origin.xml")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "xmlschema", None)
    path = tmp_path / "form.xml"
    path.write_text("<a/>")
    outcome = CliRunner().invoke(app, ["from-xml", str(path)])
    assert outcome.exit_code == 64
    assert "xmlschema is missing" in outcome.stderr


def test_commands_load_without_the_xml_packages() -> None:
    program = (
        "import sys\n"
        "sys.modules['xmlschema'] = sys.modules['defusedxml'] = None\n"
        "import clients.cli.certificate_xml, clients.cli.certificate_page\n"
        "import contracts.origin.findings.examiner, contracts.origin.certificate\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
