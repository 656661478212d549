"""Validators and their sets.

The wire form of a set, in seals and bundles, is one message with a repeated
field 1 of SimpleValidator messages: `repeated SimpleValidator validators = 1`.
CometBFT hashes the same SimpleValidator messages.

Source: CometBFT v0.38, types/validator.go and types/validator_set.go.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from chain.proofs import protobuf
from chain.proofs.constants import (
    ADDRESS_SIZE,
    MAX_TOTAL_POWER,
    MAX_VALIDATORS,
    Address20,
    Hash32,
)
from chain.proofs.errors import MalformedError, ValidatorSetError
from chain.proofs.rfc9162 import tree_root

_PUBLIC_KEY_SIZE = 32


def validator_address(public_key: bytes) -> Address20:
    """Return the address of an Ed25519 public key: the first 20 bytes of its SHA-256."""
    return Address20(hashlib.sha256(public_key).digest()[:ADDRESS_SIZE])


@dataclass(frozen=True)
class Validator:
    """One validator: its Ed25519 public key (32 bytes) and its voting power (> 0).

    Not slotted, because it keeps its address once computed.
    """

    public_key: bytes
    power: int

    @cached_property
    def address(self) -> Address20:
        """The address that votes carry."""
        return validator_address(self.public_key)

    def to_bytes(self) -> bytes:
        """Return the SimpleValidator message that CometBFT hashes."""
        key = protobuf.chunk(1, self.public_key)
        return protobuf.embedded(1, key) + protobuf.integer(2, self.power)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a SimpleValidator message.

        Raises:
            MalformedError: It is not canonical, or not of an Ed25519 key.
        """
        fields = protobuf.FieldReader("validator", data, range(1, 3))
        key = protobuf.FieldReader("validator key", fields.chunk(1), range(1, 2))
        validator = cls(key.chunk(1), fields.signed(2))
        if len(validator.public_key) != _PUBLIC_KEY_SIZE:
            raise MalformedError("validator", "its public key is not 32 bytes long")
        protobuf.require_canonical("validator", data, validator.to_bytes())
        return validator


@dataclass(frozen=True)
class ValidatorSet:
    """The validators of one height, in CometBFT's order.

    Build it with `of`, which sorts, or `from_bytes`, which demands the order.
    Not slotted, because it keeps its hash and total once computed.
    """

    validators: tuple[Validator, ...]

    def __post_init__(self) -> None:
        """Refuse a set that no CometBFT network can have."""
        if not 0 < len(self.validators) <= MAX_VALIDATORS:
            raise ValidatorSetError(f"{len(self.validators)} validators instead of 1 to 10,000")
        if any(len(validator.public_key) != _PUBLIC_KEY_SIZE for validator in self.validators):
            raise ValidatorSetError("a public key is not 32 bytes long")
        if any(validator.power <= 0 for validator in self.validators):
            raise ValidatorSetError("a validator has no voting power")
        if self.total_power > MAX_TOTAL_POWER:
            raise ValidatorSetError(f"the total power {self.total_power} is above the limit")
        if len({validator.address for validator in self.validators}) < len(self.validators):
            raise ValidatorSetError("a validator stands in it twice")
        if list(self.validators) != sorted(self.validators, key=_order):
            raise ValidatorSetError("it is not sorted by falling power, then address")

    @classmethod
    def of(cls, validators: Iterable[Validator]) -> Self:
        """Return the set of `validators`, put in CometBFT's order.

        Raises:
            ValidatorSetError: No network can have such a set.
        """
        return cls(tuple(sorted(validators, key=_order)))

    @cached_property
    def total_power(self) -> int:
        """The sum of all voting power."""
        return sum(validator.power for validator in self.validators)

    def hash(self) -> Hash32:
        """Return the hash that headers carry as validators_hash."""
        return self._hash

    def to_bytes(self) -> bytes:
        """Return the wire form."""
        return b"".join(protobuf.embedded(1, item.to_bytes()) for item in self.validators)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the wire form.

        Raises:
            MalformedError: It is not canonical.
            ValidatorSetError: No network can have such a set.
        """
        items = protobuf.FieldReader("validator set", data, range(1, 2)).chunks(1)
        result = cls(tuple(Validator.from_bytes(item) for item in items))
        protobuf.require_canonical("validator set", data, result.to_bytes())
        return result

    @cached_property
    def _hash(self) -> Hash32:
        return tree_root([validator.to_bytes() for validator in self.validators])


def _order(validator: Validator) -> tuple[int, bytes]:
    return -validator.power, validator.address
