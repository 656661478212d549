"""Bring a database to the schema this program needs."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import MetaData

from node.database.database import Database, Purpose
from node.database.models import READ_METADATA, STATE_METADATA
from node.errors import SchemaOutdatedError

_MIGRATIONS = Path(__file__).parent / "migrations"
# Its own version table per database, so that both may live in one PostgreSQL schema.
_VERSION_TABLE = {purpose: f"alembic_version_{purpose}" for purpose in Purpose}


def metadata_of(purpose: Purpose) -> MetaData:
    """Return the tables a database must have."""
    return READ_METADATA if purpose is Purpose.READ else STATE_METADATA


def migrate(database: Database) -> None:
    """Run the migrations that are missing; nothing happens when there are none.

    Raises:
        SchemaOutdatedError: The database is at a schema this program does not know.
        StorageError: The database refused.
    """
    config = _config(database.purpose)
    newest = ScriptDirectory.from_config(config).get_current_head() or ""
    if (current := current_revision(database)) == newest:
        return
    # Begun as a writer: of two processes that start together, one waits for the other.
    with database.write() as session:
        config.attributes["connection"] = session.connection()
        config.attributes["purpose"] = database.purpose
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise SchemaOutdatedError(database.purpose, current, newest) from error


def drop_all(database: Database) -> None:
    """Empty the read database, its migration history included.

    Raises:
        StorageError: The database refused; it is as it was.
    """
    if database.purpose is not Purpose.READ:
        raise AssertionError("only the read database can be rebuilt")
    with database.write() as session:
        connection = session.connection()
        present = MetaData()
        present.reflect(connection)
        known = {*READ_METADATA.tables, _VERSION_TABLE[Purpose.READ]}
        present.drop_all(connection, [t for t in present.sorted_tables if t.name in known])


def current_revision(database: Database) -> str | None:
    """Return the schema a database is at, None for an empty one.

    Raises:
        StorageError: The database refused.
    """
    with database.read() as session:
        options = {"version_table": _VERSION_TABLE[database.purpose]}
        return MigrationContext.configure(session.connection(), opts=options).get_current_revision()


def configure_context(context: EnvironmentContext | Any) -> None:
    """Tell Alembic's environment which connection and tables to use."""
    attributes = context.config.attributes
    purpose: Purpose = attributes["purpose"]
    context.configure(
        connection=attributes["connection"],
        target_metadata=metadata_of(purpose),
        version_table=_VERSION_TABLE[purpose],
        include_object=lambda _o, name, kind, _r, _c: kind != "table" or name in _tables(purpose),
        render_as_batch=True,
    )


def _tables(purpose: Purpose) -> set[str]:
    return set(metadata_of(purpose).tables)


def _config(purpose: Purpose) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS / purpose).replace("%", "%%"))
    return config
