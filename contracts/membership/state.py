"""What Membership keeps, decoded from its packed words; pure.

Packing saves storage proofs: a signer is shown by two words of its key and one of its
organisation. The bit positions are those of `membership.vy`.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from contracts.membership.keys import NO_END, KeyPurpose, Role
from contracts.records.state import Anchor, ObjectHead

__all__ = [
    "Anchor",
    "Key",
    "ObjectHead",
    "Organisation",
    "Validator",
    "Version",
    "validator_address",
]

_MASK_16: Final = (1 << 16) - 1
_MASK_32: Final = (1 << 32) - 1
_MASK_ADDRESS: Final = (1 << 160) - 1
_VALIDATOR_ADDRESS_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation.

    Attributes:
        id: Its identifier, 32 bytes.
        roles: What it is.
        country: ISO 3166 alpha-2 code.
        governing: Whether it votes.
        active: Whether its keys count.
        admin_keys: Number of its admin keys that are not revoked.
    """

    id: bytes
    roles: Role
    country: str
    governing: bool
    active: bool
    admin_keys: int

    @classmethod
    def from_word(cls, organisation: bytes, value: int) -> "Organisation | None":
        """Decode the stored word; 0 means that there is no such organisation."""
        if value == 0:
            return None
        return cls(
            id=organisation,
            roles=Role(value & _MASK_32),
            country=(value >> 32 & _MASK_16).to_bytes(2, "big").decode("ascii", "replace"),
            governing=bool(value >> 48 & 1),
            active=bool(value >> 49 & 1),
            admin_keys=value >> 64 & _MASK_16,
        )


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an organisation; times are block times in seconds.

    Attributes:
        id: Key id, 32 bytes.
        organisation: Whose key it is; never changes.
        purposes: What it may do.
        valid_from: First second of validity.
        valid_until: First second after validity, `NO_END` for none.
        revoked_at: When it was revoked, 0 for never. Within that second the order of
            blocks decides; the contract has applied it.
        compromised_since: What was anchored from this second on is undetermined;
            0 for never.
    """

    id: bytes
    organisation: bytes
    purposes: KeyPurpose
    valid_from: int
    valid_until: int
    revoked_at: int
    compromised_since: int

    @classmethod
    def from_words(cls, key: bytes, organisation: bytes, state: int) -> "Key | None":
        """Decode the stored words; no organisation means that there is no such key."""
        if organisation == bytes(32):
            return None
        return cls(
            id=key,
            organisation=organisation,
            purposes=KeyPurpose(state & _MASK_32),
            valid_from=state >> 32 & NO_END,
            valid_until=state >> 88 & NO_END,
            revoked_at=state >> 144 & NO_END,
            compromised_since=state >> 200,
        )

    def is_valid_at(self, time: int) -> bool:
        """Say whether a signature anchored at this block time was within validity."""
        revoked = self.revoked_at != 0 and time > self.revoked_at
        return self.valid_from <= time < self.valid_until and not revoked

    def is_doubtful_at(self, time: int) -> bool:
        """Say whether what was anchored at this block time may be another's work."""
        return self.compromised_since != 0 and time >= self.compromised_since


@dataclass(frozen=True, slots=True)
class Version:
    """One contract that speaks for a domain from a block on.

    Attributes:
        contract: Address, 20 bytes.
        code_hash: keccak256 of its runtime code.
        from_block: First EVM block in which it speaks; until the next version's.
    """

    contract: bytes
    code_hash: bytes
    from_block: int

    @classmethod
    def from_words(cls, place: int, code_hash: bytes) -> "Version | None":
        """Decode the stored words; an empty place means that there is no such version."""
        if place == 0:
            return None
        address = (place & _MASK_ADDRESS).to_bytes(20, "big")
        return cls(contract=address, code_hash=code_hash, from_block=place >> 160)


@dataclass(frozen=True, slots=True)
class Validator:
    """One validator.

    Attributes:
        public_key: Ed25519 public key, 32 bytes.
        power: Voting power, at least 1.
    """

    public_key: bytes
    power: int

    @property
    def address(self) -> bytes:
        """The name under which CometBFT knows it, 20 bytes."""
        return validator_address(self.public_key)


def validator_address(public_key: bytes) -> bytes:
    """Return the name under which CometBFT knows a validator.

    Args:
        public_key: Ed25519 public key, 32 bytes.
    """
    return hashlib.sha256(public_key).digest()[:_VALIDATOR_ADDRESS_SIZE]
