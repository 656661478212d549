"""Every case of tests/vectors/bundles.json, and that the vectors are fresh."""

from __future__ import annotations

import json
from typing import Any

import pytest
from vectors import generate, reader

from clients.auditor import Verdict, verify_bundle
from clients.auditor.errors import UnusableError


@pytest.mark.parametrize("case", reader.cases(), ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    expected = case["expected"]
    arguments = reader.case_bundle(case), reader.case_trust(case), reader.case_question(case)
    if expected["verdict"] == "unusable":
        with pytest.raises(UnusableError) as fault:
            verify_bundle(*arguments)
        assert expected["reason"] in str(fault.value)
        return
    report = verify_bundle(*arguments)
    assert report.verdict.value == expected["verdict"], report.reasons
    if expected["verdict"] == "valid":
        assert not report.reasons
        return
    decisive = [step for step in report.steps if step.verdict is report.verdict]
    assert decisive[0].name == expected["step"], report.reasons
    assert expected["reason"] in " ".join(decisive[0].findings)


def test_names_of_cases_are_unique() -> None:
    names = [case["name"] for case in reader.cases()]
    assert len(names) == len(set(names))


def test_every_step_has_a_case_that_it_decides() -> None:
    decided = {case["expected"]["step"] for case in reader.cases()}
    report = verify_bundle(
        reader.bundle_bytes("drawn"),
        reader.case_trust({}),
        reader.case_question(reader.cases()[1]),
    )
    assert {step.name for step in report.steps} <= decided


def test_regeneration_gives_the_same_bytes() -> None:
    bundles, trust = generate.build()
    assert trust == reader.document()["trust"]
    for name, bundle in bundles.items():
        assert bundle.to_bytes() == reader.bundle_bytes(name)
    assert json.loads(json.dumps(generate.cases(bundles, trust))) == reader.cases()


def test_a_valid_report_has_no_open_step() -> None:
    case = reader.cases()[0]
    report = verify_bundle(
        reader.case_bundle(case), reader.case_trust(case), reader.case_question(case)
    )
    assert report.verdict is Verdict.VALID
    assert [step.number for step in report.steps] == list(range(1, 11))
    assert json.loads(json.dumps(report.to_json()))["verdict"] == "valid"
