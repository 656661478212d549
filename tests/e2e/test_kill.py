"""kill -9 under load: nothing acknowledged is missing, nothing is there twice."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
import requests
from support.chain import EXERCISE, TestSealingKey, account, compiled, genesis, sign_call
from support.invariants import check_ledger
from support.server import LedgerProcess
from web3 import Web3
from web3.exceptions import Web3Exception

from chain.ledger import open_solo

KILLS = 10
SENDER = account(71)


class Sender(threading.Thread):
    """Sends numbered records and remembers which receipts it has seen."""

    def __init__(self, url: str, raws: list[bytes], acknowledged: set[int]) -> None:
        super().__init__(daemon=True)
        self._web3 = Web3(Web3.HTTPProvider(url, request_kwargs={"timeout": 5}))
        self._raws = raws
        self._acknowledged = acknowledged

    def run(self) -> None:
        try:
            number = self._web3.eth.get_transaction_count(Web3.to_checksum_address(SENDER.address))
            while number < len(self._raws):
                raws = self._raws[number : number + 5]
                hashes = [self._web3.eth.send_raw_transaction(raw) for raw in raws]
                for offset, transaction_hash in enumerate(hashes):
                    self._web3.eth.wait_for_transaction_receipt(transaction_hash, 5, 0.005)
                    self._acknowledged.add(number + offset)
                number += len(hashes)
        except (requests.RequestException, Web3Exception):
            return  # the server was killed; the next sender goes on from the ledger's nonce


@pytest.mark.slow
def test_kills_under_load_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    exercise = Web3().eth.contract(
        address=Web3.to_checksum_address(EXERCISE), abi=compiled("exercise")["abi"]
    )
    raws = [
        sign_call(SENDER, exercise.functions.register(bytes(32), n.to_bytes(32, "big")), nonce=n)
        for n in range(20_000)
    ]
    server, acknowledged = LedgerProcess(tmp_path / "killed"), set[int]()
    for _ in range(KILLS):
        server.start()
        sender = Sender(server.url, raws, acknowledged)
        sender.start()
        time.sleep(dice.uniform(0.02, 0.5))
        server.kill()
        sender.join()
    ledger = open_solo(tmp_path / "killed" / "ledger", genesis(), TestSealingKey(), start=False)
    count = check_ledger(ledger)
    nonce = ledger.application.nonce(bytes.fromhex(SENDER.address[2:]))
    assert count == nonce  # every executed transaction is there once
    assert acknowledged <= set(range(nonce))
    assert len(acknowledged) > KILLS  # the load was real
    ledger.close()
