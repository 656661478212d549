"""The two Ed25519 keys of an organisation's engine."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chain.engine.cometbft.home import node_id
from node.folder import OrganisationFolder
from node.keys.validators import load_validator_key

VALIDATOR_KEY_NAME: Final = "validator.pem"
NODE_KEY_NAME: Final = "node.pem"


@dataclass(frozen=True, slots=True)
class EngineKeys:
    """The two keys of an organisation's engine."""

    node: Ed25519PrivateKey
    validator: Ed25519PrivateKey

    @property
    def node_id(self) -> str:
        """Identifier of the engine among its peers."""
        return node_id(self.node.public_key().public_bytes_raw())

    @property
    def validator_address(self) -> str:
        """Address of the validator key as the engine prints it."""
        return node_id(self.validator.public_key().public_bytes_raw()).upper()


def load_engine_keys(folder: OrganisationFolder, password: bytes) -> EngineKeys:
    """Open the keys of an organisation's engine.

    Raises:
        KeyFileError: One is missing or of another kind.
        PasswordWrongError: The password does not open them.
        LooseModeError: Others may read them.
    """
    return EngineKeys(
        load_validator_key(folder.keys / NODE_KEY_NAME, password),
        load_validator_key(folder.keys / VALIDATOR_KEY_NAME, password),
    )
