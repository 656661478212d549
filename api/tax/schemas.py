"""JSON Schemas of what the tax engine reads.

`python -m api.tax.schemas FOLDER` writes one file per document. A document that a schema refuses
is refused by the parser too; what contradicts itself, the parser refuses alone.
"""

import json
import sys
from pathlib import Path
from typing import Final

from api.tax.exchange import TableFile
from api.tax.model import Declaration
from api.tax.purpose import ChangeOfPurpose
from api.tax.structure import schema

DOCUMENTS: Final[dict[str, type]] = {
    "change-of-purpose.schema.json": ChangeOfPurpose,
    "declaration.schema.json": Declaration,
    "exchange-rates.schema.json": TableFile,
}


def render_schema(name: str) -> str:
    """Return the file of one document."""
    return json.dumps(schema(DOCUMENTS[name], name), indent=1) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every file into a folder that exists."""
    for name in DOCUMENTS:
        (folder / name).write_text(render_schema(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
