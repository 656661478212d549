"""One SQL database: SQLite in WAL mode, or PostgreSQL.

Durability: when `write` returns, the transaction is on disk (SQLite: synchronous FULL for
`state`, NORMAL for `read`, which can be rebuilt; PostgreSQL: synchronous_commit as the
server has it). Concurrency: any number of threads and processes; SQLite writers queue for
the database's one write lock, taken at the beginning so that none fails half-way.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from node.errors import StorageError
from node.files import FILE_MODE, check_private_file

_SQLITE_WAIT_SECONDS = 30


class Purpose(StrEnum):
    """Which of an organisation's databases."""

    READ = "read"
    STATE = "state"


class Database:
    """Sessions on one database.

    Attributes:
        purpose: Which of the organisation's databases it is.
        engine: The SQLAlchemy engine, for migrations.
    """

    def __init__(self, url: str, purpose: Purpose) -> None:
        """Connect lazily; SQLite files are made with mode 0600.

        Raises:
            LooseModeError: Others may read the SQLite file.
            StorageError: The file cannot be made.
        """
        self.purpose = purpose
        self.engine = _create_engine(url, purpose)
        self._writing = self.engine.execution_options(tradeseal_write=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether SQLite keeps it."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session whose reads see one moment; nothing is kept.

        Raises:
            StorageError: The database refused.
        """
        with self._wrapped(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that is durable when the block ends, or wholly undone by an exception.

        Raises:
            IntegrityError: A unique value was there already; nothing was written.
            StorageError: The database refused; nothing was written.
        """
        with (
            self._wrapped(),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _wrapped(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # a question of content; who writes unique values answers it
        except DBAPIError as error:
            raise StorageError(f"the {self.purpose} database", str(error.orig)) from error


def _create_engine(url: str, purpose: Purpose) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        # Serializable is not needed: writers lock the rows they decide on.
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    _make_sqlite_file(Path(parsed.database or ""))
    engine = create_engine(
        parsed, hide_parameters=True, connect_args={"timeout": _SQLITE_WAIT_SECONDS}
    )
    synchronous = "FULL" if purpose is Purpose.STATE else "NORMAL"

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("tradeseal_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _make_sqlite_file(path: Path) -> None:
    # Made here, because SQLite would make it with the mode of the umask; its WAL inherits it.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE))
    except OSError as error:
        raise StorageError(str(path), error.strerror or str(error)) from error
    check_private_file(path)
