"""Backups: all that cannot be made again, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text
from support.founded import example_plan, found
from typer.testing import CliRunner, Result

from api.cli import app
from chain.engine.cometbft.home import NEVER, EngineHome, SignState
from chain.store.keyvalue import RocksStore
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.errors import FolderOccupiedError, NodeError, StorageError
from node.files import hold_lock
from node.folder import open_folder
from node.network.backup import write_backup
from node.network.database_copy import copy_in, copy_out
from node.network.errors import BackupDamagedError, BackupError
from node.network.restore import restore_backup

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SIGNED = 41


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An organisation that has run, and is stopped."""
    network = tmp_path_factory.mktemp("founded") / "network"
    found(network, example_plan(1, 0))
    folder = network / "customs-vn"
    for purpose, name in ((Purpose.STATE, "state.db"), (Purpose.READ, "read.db")):
        database = Database(f"sqlite:///{folder / name}", purpose)
        migrate(database)
        database.close()
    RocksStore(folder / "ledger").close()
    EngineHome(folder / "engine").write_sign_state(SignState(SIGNED, 0, 3))
    (folder / "engine" / "config").mkdir(mode=0o700)
    (folder / "engine" / "config" / "priv_validator_key.json").write_text("plain")
    (folder / "vault" / ("ab" * 32)).write_bytes(b"a document")
    (folder / "vault" / ("ab" * 32)).chmod(0o600)
    return folder


@pytest.fixture
def organisation(template: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "customs-vn"
    shutil.copytree(template, folder)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_restored_is_what_was_there(organisation: Path, tmp_path: Path) -> None:
    manifest = write_backup(organisation, tmp_path / "backup", NOW)
    assert restore_backup(tmp_path / "backup", tmp_path / "new", NOW) == manifest
    before, after = content(organisation), content(tmp_path / "new")
    same = {name for name in after if before.get(name) == after[name]}
    assert set(after) - same == {
        "engine/rejoin.json",
        "engine/data/priv_validator_state.json",
        "state.db",  # the same rows, in a file without a log of changes
    }
    gone = {name for name in set(before) - set(after) if not name.endswith("LOCK")}
    assert {name for name in gone if not name.startswith(("read.db", "state.db-"))} == {
        "engine/config/priv_validator_key.json", "run.lock",
    }  # fmt: skip
    open_folder(tmp_path / "new")
    RocksStore(tmp_path / "new" / "ledger").close()


def test_a_backup_opens_no_key_and_is_private(organisation: Path, tmp_path: Path) -> None:
    write_backup(organisation, tmp_path / "backup", NOW)
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "backup") as tar:
        names = tar.getnames()
    assert not [name for name in names if "priv_validator_key" in name or "password" in name]
    assert "files/keys/validator.pem" in names
    restore_backup(tmp_path / "backup", tmp_path / "new", NOW)
    places = list((tmp_path / "new").rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in places if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in places if path.is_dir()} == {0o700}


def test_a_restored_engine_does_not_sign(organisation: Path, tmp_path: Path) -> None:
    write_backup(organisation, tmp_path / "backup", NOW)
    restore_backup(tmp_path / "backup", tmp_path / "new", NOW)
    home = EngineHome(tmp_path / "new" / "engine")
    assert home.read_sign_state().height == NEVER
    assert json.loads((home.path / "rejoin.json").read_text())["signed_height"] == str(SIGNED)
    # What the backup alone says would have let it sign again what was signed after the backup.
    with tarfile.open(tmp_path / "backup") as tar:
        member = tar.extractfile("files/engine/data/priv_validator_state.json")
        assert member is not None
        assert json.load(member)["height"] == str(SIGNED)


def test_without_chain_only_the_chain_is_left_out(organisation: Path, tmp_path: Path) -> None:
    manifest = write_backup(organisation, tmp_path / "backup", NOW, with_chain=False)
    paths = {entry.path for entry in manifest.files}
    assert not [path for path in paths if path.startswith(("ledger/", "engine/"))]
    assert {"organisation.toml", "genesis.json", "state.copy", "keys/account.json"} <= paths
    restore_backup(tmp_path / "backup", tmp_path / "new", NOW)
    home = EngineHome(tmp_path / "new" / "engine")
    assert home.read_sign_state().height == NEVER
    assert json.loads((home.path / "rejoin.json").read_text())["signed_height"] == str(SIGNED)


