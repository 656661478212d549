"""What the node makes of the answers of a ledger, and of one that gives none."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from support.organisations import (
    ISSUER,
    PASSWORD,
    Network,
    certificate_id,
    genesis_bytes,
)
from web3 import Web3
from web3.providers import BaseProvider

from chain.errors import EngineStoppedError
from node.errors import (
    ConfigError,
    GenesisForeignError,
    LedgerAnswerError,
    LedgerUnavailableError,
    OtherLedgerError,
    StorageError,
)
from node.files import replace_private
from node.ledger import LedgerGateway, SendRefusedError
from node.organisation import OrganisationNode, open_node
from node.outbox.tables import EntryStatus
from node.worker import Worker


class Answering(BaseProvider):
    """Answers every question with one answer."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def make_request(self, method: Any, params: Any) -> Any:
        del method, params
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def gateway(answer: Any) -> LedgerGateway:
    return LedgerGateway(Web3(Answering(answer)), "http://ledger")


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("refused"),
        requests.Timeout("slow"),
        OSError("no route"),
        EngineStoppedError("a full disk"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_ledger_that_does_not_answer_is_named(error: Exception) -> None:
    with pytest.raises(LedgerUnavailableError, match="http://ledger"):
        gateway(error).latest_number()


@pytest.mark.parametrize(
    "answer",
    [{}, {"result": None}, {"result": "10"}, {"result": 10}, {"result": "0xzz"}],
    ids=json.dumps,
)
def test_an_answer_that_is_no_quantity_is_told(answer: Any) -> None:
    with pytest.raises(LedgerAnswerError, match="eth_blockNumber"):
        gateway(answer).latest_number()


@pytest.mark.parametrize("result", [[], {}, {"number": "0x1"}, "block", {"number": 1}])
def test_an_answer_that_is_no_block_is_told(result: Any) -> None:
    with pytest.raises(LedgerAnswerError, match="eth_getBlockByNumber"):
        gateway({"result": result}).block(1)


@pytest.mark.parametrize("result", [{}, {"blockNumber": "0x1"}, "receipt"])
def test_an_answer_that_is_no_receipt_is_told(result: Any) -> None:
    with pytest.raises(LedgerAnswerError, match="eth_getTransactionReceipt"):
        gateway({"result": result}).receipt("0x00")


def log(number: int) -> dict[str, Any]:
    return {
        "address": "0x" + "00" * 20,
        "topics": [],
        "data": "0x",
        "blockNumber": hex(number),
        "transactionHash": "0x" + "00" * 32,
        "logIndex": "0x0",
    }


def test_events_outside_of_the_range_are_refused() -> None:
    assert len(gateway({"result": [log(2), log(1)]}).logs(1, 2)) == 2
    with pytest.raises(LedgerAnswerError, match="names blocks outside"):
        gateway({"result": [log(3)]}).logs(1, 2)
    with pytest.raises(LedgerAnswerError):
        gateway({"result": [{}]}).logs(1, 2)


@pytest.mark.parametrize(
    ("message", "known", "used", "permanent"),
    [
        ("already known", True, False, False),
        ("nonce too low: the next nonce of 0x00 is 2", False, True, False),
        ("transaction refused: gas limit", False, False, True),
        ("malformed transaction: not RLP", False, False, True),
        ("contract 0x00 is not admitted: register it", False, False, True),
        ("sender 0x00 is not admitted: ask governance", False, False, False),
        ("4096 transactions of one sender wait already: send again later", False, False, False),
        ("nonce too high: the next nonce of 0x00 is 2", False, False, False),
    ],
    ids=["known", "low", "refused", "malformed", "contract", "sender", "full", "high"],
)
def test_refusals_are_told_apart(message: str, known: bool, used: bool, permanent: bool) -> None:
    with pytest.raises(SendRefusedError) as caught:
        gateway({"error": {"code": -32003, "message": message}}).send(b"")
    refusal = caught.value
    assert (refusal.is_known, refusal.is_nonce_used, refusal.is_permanent) == (
        known,
        used,
        permanent,
    )


def test_the_real_ledgers_words_are_understood(network: Network) -> None:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    entry = node.submit(network.issue(certificate_id("a")))
    node.carrier.step()
    (pending,) = node.carrier._journal.pending(node.carrier.address)
    node.ledger.send(pending.raw)  # once more does no harm
    network.seal()
    with pytest.raises(SendRefusedError) as caught:
        node.ledger.send(pending.raw)
    assert caught.value.is_nonce_used
    network.settle(node)
    assert node.outbox.find(entry.digest).status is EntryStatus.FINAL


def test_another_chain_is_refused_at_the_start(network: Network) -> None:
    node = network.node(network.organisation(ISSUER))
    node.check_ledger()
    node.ledger = gateway({"result": "0x1"})
    with pytest.raises(ConfigError, match="chain id 1"):
        node.check_ledger()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{}", "genesis"),
        (genesis_bytes().replace(b'"7742"', b'"7743"'), "chain 7743"),
        (
            genesis_bytes().replace(b'"membership": "0x', b'"membership": "0x' + b"77" * 20, 1),
            "membership",
        ),
    ],
    ids=["none", "another chain", "damaged"],
)
def test_a_genesis_that_does_not_fit_is_refused(
    network: Network, content: bytes, expected: str
) -> None:
    folder = network.organisation(ISSUER)
    replace_private(folder.genesis, content)
    with pytest.raises(GenesisForeignError, match=expected):
        network.node(folder)


