"""What amendments change, and what they must not."""

from datetime import date
from typing import Any

import pytest

from contracts.clearance.declaration import require_declaration
from contracts.clearance.declaration.amendments import Change, Stage, changes, check_amendment
from contracts.clearance.declaration.example import example, example_json

DAY = date(2026, 11, 24)


def amended(**members: Any) -> dict[str, Any]:
    return example_json("import_red") | {"declaration_no": "107000000031", **members}


def codes(value: dict[str, Any], stage: Stage) -> list[tuple[str, str]]:
    found = check_amendment(example("import_red"), require_declaration(value), stage, DAY)
    return [(each.code, each.field) for each in found]


def test_a_new_salt_and_number_are_no_change() -> None:
    after = require_declaration(amended(salt="c" * 64))
    assert changes(example("import_red"), after) == ()


def test_every_difference_is_named() -> None:
    value = amended(gross_mass_kg="300", ucr="6JPABC")
    value["lines"][0]["quantity"]["value"] = "51"
    value["lines"].append(value["lines"][0] | {"number": 2})
    del value["lines"][0]["permits"]
    found = {
        each.field: each for each in changes(example("import_red"), require_declaration(value))
    }
    assert found["/gross_mass_kg"] == Change("/gross_mass_kg", "260", "300")
    assert found["/ucr"].before is None
    assert found["/lines/0/quantity/value"].to_json()["after"] == "51"
    assert found["/lines/0/permits"].after is None
    assert found["/lines/1"].before is None
    assert len(found) == 5


@pytest.mark.parametrize("stage", Stage)
def test_what_may_change(stage: Stage) -> None:
    assert codes(amended(gross_mass_kg="300"), stage) == []


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize(
    ("member", "value"), [("procedure", "A11"), ("office", "03EE"), ("country", "TH")]
)
def test_what_never_changes(stage: Stage, member: str, value: str) -> None:
    assert codes(amended(**{member: value}), stage) == [("DECL_AMENDMENT_FIELD", f"/{member}")]


def test_parts_of_a_fixed_field_are_fixed() -> None:
    value = amended()
    value["importer"]["tax_code"] = "9900000028"
    assert codes(value, Stage.REGISTERED) == [("DECL_AMENDMENT_FIELD", "/importer/tax_code")]
    value = amended(agent=value["importer"])
    value["importer"] = example_json("import_red")["importer"]
    assert codes(value, Stage.REGISTERED) == [("DECL_AMENDMENT_FIELD", "/agent")]


@pytest.mark.parametrize("stage", Stage)
def test_what_the_draw_was_inherited_along_never_changes(stage: Stage) -> None:
    assert codes(amended(ucr="6JPABC"), stage) == [("DECL_AMENDMENT_FIELD", "/ucr")]
    value = amended()
    value["transport"]["documents"][0]["number"] = "OTHER-1"
    found = [("DECL_AMENDMENT_FIELD", "/transport/documents/0/number")]
    assert codes(value, stage) == found


def test_what_the_channel_fixes() -> None:
    value = amended(flow="express_low_value")
    assert codes(value, Stage.REGISTERED) == []
    assert codes(value, Stage.CHANNELLED) == [("DECL_AMENDMENT_FIELD", "/flow")]
    assert codes(value, Stage.CLEARED) == [("DECL_AMENDMENT_FIELD", "/flow")]


def test_permits_are_fixed_by_clearance() -> None:
    value = amended(permits=[])
    value["lines"][0]["permits"] = []
    assert codes(value, Stage.CHANNELLED) == []
    assert {field for _, field in codes(value, Stage.CLEARED)} == {"/permits", "/lines/0/permits"}


@pytest.mark.parametrize("number", ["107000000030", "107000000032", "107000000041"])
def test_another_number_than_the_next(number: str) -> None:
    assert codes(amended(declaration_no=number), Stage.REGISTERED) == [
        ("DECL_AMENDMENT_NUMBER", "/declaration_no")
    ]


def test_a_tenth_amendment() -> None:
    before = require_declaration(amended(declaration_no="107000000039"))
    after = require_declaration(amended(declaration_no="107000000039"))
    (found,) = check_amendment(before, after, Stage.REGISTERED, DAY)
    assert found.code == "DECL_AMENDMENT_LIMIT"


def test_a_draft_has_no_number_to_follow() -> None:
    value = amended()
    del value["declaration_no"]
    draft = require_declaration(value)
    assert check_amendment(draft, draft, Stage.REGISTERED, DAY) == ()


def test_the_party_abroad_may_be_corrected() -> None:
    value = amended()
    value["exporter"]["tax_code"] = "JP-1"
    assert codes(value, Stage.CLEARED) == []
