"""One member floods the ledger; the others' transactions come into their blocks all the same."""

from __future__ import annotations

import contextlib
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import support.flooder
from coincurve import PrivateKey
from rlp.codec import encode_raw
from support.comet import ISSUING, CometNetwork, Organisation, Sender, issue_record
from support.network import CHAIN_ID, ID_CUSTOMS, VN_AUTHORITY, VN_CUSTOMS, Member

from chain.proofs.keccak import keccak256

pytestmark = pytest.mark.slow
logger = logging.getLogger(__name__)

MEASURED = 12
REST_S = 0.1
FLOODED_BLOCKS = 2
"""The block that is being executed was composed before; the next one has it."""


def integer(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def sign(member: Member, nonce: int, to: bytes, data: bytes, gas: int = 300_000) -> bytes:
    """Sign a legacy transaction, many times faster than eth-account does."""
    fields = [integer(nonce), b"", integer(gas), to, b"", data]
    digest = keccak256(encode_raw([*fields, integer(CHAIN_ID), b"", b""]))
    made = PrivateKey(member.carrier.secret).sign_recoverable(digest, hasher=None)
    v = integer(made[64] + 35 + 2 * CHAIN_ID)
    r, s = (made[start : start + 32].lstrip(b"\0") for start in (0, 32))
    return bytes(encode_raw([*fields, v, r, s]))


def many(member: Member, first: int, count: int) -> list[bytes]:
    """Return transactions that carry one record: the first is recorded, the others revert."""
    call = ISSUING.carry(issue_record(member, 0))
    return [sign(member, first + number, call.to, call.data) for number in range(count)]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CometNetwork]:
    with CometNetwork(tmp_path_factory.mktemp("flood"), validators=1, forked=True) as made:
        yield made


@contextlib.contextmanager
def flood(
    organisation: Organisation, folder: Path, raws: Sequence[bytes], connections: int
) -> Iterator[None]:
    file = folder / "raws"
    file.write_text("\n".join("0x" + raw.hex() for raw in raws))
    program = support.flooder.__file__
    command = [sys.executable, program, organisation.url, str(file), "60", str(connections)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        time.sleep(1.5)
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def commit_time(organisation: Organisation, sender: Sender) -> tuple[float, int]:
    """Send one transaction; return seconds until it is final, and after how many blocks."""
    started = time.monotonic()
    sent = "0x" + sender.send(organisation).hex()
    before = int(organisation.status()["evmBlockNumber"], 16)
    while (receipt := organisation.request("eth_getTransactionReceipt", sent)) is None:
        assert time.monotonic() - started < 60
        time.sleep(0.005)
    assert receipt["status"] == "0x1"
    return time.monotonic() - started, int(receipt["blockNumber"], 16) - before


def measure(organisation: Organisation, sender: Sender) -> tuple[float, int]:
    """Return the median of seconds, and the most blocks, until a transaction is final."""
    measured = []
    for _ in range(MEASURED):
        time.sleep(REST_S)
        measured.append(commit_time(organisation, sender))
    return statistics.median(each[0] for each in measured), max(each[1] for each in measured)


def invalid(kind: str) -> list[bytes]:
    if kind == "bad nonces":
        return many(ID_CUSTOMS, 10_000, 100)
    if kind == "bad signatures":
        return [raw[:-33] + bytes(33) for raw in many(ID_CUSTOMS, 0, 100)]
    return [os.urandom(300) for _ in range(100)]


@pytest.fixture(scope="module")
def quiet(network: CometNetwork) -> tuple[Sender, float]:
    """A member that sends now and then, and how long that takes while nobody else sends."""
    (organisation,), sender = network.organisations, Sender(VN_AUTHORITY)
    measure(organisation, sender)  # until everything is warm
    median_s, blocks = measure(organisation, sender)
    assert blocks <= FLOODED_BLOCKS
    return sender, median_s


def await_calm(organisation: Organisation) -> None:
    deadline = time.monotonic() + 60
    while int(organisation.status()["waiting"], 16):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_flood_of_valid_transactions(
    network: CometNetwork, quiet: tuple[Sender, float], tmp_path: Path
) -> None:
    (organisation,), (sender, quiet_s) = network.organisations, quiet
    with flood(organisation, tmp_path, many(VN_CUSTOMS, 0, 12_000), 1):
        assert int(organisation.status()["waiting"], 16) > 50  # more than a block takes
        median_s, blocks = measure(organisation, sender)
    assert blocks <= FLOODED_BLOCKS
    logger.info("%.1f times slower", median_s / quiet_s)  # noise of the machine included
    await_calm(organisation)


@pytest.mark.parametrize("kind", ["bad nonces", "bad signatures", "garbage"])
def test_a_flood_of_invalid_transactions(
    network: CometNetwork,
    quiet: tuple[Sender, float],
    tmp_path: Path,
    kind: str,
) -> None:
    (organisation,), (sender, quiet_s) = network.organisations, quiet
    with flood(organisation, tmp_path, invalid(kind), 4):
        median_s, blocks = measure(organisation, sender)
    assert blocks <= FLOODED_BLOCKS
    logger.info("%.1f times slower", median_s / quiet_s)  # noise of the machine included
    assert organisation.status()["waiting"] == "0x0"
