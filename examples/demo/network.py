"""Found a network of four authorities, an enterprise, a bank and a port in one folder; run it.

Each organisation has what it would have on a machine of its own: keys, documents, two databases, a
node and an API. They share this process and the embedded ledger, nothing else.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from api.app import create_app
from api.tokens import Caller, TokenIssuer, TokenVerifier
from api.tokens import Role as CallerRole
from api.transport import InProcessTransport
from chain.genesis import parse_genesis
from chain.ledger import Ledger, open_solo
from chain.rpc.provider import connect
from chain.sealing_key import FileSealingKey
from clients.sdk import Client
from clients.sdk.keystore import DEMONSTRATION, SigningKey, create_signing_key
from clients.sdk.origin import IssuerKeys
from contracts.membership.founding import (
    Founder,
    FoundingKey,
    FoundingValidator,
    IdentifierKeyCommitment,
    build_founding,
    membership_address,
)
from contracts.membership.keys import (
    KeyPurpose,
    Role,
    address_key_id,
    material_key_id,
    organisation_id,
)
from contracts.origin.identifiers import key_commitment
from contracts.payments.identifiers import CONSORTIUM_KEY
from examples.demo.office import equip
from node.beacon.keys import BEACON_KEY_NAME, create_beacon_key
from node.config import OrganisationConfig
from node.exchange.clerk import CLERK_NAME
from node.exchange.identifiers import FOLDER_NAME
from node.files import create_private, make_private_folder
from node.folder import OrganisationFolder, create_folder
from node.keys.accounts import DEMONSTRATION as WEAK
from node.keys.accounts import create_account
from node.keys.documents import DocumentIdentity, create_document_identity
from node.keys.encryption import create_encryption_key
from node.keys.tokens import create_token_key, load_token_key
from node.keys.validators import create_validator_key, load_validator_key
from node.organisation import ACCOUNT_NAME, OrganisationNode, open_node
from node.trust import trust_of

EVM_CHAIN_ID: Final = 74_300
CHAIN_ID: Final = "tradeseal-demo"
# The story's certificates are dated yesterday, when their key must have been certified already.
_CERTIFIED_BEFORE: Final = 3 * 86_400
RPC_URL: Final = "http://127.0.0.1:8545"


@dataclass(frozen=True, slots=True)
class Member:
    """Who takes part."""

    name: str
    title: str
    country: str
    role: Role
    caller: CallerRole
    post: str
    governing: bool = True

    @property
    def id(self) -> bytes:
        """Identifier in Membership."""
        return organisation_id(self.name)


AUTHORITY: Final = Member(
    "moit-vn",
    "Viet Nam, issuing authority in Ha Noi",
    "VN",
    Role.ISSUING_AUTHORITY,
    CallerRole.ISSUING_AUTHORITY,
    "VNHAN",
)
CUSTOMS_VN: Final = Member(
    "customs-vn", "Viet Nam Customs", "VN", Role.CUSTOMS, CallerRole.CUSTOMS, "VNHPH"
)
CUSTOMS_ID: Final = Member(
    "customs-id", "Indonesia Customs in Jakarta", "ID", Role.CUSTOMS, CallerRole.CUSTOMS, "IDTPP"
)
CUSTOMS_SG: Final = Member(
    "customs-sg",
    "Singapore Customs, which issues certificates too",
    "SG",
    Role.CUSTOMS | Role.ISSUING_AUTHORITY,
    CallerRole.CUSTOMS,
    "SGSIN",
)
BANK_VN: Final = Member(
    "bank-vn", "a bank in Ha Noi", "VN", Role.BANK, CallerRole.BANK, "VNHAN", governing=False
)
EXPORTER: Final = Member(
    "exporter-vn",
    "the exporter in Buon Ma Thuot",
    "VN",
    Role.ENTERPRISE,
    CallerRole.ENTERPRISE,
    "VNBMV",
    governing=False,
)
PORT_VN: Final = Member(
    "port-hph",
    "the port of Hai Phong",
    "VN",
    Role.PORT,
    CallerRole.PORT,
    "VNHPH",
    governing=False,
)
MEMBERS: Final = (AUTHORITY, CUSTOMS_VN, CUSTOMS_SG, CUSTOMS_ID, EXPORTER, BANK_VN, PORT_VN)
# Whose nodes answer for them by themselves, with a clerk's key.
CLERKS: Final = (AUTHORITY, CUSTOMS_VN, CUSTOMS_SG, CUSTOMS_ID, PORT_VN)
# Who holds a key of the random beacon that draws declarations for inspection.
DRAWING: Final = (CUSTOMS_VN, PORT_VN)
# Who opens identifiers of payments, and so has the consortium's key of them.
PAYING: Final = (CUSTOMS_VN, BANK_VN, EXPORTER)


@dataclass(frozen=True, slots=True)
class Party:
    """One organisation at work."""

    member: Member
    folder: OrganisationFolder
    officer: SigningKey
    approver: SigningKey
    documents: DocumentIdentity
    identifier_key: bytes
    node: OrganisationNode
    app: FastAPI
    client: Client
    token: str

    @property
    def issuer_keys(self) -> IssuerKeys:
        """What its issuing officer signs with."""
        documents = self.documents
        return IssuerKeys(
            self.officer,
            documents.key,
            self.identifier_key,
            self.member.id,
            (documents.certificate, documents.authority),
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """An organisation's new keys, before the ledger is founded."""

    member: Member
    folder: OrganisationFolder
    officer: SigningKey
    approver: SigningKey
    account: bytes
    documents: DocumentIdentity
    encryption: bytes
    identifier_key: bytes
    admin: SigningKey
    clerk: bytes | None


