"""Example declarations of invented parties: a green, a yellow and a red import, an export."""

import json
from importlib.resources import files
from typing import Any, Final, cast

from contracts.clearance.declaration.model import Declaration
from contracts.clearance.declaration.reading import require_declaration

NAMES: Final = ("import_green", "import_yellow", "import_red", "export")


def example_json(name: str) -> dict[str, Any]:
    """Return the JSON form of an example, a new one each time.

    Args:
        name: One of `NAMES`.
    """
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def example(name: str) -> Declaration:
    """Return an example.

    Args:
        name: One of `NAMES`.
    """
    return require_declaration(example_json(name))
