"""What a person reads: the trace, the command, exit codes, the examples."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.tax.amounts import grouped, number_text
from api.tax.charges import rate_text
from api.tax.cli import app
from api.tax.document import assessment_members
from api.tax.errors import RuleDataError, TaxError
from api.tax.example import example_rates, example_tariff
from api.tax.model import PerUnit, Rate
from api.tax.rules import RULE_SETS, rule_set, rules_from, texts
from api.tax.trace import trace

Build = Callable[..., Any]
ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "tax"
RUN = CliRunner()


def rich_document(document: Build, line: Build) -> Any:
    money = {"amount": "100", "currency": "USD"}
    costs = [
        {"kind": "freight", "amount": money},
        {"kind": "insurance", "amount": money | {"amount": "0"}, "evidence": "none taken"},
        {"kind": "buying_commission", "amount": money},
        {"kind": "interest", "amount": money, "evidence": "contract 5"},
    ]
    duty = {"percent": "10", "per_unit": {"amount": "2", "unit": "H87", "currency": "USD"}}
    lines = [
        line(
            costs=[{"kind": "assists", "amount": money}],
            remedies=[{"kind": "safeguard", "percent": "5", "reference": "decision 1"}],
            special_consumption={"category": "beer"},
            rates={"duty": duty, "vat_percent": "10", "reference": "x"},
        ),
        line(number=2, hs="39201090", origin="TW", rates=None, procedure="E21", reliefs=[{
            "code": "processing",
            "documents": [{"kind": "processing_contract", "reference": "GC 7"},
                          {"kind": "facility_notice", "reference": "CSSX 1"}],
        }]),
        line(number=3, quantity={"value": "10", "unit": "LTR"},
             environmental_protection={"category": "petrol"}),
    ]  # fmt: skip
    return document(*lines, incoterm="FOB", costs=costs, stage="provisional", counterparty="epe")


def evaluated(formula: str) -> bool:
    """Tell whether the two sides of a formula agree to half a dong for each rounding."""
    sum_text, _, result = formula.removesuffix(" VND").rpartition(" = ")
    plain = re.sub(r"(?<=\d) (?=\d{3})", "", sum_text)
    plain = re.sub(r" (VND|USD|[A-Z]{3})(/[A-Z0-9]+)?", "", plain).replace("%", "/100")
    plain = plain.replace("\N{MULTIPLICATION SIGN}", "*")
    assert re.fullmatch(r"[0-9.+*/() -]+", plain), plain
    found = eval(plain)  # noqa: S307 - digits and operators alone
    return bool(abs(found - float(result.replace(" ", ""))) <= 1)


def test_every_formula_of_a_trace_holds(document: Build, line: Build, assessed: Build) -> None:
    steps = trace(assessed(rich_document(document, line)))
    formulas = [step.formula for step in steps if step.formula and step.name != "exchange"]
    assert len(formulas) > 20
    for formula in formulas:
        assert evaluated(formula), formula


def test_every_step_has_law_source_and_two_languages(
    document: Build, line: Build, assessed: Build
) -> None:
    steps = trace(assessed(rich_document(document, line)))
    names = {step.name for step in steps}
    for step in steps:
        assert step.law, step
        assert step.source, step
        assert step.text("vi") != step.text("en")
        assert "{" not in step.text("vi") + step.text("en")
    assert {
        "day", "exchange", "cost_whole", "cost_ignored", "price", "part_shared", "part_own",
        "customs_value", "rate", "rate_given", "rate_category", "reason", "relief", "tax",
        "tax_relieved", "line_total", "tax_total", "total", "provisional", "epe_to_domestic",
    } <= names  # fmt: skip


def test_latest_rate_is_named(document: Build, line: Build, tariff: Any) -> None:
    from api.tax.assess import assess
    from api.tax.model import Declaration
    from api.tax.structure import read

    value = document(line(value={"amount": "1000000", "currency": "LAK"}), currency="LAK")
    found = assess(read(Declaration, value, "declaration"), tariff, example_rates())
    step = next(step for step in trace(found) if step.name == "exchange")
    assert "State Bank" in step.text("en")
    assert step.formula == "1 LAK = 1.18 VND"


def test_dong_and_an_office_are_written(document: Build, line: Build, assessed: Build) -> None:
    goods = line(value={"amount": "1000", "currency": "VND"})
    found = assessment_members(
        assessed(document(goods, currency="VND", office="03CC")), explained=False
    )
    assert found["exchange_rates"] == [{"currency": "VND", "rate": "1", "publisher": "home"}]
    assert found["office"] == "03CC"
    assert "trace" not in found
    assert "exchange_rates" not in {used["rule_set"] for used in found["rules"]}


def test_a_relieved_tax_is_written_with_what_it_would_be(
    document: Build, line: Build, assessed: Build
) -> None:
    found = assessment_members(assessed(rich_document(document, line)), explained=False)
    duty = found["lines"][1]["taxes"][0]
    assert (duty["amount"], duty["relief"]) == ("0", "processing")
    assert int(duty["relieved"]) > 0
    assert "relief" not in found["lines"][0]["taxes"][0]


def test_long_sums_are_counted(document: Build, line: Build, assessed: Build) -> None:
    found = assessed(document(*(line(number=number) for number in range(1, 12))))
    total = next(step for step in trace(found) if step.name == "tax_total")
    assert "(11)" in total.formula


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(Decimal("5.50")), "5.5%"),
        (Rate(Decimal(0)), "0%"),
        (Rate(per_unit=PerUnit(Decimal(2000), "LTR")), "2000 VND/LTR"),
        (Rate(Decimal(75), PerUnit(Decimal(2000), "PK")), "75% + 2000 VND/PK"),
    ],
)
def test_rate_as_text(rate: Rate, text: str) -> None:
    assert rate_text(rate) == text


@pytest.mark.parametrize(
    ("number", "plain", "shown"),
    [("1234567.890", "1234567.89", "1 234 567.89"), ("-1000", "-1000", "-1 000"),
     ("0.00", "0", "0"), ("-0", "0", "0"), ("1E+3", "1000", "1 000")],
)  # fmt: skip
def test_number_as_text(number: str, plain: str, shown: str) -> None:
    assert (number_text(Decimal(number)), grouped(Decimal(number))) == (plain, shown)


@pytest.mark.parametrize("name", RULE_SETS)
def test_every_provision_says_when_and_whence(name: str) -> None:
    folder = ROOT / "api" / "tax" / "rules"
    document = json.loads((folder / f"{name}.json").read_text())
    assert document["rule_set"] == name
    for key, entries in document["provisions"].items():
        ends = None
        for entry in sorted(entries, key=lambda one: one["effective_from"]):
            assert entry["law"], key
            assert entry["source"], key
            assert entry["evidence"] in {"S", "M", "M?", "D"}, key
            begins = date.fromisoformat(entry["effective_from"])
            assert ends is None or ends <= begins, key
            ends = entry["effective_to"] and date.fromisoformat(entry["effective_to"])


def test_rules_that_contradict_themselves() -> None:
    entry = {"value": "1", "law": "x", "source": "x", "effective_from": "2026-01-01",
             "effective_to": None, "evidence": "D"}  # fmt: skip
    file = {"rule_set": "x", "version": "1", "provisions": {"a": [entry]}}
    found = rules_from(file, date(2026, 1, 1))
    assert found.provision("a").value == "1"
    assert rules_from(file, date(2025, 12, 31)).provisions == {}
    with pytest.raises(RuleDataError, match="no b on that day"):
        found.provision("b")
    with pytest.raises(RuleDataError, match="a has 2 values"):
        rules_from(file | {"provisions": {"a": [entry, entry]}}, date(2026, 1, 1))
    with pytest.raises(RuleDataError, match="no such file"):
        rule_set("no_such_rules", date(2026, 1, 1))


def test_rule_set_says_since_when() -> None:
    assert rule_set("valuation", date(2026, 1, 31)).effective_from == date(2015, 4, 1)
    assert rule_set("valuation", date(2026, 2, 1)).effective_from == date(2026, 2, 1)
    assert texts()["tax.vat"]["vi"].startswith("Thuế")


# Fields of the whole command


@pytest.mark.parametrize("name", ["import", "export", "processing", "change_of_purpose"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_example_is_assessed(name: str, language: str) -> None:
    result = RUN.invoke(app, ["assess", str(EXAMPLES / f"{name}.json"), "--lang", language])
    assert result.exit_code == 0, result.output
    assert {"vi": "Tổng cộng:", "en": "Total:"}[language] in result.output


def test_json_is_replayed(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["assess", str(EXAMPLES / "import.json"), "--json"])
    record = tmp_path / "assessment.json"
    record.write_text(result.stdout)
    value = json.loads(result.stdout)
    assert value["format"] == "tradeseal-assessment/1"
    assert int(value["total"]) == sum(int(tax["amount"]) for tax in value["taxes"])
    assert {"rule_set": "tariff", "version": "26/2023/ND-CP", "effective_from": "2023-07-15"} in (
        value["rules"]
    )
    assert RUN.invoke(app, ["replay", str(record)]).exit_code == 0
    value["total"] = "1"
    record.write_text(json.dumps(value))
    result = RUN.invoke(app, ["replay", str(record)])
    assert (result.exit_code, "assessment.total" in result.output) == (1, True)
    result = RUN.invoke(app, ["replay", str(record), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["repeats"]) == (1, False)


def test_release_is_settled(tmp_path: Path) -> None:
    final = json.loads((EXAMPLES / "import.json").read_text())
    first = tmp_path / "provisional.json"
    first.write_text(json.dumps(final | {"stage": "provisional", "released_on": "2026-11-24"}))
    final["lines"][1]["value"]["amount"] = "9000.00"
    second = tmp_path / "final.json"
    second.write_text(json.dumps(final | {"amendment": 1}))
    command = ["settle", str(first), str(second), "--on", "2026-12-25"]
    result = RUN.invoke(app, command)
    assert result.exit_code == 0
    assert "Late" in result.output
    value = json.loads(RUN.invoke(app, [*command, "--json"]).stdout)
    assert int(value["to_collect"]) > 0
    assert value["late"] is True


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "tax-member"),
        (b"{", "tax-member"),
        (b"[1.5]", "tax-member"),
        (b"[" * 100 + b"]" * 100, "tax-member"),
        (b'{"a": "1", "a": "2"}', "tax-member"),
        (b'{"format": "\\ud800"}', "tax-member"),
        (b" " * ((16 << 20) + 1), "tax-member"),
        (b"{}", "tax-member"),
        (b'{"format": "tradeseal-change-of-purpose/1"}', "tax-member"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_unusable_file(content: bytes, code: str, tmp_path: Path) -> None:
    file = tmp_path / "declaration.json"
    file.write_bytes(content)
    result = RUN.invoke(app, ["assess", str(file), "--json"])
    assert (result.exit_code, json.loads(result.stderr)["code"]) == (64, code)
    assert result.stdout == ""


def test_missing_file_and_missing_tariff(tmp_path: Path) -> None:
    example = str(EXAMPLES / "import.json")
    for command in (
        ["assess", str(tmp_path / "none.json")],
        ["assess", example, "--tariff", str(tmp_path / "none")],
        ["assess", example, "--rates", str(tmp_path / "none.json")],
        ["replay", example],
    ):
        result = RUN.invoke(app, command)
        assert result.exit_code == 64, result.output
        assert result.stdout == ""


def test_errors_in_vietnamese_and_of_the_tariff(tmp_path: Path) -> None:
    value = json.loads((EXAMPLES / "import.json").read_text())
    value["lines"][0]["hs"] = "99999999"
    file = tmp_path / "declaration.json"
    file.write_text(json.dumps(value))
    result = RUN.invoke(app, ["assess", str(file), "--lang", "vi"])
    assert "biểu thuế" in result.stderr
    result = RUN.invoke(app, ["assess", str(file), "--tariff", str(tmp_path), "--json"])
    assert result.exit_code == 64
    broken = tmp_path / "folder"
    broken.mkdir()
    (broken / "2026-01-01_x.json").write_text("{}")
    result = RUN.invoke(app, ["assess", str(file), "--tariff", str(broken), "--json"])
    assert json.loads(result.stderr)["code"] == "tariff-folder"
    assert "path" not in json.loads(result.stderr)


def test_example_rates_and_tariff_can_be_given() -> None:
    folder = ROOT / "api" / "tax" / "example"
    options = ["--tariff", str(folder / "tariff"), "--rates", str(folder / "rates.json")]
    named = RUN.invoke(app, ["assess", str(EXAMPLES / "export.json"), "--json", *options])
    built_in = RUN.invoke(app, ["assess", str(EXAMPLES / "export.json"), "--json"])
    assert named.stdout == built_in.stdout
    assert example_tariff().versions
    assert issubclass(RuleDataError, TaxError)
