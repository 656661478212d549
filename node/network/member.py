"""An organisation's folder with all keys it needs on a network of engines."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chain.engine.cometbft.home import node_id
from contracts.membership.founding import Founder, FoundingKey, IdentifierKeyCommitment
from contracts.membership.keys import KeyPurpose, Role, address_key_id, material_key_id
from contracts.origin.identifiers import key_commitment
from node.beacon.keys import BEACON_KEY_NAME, create_beacon_key
from node.exchange.clerk import CLERK_NAME
from node.exchange.identifiers import FOLDER_NAME
from node.files import create_private, make_private_folder
from node.folder import OrganisationFolder
from node.keys.accounts import ScryptCost, create_account
from node.keys.documents import DocumentIdentity, create_document_identity
from node.keys.encryption import create_encryption_key
from node.keys.tokens import create_token_key
from node.keys.validators import create_validator_key
from node.network.engine_keys import NODE_KEY_NAME, VALIDATOR_KEY_NAME
from node.organisation import ACCOUNT_NAME

_WITH_CLERK: Final = Role.CUSTOMS | Role.ISSUING_AUTHORITY | Role.PORT
# Who may sit in a panel of the random beacon.
_WITH_BEACON: Final = Role.CUSTOMS | Role.PORT


@dataclass(frozen=True, slots=True)
class Member:
    """One organisation's new keys, as the others have to know them.

    Attributes:
        name: Its agreed name.
        admin: Address of the key that changes its other keys.
        officer: Address of a key that signs records.
        account: Address that carries its records.
        validator: Public key of its engine's votes, 32 bytes.
        node_id: Identifier of its engine among its peers.
        documents: Its document key.
        encryption: Public part of the key that documents are sealed for.
        clerk: Address of the key by which its node signs what it does by itself; None for one
            that is neither customs, issuing authority nor port.
    """

    name: str
    admin: bytes
    officer: bytes
    account: bytes
    validator: bytes
    node_id: str
    documents: DocumentIdentity
    encryption: bytes
    clerk: bytes | None = None

    def public(self) -> dict[str, str]:
        """Return what the others need to vote it in and to reach it."""
        clerk = {"clerk_key": "0x" + address_key_id(self.clerk).hex()} if self.clerk else {}
        return clerk | {
            "admin_key": "0x" + address_key_id(self.admin).hex(),
            "sign_key": "0x" + address_key_id(self.officer).hex(),
            "carry_key": "0x" + address_key_id(self.account).hex(),
            "document_key": "0x" + self.documents.key_id.hex(),
            "encryption_key": "0x" + material_key_id(self.encryption).hex(),
            "encryption_material": "0x" + self.encryption.hex(),
            "account": "0x" + self.account.hex(),
            "validator_key": self.validator.hex(),
            "node_id": self.node_id,
        }

    def founder(
        self,
        organisation: bytes,
        roles: Role,
        country: str,
        *,
        governing: bool,
        identifier_keys: tuple[IdentifierKeyCommitment, ...] = (),
    ) -> Founder:
        """Return what a genesis says of it."""
        keys = [
            FoundingKey(address_key_id(self.officer), KeyPurpose.SIGN),
            FoundingKey(address_key_id(self.account), KeyPurpose.CARRY),
            FoundingKey(material_key_id(self.encryption), KeyPurpose.ENCRYPT, self.encryption),
        ]
        if self.clerk is not None:
            keys.append(FoundingKey(address_key_id(self.clerk), KeyPurpose.SIGN))
        if Role.ISSUING_AUTHORITY in roles:
            public = self.documents.key.public_key()
            material = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            keys.append(FoundingKey(self.documents.key_id, KeyPurpose.DOCUMENT, material))
        return Founder(
            organisation=organisation,
            roles=roles,
            country=country,
            governing=governing,
            admin_key=address_key_id(self.admin),
            keys=tuple(keys),
            identifier_keys=identifier_keys,
        )


def create_member_keys(
    folder: OrganisationFolder, roles: Role, password: bytes, cost: ScryptCost, now: int
) -> Member:
    """Make all keys of an organisation in its folder.

    Args:
        folder: The organisation's folder, with no keys yet.
        roles: What the organisation is; customs, issuing authorities and ports have a
            clerk, customs and ports a key of the random beacon.
        password: What opens them.
        cost: Work per guess of the password.
        now: First second of validity of its certificates.

    Raises:
        FolderOccupiedError: A key is there already; it is not touched.
        StorageError: The disk refused.
    """
    keys, config = folder.keys, folder.config
    create_token_key(keys, password)
    validator = create_validator_key(keys / VALIDATOR_KEY_NAME, password)
    node_key = create_validator_key(keys / NODE_KEY_NAME, password)
    if roles & _WITH_BEACON:
        create_beacon_key(keys / BEACON_KEY_NAME, password)
    return Member(
        name=config.name,
        admin=_address(create_account(keys / "admin.json", password, cost).address),
        officer=_address(create_account(keys / "officer.json", password, cost).address),
        account=_address(create_account(keys / ACCOUNT_NAME, password, cost).address),
        validator=validator.public_key().public_bytes_raw(),
        node_id=node_id(node_key.public_key().public_bytes_raw()),
        documents=create_document_identity(keys, config.name, config.country, password, now),
        encryption=create_encryption_key(keys, password).material,
        clerk=_address(create_account(keys / CLERK_NAME, password, cost).address)
        if roles & _WITH_CLERK
        else None,
    )


def share_identifier_key(name: str, key: bytes, readers: list[OrganisationFolder]) -> None:
    """Give a key of identifiers to whoever has to know it.

    Args:
        name: Whose key it is: an organisation, or what the consortium uses it for.
        key: 32 random bytes.
        readers: Folders of those who have to know it.

    Raises:
        FolderOccupiedError: A reader has one already.
        StorageError: The disk refused.
    """
    for reader in readers:
        folder = reader.keys / FOLDER_NAME
        make_private_folder(folder)
        create_private(folder / f"{name}.key", key.hex().encode() + b"\n")


def certificate_commitment(key: bytes, year: int) -> IdentifierKeyCommitment:
    """Return the commitment to a year's key of certificate identifiers."""
    return IdentifierKeyCommitment(f"certificates-{year}", key_commitment(key))


def _address(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
