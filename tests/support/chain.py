"""A ledger for tests of the chain alone: an open membership and a contract to exercise."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eth_account import Account
from eth_account.signers.local import LocalAccount
from vyper.compiler import compile_code
from web3 import Web3
from web3.contract import Contract

from chain.engine.solo import SoloEngine
from chain.genesis import Genesis, parse_genesis
from chain.ledger import Ledger, open_solo
from chain.machine.founding import founding_address
from chain.rpc.provider import connect

CONTRACTS = Path(__file__).parent / "contracts"
EVM_CHAIN_ID = 74_300
GENESIS_TIME = "2026-01-01T00:00:00Z"
GENESIS_TIME_NS = 1_767_225_600_000_000_000
MEMBERSHIP = founding_address(0)
EXERCISE = founding_address(1)


@dataclass(frozen=True)
class TestSealingKey:
    """An Ed25519 key made from a seed."""

    __test__ = False
    seed: bytes = b"\x07" * 32

    @property
    def public_key(self) -> bytes:
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@cache
def compiled(name: str) -> dict[str, Any]:
    source = (CONTRACTS / f"{name}.vy").read_text()
    return dict(compile_code(source, output_formats=["abi", "bytecode"]))


def genesis_json(*, key: TestSealingKey | None = None, **changes: Any) -> bytes:
    document: dict[str, Any] = {
        "format": "tradeseal-genesis/1",
        "chain_id": "tradeseal-test",
        "evm_chain_id": str(EVM_CHAIN_ID),
        "genesis_time": GENESIS_TIME,
        "membership": "0x" + MEMBERSHIP.hex(),
        "founding": [
            {"to": None, "data": compiled("open_membership")["bytecode"]},
            {"to": None, "data": compiled("exercise")["bytecode"]},
        ],
        "validators": [
            {
                "name": "solo",
                "public_key": (key or TestSealingKey()).public_key.hex(),
                "power": "10",
            }
        ],
    }
    return json.dumps(document | changes).encode()


@cache
def genesis() -> Genesis:
    return parse_genesis(genesis_json())


@dataclass
class Clock:
    """A clock that moves one second with each reading."""

    now_ns: int = GENESIS_TIME_NS
    step_ns: int = 1_000_000_000

    def __call__(self) -> int:
        self.now_ns += self.step_ns
        return self.now_ns


def account(number: int) -> LocalAccount:
    return Account.from_key(PrivateKey(number.to_bytes(32, "big")).secret)


@dataclass
class Chain:
    """An open ledger and web3 over it; nothing is sealed but by `seal`."""

    folder: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.ledger: Ledger = open_solo(
            self.folder, genesis(), TestSealingKey(), clock=self.clock, start=False
        )
        self.web3: Web3 = connect(self.ledger)

    def close(self) -> None:
        self.ledger.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    @property
    def engine(self) -> SoloEngine:
        assert isinstance(self.ledger.engine, SoloEngine)
        return self.ledger.engine

    def seal(self, heights: int = 1) -> None:
        for _ in range(heights):
            self.engine.seal_next()

    def contract(self, name: str, address: bytes) -> Contract:
        return self.web3.eth.contract(
            address=Web3.to_checksum_address(address), abi=compiled(name)["abi"]
        )

    @property
    def exercise(self) -> Contract:
        return self.contract("exercise", EXERCISE)

    @property
    def membership(self) -> Contract:
        return self.contract("open_membership", MEMBERSHIP)

    def sign(
        self,
        sender: LocalAccount,
        call: Any,
        *,
        nonce: int | None = None,
        gas: int = 300_000,
        type_id: int = 2,
    ) -> bytes:
        if nonce is None:
            nonce = self.engine.next_nonce(bytes.fromhex(sender.address[2:]))
        return sign_call(sender, call, nonce=nonce, gas=gas, type_id=type_id)

    def send(self, sender: LocalAccount, call: Any, **options: Any) -> bytes:
        return bytes(self.web3.eth.send_raw_transaction(self.sign(sender, call, **options)))

    def run(self, sender: LocalAccount, call: Any, **options: Any) -> Any:
        transaction_hash = self.send(sender, call, **options)
        self.seal()
        return self.web3.eth.get_transaction_receipt(transaction_hash)


def sign_call(
    sender: LocalAccount, call: Any, *, nonce: int, gas: int = 300_000, type_id: int = 2
) -> bytes:
    fees = (
        {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "type": 2}
        if type_id == 2
        else {"gasPrice": 0}
    )
    transaction = {
        "chainId": EVM_CHAIN_ID,
        "nonce": nonce,
        "gas": gas,
        "to": call.address,
        "value": 0,
        "data": call._encode_transaction_data(),
        **fees,
    }
    return bytes(sender.sign_transaction(transaction).raw_transaction)
