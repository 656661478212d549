"""A canonical dump of a database: the same content gives the same bytes.

One line of JSON per row, tables by name, rows by primary key; the same on SQLite and
PostgreSQL. Two dumps are compared to show that a rebuild lost and invented nothing.
"""

import hashlib
import json
from collections.abc import Iterator

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from node.database.database import Database
from node.database.migration import metadata_of


def dump_lines(database: Database) -> Iterator[bytes]:
    """Yield the lines of a database's dump.

    Raises:
        StorageError: The database refused.
    """
    tables = metadata_of(database.purpose).tables
    with database.read() as session:
        for name in sorted(tables):
            yield from _rows(session, tables[name])


def dump_digest(database: Database) -> str:
    """Return the SHA-256 of a database's dump, in hexadecimal.

    Raises:
        StorageError: The database refused.
    """
    digest = hashlib.sha256()
    for line in dump_lines(database):
        digest.update(line)
    return digest.hexdigest()


def _rows(session: Session, table: Table) -> Iterator[bytes]:
    # Sorted here: text order differs between databases and locales.
    keys = [column.name for column in table.primary_key.columns]
    rows = [dict(row._mapping) for row in session.execute(select(table))]  # noqa: SLF001
    for row in sorted(rows, key=lambda row: [row[key] for key in keys]):
        line = json.dumps([table.name, row], sort_keys=True, separators=(",", ":"))
        yield line.encode() + b"\n"
