"""JSON Schemas of the forms, from the description that the parser reads by.

`python -m contracts.origin.form_schema FOLDER` writes one file per form; `--check` says
whether they are current. A schema refuses nothing that the parser takes; rules between
boxes stand in the parser alone.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final, cast

from contracts.origin.form_criteria import expression
from contracts.origin.form_kinds import (
    COUNTRY,
    CURRENCY,
    DAY,
    QUANTITY,
    REFERENCE_NUMBER,
    TEXT,
    UNIT,
    Kind,
)
from contracts.origin.form_model import CertificateForm
from contracts.origin.form_objects import Object
from contracts.origin.rules import known_forms
from contracts.origin.rules.codes import group
from contracts.origin.rules.dated import document, entries_on

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SHARED: Final[dict[str, Kind]] = {
    "country": COUNTRY,
    "currency": CURRENCY,
    "unit": UNIT,
    "text": TEXT,
    "reference": REFERENCE_NUMBER,
    "day": DAY,
    "quantity": QUANTITY,
}
_FORM_BOXES: Final = (
    "transport",
    "exporter_declaration",
    "producer",
    "parent",
    "exhibition",
    "remarks",
    "export_document",
    "blanket_period",
)
_ITEM_BOXES: Final = (
    "origin_criterion",
    "origin_country",
    "fob_value",
    "ex_works_value",
    "net_cost_value",
)


def form_schema(form: str) -> dict[str, Any]:
    """Return the JSON Schema of one form, over all times for which it has rules.

    Args:
        form: Short name of the form.
    """
    rules = document(known_forms()[form])
    schema = Object(CertificateForm).schema()
    properties = schema["properties"]
    item = properties["items"]["items"]
    _narrow_boxes(schema, _FORM_BOXES, rules, "")
    _narrow_boxes(item, _ITEM_BOXES, rules, "items.")
    parties = sorted(_parties(rules))
    properties["form"] = {"const": form}
    if form != "D":
        schema["required"].append("form")
    properties["issued_in"] = {"type": "string", "enum": parties}
    properties["consignee"]["properties"]["country"] = {"type": "string", "enum": parties}
    patterns = sorted(_values(rules, "criteria"))
    if patterns and "origin_criterion" in item["properties"]:
        joined = "|".join(expression(pattern) for pattern in patterns)
        item["properties"]["origin_criterion"] = {"type": "string", "pattern": f"^(?:{joined})$"}
    return {
        "$schema": _DIALECT,
        "$id": f"urn:tradeseal:certificate:{form.lower()}:1",
        "title": rules["title"]["en"],
        "description": f"Source of its rules: {rules['source']}.",
        **_share(schema),
        "$defs": {name: kind.schema() for name, kind in _SHARED.items()},
    }


def schema_file(form: str) -> str:
    """Return the name of a form's file."""
    return f"{known_forms()[form].replace('_', '-')}.schema.json"


def render_schema(form: str) -> str:
    """Return a form's schema as it is published."""
    return json.dumps(form_schema(form), indent=1, ensure_ascii=False) + "\n"


def _share(schema: Any) -> Any:
    for name, kind in _SHARED.items():
        if schema == kind.schema():
            return {"$ref": f"#/$defs/{name}"}
    if isinstance(schema, dict):
        return {name: _share(part) for name, part in cast("dict[str, Any]", schema).items()}
    return schema


def _narrow_boxes(
    schema: dict[str, Any], boxes: tuple[str, ...], rules: dict[str, Any], prefix: str
) -> None:
    required, allowed = _values(rules, "required_boxes"), _values(rules, "allowed_boxes")
    for box in boxes:
        if f"{prefix}{box}" in required:
            schema["required"].append(box)
        elif f"{prefix}{box}" not in allowed:
            del schema["properties"][box]


def _values(rules: dict[str, Any], name: str) -> set[str]:
    return {value for entry in entries_on(rules[name], None) for value in entry.value}


def _parties(rules: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for entry in entries_on(rules["parties"], None):
        found |= group(entry.value) if entry.is_group else {entry.value}
    return found


def main() -> int:
    """Write or check the published schemas."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    stale = 0
    for form in known_forms():
        path: Path = arguments.folder / schema_file(form)
        if not arguments.check:
            path.write_text(render_schema(form), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != render_schema(form):
            stale = 1
    return stale


if __name__ == "__main__":
    raise SystemExit(main())
