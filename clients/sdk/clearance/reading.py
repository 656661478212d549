"""Declarations from files, JSON or XLSX, ready to hand in."""

from pathlib import Path
from typing import Final

from clients.sdk.errors import InputError
from clients.sdk.files import read_input
from clients.sdk.workbooks import WORKBOOK_LIMIT, sheets_from
from contracts.clearance.declaration import (
    Declaration,
    declaration_json,
    parse_declaration,
    read_declaration,
)
from contracts.clearance.declaration.reading import SIZE_LIMIT
from contracts.clearance.declaration.sheets import read_sheets
from contracts.clearance.papers import new_salt

_ZIP: Final = b"PK"
_REMEDY: Final = "run tradeseal declaration check"


def read_declaration_file(path: Path, salt: str | None = None) -> dict[str, object]:
    """Return a declaration as JSON.

    Args:
        path: JSON, or a workbook made from the template.
        salt: For a workbook, which has none: 64 digits. The same content under another salt is
            another content: keep the salt to hand the same in again. A new one where left out.

    Raises:
        InputError: It cannot be read, or is no declaration.
    """
    content = read_input(path, max(WORKBOOK_LIMIT, SIZE_LIMIT))
    if not content.startswith(_ZIP):
        read = parse_declaration(content)
        if not isinstance(read, Declaration):
            raise InputError(str(path), f"{read[0].field} {read[0].en}; {_REMEDY}")
        return dict(declaration_json(read))
    sheets = read_sheets(sheets_from(content, path.name), salt or new_salt())
    read = read_declaration(sheets.value)
    if sheets.findings:
        found = sheets.findings[0]
        raise InputError(str(path), f"{found.field} {found.en}; {_REMEDY}")
    if not isinstance(read, Declaration):
        place = sheets.cell(read[0].field) or read[0].field
        raise InputError(str(path), f"{place} {read[0].en}; {_REMEDY}")
    return dict(declaration_json(read))