def test_a_folder_opens_as_a_node(network: Network) -> None:
    folder = network.organisation(ISSUER)
    node = open_node(folder.path, PASSWORD, network.now, network.web3)
    assert node.indexer.follow() == 0
    assert not node.is_authority() or node.folder.config.country == "VN"
    node.close()
    with pytest.raises(LedgerUnavailableError, match="embedded"):
        open_node(folder.path, PASSWORD, network.now)


def test_a_worker_overcomes_what_passes() -> None:
    calls: list[int] = []
    done = threading.Event()

    def step() -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise LedgerUnavailableError("http://ledger", "off")
        done.set()
        return False

    worker = Worker("test", step)
    worker.start()
    assert done.wait(10)
    worker.stop()
    assert worker.trouble is None
    assert worker.fault is None


@pytest.mark.parametrize(
    "error",
    [StorageError("disk", "full"), OtherLedgerError(1, "0x01", None)],
    ids=["disk", "other"],
)
def test_a_worker_stops_at_a_fault(error: Any) -> None:
    def step() -> bool:
        raise error

    worker = Worker("test", step)
    worker.start()
    for _ in range(500):
        if worker.fault is not None:
            break
        threading.Event().wait(0.01)
    assert worker.fault is error
    assert worker.complaint() == str(error)
    worker.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_that_dies_of_a_fault_of_the_program_is_noticed() -> None:
    ended = threading.Event()

    def step() -> bool:
        raise ZeroDivisionError

    worker = Worker("test", step, ended.set)
    assert worker.complaint() is None
    worker.start()
    assert ended.wait(10)
    until(lambda: worker.complaint() is not None)
    assert "has died" in (worker.complaint() or "")


def test_background_work_carries_and_follows(tmp_path: Path) -> None:
    network = Network(tmp_path, sealing=True)
    try:
        node: OrganisationNode = network.node(network.organisation(ISSUER))
        node.start()
        until(lambda: node.indexer.position() is not None)
        entry = node.submit(network.issue(certificate_id("a")))
        until(lambda: node.outbox.find(entry.digest).status is EntryStatus.FINAL)
        until(lambda: (p := node.indexer.position()) is not None and p.block_number == 2)
        node.wake()
        assert node.condition().trouble == ()
        assert node.condition().faults == ()
    finally:
        network.close()


def until(reached: Any) -> None:
    for _ in range(1_000):
        if reached():
            return
        threading.Event().wait(0.01)
    raise AssertionError(reached)
