"""The genesis file: what founds a ledger, and nothing else does.

A JSON object with exactly these members:

- `format`: "tradeseal-genesis/1"
- `chain_id`: CometBFT chain id, 1 to 50 characters of [A-Za-z0-9._-]
- `evm_chain_id`: EVM chain id, decimal string
- `genesis_time`: RFC 3339 in UTC, whole seconds, such as "2026-01-01T00:00:00Z"
- `membership`: address of the Membership contract
- `founding`: calls executed in order at block 0 from the founder address; `to` null creates a
  contract, `data` is init code or call data
- `validators`: `name`, `public_key` (Ed25519, hexadecimal), `power` (decimal string)

The hash of EVM block 0 commits to the state that the founding leaves.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from chain.errors import GenesisError
from chain.proofs.comet import Validator, ValidatorSet
from chain.proofs.constants import NANOSECONDS
from chain.proofs.errors import ProofError
from chain.proofs.keccak import keccak256

FORMAT: Final = "tradeseal-genesis/1"
MAX_FILE_BYTES: Final = 4_000_000
_MEMBERS: Final = {
    "format",
    "chain_id",
    "evm_chain_id",
    "genesis_time",
    "membership",
    "founding",
    "validators",
}
_CHAIN_ID = re.compile(r"[A-Za-z0-9._-]{1,50}\Z")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,18})\Z")
_HEX = re.compile(r"0x([0-9a-f]{2})*\Z")
_KEY = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class FoundingCall:
    """One call of the founder: creation where `to` is None."""

    to: bytes | None
    data: bytes


@dataclass(frozen=True, slots=True)
class NamedValidator:
    """A founding validator."""

    name: str
    public_key: bytes
    power: int


@dataclass(frozen=True, slots=True)
class Genesis:
    """A parsed genesis file."""

    chain_id: str
    evm_chain_id: int
    time_s: int
    membership: bytes
    founding: tuple[FoundingCall, ...]
    validators: tuple[NamedValidator, ...]
    content_hash: bytes
    """Keccak-256 of the file's canonical content."""

    @property
    def time_ns(self) -> int:
        """Genesis time in nanoseconds since 1970."""
        return self.time_s * NANOSECONDS

    def validator_set(self) -> ValidatorSet:
        """Return the founding validators in CometBFT's order."""
        return ValidatorSet.of(Validator(v.public_key, v.power) for v in self.validators)


def load_genesis(path: Path) -> Genesis:
    """Read a genesis file.

    Raises:
        GenesisError: It cannot be read, or does not found a ledger.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise GenesisError(f"cannot read {path}: {exc.strerror}") from exc
    return parse_genesis(content)


def parse_genesis(content: bytes) -> Genesis:
    """Parse the content of a genesis file.

    Raises:
        GenesisError: It is not of the stated form.
    """
    document = _load_json(content)
    if document["format"] != FORMAT:
        raise GenesisError(f"format is {document['format']!r}, this program reads {FORMAT!r}")
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    genesis = Genesis(
        _matching(document, "chain_id", _CHAIN_ID, "1 to 50 characters of A-Z a-z 0-9 . _ -"),
        int(_matching(document, "evm_chain_id", _DECIMAL, "a decimal string")),
        _time(document["genesis_time"]),
        _hex(document["membership"], "membership", 20),
        tuple(_founding_call(entry, i) for i, entry in enumerate(_list(document, "founding"))),
        tuple(_validator(entry, i) for i, entry in enumerate(_list(document, "validators"))),
        keccak256(canonical),
    )
    try:
        genesis.validator_set()
    except ProofError as exc:
        raise GenesisError(f"validators: {exc}") from exc
    if not genesis.evm_chain_id:
        raise GenesisError("evm_chain_id is 0: choose a positive number of your own")
    return genesis


def _load_json(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_FILE_BYTES:
        raise GenesisError(f"the file is larger than {MAX_FILE_BYTES} bytes")
    try:
        document = json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as exc:
        raise GenesisError(f"the file is not JSON: {exc}") from exc
    if not isinstance(document, dict) or set(document) != _MEMBERS:
        raise GenesisError(f"the members must be exactly {', '.join(sorted(_MEMBERS))}")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _matching(document: dict[str, Any], name: str, form: re.Pattern[str], advice: str) -> str:
    value = document[name]
    if not isinstance(value, str) or not form.match(value):
        raise GenesisError(f"{name} is {value!r}: give {advice}")
    return value


def _time(value: object) -> int:
    try:
        moment = datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as exc:
        raise GenesisError(
            f"genesis_time is {value!r}: give UTC such as 2026-01-01T00:00:00Z"
        ) from exc
    return int(moment.timestamp())


def _hex(value: object, name: str, size: int | None = None) -> bytes:
    if not isinstance(value, str) or not _HEX.match(value):
        raise GenesisError(f"{name} is not lower-case hexadecimal with 0x")
    data = bytes.fromhex(value[2:])
    if size is not None and len(data) != size:
        raise GenesisError(f"{name} has {len(data)} bytes instead of {size}")
    return data


def _list(document: dict[str, Any], name: str) -> list[Any]:
    value = document[name]
    if not isinstance(value, list) or not value:
        raise GenesisError(f"{name} is empty: give at least one entry")
    return value


def _founding_call(entry: object, index: int) -> FoundingCall:
    name = f"founding[{index}]"
    if not isinstance(entry, dict) or set(entry) != {"to", "data"}:
        raise GenesisError(f"{name} must have exactly `to` and `data`")
    to = None if entry["to"] is None else _hex(entry["to"], f"{name}.to", 20)
    return FoundingCall(to, _hex(entry["data"], f"{name}.data"))


def _validator(entry: object, index: int) -> NamedValidator:
    name = f"validators[{index}]"
    if not isinstance(entry, dict) or set(entry) != {"name", "public_key", "power"}:
        raise GenesisError(f"{name} must have exactly `name`, `public_key` and `power`")
    key, power = entry["public_key"], entry["power"]
    if not isinstance(key, str) or not _KEY.match(key):
        raise GenesisError(f"{name}.public_key is not 64 lower-case hexadecimal digits")
    if not isinstance(power, str) or not _DECIMAL.match(power):
        raise GenesisError(f"{name}.power is not a decimal string")
    return NamedValidator(str(entry["name"]), bytes.fromhex(key), int(power))
