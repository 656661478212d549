"""Schemas of Membership."""

from pydantic import Field
from sqlalchemy.orm import Session

from api.schemas import Address, Bytes32, Model, Time, time_text
from contracts.errors import RecordFormatError
from contracts.membership.actions import Action, read_action
from contracts.membership.keys import KeyPurpose, Role
from contracts.membership.misbehaviour import Misbehaviour as Kind
from node.membership.queries import MembershipQueries
from node.membership.tables import (
    ContractRow,
    DecisionRow,
    KeyRow,
    MisbehaviourReportRow,
    OrganisationRow,
    ValidatorSeatRow,
)


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


class Validator(Model):
    """A validator with one power, for some blocks."""

    public_key: Bytes32
    address: Address = Field(description="Its name in CometBFT.")
    organisation: Bytes32 = Field(description="Who runs it.")
    name: str | None = Field(examples=["customs.vn"], description="As the genesis names it.")
    power: str = Field(examples=["10"])
    from_block: int = Field(examples=[0])
    until_block: int | None = Field(description="First block without it, null while it stands.")


class ValidatorList(Model):
    """Validators."""

    items: list[Validator]


class Misbehaviour(Model):
    """What a validator did, as organisations' nodes saw it in a block."""

    id: Bytes32
    kind: str = Field(examples=["duplicate_vote"])
    validator: Address = Field(description="Its name in CometBFT.")
    organisation: Bytes32 | None = Field(description="Who ran the validator.")
    height: int = Field(examples=[1042])
    time: Time | None
    total_power: str = Field(examples=["40"])
    reported_by: list[Bytes32] = Field(description="Organisations, first report first.")
    first_block: int = Field(examples=[512], description="Block of the first report.")


class MisbehaviourPage(Model):
    """Some misbehaviour."""

    items: list[Misbehaviour]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class Decision(Model):
    """What the governing organisations decided."""

    sequence: int = Field(examples=[0])
    digest: Bytes32
    votes: int = Field(examples=[3], description="Organisations that voted for it.")
    action: str = Field(examples=["setValidator"], description="Empty: see the calldata.")
    arguments: dict[str, str] = Field(examples=[{"power": "10"}])
    block: int = Field(examples=[512])


class DecisionPage(Model):
    """Some decisions."""

    items: list[Decision]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class DecisionCount(Model):
    """How many proposals are decided."""

    count: int = Field(examples=[7])


def decision_of(row: DecisionRow) -> Decision:
    """Return a row's schema; an action of an unusual form is shown as its calldata."""
    try:
        action = read_action(bytes.fromhex(row.action[2:]))
    except RecordFormatError:
        action = Action("", {"calldata": row.action})
    return Decision(
        sequence=row.sequence,
        digest=row.digest,
        votes=row.votes,
        action=action.name,
        arguments=dict(action.arguments),
        block=row.block_number,
    )


def seat_of(row: ValidatorSeatRow) -> Validator:
    """Return a row's schema."""
    return Validator(
        public_key=row.public_key,
        address=row.address,
        organisation=row.organisation,
        name=row.name,
        power=str(row.power),
        from_block=row.from_block,
        until_block=row.until_block,
    )


def misbehaviour_of(rows: list[MisbehaviourReportRow], session: Session) -> Misbehaviour:
    """Return the schema of one misbehaviour from its reports, first one first."""
    first = rows[0]
    return Misbehaviour(
        id=first.object_id,
        kind=Kind(first.kind).name.lower(),
        validator=first.validator,
        organisation=MembershipQueries(session).validator_organisation(first.validator),
        height=first.height,
        time=time_text(first.time),
        total_power=str(first.total_power),
        reported_by=[row.organisation for row in rows],
        first_block=first.block_number,
    )


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
