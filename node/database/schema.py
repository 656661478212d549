"""The declarative bases of the two databases; each domain adds its tables to one of them."""

from typing import Final

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

# Named alike on SQLite and PostgreSQL, so that migrations can refer to them.
_NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Lengths of hexadecimal texts with their 0x.
ADDRESS: Final = 42
BYTES32: Final = 66
# Two letters, or 0x and four digits where a contract was given something else.
COUNTRY: Final = 6


class ReadTable(MappedAsDataclass, DeclarativeBase):
    """A table of read models: rebuildable, written by the indexer alone."""

    metadata = MetaData(naming_convention=_NAMES)


class StateTable(MappedAsDataclass, DeclarativeBase):
    """A table of what exists nowhere else: backed up, never rebuilt."""

    metadata = MetaData(naming_convention=_NAMES)
