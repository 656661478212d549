"""A network of organisations on this machine: CometBFT and a replica of the ledger for each.

Only engines and ledgers run, no doors: what is tried here is agreement. Peers reach each other
through links that a test can cut.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account
from support.chain import compiled, genesis_json
from support.comet_ledger import cometbft
from support.forks import Forked, fork_server
from support.network import CHAIN_ID, DAY, MEMBERS, VN_AUTHORITY, Member, Signer
from support.ports import free_port
from vectors.parties import DocumentKey
from web3 import Web3

from chain.engine.cometbft.home import EngineHome, EngineSettings, node_id
from chain.genesis import Genesis, parse_genesis
from chain.proofs.keccak import keccak256
from contracts.calls import Call
from contracts.issuance.binding import IssuanceContract
from contracts.issuance.records import ExporterAuthorise
from contracts.ledger import Ledger
from contracts.membership.founding import (
    Founder,
    FoundingKey,
    FoundingValidator,
    build_founding,
    founded_address,
    membership_address,
)
from contracts.membership.keys import KeyPurpose
from contracts.membership.state import validator_address
from contracts.origin.binding import OriginContract
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord

COMET_CHAIN_ID = "tradeseal-network"
YEAR = 366 * DAY
ORIGIN = founded_address("origin")
DOCUMENT_KEY = DocumentKey("network")
ISSUANCE = founded_address("issuance")
CONTRACT = OriginContract(Ledger(Web3()), ORIGIN)
ISSUING = IssuanceContract(Ledger(Web3()), ISSUANCE)
TRADESEAL = str(Path(sys.executable).parent / "tradeseal")
ISSUE_GAS = 300_000
START_S = 120.0
"""Four ledgers start at once on a busy machine."""


def validator_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(b"validator " + name.encode()).digest()
    )


def peer_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"peer " + name.encode()).digest())


def network_genesis(validators: Sequence[str], *, time_s: int | None = None) -> bytes:
    """Return a genesis whose validators have these names, and the members of `support.network`."""
    public_keys = [validator_key(name).public_key().public_bytes_raw() for name in validators]
    founding = build_founding(
        [_founder(member) for member in MEMBERS],
        [
            FoundingValidator(public_key, 10, MEMBERS[index % 4].id)
            for index, public_key in enumerate(public_keys)
        ],
    )
    moment = datetime.fromtimestamp(time_s or int(time.time()) - 60, UTC)
    document = {
        "format": "tradeseal-genesis/1",
        "chain_id": COMET_CHAIN_ID,
        "evm_chain_id": str(CHAIN_ID),
        "genesis_time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "membership": "0x" + membership_address().hex(),
        "founding": [
            {
                "to": None if call.to is None else "0x" + call.to.hex(),
                "data": "0x" + call.data.hex(),
            }
            for call in founding
        ],
        "validators": [
            {"name": name, "public_key": key.hex(), "power": "10"}
            for name, key in zip(validators, public_keys, strict=True)
        ],
    }
    return json.dumps(document).encode()


def _founder(member: Member) -> Founder:
    """Return a founder; the one who issues certificates has a key that signs documents, too."""
    founder = member.founder()
    if member is not VN_AUTHORITY:
        return founder
    key = FoundingKey(DOCUMENT_KEY.key_id, KeyPurpose.DOCUMENT, DOCUMENT_KEY.info)
    return replace(founder, keys=(*founder.keys, key))


def open_genesis(validators: Sequence[str]) -> bytes:
    """Return a genesis with an open membership and the contract of `support.chain`."""
    contract = Web3().eth.contract(abi=compiled("open_membership")["abi"])
    public_keys = [validator_key(name).public_key().public_bytes_raw() for name in validators]
    naming = contract.encode_abi("nameValidators", [[(key, 10) for key in public_keys]])
    document = json.loads(genesis_json())
    moment = datetime.fromtimestamp(int(time.time()) - 60, UTC)
    document |= {
        "chain_id": COMET_CHAIN_ID,
        "genesis_time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "validators": [
            {"name": name, "public_key": key.hex(), "power": "10"}
            for name, key in zip(validators, public_keys, strict=True)
        ],
    }
    document["founding"].append({"to": document["membership"], "data": naming})
    return json.dumps(document).encode()


class Link:
    """A TCP connection's way from one peer to another, which can be cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        self._drop(source, sink)

    def _drop(self, *sockets: socket.socket) -> None:
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        with self._lock:
            self._open -= set(sockets)

    def cut(self) -> None:
        self.is_cut = True
        with self._lock:
            sockets = list(self._open)
        self._drop(*sockets)

    def heal(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self.cut()
        self._drop(self._listener)


@dataclass
class Organisation:
    """One organisation's two processes."""

    name: str
    folder: Path
    program: str
    p2p_port: int = field(default_factory=free_port)
    rpc_port: int = field(default_factory=free_port)
    engine_port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    ledger_metrics_port: int = field(default_factory=free_port)
    engine: subprocess.Popen[bytes] | None = None
    ledger: subprocess.Popen[bytes] | Forked | None = None
    ledger_command: tuple[str, ...] = (TRADESEAL, "ledger", "join")
    forked: bool = False
    """Whether it is forked from a process that has imported everything (`support.forks`)."""
    environment: dict[str, str] = field(default_factory=dict)
    validator: str = ""
    """Name of the key it votes with, where that is not its own name."""

    def __post_init__(self) -> None:
        self.http = httpx.Client(timeout=30, trust_env=False, verify=False)  # noqa: S501 # loopback

    def write(self, genesis: bytes, peers: Sequence[str]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "genesis.json").write_bytes(genesis)
        home = EngineHome(self.folder / "engine")
        home.write_settings(
            EngineSettings(
                name=self.name,
                application="unix://abci.sock",
                peer_address=f"127.0.0.1:{self.p2p_port}",
                rpc_address=f"127.0.0.1:{self.engine_port}",
                metrics_address=f"127.0.0.1:{self.metrics_port}",
                peers=tuple(peers),
            ),
            parse_genesis(genesis),
        )
        self.write_keys()

    def write_keys(self) -> None:
        home = EngineHome(self.folder / "engine")
        home.write_keys(peer_key(self.name), validator_key(self.validator or self.name))

    @property
    def address(self) -> bytes:
        """Address of its validator, 20 bytes."""
        return validator_address(
            validator_key(self.validator or self.name).public_key().public_bytes_raw()
        )

    @property
    def id(self) -> str:
        return node_id(peer_key(self.name).public_key().public_bytes_raw())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rpc_port}"

    @property
    def engine_url(self) -> str:
        return f"http://127.0.0.1:{self.engine_port}"

    @property
    def web3(self) -> Web3:
        return Web3(Web3.HTTPProvider(self.url, request_kwargs={"timeout": 30}))

    def start(self) -> None:
        self.start_ledger()
        self.await_socket()
        self.start_engine()

    def await_socket(self) -> None:
        """Wait for the ledger: an engine that comes too early tries again only after 3 s."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
                probe.connect(os.path.relpath(self.folder / "abci.sock"))
                return
            time.sleep(0.02)
        raise AssertionError(self.logs())

    def start_ledger(self) -> None:
        options = {
            "--folder": "ledger",
            "--genesis": "genesis.json",
            "--abci": "unix://abci.sock",
            "--engine": self.engine_url,
            "--port": str(self.rpc_port),
            "--metrics": f"127.0.0.1:{self.ledger_metrics_port}",
        }
        arguments = [word for pair in options.items() for word in pair]
        log = self.folder / "ledger.log"
        if self.forked:
            command = ["ledger", "join", *arguments]
            self.ledger = fork_server().fork(command, self.folder, log, self.environment)
        else:
            self.ledger = self._start([*self.ledger_command, *arguments], log.name)

    def start_engine(self) -> None:
        self.engine = self._start([self.program, "start", "--home", "engine"], "engine.log")

    def _start(self, command: Sequence[str], log: str) -> subprocess.Popen[bytes]:
        environment = os.environ | self.environment
        with (self.folder / log).open("ab") as out:
            return subprocess.Popen(
                command, cwd=self.folder, stdout=out, stderr=out, env=environment
            )

    def kill(self, *names: str) -> None:
        """Kill processes at once; all of them without names."""
        processes = [getattr(self, name) for name in names or ("engine", "ledger")]
        for process in processes:
            if process is not None:
                process.kill()
        for process in processes:
            if process is not None:
                process.wait()

    def revive(self) -> None:
        """Start again what does not run; an engine whose ledger died ends by itself, mostly.

        CometBFT hangs for ever instead where its `Commit` is lost (abci/client, Flush after stop).
        """
        if self.engine is not None and (self.ledger is None or self.ledger.poll() is not None):
            try:
                self.engine.wait(5)
            except subprocess.TimeoutExpired:
                self.kill("engine")
        if self.ledger is None or self.ledger.poll() is not None:
            self.start_ledger()
            self.await_socket()
        if self.engine is None or self.engine.poll() is not None:
            self.start_engine()

    def status(self) -> dict[str, Any]:
        """Return `tradeseal_status`."""
        return dict(self.request("tradeseal_status"))

    def request(self, method: str, *parameters: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = self.http.post(self.url, json=body).json()
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["result"]

    def height(self) -> int | None:
        """Return the ledger's height, None where it does not answer."""
        try:
            return int(self.status()["height"], 16)
        except (httpx.HTTPError, AssertionError):
            return None

    def is_ready(self) -> bool:
        """Say whether it takes transactions."""
        try:
            status = self.status()
        except (httpx.HTTPError, AssertionError):
            return False
        return int(status["height"], 16) >= 1 and not status["catchingUp"]

    def logs(self) -> str:
        names = ("ledger.log", "engine.log")
        return "\n".join(
            f"== {self.name} {name}\n" + "\n".join(path.read_text().splitlines()[-40:])
            for name in names
            if (path := self.folder / name).exists()
        )


