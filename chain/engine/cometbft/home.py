"""The home folder of a CometBFT engine, written from typed settings.

    engine/config/config.toml               settings; what is left out has CometBFT's default
    engine/config/genesis.json              derived from the ledger's genesis file
    engine/config/node_key.json             who the engine is to its peers, 0600
    engine/config/priv_validator_key.json   what it votes with, 0600
    engine/data/priv_validator_state.json   the last height it signed, 0600

Each file is written aside, synced, and renamed: after a crash it is the old one or the new one.

Source: CometBFT v0.38, config/config.go, types/genesis.go, p2p/key.go, privval/file.go.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chain.errors import StoreError
from chain.genesis import Genesis

MAX_TRANSACTION_BYTES: Final = 131_072
"""Largest transaction the engine gossips; the state machine's own limit."""

MAX_WAITING: Final = 2_500
"""Transactions in the mempool; rechecking more after each block costs more than it saves."""

MAX_WAITING_BYTES: Final = 134_217_728
"""What the waiting transactions may take of memory."""

MAX_BLOCK_BYTES: Final = 4_194_304
MAX_INBOUND_PEERS: Final = 200
"""Followers dial the validators: many more than the default of 40."""

NO_ROUND: Final = 2_147_483_647
"""The last round there can be: a state at it refuses every other round of its height."""

PRECOMMIT_STEP: Final = 3
NEVER: Final = 9_223_372_036_854_775_807
"""A height that never comes: whoever has signed at it signs nothing any more."""

_EVIDENCE_BLOCKS: Final = 100_000
_EVIDENCE_NS: Final = 172_800_000_000_000
_EVIDENCE_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What differs from engine to engine.

    Attributes:
        name: For logs of this engine and its peers.
        application: ABCI address, such as unix://abci.sock, relative to the working directory.
        peer_address: host:port where it listens for other engines.
        rpc_address: host:port of its own RPC, on loopback.
        metrics_address: host:port of its Prometheus end point.
        peers: Engines it keeps connections to, each as id@host:port.
    """

    name: str
    application: str
    peer_address: str
    rpc_address: str
    metrics_address: str
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignState:
    """The last thing a validator signed; it signs only what comes after.

    Attributes:
        height: Height of the block.
        round: Round within the height.
        step: 1 proposal, 2 prevote, 3 precommit.
    """

    height: int
    round: int
    step: int

    @classmethod
    def nothing(cls) -> SignState:
        """Return the state of a key that never signed."""
        return cls(0, 0, 0)

    @classmethod
    def all_of(cls, height: int) -> SignState:
        """Return a state that refuses every vote up to and including a height."""
        return cls(height, NO_ROUND, PRECOMMIT_STEP)


def node_id(public_key: bytes) -> str:
    """Return an engine's identifier among its peers from its Ed25519 public key, 32 bytes."""
    return hashlib.sha256(public_key).digest()[:20].hex()


def config_text(settings: EngineSettings) -> str:
    """Return `config.toml`; reasons for each value that is not CometBFT's default stand in it."""
    return _CONFIG.format(
        name=json.dumps(settings.name),
        application=json.dumps(settings.application),
        rpc=json.dumps(f"tcp://{settings.rpc_address}"),
        p2p=json.dumps(f"tcp://{settings.peer_address}"),
        peers=json.dumps(",".join(settings.peers)),
        metrics=json.dumps(settings.metrics_address),
        inbound=MAX_INBOUND_PEERS,
        waiting=MAX_WAITING,
        waiting_bytes=MAX_WAITING_BYTES,
        transaction_bytes=MAX_TRANSACTION_BYTES,
    )


def genesis_document(genesis: Genesis) -> bytes:
    """Return CometBFT's genesis file, wholly determined by the ledger's.

    The application answers InitChain with the hash of EVM block 0: `app_hash` stays empty here.
    """
    time = datetime.fromtimestamp(genesis.time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "genesis_time": time,
        "chain_id": genesis.chain_id,
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(MAX_BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": str(_EVIDENCE_BLOCKS),
                "max_age_duration": str(_EVIDENCE_NS),
                "max_bytes": str(_EVIDENCE_BYTES),
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {},
            "abci": {},
        },
        "validators": [
            {
                "address": node_id(validator.public_key).upper(),
                "pub_key": _typed("PubKey", validator.public_key),
                "power": str(validator.power),
                "name": validator.name,
            }
            for validator in genesis.validators
        ],
        "app_hash": "",
    }
    return _encode(document)


