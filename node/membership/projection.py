"""From events of Membership to its read models."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.abi import Log
from contracts.events import Event
from contracts.membership.binding import MembershipContract
from contracts.membership.events import (
    ContractSet,
    Decided,
    IdentifierKeySet,
    KeyRevoked,
    KeySet,
    MisbehaviourReported,
    OrganisationSet,
    ValidatorSet,
)
from contracts.membership.state import validator_address
from node.database.values import ascii_name, bounded, hexadecimal
from node.errors import LedgerAnswerError
from node.ledger import Block
from node.membership.founding import Founders
from node.membership.tables import (
    ContractRow,
    DecisionRow,
    IdentifierKeyRow,
    KeyRow,
    MisbehaviourReportRow,
    OrganisationRow,
    ValidatorSeatRow,
)


class MembershipProjection:
    """Keeps organisations, keys, contracts and validators as Membership has them."""

    def __init__(self, address: bytes, founders: Founders) -> None:
        """Follow the one Membership contract of a ledger.

        Args:
            address: The contract's address, 20 bytes.
            founders: What the genesis founded, since block 0 has no events.
        """
        self._address = address
        self._founders = founders

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write what a block changes."""
        if block.number == 0:
            for event in self._founders.events():
                _write(session, event, 0, self._founders)
        for log in logs:
            if log.address == self._address:
                decoded = MembershipContract.decode(log)
                if decoded is not None:
                    _write(session, decoded, block.number, self._founders)


def _write(session: Session, event: Event, number: int, founders: Founders) -> None:
    match event:
        case OrganisationSet():
            _write_organisation(session, event, number)
        case KeySet():
            _write_key(session, event, number)
        case KeyRevoked():
            _write_revocation(session, event)
        case ContractSet():
            _write_contract(session, event)
        case ValidatorSet():
            _write_validator(session, event, number, founders.validator_name(event.public_key))
        case MisbehaviourReported():
            _write_report(session, event, number)
        case Decided():
            _write_decision(session, event, number)
        case IdentifierKeySet():
            session.merge(
                IdentifierKeyRow(
                    organisation=hexadecimal(event.organisation),
                    name=ascii_name(event.name),
                    commitment=hexadecimal(event.commitment),
                )
            )
        case _:
            pass  # records have their own projection
    session.flush()


def _write_organisation(session: Session, event: OrganisationSet, number: int) -> None:
    known = session.get(OrganisationRow, hexadecimal(event.organisation))
    session.merge(
        OrganisationRow(
            id=hexadecimal(event.organisation),
            roles=event.roles,
            country=ascii_name(event.country),
            governing=event.governing,
            active=event.active,
            since_block=known.since_block if known else number,
            changed_block=number,
        )
    )


def _write_key(session: Session, event: KeySet, number: int) -> None:
    known = session.get(KeyRow, hexadecimal(event.key))
    session.merge(
        KeyRow(
            id=hexadecimal(event.key),
            organisation=hexadecimal(event.organisation),
            purposes=event.purposes,
            valid_from=bounded(event.valid_from),
            valid_until=bounded(event.valid_until),
            revoked_at=0,
            compromised_since=0,
            material=hexadecimal(event.material),
            since_block=known.since_block if known else number,
        )
    )


def _write_revocation(session: Session, event: KeyRevoked) -> None:
    row = session.get(KeyRow, hexadecimal(event.key))
    if row is None:
        reason = "a founder's key is revoked, but the folder has no genesis.json that founds it"
        raise LedgerAnswerError("eth_getLogs", reason)
    row.revoked_at = bounded(event.revoked_at)
    row.compromised_since = bounded(event.compromised_since)


def _write_contract(session: Session, event: ContractSet) -> None:
    session.merge(
        ContractRow(
            domain=ascii_name(event.domain),
            version=event.index,
            address=hexadecimal(event.contract),
            code_hash=hexadecimal(event.code_hash),
            from_block=bounded(event.from_block),
        )
    )


def _write_validator(session: Session, event: ValidatorSet, number: int, name: str | None) -> None:
    key = hexadecimal(event.public_key)
    standing = select(ValidatorSeatRow).where(
        ValidatorSeatRow.public_key == key, ValidatorSeatRow.until_block.is_(None)
    )
    for row in session.scalars(standing):
        row.until_block = number
    if event.power:
        session.merge(
            ValidatorSeatRow(
                public_key=key,
                from_block=number,
                address=hexadecimal(validator_address(event.public_key)),
                organisation=hexadecimal(event.organisation),
                name=name,
                power=bounded(event.power),
            )
        )


def _write_report(session: Session, event: MisbehaviourReported, number: int) -> None:
    session.merge(
        MisbehaviourReportRow(
            object_id=hexadecimal(event.object),
            organisation=hexadecimal(event.organisation),
            kind=event.kind,
            validator=hexadecimal(event.validator),
            height=bounded(event.height),
            time=bounded(event.time),
            total_power=bounded(event.total_power),
            block_number=number,
        )
    )


def _write_decision(session: Session, event: Decided, number: int) -> None:
    session.merge(
        DecisionRow(
            sequence=bounded(event.sequence),
            digest=hexadecimal(event.digest),
            votes=bounded(event.votes),
            action=hexadecimal(event.action),
            block_number=number,
        )
    )
