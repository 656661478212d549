"""What both stores promise, on both stores."""

import random
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.kubo import KuboNode

from contracts.documents.cid import CHUNK_SIZE, LINKS, Cid, file_cid
from node.vault.content import ContentStore, Intake, sweep
from node.vault.errors import (
    ContentForeignError,
    ContentTooLargeError,
    ContentUnknownError,
)
from node.vault.folder_store import FolderStore
from node.vault.kubo_store import KuboStore

Make = Callable[..., Intake]
LIMIT = 1 << 26


def keep(store: ContentStore, make: Make, content: bytes) -> Cid:
    with make(content) as intake:
        return store.adopt(intake)


@pytest.mark.parametrize("size", [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3_000_000])
def test_what_is_kept_is_read(store: ContentStore, intake: Make, size: int) -> None:
    content = random.Random(size).randbytes(size)
    cid = keep(store, intake, content)
    assert cid == file_cid(content)
    assert store.has(cid)
    assert store.read(cid, LIMIT) == content


def test_what_is_not_kept_is_unknown_at_once(store: ContentStore) -> None:
    cid = Cid.of_block(secrets.token_bytes(32))
    assert not store.has(cid)
    with pytest.raises(ContentUnknownError):
        store.read(cid, LIMIT)
    store.erase(cid)  # nothing happens


def test_more_than_asked_for_is_not_read(store: ContentStore, intake: Make) -> None:
    cid = keep(store, intake, bytes(1_000))
    assert len(store.read(cid, 1_000)) == 1_000
    with pytest.raises(ContentTooLargeError):
        store.read(cid, 999)


def test_what_is_erased_is_gone(store: ContentStore, intake: Make) -> None:
    content = secrets.token_bytes(600_000)
    cid, other = keep(store, intake, content), keep(store, intake, b"other")
    store.erase(cid)
    assert not store.has(cid)
    with pytest.raises(ContentUnknownError):
        store.read(cid, LIMIT)
    assert store.read(other, LIMIT) == b"other"
    assert keep(store, intake, content) == cid  # the store itself has no tombstones


def test_two_sides_may_keep_the_same_content(store: ContentStore, intake: Make) -> None:
    content = secrets.token_bytes(700_000)
    intakes = [intake(content) for _ in range(6)]
    found: list[Cid] = []
    threads = [
        threading.Thread(target=lambda one=one: found.append(store.adopt(one))) for one in intakes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {file_cid(content)}
    assert len(found) == 6
    assert store.read(found[0], LIMIT) == content


def test_too_large_an_intake_is_refused_as_it_grows(intake: Make, tmp_path: Path) -> None:
    with intake(bytes(90), limit=100) as one:
        one.write(bytes(10))
        with pytest.raises(ContentTooLargeError):
            one.write(b"x")
    assert list((tmp_path / "incoming").iterdir()) == []


def test_what_a_crash_left_is_swept(intake: Make, tmp_path: Path) -> None:
    intake(b"half a document")
    folder = tmp_path / "incoming"
    assert len(list(folder.iterdir())) == 1
    sweep(folder, 0)  # older ones, of which there is none
    assert len(list(folder.iterdir())) == 1
    sweep(folder, time.time() + 1)
    assert list(folder.iterdir()) == []


class TestFolder:
    def test_a_changed_file_is_not_given(self, tmp_path: Path, intake: Make) -> None:
        store = FolderStore(tmp_path / "contents")
        cid = keep(store, intake, b"content")
        path = tmp_path / "contents" / str(cid)
        assert path.stat().st_mode & 0o777 == 0o600
        path.write_bytes(b"c0ntent")
        with pytest.raises(ContentForeignError, match=str(cid)):
            store.read(cid, LIMIT)
        keep(store, intake, b"content")  # kept again, it heals
        assert store.read(cid, LIMIT) == b"content"

    def test_nothing_stands_behind_a_folder(self, tmp_path: Path, intake: Make) -> None:
        store = FolderStore(tmp_path / "contents")
        with intake() as one:
            assert not store.fetch(Cid.of_block(b"x"), one)


class TestKubo:
    @pytest.mark.parametrize(
        "size",
        [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, LINKS * CHUNK_SIZE,
         LINKS * CHUNK_SIZE + 1, 50 << 20],
    )  # fmt: skip
    def test_cids_are_those_of_kubo(self, kubo_pair: tuple[KuboNode, KuboNode], size: int) -> None:
        content = random.Random(size).randbytes(size)
        told = kubo_pair[0].run(
            "add", "--quieter", "--only-hash", "--cid-version=1", "--raw-leaves",
            "--chunker=size-262144", "--max-file-links=174", stdin=content,
        )  # fmt: skip
        assert told.decode().strip() == str(file_cid(content))

    def test_other_nodes_are_asked(
        self, kubo_pair: tuple[KuboNode, KuboNode], intake: Make
    ) -> None:
        here, there = (KuboStore(node.api, fetch_seconds=2) for node in kubo_pair)
        content = secrets.token_bytes(900_000)
        cid = keep(there, intake, content)
        assert not here.has(cid)
        with intake() as one:
            assert here.fetch(cid, one)
            assert here.adopt(one) == cid
        assert here.read(cid, LIMIT) == content

    def test_what_nobody_has_is_not_waited_for_long(
        self, kubo_pair: tuple[KuboNode, KuboNode], intake: Make
    ) -> None:
        store = KuboStore(kubo_pair[0].api, fetch_seconds=0.5)
        with intake() as one:
            assert not store.fetch(Cid.of_block(secrets.token_bytes(32)), one)
