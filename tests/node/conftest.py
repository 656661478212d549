"""Databases for the tests of the node: SQLite always, PostgreSQL where a server is named."""

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from support.organisations import Network

from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.files import make_private_folder

POSTGRESQL = "TRADESEAL_TEST_POSTGRESQL"

DatabaseUrl = Callable[[Purpose], str]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseUrl]:
    """Give the URL of a new empty database per purpose."""
    if request.param == "sqlite":
        folder = tmp_path / "databases"
        make_private_folder(folder)
        yield lambda purpose: f"sqlite:///{folder / purpose}.db"
        return
    server = os.environ.get(POSTGRESQL)
    if not server:
        pytest.skip(f"{POSTGRESQL} names no PostgreSQL server")
    names: list[str] = []
    admin = create_engine(server, isolation_level="AUTOCOMMIT")

    def url(purpose: Purpose) -> str:
        name = f"tradeseal_{purpose}_{uuid.uuid4().hex}"
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        names.append(name)
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    yield url
    with admin.connect() as connection:
        for name in names:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def open_database(database_url: DatabaseUrl) -> Iterator[Callable[[Purpose], Database]]:
    """Open a migrated database per purpose; the same one when asked again."""
    urls: dict[Purpose, str] = {}
    opened: list[Database] = []

    def open_one(purpose: Purpose) -> Database:
        url = urls.setdefault(purpose, urls.get(purpose) or database_url(purpose))
        database = Database(url, purpose)
        migrate(database)
        opened.append(database)
        return database

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def state(open_database: Callable[[Purpose], Database]) -> Database:
    return open_database(Purpose.STATE)


@pytest.fixture
def read(open_database: Callable[[Purpose], Database]) -> Database:
    return open_database(Purpose.READ)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Give a founded network whose blocks the test seals."""
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    yield network
    network.close()
