"""Schemas of Membership."""

from pydantic import Field

from api.schemas import Address, Bytes32, Model, Time, time_text
from contracts.membership.keys import KeyPurpose, Role
from node.membership.tables import ContractRow, KeyRow, OrganisationRow


class Organisation(Model):
    """An organisation."""

    id: Bytes32
    roles: list[str] = Field(examples=[["customs"]])
    country: str = Field(examples=["ID"])
    governing: bool = Field(description="Whether it votes.")
    active: bool = Field(description="Whether its keys count.")
    since_block: int = Field(examples=[0])


class OrganisationPage(Model):
    """Some organisations."""

    items: list[Organisation]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class Key(Model):
    """A key of an organisation."""

    id: Bytes32
    organisation: Bytes32
    purposes: list[str] = Field(examples=[["sign"]])
    valid_from: Time | None
    valid_until: Time | None = Field(description="Null: no end.")
    revoked_at: Time | None = Field(description="Null: not revoked.")
    compromised_since: Time | None = Field(description="Null: not marked.")
    material: str = Field(examples=["0x3059…"], description="Public key, empty for addresses.")


class KeyPage(Model):
    """Some keys."""

    items: list[Key]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class Contract(Model):
    """A contract that speaks for a domain from a block on."""

    domain: str = Field(examples=["origin"])
    version: int = Field(examples=[0])
    address: Address
    code_hash: Bytes32
    from_block: int = Field(examples=[0])


class ContractList(Model):
    """All contracts."""

    items: list[Contract]


def organisation_of(row: OrganisationRow) -> Organisation:
    """Return a row's schema."""
    return Organisation(
        id=row.id,
        roles=[role.name.lower() for role in Role if role & row.roles and role.name],
        country=row.country,
        governing=row.governing,
        active=row.active,
        since_block=row.since_block,
    )


def key_of(row: KeyRow) -> Key:
    """Return a row's schema."""
    return Key(
        id=row.id,
        organisation=row.organisation,
        purposes=[p.name.lower() for p in KeyPurpose if p & row.purposes and p.name],
        valid_from=time_text(row.valid_from),
        valid_until=time_text(row.valid_until),
        revoked_at=time_text(row.revoked_at) if row.revoked_at else None,
        compromised_since=time_text(row.compromised_since) if row.compromised_since else None,
        material=row.material,
    )


def contract_of(row: ContractRow) -> Contract:
    """Return a row's schema."""
    return Contract(
        domain=row.domain,
        version=row.version,
        address=row.address,
        code_hash=row.code_hash,
        from_block=row.from_block,
    )
