"""One migrated database per module: each test has a taxpayer of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.debts import Desk

from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.files import make_private_folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("debts") / "state"
    make_private_folder(folder)
    database = Database(f"sqlite:///{folder / 'state'}.db", Purpose.STATE)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def desk(kept: Database) -> Desk:
    return Desk(kept)
