"""JSON Schema of a declaration, from the description that the reader reads by.

`python -m contracts.clearance.declaration.schema FILE` writes it; `--check` says whether it
is current. It refuses nothing that the reader takes; rules between fields stand in
`check_declaration` alone.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final, cast

from contracts.clearance.declaration.kinds import Value
from contracts.clearance.declaration.model import FORMAT, Declaration
from contracts.clearance.declaration.objects import FieldKind, Many, Object, members_of

SCHEMA_FILE: Final = "declaration.schema.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PREFIX: Final = "DECL_"


def declaration_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12)."""
    definitions: dict[str, Any] = {}
    root = _object(Declaration, definitions)
    root["properties"]["format"] = {"const": FORMAT}
    return {
        "$schema": _DIALECT,
        "$id": "urn:tradeseal:declaration:1",
        "title": "Customs declaration",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def render_schema() -> str:
    """Return the schema as it is published."""
    return json.dumps(declaration_schema(), indent=1, ensure_ascii=False) + "\n"


def _object(model: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    members = members_of(model)
    return {
        "type": "object",
        "properties": {
            name: _described(member.kind, definitions) for name, member in members.items()
        },
        "required": [name for name, member in members.items() if not member.optional],
        "additionalProperties": False,
    }


def _described(kind: FieldKind, definitions: dict[str, Any]) -> dict[str, Any]:
    if isinstance(kind, Many):
        items = _described(kind.kind, definitions)
        bounds = {"minItems": kind.minimum, "maxItems": kind.limit}
        return {"type": "array", "items": items, **bounds}
    if isinstance(kind, Object):
        name = kind.model.__name__
        definitions.setdefault(name, _object(kind.model, definitions))
        return {"$ref": f"#/$defs/{name}"}
    return _value(kind, definitions)


def _value(kind: Value, definitions: dict[str, Any]) -> dict[str, Any]:
    schema, name = kind.schema(), kind.code.removeprefix(_PREFIX).lower()
    if definitions.setdefault(name, schema) != schema:
        return schema
    return {"$ref": f"#/$defs/{name}"}


def main() -> int:
    """Write or check the published schema."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    file = cast("Path", arguments.file)
    if not arguments.check:
        file.write_text(render_schema(), encoding="utf-8")
        return 0
    return int(not file.exists() or file.read_text(encoding="utf-8") != render_schema())


if __name__ == "__main__":
    raise SystemExit(main())
