"""The other end of ABCI: what CometBFT asks, over a socket or straight into the bridge."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from google.protobuf.timestamp_pb2 import Timestamp

from chain.engine.application import Application
from chain.engine.cometbft import abci_pb2 as abci
from chain.engine.cometbft.bridge import Bridge, Finalized
from chain.engine.cometbft.pool import SharedPool
from chain.engine.cometbft.wire import encode_size
from chain.genesis import Genesis
from chain.store.keyvalue import KeyValueStore
from chain.store.ledger import LedgerStore

SECOND_NS = 1_000_000_000
FLUSH = abci.Request(flush=abci.RequestFlush())


def frame(message: abci.Request | bytes) -> bytes:
    payload = message if isinstance(message, bytes) else message.SerializeToString()
    return encode_size(len(payload)) + payload


def echo(text: str) -> abci.Request:
    return abci.Request(echo=abci.RequestEcho(message=text))


def timestamp(time_ns: int) -> Timestamp:
    return Timestamp(seconds=time_ns // SECOND_NS, nanos=time_ns % SECOND_NS)


class AbciClient:
    """One connection to an ABCI server; a context manager."""

    def __init__(self, address: str, timeout_s: float = 10.0) -> None:
        kind, _, place = address.partition("://")
        if kind == "unix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout_s)
            self._connect(place)
        else:
            host, _, port = place.rpartition(":")
            self.socket = socket.create_connection((host, int(port)), timeout=timeout_s)
        self._reader = self.socket.makefile("rb")

    def _connect(self, path: str) -> None:
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.close()
        self.socket.close()

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    def receive(self) -> abci.Response | None:
        """Return the next response, None where the server has closed the connection."""
        size, shift = 0, 0
        while True:
            byte = self._reader.read(1)
            if not byte:
                return None
            size |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                break
        return abci.Response.FromString(self._reader.read(size))

    def ask(self, request: abci.Request) -> abci.Response | None:
        """Ask and flush, as CometBFT's client does, and return the first of the two answers."""
        self.send(frame(request) + frame(FLUSH))
        response = self.receive()
        if response is not None and response.WhichOneof("value") != "exception":
            flushed = self.receive()
            assert flushed is not None
            assert flushed.WhichOneof("value") == "flush"
        return response


@dataclass
class Told:
    """What a bridge told its owner."""

    connections: int = 0
    heights: list[Finalized] = field(default_factory=list)

    def connected(self) -> None:
        self.connections += 1

    def committed(self, finalized: Finalized, commit_s: float) -> None:
        assert commit_s >= 0
        self.heights.append(finalized)


@dataclass
class Replica:
    """A state machine driven as CometBFT drives it, without a socket."""

    store: KeyValueStore
    genesis: Genesis

    def __post_init__(self) -> None:
        self.application = Application(LedgerStore(self.store), self.genesis)
        self.pool = SharedPool(self.application)
        self.told = Told()
        self.bridge = Bridge(self.application, self.pool, self.told)

    def info(self) -> abci.ResponseInfo:
        return self.bridge.answer(abci.Request(info=abci.RequestInfo())).info

    def init_chain(self, **changes: object) -> abci.ResponseInitChain:
        request = init_chain_request(self.genesis)
        for name, value in changes.items():
            getattr(request, name).CopyFrom(value) if name == "time" else setattr(
                request, name, value
            )
        return self.bridge.answer(abci.Request(init_chain=request)).init_chain

    def check(self, raw: bytes, *, again: bool = False) -> abci.ResponseCheckTx:
        kind = abci.RECHECK if again else abci.NEW
        request = abci.RequestCheckTx(tx=raw, type=kind)
        return self.bridge.answer(abci.Request(check_tx=request)).check_tx

    def prepare(self, height: int, max_bytes: int = 4_000_000) -> list[bytes]:
        request = abci.RequestPrepareProposal(height=height, max_tx_bytes=max_bytes)
        return list(self.bridge.answer(abci.Request(prepare_proposal=request)).prepare_proposal.txs)

    def accepts(self, height: int, raws: Sequence[bytes]) -> bool:
        request = abci.RequestProcessProposal(height=height, txs=raws)
        answer = self.bridge.answer(abci.Request(process_proposal=request)).process_proposal
        return answer.status == abci.ACCEPT

    def finalize(
        self,
        height: int,
        raws: Sequence[bytes] = (),
        *,
        time_ns: int | None = None,
        misbehavior: Sequence[abci.Misbehavior] = (),
    ) -> abci.ResponseFinalizeBlock:
        moment = self.genesis.time_ns + height * SECOND_NS if time_ns is None else time_ns
        request = abci.RequestFinalizeBlock(
            height=height,
            time=timestamp(moment),
            txs=raws,
            hash=hashlib.sha256(b"%d %d" % (height, moment) + b"".join(raws)).digest(),
            misbehavior=misbehavior,
        )
        return self.bridge.answer(abci.Request(finalize_block=request)).finalize_block

    def commit(self) -> None:
        answer = self.bridge.answer(abci.Request(commit=abci.RequestCommit()))
        assert answer.commit.retain_height == 0

    def run(self, height: int, raws: Sequence[bytes] = ()) -> abci.ResponseFinalizeBlock:
        """Decide, execute and commit a height."""
        answer = self.finalize(height, raws)
        self.commit()
        return answer


def init_chain_request(genesis: Genesis) -> abci.RequestInitChain:
    return abci.RequestInitChain(
        chain_id=genesis.chain_id,
        initial_height=1,
        time=timestamp(genesis.time_ns),
        validators=[
            abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=each.public_key), power=each.power)
            for each in genesis.validators
        ],
    )