@dataclass
class CometNetwork:
    """Organisations that agree, and the links between them; a context manager."""

    folder: Path
    validators: int = 4
    followers: int = 0
    linked: bool = False
    forked: bool = False
    genesis: bytes = b""
    organisations: list[Organisation] = field(default_factory=list)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)

    def __post_init__(self) -> None:
        program = cometbft()
        names = [f"validator-{index}" for index in range(self.validators)]
        self.genesis = self.genesis or network_genesis(names)
        names += [f"follower-{index}" for index in range(self.followers)]
        self.organisations = [
            Organisation(name, self.folder / name, program, forked=self.forked) for name in names
        ]
        for each in self.organisations:
            each.write(self.genesis, [self._peer(each, other) for other in self._others(each)])

    def _others(self, one: Organisation) -> Iterator[Organisation]:
        return (other for other in self.organisations if other is not one)

    def _peer(self, one: Organisation, other: Organisation) -> str:
        if not self.linked:
            return f"{other.id}@127.0.0.1:{other.p2p_port}"
        link = self.links.setdefault((one.name, other.name), Link(other.p2p_port))
        return f"{other.id}@127.0.0.1:{link.port}"

    def add(self, name: str, validator: str = "") -> Organisation:
        """Make a further organisation that follows, or votes with a key; it dials the others."""
        program = self.organisations[0].program
        one = Organisation(
            name, self.folder / name, program, forked=self.forked, validator=validator
        )
        one.write(self.genesis, [self._peer(one, other) for other in self.organisations])
        self.organisations.append(one)
        return one

    @property
    def parsed_genesis(self) -> Genesis:
        return parse_genesis(self.genesis)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for each in self.organisations:
            each.http.close()
        for link in self.links.values():
            link.close()

    def start(self) -> None:
        """Start everything, and wait until transactions are taken everywhere."""
        for each in self.organisations:
            each.start_ledger()
        for each in self.organisations:
            each.await_socket()
            each.start_engine()
        self.wait_until(lambda: all(each.is_ready() for each in self.organisations))

    def kill(self) -> None:
        """Kill everything at once."""
        for each in self.organisations:
            for process in (each.engine, each.ledger):
                if process is not None:
                    process.kill()
        for each in self.organisations:
            each.kill()

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = START_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError("\n".join(each.logs() for each in self.organisations))
            time.sleep(0.05)

    def partition(self, *groups: Sequence[int]) -> None:
        """Cut every link between organisations of different groups."""
        group_of = {
            self.organisations[index].name: number
            for number, group in enumerate(groups)
            for index in group
        }
        for (one, other), link in self.links.items():
            if group_of[one] != group_of[other]:
                link.cut()

    def heal(self) -> None:
        for link in self.links.values():
            link.heal()


