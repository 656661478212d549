"""The trust file, `tradeseal-trust/1`: what a verifier believes beforehand.

Unlike a bundle it is kept and edited by its owner, so it may be laid out
freely; its members are as strict. Specification: docs/formats/trust.md.
"""

import json
from dataclasses import dataclass
from typing import Final, Self

from chain.proofs.comet import Validator, ValidatorSet
from chain.proofs.constants import (
    ADDRESS_SIZE,
    HASH_SIZE,
    MAX_CHAIN_ID_LENGTH,
    MAX_VALIDATORS,
    NANOSECONDS,
    Address20,
    Hash32,
    TimeNs,
)
from chain.proofs.errors import ValidatorSetError
from chain.proofs.light import TrustedState
from contracts.bundles.errors import MemberError
from contracts.bundles.json_text import Json, parse_strict
from contracts.bundles.members import Members, write_data, write_time
from contracts.membership.layout import (
    KEYS,
    OBJECTS,
    ORGANISATIONS,
    RECORDS,
    VERSION_COUNTS,
    VERSIONS,
)

FORMAT: Final = "tradeseal-trust/1"
MAX_TRUST_BYTES: Final = 4 << 20
"""Room for 10,000 validators."""

_KEY_SIZE: Final = 32
_UINT64: Final = 1 << 64
_UINT256: Final = 1 << 256
_MAX_PERIOD: Final = 100 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class MembershipLayout:
    """The storage slots at which Membership declares what a proof shows."""

    objects: int = OBJECTS
    records: int = RECORDS
    organisations: int = ORGANISATIONS
    keys: int = KEYS
    version_counts: int = VERSION_COUNTS
    versions: int = VERSIONS


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The header from which the verifier goes on, and when it was made.

    Attributes:
        height: CometBFT height, 0 for the genesis.
        time: Time of the header, or of the genesis.
        header_hash: Hash of the header; None for the genesis, which has none.
    """

    height: int
    time: TimeNs
    header_hash: Hash32 | None


@dataclass(frozen=True, slots=True)
class NamedValidator:
    """A validator with the name its organisation goes by."""

    name: str
    validator: Validator


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier believes beforehand.

    Attributes:
        chain_id: CometBFT chain id.
        evm_chain_id: EIP-155 chain id.
        evm_genesis_hash: Hash of EVM block 0.
        membership: Address of the Membership contract.
        membership_code_hash: keccak256 of its runtime code.
        layout: Where Membership keeps what is proved.
        validators: The set in force right after the checkpoint.
        checkpoint: The header from which the verifier goes on.
        trusting_period: Seconds for which the checkpoint is relied upon.
    """

    chain_id: str
    evm_chain_id: int
    evm_genesis_hash: Hash32
    membership: Address20
    membership_code_hash: Hash32
    layout: MembershipLayout
    validators: tuple[NamedValidator, ...]
    checkpoint: Checkpoint
    trusting_period: int

    def validator_set(self) -> ValidatorSet:
        """Return the validators as a set.

        Raises:
            ValidatorSetError: No network can have such a set.
        """
        return ValidatorSet.of(item.validator for item in self.validators)

    def state(self) -> TrustedState:
        """Return the checkpoint as the start of the light client."""
        validators = self.validator_set()
        return TrustedState(
            self.chain_id,
            self.checkpoint.height,
            self.checkpoint.time,
            validators,
            validators.hash(),
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a trust file.

        Raises:
            JsonFormError: It is no JSON of the demanded form.
            MemberError: A member is missing, unknown or has the wrong form.
        """
        members = Members(
            parse_strict(data, MAX_TRUST_BYTES),
            "",
            "format",
            "chainId",
            "evmChainId",
            "evmGenesisHash",
            "membership",
            "validators",
            "checkpoint",
            "trustingPeriod",
        )
        members.constant("format", FORMAT)
        contract = Members(
            members.value("membership"), "membership", "address", "codeHash", "layout"
        )
        trust = cls(
            members.text("chainId"),
            members.integer("evmChainId", _UINT256),
            Hash32(members.data("evmGenesisHash", HASH_SIZE)),
            Address20(contract.data("address", ADDRESS_SIZE)),
            Hash32(contract.data("codeHash", HASH_SIZE)),
            _read_layout(contract.value("layout")),
            members.elements("validators", MAX_VALIDATORS, _read_validator),
            _read_checkpoint(members.value("checkpoint")),
            members.integer("trustingPeriod", _MAX_PERIOD),
        )
        trust.require_sound()
        return trust

    def require_sound(self) -> None:
        """Refuse what cannot be the trust in any network.

        Raises:
            MemberError: The chain id or the set of validators is impossible.
        """
        if not 0 < len(self.chain_id.encode()) <= MAX_CHAIN_ID_LENGTH:
            raise MemberError("chainId", f"it must have 1 to {MAX_CHAIN_ID_LENGTH} bytes")
        try:
            self.validator_set()
        except ValidatorSetError as exc:
            raise MemberError("validators", exc.reason) from exc

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form."""
        checkpoint = self.checkpoint
        header_hash = checkpoint.header_hash
        return {
            "format": FORMAT,
            "chainId": self.chain_id,
            "evmChainId": str(self.evm_chain_id),
            "evmGenesisHash": write_data(self.evm_genesis_hash),
            "membership": {
                "address": write_data(self.membership),
                "codeHash": write_data(self.membership_code_hash),
                "layout": _write_layout(self.layout),
            },
            "validators": [
                {
                    "name": item.name,
                    "publicKey": write_data(item.validator.public_key),
                    "power": str(item.validator.power),
                }
                for item in self.validators
            ],
            "checkpoint": {
                "height": str(checkpoint.height),
                "time": write_time(checkpoint.time),
                "headerHash": None if header_hash is None else write_data(header_hash),
            },
            "trustingPeriod": str(self.trusting_period),
        }

    def to_bytes(self) -> bytes:
        """Return the file, laid out for people."""
        return (json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n").encode()

    def trusting_period_ns(self) -> int:
        """Return the trusting period in nanoseconds."""
        return self.trusting_period * NANOSECONDS


_LAYOUT_NAMES: Final = {
    "objects": "objects",
    "records": "records",
    "organisations": "organisations",
    "keys": "keys",
    "versionCounts": "version_counts",
    "versions": "versions",
}


def _read_layout(value: object) -> MembershipLayout:
    members = Members(value, "membership.layout", *_LAYOUT_NAMES)
    slots = {_LAYOUT_NAMES[name]: members.integer(name, _UINT64) for name in _LAYOUT_NAMES}
    return MembershipLayout(**slots)


def _write_layout(layout: MembershipLayout) -> dict[str, Json]:
    return {name: str(getattr(layout, attribute)) for name, attribute in _LAYOUT_NAMES.items()}


def _read_validator(value: object, path: str) -> NamedValidator:
    members = Members(value, path, "name", "publicKey", "power")
    validator = Validator(members.data("publicKey", _KEY_SIZE), members.integer("power", _UINT64))
    return NamedValidator(members.text("name"), validator)


def _read_checkpoint(value: object) -> Checkpoint:
    members = Members(value, "checkpoint", "height", "time", "headerHash")
    height, time = members.integer("height", _UINT64), members.time("time")
    if members.value("headerHash") is None:
        if height:
            raise MemberError("checkpoint.headerHash", "only the genesis, height 0, has none")
        return Checkpoint(height, time, None)
    if not height:
        raise MemberError("checkpoint.headerHash", "the genesis, height 0, has none")
    return Checkpoint(height, time, Hash32(members.data("headerHash", HASH_SIZE)))