class DemoNetwork:
    """The network of the demonstration, open; a context manager.

    Args:
        folder: Must not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_private_folder(folder)
        self._password = secrets.token_urlsafe(24).encode()
        create_private(folder / "password", self._password + b"\n")
        os.environ["TRADESEAL_PASSWORD_FILE"] = str(folder / "password")
        self._now = int(time.time())
        identifier_key = secrets.token_bytes(32)
        self.payments_key = secrets.token_bytes(32)
        made = [self._make(member, identifier_key) for member in MEMBERS]
        create_validator_key(folder / "sealing.pem", self._password)
        self._genesis = self._write_genesis(made)
        for one in made:
            create_private(one.folder.genesis, self._genesis)
        self.ledger = self._open_ledger()
        self._doors: dict[Member, InProcessTransport] = {}
        self.parties = {one.member: self._open(one) for one in made}
        self._introduce()
        trust = trust_of(self.ledger.application.genesis)
        (folder / "trust.json").write_bytes(trust.to_bytes())

    # founding

    def _make(self, member: Member, identifier_key: bytes) -> _Made:
        config = OrganisationConfig(
            name=member.name,
            organisation="0x" + member.id.hex(),
            country=member.country,
            ledger_url=RPC_URL,
            evm_chain_id=EVM_CHAIN_ID,
            membership="0x" + membership_address().hex(),
        )
        folder = create_folder(self.folder / member.name, config)
        keys, password = folder.keys, self._password
        account = create_account(keys / ACCOUNT_NAME, password, WEAK)
        create_token_key(keys, password)
        make_private_folder(keys / FOLDER_NAME)
        year = datetime.now(UTC).year
        name = f"certificates-{year}.key"  # one key for both issuing countries
        create_private(keys / FOLDER_NAME / name, identifier_key.hex().encode() + b"\n")
        if member in PAYING:
            shared = keys / FOLDER_NAME / f"{CONSORTIUM_KEY}.key"
            create_private(shared, self.payments_key.hex().encode() + b"\n")
        if member in DRAWING:
            create_beacon_key(keys / BEACON_KEY_NAME, password)
        if member is CUSTOMS_VN:
            equip(folder.path, datetime.fromtimestamp(self._now, UTC))
        return _Made(
            member,
            folder,
            create_signing_key(keys / "officer.json", password, DEMONSTRATION),
            create_signing_key(keys / "approver.json", password, DEMONSTRATION),
            bytes.fromhex(account.address[2:]),
            create_document_identity(
                keys, member.name, member.country, password, self._now - _CERTIFIED_BEFORE
            ),
            create_encryption_key(keys, password).material,
            identifier_key,
            create_signing_key(keys / "admin.json", password, DEMONSTRATION),
            self._clerk(keys) if member in CLERKS else None,
        )

    def _clerk(self, keys: Path) -> bytes:
        account = create_account(keys / CLERK_NAME, self._password, WEAK)
        return bytes.fromhex(account.address[2:])

    def _write_genesis(self, made: Sequence[_Made]) -> bytes:
        key = load_validator_key(self.folder / "sealing.pem", self._password)
        public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        founding = build_founding(
            [_founder(one) for one in made],
            [FoundingValidator(public_key, 10, made[0].member.id)],
            consortium_keys=[
                IdentifierKeyCommitment(CONSORTIUM_KEY, key_commitment(self.payments_key))
            ],
        )
        genesis_time = datetime.fromtimestamp(self._now - 30, UTC)
        document = {
            "format": "tradeseal-genesis/1",
            "chain_id": CHAIN_ID,
            "evm_chain_id": str(EVM_CHAIN_ID),
            "genesis_time": genesis_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "membership": "0x" + membership_address().hex(),
            "founding": [
                {
                    "to": None if call.to is None else "0x" + call.to.hex(),
                    "data": "0x" + call.data.hex(),
                }
                for call in founding
            ],
            "validators": [{"name": "demo", "public_key": public_key.hex(), "power": "10"}],
        }
        content = json.dumps(document, indent=1).encode()
        (self.folder / "genesis.json").write_bytes(content)
        return content

    # running

    def _open_ledger(self) -> Ledger:
        key = load_validator_key(self.folder / "sealing.pem", self._password)
        return open_solo(self.folder / "ledger", parse_genesis(self._genesis), FileSealingKey(key))

    def _open(self, made: _Made) -> Party:
        web3 = connect(self.ledger)
        node = open_node(made.folder.path, self._password, _now, web3)
        token_key = load_token_key(made.folder.keys, self._password)
        member = made.member
        caller = Caller("officer-1", "0x" + member.id.hex(), member.caller, member.post)
        token = TokenIssuer(token_key).issue(caller, self._now, 3_600)
        app = create_app(node, TokenVerifier(token_key.public_key()))
        transport = InProcessTransport(app)
        client = Client(f"http://{member.name}", token, transport=transport)
        self._doors[member] = transport
        node.start()
        return Party(
            member,
            made.folder,
            made.officer,
            made.approver,
            made.documents,
            made.identifier_key,
            node,
            app,
            client,
            token,
        )

    def door(self, member: Member) -> tuple[str, InProcessTransport]:
        """Return where an organisation's door is, and the way to it."""
        return f"http://{member.name}", self._doors[member]

    def _introduce(self) -> None:
        """Tell each node where the others' doors are, as [peers] does in organisation.toml."""
        for party in self.parties.values():
            for other, transport in self._doors.items():
                url = f"http://{other.name}"
                party.node.documents.peers.reach("0x" + other.id.hex(), url, transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for party in self.parties.values():
            party.client.close()
            party.node.close()
        self.ledger.close()


def _founder(made: _Made) -> Founder:
    year = datetime.now(UTC).year
    keys = [
        FoundingKey(made.officer.key_id, KeyPurpose.SIGN),
        FoundingKey(made.approver.key_id, KeyPurpose.SIGN),
        FoundingKey(address_key_id(made.account), KeyPurpose.CARRY),
        FoundingKey(material_key_id(made.encryption), KeyPurpose.ENCRYPT, made.encryption),
    ]
    if made.clerk is not None:
        keys.append(FoundingKey(address_key_id(made.clerk), KeyPurpose.SIGN))
    identifier_keys: tuple[IdentifierKeyCommitment, ...] = ()
    if Role.ISSUING_AUTHORITY in made.member.role:
        public = made.documents.key.public_key()
        material = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        keys.append(FoundingKey(made.documents.key_id, KeyPurpose.DOCUMENT, material))
    if made.member.role & (Role.ISSUING_AUTHORITY | Role.CUSTOMS):
        commitment = key_commitment(made.identifier_key)
        identifier_keys = (IdentifierKeyCommitment(f"certificates-{year}", commitment),)
    return Founder(
        organisation=made.member.id,
        roles=made.member.role,
        country=made.member.country,
        governing=made.member.governing,
        admin_key=made.admin.key_id,
        keys=tuple(keys),
        identifier_keys=identifier_keys,
    )


def _now() -> datetime:
    return datetime.now(UTC)
