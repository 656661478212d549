import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.errors import FolderMissingError, FolderOccupiedError, LooseModeError, StorageError
from node.files import (
    check_private_folder,
    create_private,
    hold_lock,
    make_private_folder,
    read_private,
    replace_private,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "private"
    make_private_folder(path)
    return path


def test_a_private_file_is_its_owners_alone(folder: Path) -> None:
    create_private(folder / "key", b"secret")
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert read_private(folder / "key") == b"secret"
    assert [path.name for path in folder.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_use_is_refused(folder: Path, mode: int) -> None:
    create_private(folder / "key", b"secret")
    (folder / "key").chmod(mode)
    with pytest.raises(LooseModeError, match="chmod 0600") as caught:
        read_private(folder / "key")
    assert caught.value.actual == mode


def test_a_link_is_not_followed(folder: Path) -> None:
    create_private(folder / "key", b"secret")
    (folder / "link").symlink_to(folder / "key")
    with pytest.raises(StorageError):
        read_private(folder / "link")


def test_an_existing_file_is_never_overwritten_by_creation(folder: Path) -> None:
    create_private(folder / "key", b"old")
    with pytest.raises(FolderOccupiedError):
        create_private(folder / "key", b"new")
    assert read_private(folder / "key") == b"old"
    assert [path.name for path in folder.iterdir()] == ["key"]


def test_replacing_gives_the_new_content(folder: Path) -> None:
    create_private(folder / "key", b"old")
    replace_private(folder / "key", b"new")
    assert read_private(folder / "key") == b"new"


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_content(
    folder: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_private(folder / "key", b"old")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    elif call == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        monkeypatch.setattr(os, "fdopen", _failing_file(fail))
    with pytest.raises(StorageError, match="No space left"):
        replace_private(folder / "key", b"new")
    monkeypatch.undo()
    assert read_private(folder / "key") == b"old"
    assert [path.name for path in folder.iterdir()] == ["key"]


def _failing_file(fail: Callable[..., None]) -> Callable[..., Any]:
    real = os.fdopen

    def fdopen(*arguments: Any, **options: Any) -> Any:
        file = real(*arguments, **options)

        class Full:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            write = staticmethod(fail)

        return Full()

    return fdopen


def test_a_loose_folder_is_refused(folder: Path) -> None:
    check_private_folder(folder)
    folder.chmod(0o750)
    with pytest.raises(LooseModeError):
        check_private_folder(folder)
    with pytest.raises(LooseModeError):
        make_private_folder(folder)


def test_a_missing_folder_is_named(folder: Path) -> None:
    with pytest.raises(FolderMissingError, match="absent"):
        check_private_folder(folder / "absent")


def test_a_lock_is_held_once(folder: Path) -> None:
    with hold_lock(folder / "lock") as first, hold_lock(folder / "lock") as second:
        assert first
        assert not second
    with hold_lock(folder / "lock") as again:
        assert again
