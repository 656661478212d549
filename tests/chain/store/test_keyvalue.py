"""One contract for every key-value store; the fake keeps what RocksDB keeps."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.faults import MemoryStore

from chain.errors import StoreError
from chain.store.keyvalue import KeyValueStore, RocksStore
from chain.store.ledger import LedgerStore, SealedHeader, Tip

Open = Callable[[], KeyValueStore]


@pytest.fixture(params=["rocks", "memory"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    memory, opened = MemoryStore(), []

    def open_() -> KeyValueStore:
        for store in opened:
            store.close()
        opened.append(memory if request.param == "memory" else RocksStore(tmp_path / "store"))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


def test_what_is_written_is_read_again_after_opening(open_store: Open) -> None:
    open_store().write([(b"a", b"1"), (b"b", b"")])
    store = open_store()
    assert (store.get(b"a"), store.get(b"b"), store.get(b"c")) == (b"1", b"", None)


def test_none_deletes(open_store: Open) -> None:
    store = open_store()
    store.write([(b"a", b"1"), (b"b", b"2")])
    store.write([(b"a", None), (b"never", None)])
    assert (store.get(b"a"), store.get(b"b")) == (None, b"2")


def test_the_last_entry_of_a_key_counts(open_store: Open) -> None:
    store = open_store()
    store.write([(b"a", b"1"), (b"a", None), (b"a", b"2")])
    assert store.get(b"a") == b"2"


def test_scans_are_ordered_and_bounded(open_store: Open) -> None:
    store = open_store()
    store.write([(bytes([n]), bytes([n])) for n in (9, 3, 5, 7, 255)])
    assert [key for key, _ in store.scan(b"\x03", b"\x09")] == [b"\x03", b"\x05", b"\x07"]
    assert list(store.scan(b"\x0a", b"\xff")) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="failed to open"):
        RocksStore(tmp_path / "file" / "store")


def test_two_processes_cannot_hold_one_folder(tmp_path: Path) -> None:
    store = RocksStore(tmp_path)
    with pytest.raises(StoreError, match="another process"):
        RocksStore(tmp_path)
    store.close()
    RocksStore(tmp_path).close()


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    store = RocksStore(tmp_path)
    store.close()
    store.close()


FILL = """
import sys
from pathlib import Path
from chain.errors import StoreError
from chain.store.keyvalue import RocksStore
store, number = RocksStore(Path(sys.argv[1])), 0
try:
    while number < 200:
        store.write([(number.to_bytes(4, "big"), bytes([number]) * 100_000)])
        number += 1
except StoreError as exc:
    print(number, exc, sep="|")
"""


def test_a_full_disk_is_an_error_and_loses_nothing_written_before(tmp_path: Path) -> None:
    limit = 4_000_000  # no file may grow beyond: to the program it is a disk that is full

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    filled = subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path / "store")],
        capture_output=True, text=True, preexec_fn=bound, check=False, timeout=60,
    )  # fmt: skip
    number, _, message = filled.stdout.partition("|")
    assert "check the disk" in message, filled.stderr
    store = RocksStore(tmp_path / "store")
    written = int(number)
    assert 0 < written < 200
    for n in range(written):
        assert store.get(n.to_bytes(4, "big")) == bytes([n]) * 100_000
    store.write([(b"after", b"1")])
    store.close()


def test_a_tip_survives_its_encoding() -> None:
    tip = Tip(7, 3, b"\x05" * 32, 1_767_225_600_123_456_789)
    assert Tip.from_bytes(tip.to_bytes()) == tip


def test_an_empty_store_knows_nothing() -> None:
    store = LedgerStore(MemoryStore())
    assert store.genesis() is store.tip() is store.proposal() is store.seal(1) is None
    assert (store.body(1), store.receipts(1), store.number_of_hash(bytes(32))) == ([], [], None)
    with pytest.raises(AssertionError, match="has not committed"):
        store.engine_value(b"mresults")


def test_seals_and_sets_are_kept(tmp_path: Path) -> None:
    store = LedgerStore(RocksStore(tmp_path))
    seal = SealedHeader(b"header", b"commit")
    store.commit([store.seal_entry(5, seal), store.validator_set_entry(bytes(32), b"set")])
    assert (store.seal(5), store.seal(6)) == (seal, None)
    assert store.validator_set(bytes(32)) == b"set"
    store.close()
