"""Copies of the database that is backed up, in and out, while others write to it.

SQLite is copied with its own online backup; PostgreSQL with pg_dump and pg_restore, which have to
be installed where the node runs.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url

from node.errors import StorageError
from node.network.errors import BackupError

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
_WAIT_SECONDS: Final = 30.0


def kind_of_database(url: str) -> str:
    """Return "sqlite" or "postgresql"."""
    return make_url(url).get_backend_name()


def copy_out(url: str, target: Path) -> None:
    """Write one consistent copy of a database to a new file.

    Raises:
        BackupError: There is no database, or pg_dump is missing.
        StorageError: The database refused.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == SQLITE:
        _copy_sqlite(Path(parsed.database or ""), target)
        return
    command = [_tool("pg_dump"), "--format=custom", f"--file={target}", f"--dbname={_dsn(parsed)}"]
    _call(command, parsed)


def copy_in(url: str, source: Path) -> None:
    """Fill a new PostgreSQL database from a copy; all of it or nothing.

    Raises:
        BackupError: pg_restore is missing.
        StorageError: The database refused, such as one that is not empty.
    """
    parsed = make_url(url)
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _call([_tool("pg_restore"), *options, f"--dbname={_dsn(parsed)}", str(source)], parsed)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupError(f"{source} is missing: start the node once, then back it up")
    try:
        with (
            closing(sqlite3.connect(source, timeout=_WAIT_SECONDS)) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
    except sqlite3.Error as error:
        raise StorageError(str(source), str(error)) from error


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"the outbox is in PostgreSQL and {name} is not installed here: install PostgreSQL's "
            f"client programs (Debian: apt install postgresql-client), then try again"
        )
    return found


def _dsn(url: URL) -> str:
    # Without the password, which other processes could see among the arguments.
    plain = URL.create(
        POSTGRESQL, username=url.username, host=url.host, port=url.port, database=url.database,
        query=url.query,
    )  # fmt: skip
    return plain.render_as_string()


def _call(command: list[str], url: URL) -> None:
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = url.password
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise StorageError(f"{Path(command[0]).name} on {url.host}", reason)