def node_key_document(key: Ed25519PrivateKey) -> bytes:
    """Return `node_key.json`."""
    return _encode({"priv_key": _typed("PrivKey", _private_bytes(key))})


def validator_key_document(key: Ed25519PrivateKey) -> bytes:
    """Return `priv_validator_key.json`."""
    public = key.public_key().public_bytes_raw()
    return _encode(
        {
            "address": node_id(public).upper(),
            "pub_key": _typed("PubKey", public),
            "priv_key": _typed("PrivKey", _private_bytes(key)),
        }
    )


@dataclass(frozen=True, slots=True)
class EngineHome:
    """Paths of one engine's home, and what is written there; the engine must not be running.

    Every method that writes raises StoreError when the disk refuses.
    """

    path: Path

    @property
    def sign_state_path(self) -> Path:
        """Where the engine keeps what it signed last."""
        return self.path / "data" / "priv_validator_state.json"

    @property
    def _keys(self) -> tuple[Path, Path]:
        config = self.path / "config"
        return config / "node_key.json", config / "priv_validator_key.json"

    def write_settings(self, settings: EngineSettings, genesis: Genesis) -> None:
        """Write settings and genesis, and an empty sign state where there is none."""
        self._make("config")
        _write(self.path / "config" / "config.toml", config_text(settings).encode())
        _write(self.path / "config" / "genesis.json", genesis_document(genesis))
        if not self.sign_state_path.exists():
            self.write_sign_state(SignState.nothing())

    def _make(self, name: str) -> None:
        try:
            for folder in (self.path, self.path / name):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as exc:
            raise StoreError(f"make {self.path / name}", exc.strerror or str(exc)) from exc

    def write_keys(self, node_key: Ed25519PrivateKey, validator_key: Ed25519PrivateKey) -> None:
        """Write both keys in the plain form the engine reads when it starts."""
        node_path, validator_path = self._keys
        _write(node_path, node_key_document(node_key))
        _write(validator_path, validator_key_document(validator_key))

    def remove_keys(self) -> None:
        """Remove both plain keys; the engine needs them only while it starts."""
        for path in self._keys:
            path.unlink(missing_ok=True)

    def write_sign_state(self, state: SignState) -> None:
        """Say what counts as signed; durable on return."""
        self._make("data")
        document = {"height": str(state.height), "round": state.round, "step": state.step}
        _write(self.sign_state_path, _encode(document))

    def read_sign_state(self) -> SignState:
        """Return what was signed last.

        Raises:
            StoreError: The file is missing or damaged.
        """
        try:
            document = json.loads(self.sign_state_path.read_bytes())
            return SignState(int(document["height"]), document["round"], document["step"])
        except (OSError, ValueError, KeyError, TypeError) as exc:
            action = f"read {self.sign_state_path}"
            raise StoreError(action, f"{exc}: restore the node from its backup") from exc


def _typed(kind: str, key: bytes) -> dict[str, str]:
    return {"type": f"tendermint/{kind}Ed25519", "value": base64.b64encode(key).decode()}


def _private_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes_raw() + key.public_key().public_bytes_raw()


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=2).encode() + b"\n"


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        temporary.unlink(missing_ok=True)
        raise StoreError(f"write {path}", exc.strerror or str(exc)) from exc


_CONFIG: Final = """\
# Written anew at each start from organisation.toml: change that file.
proxy_app = {application}
moniker = {name}
log_level = "main:info,state:info,*:error"
log_format = "json"

[rpc]
laddr = {rpc}
# The ledger beside it hands over and asks in batches.
max_request_batch_size = 256
max_body_bytes = 8000000

[p2p]
laddr = {p2p}
persistent_peers = {peers}
# Members are known: no strangers' addresses are passed on.
pex = false
addr_book_strict = false
allow_duplicate_ip = true
max_num_inbound_peers = {inbound}
# Without it the pause between two dials grows to hours, and a healed partition stays one.
persistent_peers_max_dial_period = "5s"
flush_throttle_timeout = "5ms"

[mempool]
size = {waiting}
max_txs_bytes = {waiting_bytes}
max_tx_bytes = {transaction_bytes}
# A block changes nonces: what waited is checked again.
recheck = true

[consensus]
timeout_propose = "1s"
timeout_commit = "100ms"
create_empty_blocks = true
# Keeps block time fresh on an idle network.
create_empty_blocks_interval = "10s"
peer_gossip_sleep_duration = "5ms"

[storage]
discard_abci_responses = true

[tx_index]
# The ledger indexes transactions itself.
indexer = "null"

[instrumentation]
prometheus = true
prometheus_listen_addr = {metrics}
"""
