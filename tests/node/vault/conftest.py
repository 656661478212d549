"""The stores of content, the real ones: a folder, and two private Kubo nodes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.kubo import KuboNode, connected_pair
from support.organisations import migrated

from node.database.database import Database, Purpose
from node.files import create_private, make_private_folder
from node.vault.content import ContentStore, Intake
from node.vault.folder_store import FolderStore
from node.vault.kubo_store import KuboStore

LIMIT = (50 << 20) + 28


@pytest.fixture(scope="session")
def kubo_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KuboNode, KuboNode]]:
    pair = connected_pair(tmp_path_factory.mktemp("kubo"))
    yield pair
    for node in pair:
        node.stop()


@pytest.fixture(params=["folder", "kubo"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "contents")
    first, _ = request.getfixturevalue("kubo_pair")
    return KuboStore(first.api)


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Callable[..., Intake]]:
    """Give intakes that hold some bytes; they end with the test."""
    folder = tmp_path / "incoming"
    make_private_folder(folder)
    given: list[Intake] = []

    def make(content: bytes = b"", limit: int = LIMIT) -> Intake:
        made = Intake(folder, limit)
        given.append(made)
        made.write(content)
        return made

    yield make
    for made in given:
        made.discard()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Database]:
    yield from _database(tmp_path, Purpose.STATE)


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Database]:
    yield from _database(tmp_path, Purpose.READ)


def _database(folder: Path, purpose: Purpose) -> Iterator[Database]:
    path = folder / f"{purpose}.db"
    create_private(path, migrated(purpose))
    database = Database(f"sqlite:///{path}", purpose)
    yield database
    database.close()
