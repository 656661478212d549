from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from node.database.database import Database, Purpose
from node.database.migration import current_revision, drop_all, metadata_of, migrate
from node.errors import LooseModeError, SchemaOutdatedError, StorageError
from node.indexer.dump import dump_digest
from node.membership.tables import IdentifierKeyRow
from node.outbox.tables import OutboxAccount

Open = Callable[[Purpose], Database]


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_migrations_make_exactly_the_tables(open_database: Open, purpose: Purpose) -> None:
    database = open_database(purpose)
    with database.read() as session:
        options = {
            "compare_type": True,
            "version_table": f"alembic_version_{purpose}",
            "target_metadata": metadata_of(purpose),
        }
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, metadata_of(purpose)) == []


@pytest.mark.parametrize("purpose", list(Purpose))
def test_migrating_again_changes_nothing(open_database: Open, purpose: Purpose) -> None:
    database = open_database(purpose)
    before = current_revision(database)
    migrate(database)
    assert before is not None
    assert current_revision(database) == before


def test_a_database_of_a_newer_program_is_refused(state: Database) -> None:
    with state.write() as session:
        session.execute(text("UPDATE alembic_version_state SET version_num = 'state_9999'"))
    with pytest.raises(SchemaOutdatedError, match="state_9999"):
        migrate(state)


def test_the_read_database_can_be_emptied(read: Database) -> None:
    empty = dump_digest(read)
    with read.write() as session:
        session.add(IdentifierKeyRow(organisation="0x01", name="n", commitment="0x02"))
    assert dump_digest(read) != empty
    drop_all(read)
    assert inspect(read.engine).get_table_names() == []
    migrate(read)
    assert dump_digest(read) == empty


def test_the_state_database_cannot_be_emptied(state: Database) -> None:
    with pytest.raises(AssertionError):
        drop_all(state)


def test_what_was_written_is_there(state: Database) -> None:
    with state.write() as session:
        session.add(OutboxAccount(address="0xaa", next_nonce=7))
    with state.read() as session:
        assert session.get_one(OutboxAccount, "0xaa").next_nonce == 7


def test_an_exception_undoes_everything(state: Database) -> None:
    def write() -> None:
        with state.write() as session:
            session.add(OutboxAccount(address="0xaa", next_nonce=7))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    with state.read() as session:
        assert session.scalars(select(OutboxAccount)).all() == []


def test_a_repeated_key_is_told_apart_from_a_fault(state: Database) -> None:
    for _ in range(2):
        try:
            with state.write() as session:
                session.add(OutboxAccount(address="0xaa", next_nonce=7))
        except IntegrityError:
            break
    else:
        pytest.fail("a primary key was accepted twice")


def test_a_fault_of_the_database_is_a_storage_error(state: Database) -> None:
    with pytest.raises(StorageError, match="state database"), state.read() as session:
        session.execute(text("SELECT * FROM no_such_table"))


def test_a_loose_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    Database(f"sqlite:///{path}", Purpose.STATE).close()
    path.chmod(0o644)
    with pytest.raises(LooseModeError):
        Database(f"sqlite:///{path}", Purpose.STATE)


def test_sqlite_is_durable_before_it_answers(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state.db'}", Purpose.STATE)
    with database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
    database.close()
