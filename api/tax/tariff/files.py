"""Tariff versions as files of a folder: canonical JSON, written whole or not at all.

A version is named `FIRSTDAY_DECREE.json`. It is never overwritten with something else: the same
bytes again change nothing, other bytes are refused. `effective_to` is the first day on which the
version no longer applies.
"""

import json
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from api.tax.errors import TariffCellError, TariffConflictError, TariffFolderError
from api.tax.tariff.columns import column_of_header
from api.tax.tariff.grammar import parse_cell
from api.tax.tariff.schedule import Row, Tariff, Version

FORMAT: Final = "tradeseal-tariff/1"
FILE_LIMIT: Final = 64 << 20
"""Bytes; a table of 12,000 lines with 25 columns has about 4 million."""
_HS: Final = re.compile(r"[0-9]{8}")
_AGAIN: Final = "import the decree's table again"


def version_bytes(version: Version) -> bytes:
    """Return the file of a version."""
    value = {
        "format": FORMAT,
        "decree": version.decree,
        "source": version.source,
        "effective_from": version.effective_from.isoformat(),
        "effective_to": None if version.effective_to is None else version.effective_to.isoformat(),
        "columns": list(version.columns),
        "rows": [
            {
                "hs": row.hs,
                "description": row.description,
                "unit": row.unit,
                "cells": dict(row.cells),
            }
            for _, row in sorted(version.rows.items())
        ],
    }
    # Canonical JSON (RFC 8785): texts alone, ASCII names, so that sorting and escaping agree.
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"


def version_name(version: Version) -> str:
    """Return the name of a version's file."""
    plain = unicodedata.normalize("NFKD", version.decree.lower()).replace("đ", "d")
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    decree = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{version.effective_from.isoformat()}_{decree}.json"


def parse_version(data: bytes, file: str) -> Version:
    """Return the version of a file.

    Args:
        data: The file.
        file: How errors name it.

    Raises:
        TariffFolderError: It is none, or its bytes are not the canonical ones.
    """
    try:
        document = json.loads(data)
        version = _version(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"is no version of a tariff ({type(error).__name__})"
        raise TariffFolderError(file, problem, _AGAIN) from error
    except TariffCellError as error:
        raise TariffFolderError(file, error.problem, _AGAIN) from error
    if version_bytes(version) != data:
        raise TariffFolderError(file, "was changed after it was written", _AGAIN)
    return version


def store_version(version: Version, folder: Path) -> tuple[Path, bool]:
    """Write a version into a folder; durable on return.

    Returns:
        The file, and whether it is new.

    Raises:
        TariffConflictError: Another content has its name, or another decree of the same day says
            something else of a cell.
        TariffFolderError: The folder cannot be read or written.
    """
    data = version_bytes(version)
    path = folder / version_name(version)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            if path.read_bytes() == data:
                return path, False
            remedy = "give the correction its own decree or day; versions are never overwritten"
            raise TariffConflictError(path.name, "stands with another content", remedy)
        Tariff.of((*load_tariff(folder).versions, version))
        _write(path, data)
    except OSError as error:
        problem = error.strerror or str(error)
        raise TariffFolderError(
            str(folder), problem, "name a folder that can be written"
        ) from error
    return path, True


def load_tariff(folder: Path) -> Tariff:
    """Return the tariff of all versions of a folder.

    Raises:
        TariffFolderError: The folder or a file in it cannot be used.
        TariffConflictError: Two decrees of one day say different things of one cell.
    """
    if not folder.is_dir():
        remedy = "name the folder that versions were imported into"
        raise TariffFolderError(str(folder), "is no folder", remedy)
    try:
        names = sorted(path for path in folder.iterdir() if path.suffix == ".json")
        return Tariff.of([_load(path) for path in names])
    except OSError as error:
        problem = error.strerror or str(error)
        raise TariffFolderError(str(folder), problem, "make the folder readable") from error


def _load(path: Path) -> Version:
    if path.stat().st_size > FILE_LIMIT:
        raise TariffFolderError(path.name, f"has more than {FILE_LIMIT} bytes", _AGAIN)
    version = parse_version(path.read_bytes(), path.name)
    if version_name(version) != path.name:
        problem = f"holds the version {version_name(version)}"
        raise TariffFolderError(path.name, problem, "give it back its name")
    return version


def _version(document: Mapping[str, Any]) -> Version:
    if document["format"] != FORMAT:
        raise ValueError(document["format"])
    end = document["effective_to"]
    columns = tuple(document["columns"])
    rows = {entry["hs"]: _row(entry, columns) for entry in document["rows"]}
    return Version(
        decree=document["decree"],
        source=document["source"],
        effective_from=date.fromisoformat(document["effective_from"]),
        effective_to=None if end is None else date.fromisoformat(end),
        columns=columns,
        rows=MappingProxyType(rows),
    )


def _row(entry: Mapping[str, Any], columns: tuple[str, ...]) -> Row:
    hs, cells = entry["hs"], dict(entry["cells"])
    if _HS.fullmatch(hs) is None or sorted(cells) != sorted(columns):
        raise ValueError(hs)
    for name, text in cells.items():
        if not _is_canonical(name, text):
            raise ValueError(name)
    return Row(hs, entry["description"], entry["unit"], MappingProxyType(cells))


@lru_cache(maxsize=8_192)
def _is_canonical(name: str, text: str) -> bool:
    found = column_of_header(name)
    return found is not None and found.name == name and str(parse_cell(text)) == text


def _write(path: Path, data: bytes) -> None:
    """Write a new file in one step, and sync it and its folder."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)  # unlike a rename, fails where the name was taken meanwhile
        except FileExistsError as error:
            remedy = "import again, and give a correction its own decree or day"
            raise TariffConflictError(path.name, "was written meanwhile", remedy) from error
    finally:
        aside.unlink(missing_ok=True)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
