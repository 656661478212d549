"""Members that send as their outboxes do, and the check that a network kept all it promised."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Self

import httpx
from support.comet import ISSUE_GAS, ISSUING, CometNetwork, Organisation, issue_record, sign_call
from support.invariants import Tally, check_blocks, check_seals
from support.network import Member

from chain.engine.cometbft.rpc import EngineRpc
from chain.engine.protocol import Seal
from chain.proofs.comet import BlockIDFlag
from chain.proofs.keccak import keccak256
from chain.store.keyvalue import RocksStore
from chain.store.ledger import LedgerStore
from contracts.records.signed import SignedRecord

HEADERS_AT_ONCE = 20
"""CometBFT's limit for `blockchain`."""


@dataclass(frozen=True)
class Promise:
    """A transaction that was sent, and the record in it."""

    raw: bytes
    transaction_hash: bytes
    record: SignedRecord


class Load(threading.Thread):
    """A member that issues one certificate after another through one organisation.

    What was sent is sent again until it is on the ledger, in the order of nonces, as an outbox
    does. `acknowledged` are those that the organisation has ever answered for.
    """

    def __init__(self, member: Member, organisation: Organisation, pause_s: float = 0.1) -> None:
        super().__init__(daemon=True)
        self.organisation = organisation
        self.promises: list[Promise] = []
        self.acknowledged: set[int] = set()
        self._member = member
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._next = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self) -> None:
        while not self._stopping.is_set():
            pause_s = self._pause_s if self._send_next() else self._pause_s + 0.2
            self._stopping.wait(pause_s)

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def settle(self, timeout_s: float = 120.0) -> None:
        """Send again what is missing until nothing is."""
        deadline = time.monotonic() + timeout_s
        while (done := self.done()) is None or done < len(self.promises):
            assert time.monotonic() < deadline, (done, len(self.promises), self.organisation.logs())
            self._next = done or 0
            while self._next < len(self.promises) and self._send_next():
                pass
            time.sleep(0.1)

    def done(self) -> int | None:
        """Return how many are final, None where the organisation does not answer."""
        address = "0x" + self._member.carrier.address.hex()
        try:
            count = self.organisation.request("eth_getTransactionCount", address, "latest")
        except (httpx.HTTPError, AssertionError):
            return None
        return int(count, 16)

    def _send_next(self) -> bool:
        """Send what comes next; where it is not taken, go back to what the ledger lacks."""
        if self._next == len(self.promises):
            self.promises.append(self._make(self._next))
        raw = self.promises[self._next].raw
        try:
            self.organisation.request("eth_sendRawTransaction", "0x" + raw.hex())
        except (httpx.HTTPError, AssertionError):
            self._next = min(self.done() or self._next, len(self.promises) - 1)
            return False
        self.acknowledged.add(self._next)
        self._next += 1
        return True

    def _make(self, number: int) -> Promise:
        signed = issue_record(self._member, number)
        call = replace(ISSUING.carry(signed), gas=ISSUE_GAS)
        raw = sign_call(self._member.carrier, call, number)
        return Promise(raw, keccak256(raw), signed)


@dataclass
class Loads:
    """Several members at work; a context manager that stops them."""

    loads: list[Load] = field(default_factory=list)

    @classmethod
    def of(
        cls, members: Sequence[Member], organisations: Sequence[Organisation], pause_s: float = 0.1
    ) -> Self:
        """Let each member use one of the organisations in turn."""
        return cls(
            [
                Load(member, organisations[index % len(organisations)], pause_s)
                for index, member in enumerate(members)
            ]
        )

    def __enter__(self) -> Self:
        for load in self.loads:
            load.start()
        return self

    def __exit__(self, *_: object) -> None:
        for load in self.loads:
            load.stop()

    @property
    def acknowledged(self) -> int:
        return sum(len(load.acknowledged) for load in self.loads)

    def done(self) -> int:
        """Return how many are final as far as anybody answers."""
        return sum(load.done() or 0 for load in self.loads)


def await_level(network: CometNetwork, organisations: Sequence[Organisation] | None = None) -> int:
    """Wait until all are as far as the farthest is now; return that height."""
    chosen = organisations or network.organisations
    target = max(height for each in chosen if (height := each.height()) is not None)
    network.wait_until(lambda: all((each.height() or 0) >= target for each in chosen))
    return target


def check_hashes(organisations: Iterable[Organisation], height: int) -> None:
    """Check that all have the same CometBFT blocks up to a height."""
    chains = [block_hashes(each, height) for each in organisations]
    assert all(len(chain) == height for chain in chains)
    assert all(chain == chains[0] for chain in chains)


def block_hashes(organisation: Organisation, height: int) -> dict[int, str]:
    """Return the hash of each height's block as the organisation's engine keeps it."""
    found: dict[int, str] = {}
    for first in range(1, height + 1, HEADERS_AT_ONCE):
        last = min(height, first + HEADERS_AT_ONCE - 1)
        url = f"{organisation.engine_url}/blockchain?minHeight={first}&maxHeight={last}"
        answer = organisation.http.get(url).json()
        for meta in answer["result"]["block_metas"]:
            found[int(meta["header"]["height"])] = meta["block_id"]["hash"]
    return found


def signers(organisation: Organisation, height: int) -> set[bytes]:
    """Return the addresses of those whose votes for the block stand in a height's commit."""
    rpc = EngineRpc(organisation.engine_url)
    signed = rpc.signed_header(height)
    rpc.close()
    assert signed is not None
    votes = signed[1].signatures
    return {vote.validator_address for vote in votes if vote.flag is BlockIDFlag.COMMIT}


def check_network(network: CometNetwork, loads: Loads) -> Tally:
    """Settle the loads, end all processes, and verify everything that is left.

    (1) What was sent and got lost is sent again until nothing is missing.
    (2) All organisations have the same blocks.
    (3) From the stores alone: every seal holds, every block executes to what is stored, all
        stores are the same, every transaction and record is there exactly once.
    """
    for load in loads.loads:
        load.settle()
    height = await_level(network)
    check_hashes(network.organisations, height)
    headers = signed_headers(network.organisations[0], height)
    network.kill()
    with ExitStack() as stack:
        stores = []
        for each in network.organisations:
            opened = RocksStore(each.folder / "ledger")
            stack.callback(opened.close)
            stores.append(LedgerStore(opened))
        genesis = network.parsed_genesis
        for store in stores:
            check_seals([store], genesis, _seals(store, headers))
        tally = check_blocks(stores, genesis)
    promises = [promise for load in loads.loads for promise in load.promises]
    assert loads.acknowledged
    for promise in promises:
        assert tally.transactions[promise.transaction_hash] == 1
        assert tally.records[promise.record.digest] == 1
    assert set(tally.transactions.values()) == {1}
    assert set(tally.records.values()) == {1}
    return tally


def signed_headers(organisation: Organisation, height: int) -> list[tuple[bytes, bytes, bytes]]:
    """Return header, commit and the hash of the validators of each height."""
    rpc = EngineRpc(organisation.engine_url)
    found = []
    for each in range(1, height + 1):
        signed = rpc.signed_header(each)
        assert signed is not None
        header, commit = signed
        found.append((header.to_bytes(), commit.to_bytes(), header.validators_hash))
    rpc.close()
    return found


def _seals(store: LedgerStore, headers: Sequence[tuple[bytes, bytes, bytes]]) -> list[Seal]:
    seals = []
    for height, (header, commit, validators_hash) in enumerate(headers, 1):
        validators = store.validator_set(validators_hash)
        assert validators is not None
        seals.append(Seal(height, header, commit, validators))
    return seals
