"""Read models of Membership: organisations, keys, contracts, validators, decisions."""

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.schema import ADDRESS, BYTES32, COUNTRY, ReadTable


class OrganisationRow(ReadTable):
    """An organisation as Membership knows it."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    roles: Mapped[int] = mapped_column(BigInteger)
    country: Mapped[str] = mapped_column(String(COUNTRY))
    governing: Mapped[bool] = mapped_column(Boolean)
    active: Mapped[bool] = mapped_column(Boolean)
    since_block: Mapped[int] = mapped_column(BigInteger)
    changed_block: Mapped[int] = mapped_column(BigInteger)


class KeyRow(ReadTable):
    """A key bound to an organisation; times are block times in seconds."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    purposes: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    revoked_at: Mapped[int] = mapped_column(BigInteger)
    compromised_since: Mapped[int] = mapped_column(BigInteger)
    material: Mapped[str] = mapped_column(Text)
    since_block: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_keys_organisation", "organisation", "id"),)


class ContractRow(ReadTable):
    """A contract that speaks for a domain from a block on."""

    __tablename__ = "contracts"

    domain: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    address: Mapped[str] = mapped_column(String(ADDRESS), unique=True)
    code_hash: Mapped[str] = mapped_column(String(BYTES32))
    from_block: Mapped[int] = mapped_column(BigInteger)


class ValidatorSeatRow(ReadTable):
    """A validator with one power, from a block until (not in) another; null: still."""

    __tablename__ = "validator_seats"

    public_key: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    from_block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    address: Mapped[str] = mapped_column(String(ADDRESS))
    organisation: Mapped[str] = mapped_column(String(BYTES32))
    name: Mapped[str | None] = mapped_column(Text)
    power: Mapped[int] = mapped_column(BigInteger)
    until_block: Mapped[int | None] = mapped_column(BigInteger, default=None)

    __table_args__ = (Index("ix_validator_seats_from_block", "from_block", "public_key"),)


class MisbehaviourReportRow(ReadTable):
    """What one organisation reported of a validator; times are seconds."""

    __tablename__ = "misbehaviour_reports"

    object_id: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    organisation: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    kind: Mapped[int] = mapped_column(Integer)
    validator: Mapped[str] = mapped_column(String(ADDRESS))
    height: Mapped[int] = mapped_column(BigInteger)
    time: Mapped[int] = mapped_column(BigInteger)
    total_power: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)


class DecisionRow(ReadTable):
    """What the governing organisations decided, in its order."""

    __tablename__ = "decisions"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(BYTES32), unique=True)
    votes: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Text)
    block_number: Mapped[int] = mapped_column(BigInteger)


class IdentifierKeyRow(ReadTable):
    """A commitment to an identifier key; organisation zero stands for the consortium."""

    __tablename__ = "identifier_keys"

    organisation: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    name: Mapped[str] = mapped_column(String(BYTES32), primary_key=True)
    commitment: Mapped[str] = mapped_column(String(BYTES32))
