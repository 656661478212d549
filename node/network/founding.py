"""`network init`: the folders of all founding organisations, their genesis and its trust file.

FOLDER/genesis.json          the same file for everybody
FOLDER/trust.json            what a verifier believes beforehand
FOLDER/passwords/NAME        one password per organisation, outside of its folder: a backup of
                             the folder opens no key
FOLDER/NAME/                 one organisation, as on a machine of its own
"""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from chain.genesis import parse_genesis
from contracts.membership.founding import (
    FoundingValidator,
    IdentifierKeyCommitment,
    build_founding,
    membership_address,
)
from contracts.membership.keys import Role
from contracts.origin.identifiers import key_commitment
from contracts.payments.identifiers import CONSORTIUM_KEY
from node.config import FILE_NAME, OrganisationConfig
from node.errors import FolderOccupiedError
from node.files import create_private, make_private_folder, replace_private
from node.folder import GENESIS_NAME, OrganisationFolder, create_folder
from node.keys.accounts import STRONG, ScryptCost
from node.network.member import (
    Member,
    certificate_commitment,
    create_member_keys,
    share_identifier_key,
)
from node.network.plan import PASSWORDS, Plan, PlannedOrganisation
from node.trust import trust_of

TRUST_NAME: Final = "trust.json"
# Who has a key of the year for identifiers of its own, and who the consortium's of payments.
_WITH_IDENTIFIERS: Final = Role.CUSTOMS | Role.ISSUING_AUTHORITY
_WITH_PAYMENTS: Final = Role.CUSTOMS | Role.BANK
_CERTIFICATE_LEAD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class _Made:
    planned: PlannedOrganisation
    folder: OrganisationFolder
    member: Member
    identifier_key: bytes


def found_network(
    path: Path, plan: Plan, now: datetime, cost: ScryptCost = STRONG
) -> dict[str, Member]:
    """Make a network's folder; return its organisations by name.

    Args:
        path: The new folder, or an empty one.
        plan: What to found.
        now: For certificates of document keys.
        cost: Work per guess of a password.

    Raises:
        FolderOccupiedError: Something is there already.
        StorageError: The disk refused.
    """
    if path.exists() and any(path.iterdir()):
        raise FolderOccupiedError(path)
    make_private_folder(path)
    make_private_folder(path / PASSWORDS)
    made = [
        _make(path, plan, planned, int(now.timestamp()), cost) for planned in plan.organisations
    ]
    payments = secrets.token_bytes(32)
    _share_identifier_keys(made, payments)
    content = _genesis(plan, made, payments)
    genesis = parse_genesis(content)
    for one in made:
        _finish(one, made, content)
    create_private(path / TRUST_NAME, trust_of(genesis).to_bytes())
    create_private(path / GENESIS_NAME, content)
    return {one.planned.name: one.member for one in made}


def ledger_url(address: str) -> str:
    """Return where the organisation itself asks the ledger that listens at host:port."""
    return f"http://127.0.0.1:{address.rpartition(':')[2]}"


def config_of(
    planned: PlannedOrganisation, evm_chain_id: int, membership: bytes
) -> OrganisationConfig:
    """Return an organisation's settings, without peers yet."""
    settings = planned.settings(())
    return OrganisationConfig(
        name=planned.name,
        organisation="0x" + planned.id.hex(),
        country=planned.country,
        ledger_url=ledger_url(settings.ledger),
        evm_chain_id=evm_chain_id,
        membership="0x" + membership.hex(),
        network=settings,
    )


def _make(
    path: Path, plan: Plan, planned: PlannedOrganisation, now: int, cost: ScryptCost
) -> _Made:
    password = secrets.token_urlsafe(24).encode()
    create_private(path / PASSWORDS / planned.name, password + b"\n")
    config = config_of(planned, plan.evm_chain_id, membership_address())
    folder = create_folder(path / planned.name, config)
    began = now - _CERTIFICATE_LEAD_SECONDS
    member = create_member_keys(folder, planned.roles, password, cost, began)
    return _Made(planned, folder, member, secrets.token_bytes(32))


