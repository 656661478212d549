import dataclasses
import stat
from pathlib import Path

import pytest

from contracts.membership.keys import organisation_id
from node.config import OrganisationConfig, parse_config
from node.errors import ConfigError, FolderMissingError, FolderOccupiedError, LooseModeError
from node.folder import create_folder, open_folder

CONFIG = OrganisationConfig(
    name="customs-id",
    organisation="0x" + "1d" * 32,
    country="ID",
    ledger_url="http://127.0.0.1:8545",
    evm_chain_id=7742,
    membership="0x" + "ab" * 20,
)


def test_a_folder_opens_as_it_was_created(tmp_path: Path) -> None:
    created = create_folder(tmp_path / "id", CONFIG, b"{}")
    opened = open_folder(tmp_path / "id")
    assert opened == created
    assert opened.config == CONFIG
    assert opened.read_genesis() == b"{}"
    assert opened.read_url == f"sqlite:///{tmp_path}/id/read.db"
    for path in (tmp_path / "id", opened.keys, opened.vault):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_folder_may_have_no_genesis(tmp_path: Path) -> None:
    assert create_folder(tmp_path / "id", CONFIG).read_genesis() is None


def test_an_organisation_is_not_created_twice(tmp_path: Path) -> None:
    create_folder(tmp_path / "id", CONFIG)
    other = dataclasses.replace(CONFIG, name="customs-vn")
    with pytest.raises(FolderOccupiedError):
        create_folder(tmp_path / "id", other)
    assert open_folder(tmp_path / "id").config == CONFIG


def test_an_empty_folder_holds_no_organisation(tmp_path: Path) -> None:
    with pytest.raises(FolderMissingError, match="node init"):
        open_folder(tmp_path)


def test_loose_keys_are_refused(tmp_path: Path) -> None:
    folder = create_folder(tmp_path / "id", CONFIG)
    folder.keys.chmod(0o755)
    with pytest.raises(LooseModeError, match="keys"):
        open_folder(tmp_path / "id")


def test_another_database_is_one_setting(tmp_path: Path) -> None:
    url = "postgresql+psycopg://tradeseal@localhost/id_state"
    folder = create_folder(tmp_path / "id", dataclasses.replace(CONFIG, state_database=url))
    assert open_folder(tmp_path / "id").state_url == url
    assert folder.read_url.startswith("sqlite:///")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("tradeseal-organisation/1", "tradeseal-organisation/2", "format"),
        ('name = "customs-id"', "", "name is missing"),
        ('name = "customs-id"', 'name = "../id"', "does not have the form"),
        ('country = "ID"', 'country = "id"', "country"),
        ('country = "ID"', 'country = "\u0406D"', "country"),
        ('evm_chain_id = "7742"', "evm_chain_id = 7742", "evm_chain_id"),
        ('evm_chain_id = "7742"', 'evm_chain_id = "-1"', "evm_chain_id"),
        ("0x" + "ab" * 20, "0x" + "AB" * 20, "membership"),
        ("sqlite:///read.db", "mysql://x", "database.read"),
        ("sqlite:///state.db", "sqlite:///read.db", "the same database"),
        ("[database]", "[database]\nextra = 1", "unknown settings: database.extra"),
        ("[database]", "[database", "line"),
        ("[database]", "[surprise]\nx = 1\n[database]", "surprise.x"),
    ],
)
def test_a_wrong_setting_is_named(old: str, new: str, expected: str) -> None:
    text = CONFIG.to_toml()
    assert parse_config(text, Path("x.toml")) == CONFIG
    assert old in text
    with pytest.raises(ConfigError, match=expected):
        parse_config(text.replace(old, new), Path("x.toml"))


def test_a_configuration_that_is_no_text_is_refused(tmp_path: Path) -> None:
    create_folder(tmp_path / "id", CONFIG)
    (tmp_path / "id" / "organisation.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        open_folder(tmp_path / "id")


def test_a_vault_in_kubo_and_the_doors_of_others(tmp_path: Path) -> None:
    named = "0x" + organisation_id("customs-vn").hex()
    doors = ((named, "https://door.example:8640"), ("0x" + "22" * 32, "http://10.0.0.7:8640/"))
    config = dataclasses.replace(CONFIG, kubo="/dns4/kubo/tcp/5001", doors=doors)
    text = config.to_toml()
    assert parse_config(text, tmp_path).kubo == config.kubo
    assert parse_config(text, tmp_path).doors == (
        doors[0],
        ("0x" + "22" * 32, "http://10.0.0.7:8640"),
    )
    by_name = CONFIG.to_toml() + '\n[peers]\ncustoms-vn = "https://door.example:8640"\n'
    assert parse_config(by_name, tmp_path).doors == (doors[0],)
    assert parse_config(CONFIG.to_toml(), tmp_path).kubo is None


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ('[vault]\nkubo = "http://127.0.0.1:5001"', r"vault\.kubo"),
        ("[vault]\nkubo = 5001", r"vault\.kubo"),
        ('[vault]\nfolder = "x"', r"vault\.kubo is missing"),
        ('[peers]\ncustoms-vn = "ftp://door"', r"peers\.customs-vn"),
        ("[peers]\ncustoms-vn = 5", r"peers\.customs-vn"),
        ('[peers]\n"0x12 " = "http://door"', r"peers\.0x12"),
    ],
    ids=["no multiaddress", "a number", "unknown", "scheme", "no text", "name"],
)
def test_a_wrong_vault_or_peer_is_named(tmp_path: Path, section: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        parse_config(f"{CONFIG.to_toml()}\n{section}\n", tmp_path)