def test_the_outbox_is_copied_while_it_is_written_to(organisation: Path, tmp_path: Path) -> None:
    with sqlite3.connect(organisation / "state.db", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE written (number INTEGER)")
        connection.execute("INSERT INTO written VALUES (1)")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO written VALUES (2)")
        write_backup(organisation, tmp_path / "backup", NOW)
        connection.execute("ROLLBACK")
    connection.close()
    restore_backup(tmp_path / "backup", tmp_path / "new", NOW)
    with sqlite3.connect(tmp_path / "new" / "state.db") as restored:
        assert restored.execute("SELECT number FROM written").fetchall() == [(1,)]
    restored.close()


def test_nothing_is_overwritten(organisation: Path, tmp_path: Path) -> None:
    write_backup(organisation, tmp_path / "backup", NOW)
    before = (tmp_path / "backup").read_bytes()
    with pytest.raises(FolderOccupiedError):
        write_backup(organisation, tmp_path / "backup", NOW)
    with pytest.raises(FolderOccupiedError):
        restore_backup(tmp_path / "backup", organisation, NOW)
    assert (tmp_path / "backup").read_bytes() == before
    (tmp_path / "empty").mkdir()
    restore_backup(tmp_path / "backup", tmp_path / "empty", NOW)


def refuse(backup: Path, folder: Path) -> str:
    with pytest.raises(BackupDamagedError) as caught:
        restore_backup(backup, folder, NOW)
    assert not folder.exists()
    assert [path for path in folder.parent.iterdir() if "restoring" in path.name] == []
    return str(caught.value)


def test_an_incomplete_backup_is_refused(organisation: Path, tmp_path: Path) -> None:
    write_backup(organisation, tmp_path / "backup", NOW)
    whole = (tmp_path / "backup").read_bytes()
    end = len(whole.rstrip(b"\0"))  # the last block of an archive is empty
    dice = random.Random(4)
    for length in [0, 1, 511, 512, 1_024, end - 1, *(dice.randrange(end) for _ in range(12))]:
        (tmp_path / "cut").write_bytes(whole[:length])
        assert "nothing was written" in refuse(tmp_path / "cut", tmp_path / "new")


def test_an_altered_byte_never_comes_through(organisation: Path, tmp_path: Path) -> None:
    write_backup(organisation, tmp_path / "backup", NOW)
    restore_backup(tmp_path / "backup", tmp_path / "whole", NOW)
    whole, expected = bytearray((tmp_path / "backup").read_bytes()), content(tmp_path / "whole")
    dice, refused = random.Random(5), 0
    for number in range(40):
        altered = bytearray(whole)
        altered[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        (tmp_path / "altered").write_bytes(altered)
        folder = tmp_path / f"new-{number}"
        try:
            restore_backup(tmp_path / "altered", folder, NOW)
        except BackupDamagedError:
            refused += 1
            assert not folder.exists()
        else:
            assert content(folder) == expected  # it hit the padding between members
    assert refused > 10


def forge(backup: Path, name: str, change: Callable[[tarfile.TarInfo], None]) -> None:
    """Write a backup of one file under a name of one's own, with fitting checksums."""
    entry = {"path": name, "size": 1, "sha256": sha256(b"x").hexdigest()}
    manifest = {
        "format": "tradeseal-backup/1", "organisation": "a", "chain_id": "c", "created": "",
        "with_chain": False, "signed_height": 0, "database": "sqlite", "files": [entry],
    }  # fmt: skip
    document = json.dumps(manifest).encode()
    members = {
        "tradeseal-backup": b"tradeseal-backup/1",
        f"files/{name}": b"x",
        "manifest.json": document,
        "manifest.sha256": sha256(document).hexdigest().encode(),
    }
    with tarfile.open(backup, "w") as tar:
        for member_name, data in members.items():
            member = tarfile.TarInfo(member_name)
            member.size = len(data)
            if member_name.startswith("files/"):
                change(member)
            tar.addfile(member, io.BytesIO(data) if member.size else None)


def link(member: tarfile.TarInfo) -> None:
    member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0


@pytest.mark.parametrize("name", ["../escaped", "a/../../escaped", "/escaped", "a//b", "a b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    forge(tmp_path / "forged", name, lambda _: None)
    assert "not allowed" in refuse(tmp_path / "forged", tmp_path / "new")
    assert not (tmp_path / "escaped").exists()


def test_links_and_foreign_archives_are_refused(tmp_path: Path) -> None:
    forge(tmp_path / "forged", "keys/link", link)
    assert "not allowed" in refuse(tmp_path / "forged", tmp_path / "new")
    forge(tmp_path / "plain", "keys/account.json", lambda _: None)
    assert "organisation.toml" in refuse(tmp_path / "plain", tmp_path / "new")
    (tmp_path / "text").write_text("no archive at all" * 100)
    refuse(tmp_path / "text", tmp_path / "new")


def test_a_missing_backup_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        restore_backup(tmp_path / "nothing", tmp_path / "new", NOW)


def test_what_runs_without_a_supervisor_is_not_copied(organisation: Path, tmp_path: Path) -> None:
    with hold_lock(organisation / "run.lock") as held:
        assert held
        with pytest.raises(BackupError, match="--without-chain"):
            write_backup(organisation, tmp_path / "backup", NOW)
        assert not (tmp_path / "backup").exists()
        write_backup(organisation, tmp_path / "backup", NOW, with_chain=False)
    assert not list(organisation.glob(".backup-*"))


def test_a_node_that_never_ran_says_what_to_do(organisation: Path, tmp_path: Path) -> None:
    for path in organisation.glob("state.db*"):
        path.unlink()
    with pytest.raises(BackupError, match="start the node once"):
        write_backup(organisation, tmp_path / "backup", NOW)


def test_without_its_tools_postgresql_is_refused_precisely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump is not installed"):
        copy_out("postgresql+psycopg://somebody@nowhere/nothing", tmp_path / "copy")


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_dumped_and_filled_once(
    database_url: Callable[[Purpose], str], tmp_path: Path
) -> None:
    url, other = database_url(Purpose.STATE), database_url(Purpose.READ)
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    database = Database(url, Purpose.STATE)
    migrate(database)
    with database.write() as session:
        session.execute(text("CREATE TABLE marked (number INTEGER)"))
        session.execute(text("INSERT INTO marked VALUES (7)"))
    database.close()
    copy_out(url, tmp_path / "copy")
    copy_in(other, tmp_path / "copy")
    restored = Database(other, Purpose.STATE)
    with restored.read() as session:
        assert session.scalar(text("SELECT number FROM marked")) == 7
    restored.close()
    with pytest.raises(StorageError, match="already exists"):
        copy_in(other, tmp_path / "copy")


def test_a_disk_that_refuses_leaves_no_backup(organisation: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        target = tmp_path / "nowhere" / "backup"  # root may write anywhere
    else:
        (tmp_path / "closed").mkdir(mode=0o500)
        target = tmp_path / "closed" / "backup"
    with pytest.raises(NodeError):
        write_backup(organisation, target, NOW)
    assert not target.exists()


def test_the_operators_word_is_weighed_before_anything_runs(
    organisation: Path, template: Path, tmp_path: Path
) -> None:
    (tmp_path / "cometbft").write_text("#!/bin/sh\necho 0.38.26\n")
    (tmp_path / "cometbft").chmod(0o755)
    environment = {
        "TRADESEAL_COMETBFT": str(tmp_path / "cometbft"),
        "TRADESEAL_PASSWORD_FILE": str(template.parent / "passwords" / "customs-vn"),
    }

    def run(folder: Path, height: int) -> Result:
        arguments = ["run", str(folder), "--sign-from", str(height)]
        return CliRunner().invoke(app, arguments, env=environment)

    never_restored = run(organisation, 90)
    assert (never_restored.exit_code, "leave --sign-from" in never_restored.stderr) == (1, True)
    write_backup(organisation, tmp_path / "backup", NOW)
    restore_backup(tmp_path / "backup", tmp_path / "new", NOW)
    too_low = run(tmp_path / "new", SIGNED)
    assert (too_low.exit_code, f"height {SIGNED}" in too_low.stderr) == (1, True)
    assert EngineHome(tmp_path / "new" / "engine").read_sign_state().height == NEVER