def _share_identifier_keys(made: list[_Made], payments: bytes) -> None:
    customs = [one for one in made if Role.CUSTOMS in one.planned.roles]
    for one in made:
        readers: dict[str, OrganisationFolder] = {}
        if one.planned.roles & _WITH_IDENTIFIERS:
            readers[one.planned.name] = one.folder
        if Role.ISSUING_AUTHORITY in one.planned.roles:
            readers |= {each.planned.name: each.folder for each in customs}
        share_identifier_key(one.planned.name, one.identifier_key, list(readers.values()))
    treasury = [one.folder for one in made if one.planned.roles & _WITH_PAYMENTS]
    share_identifier_key(CONSORTIUM_KEY, payments, treasury)


def _genesis(plan: Plan, made: list[_Made], payments: bytes) -> bytes:
    year = plan.genesis_time.year
    founders = [
        one.member.founder(
            one.planned.id,
            one.planned.roles,
            one.planned.country,
            governing=one.planned.governing,
            identifier_keys=(certificate_commitment(one.identifier_key, year),)
            if one.planned.roles & _WITH_IDENTIFIERS
            else (),
        )
        for one in made
    ]
    validating = [one for one in made if one.planned.power]
    validators = [
        FoundingValidator(one.member.validator, one.planned.power, one.planned.id)
        for one in validating
    ]
    shared = IdentifierKeyCommitment(CONSORTIUM_KEY, key_commitment(payments))
    document = {
        "format": "tradeseal-genesis/1",
        "chain_id": plan.chain_id,
        "evm_chain_id": str(plan.evm_chain_id),
        "genesis_time": plan.genesis_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "membership": "0x" + membership_address().hex(),
        "founding": [
            {
                "to": None if call.to is None else "0x" + call.to.hex(),
                "data": "0x" + call.data.hex(),
            }
            for call in build_founding(founders, validators, consortium_keys=(shared,))
        ],
        "validators": [
            {
                "name": one.planned.name,
                "public_key": one.member.validator.hex(),
                "power": str(one.planned.power),
            }
            for one in validating
        ],
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def _finish(one: _Made, made: list[_Made], genesis: bytes) -> None:
    peers = tuple(
        other.planned.peer_address(other.member.node_id) for other in made if other is not one
    )
    doors = tuple(
        ("0x" + other.planned.id.hex(), other.planned.door_url)
        for other in made
        if other is not one
    )
    config = replace(one.folder.config, network=one.planned.settings(peers), doors=doors)
    create_private(one.folder.genesis, genesis)
    replace_private(one.folder.path / FILE_NAME, config.to_toml().encode())


def join_network(
    path: Path,
    planned: PlannedOrganisation,
    genesis: bytes,
    peers: tuple[str, ...],
    password: bytes,
    *,
    now: datetime,
    cost: ScryptCost = STRONG,
) -> Member:
    """Make the folder of an organisation that follows a network which runs already.

    Args:
        path: The new folder.
        planned: The organisation; its power is what the others may vote for later.
        genesis: The network's genesis file.
        peers: Engines of the network, each as id@host:port.
        password: What opens its keys.
        now: For the certificate of its document key.
        cost: Work per guess of the password.

    Raises:
        FolderOccupiedError: An organisation lives there already.
        GenesisError: The genesis file founds no ledger.
        StorageError: The disk refused.
    """
    founded = parse_genesis(genesis)
    config = config_of(planned, founded.evm_chain_id, founded.membership)
    folder = create_folder(path, replace(config, network=planned.settings(peers)), genesis)
    began = int(now.timestamp()) - _CERTIFICATE_LEAD_SECONDS
    return create_member_keys(folder, planned.roles, password, cost, began)
