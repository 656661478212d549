"""A CometBFT that was killed within a block is back before the block has been executed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from support.abci import Replica
from support.chain import EXERCISE, account, compiled, genesis, sign_call
from support.faults import MemoryStore
from web3 import Web3

from chain.engine.cometbft import abci_pb2 as abci

SENDERS = [account(90 + number) for number in range(4)]
REPEATS = 4
CONTRACT = Web3().eth.contract(
    address=Web3.to_checksum_address(EXERCISE), abi=compiled("exercise")["abi"]
)


@pytest.fixture
def busy_threads() -> Iterator[None]:
    """Let threads take turns as often as in a ledger's process, and more."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("busy_threads")
def test_the_same_block_from_two_connections_at_once() -> None:
    replica, alone = (Replica(MemoryStore(), genesis()) for _ in range(2))
    for height in range(1, REPEATS + 1):
        block = [
            sign_call(sender, CONTRACT.functions.put(1_000 * height + index, 1), nonce=height - 1)
            for index, sender in enumerate(SENDERS)
        ]
        answers: list[abci.ResponseFinalizeBlock] = []

        def finalize(
            height: int = height,
            block: list[bytes] = block,
            answers: list[abci.ResponseFinalizeBlock] = answers,
        ) -> None:
            answers.append(replica.finalize(height, block))

        threads = [threading.Thread(target=finalize) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        replica.commit()
        assert answers == [alone.run(height, block)] * 2