@dataclass
class Sender:
    """A member's account that carries records one after another, and keeps what was taken."""

    member: Member
    nonce: int = 0
    taken: dict[bytes, bytes] = field(default_factory=dict)
    """Hash and raw bytes of each transaction, in order."""

    def next(self) -> bytes:
        """Return the next transaction, signed."""
        raw = issue_transaction(self.member, self.nonce)
        self.taken[keccak256(raw)] = raw
        self.nonce += 1
        return raw

    def send(self, organisation: Organisation) -> bytes:
        """Send the next transaction and return its hash."""
        raw = self.next()
        return bytes.fromhex(organisation.request("eth_sendRawTransaction", "0x" + raw.hex())[2:])


def issue_transaction(member: Member, number: int) -> bytes:
    """Return a transaction that authorises an exporter of its own."""
    call = ISSUING.carry(issue_record(member, number))
    return sign_call(member.carrier, replace(call, gas=ISSUE_GAS), number)


def issue_record(member: Member, number: int) -> SignedRecord:
    """Return the authorisation of an exporter that the member's number alone has.

    It needs nothing on the ledger before it.
    """
    now = int(time.time())
    record = ExporterAuthorise(
        object=b"VN" + keccak256(f"{member.name} {number} {now}".encode())[2:],
        organisation=VN_AUTHORITY.id,
        goods=keccak256(b"goods"),
        valid_from=now,
        valid_to=now + YEAR,
        authorised_at=now,
        expires=now + DAY,
    )
    domain = RecordDomain(CHAIN_ID, ISSUANCE)
    return SignedRecord.sign(record, domain, VN_AUTHORITY.officer.secret)


def sign_call(carrier: Signer, call: Call, nonce: int) -> bytes:
    """Return a call as a raw transaction of an account."""
    transaction = {
        "chainId": CHAIN_ID,
        "nonce": nonce,
        "gas": call.gas,
        "to": Web3.to_checksum_address(call.to),
        "value": 0,
        "data": call.data,
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "type": 2,
    }
    return bytes(Account.sign_transaction(transaction, carrier.secret).raw_transaction)
