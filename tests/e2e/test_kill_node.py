"""kill -9 of ledger and node together: what the outbox promised is on the ledger, exactly once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from support.invariants import check_ledger
from support.killed_node import create, open_both

from chain.proofs.keccak import keccak256
from node.indexer.dump import dump_digest

KILLS = int(os.environ.get("TRADESEAL_TEST_KILLS", "8"))
TESTS = Path(__file__).parent.parent
RECORDED = keccak256(b"Recorded(bytes32,bytes32,bytes32,uint256,bytes32)")


def run_and_kill(folder: Path, seed: int, seconds: float) -> set[str]:
    """Let the process accept records for a while, kill it, return what it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.killed_node", str(folder), str(seed)],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready == "ready\n", process.communicate()[1]
    time.sleep(seconds)
    process.kill()
    lines = process.communicate()[0].splitlines(keepends=True)
    return {line.split()[1] for line in lines if line.endswith("\n")}


@pytest.mark.slow
def test_nothing_promised_is_lost_or_doubled(tmp_path: Path) -> None:
    folder, dice, promised = tmp_path / "both", random.Random(5), set[str]()
    create(folder)
    for seed in range(KILLS):
        promised |= run_and_kill(folder, seed, dice.uniform(0.02, 0.6))
    assert len(promised) > 5 * KILLS  # the load was real
    ledger, node = open_both(folder)
    deadline = time.monotonic() + 120
    while any(not node.outbox.find("0x" + digest).is_settled for digest in promised):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    node.close()
    tip = ledger.engine.tip.evm_number
    logs = [log for number in range(tip + 1) for log in node.ledger.logs(number, number)]
    anchored = Counter(log.topics[2].hex() for log in logs if log.topics[0] == RECORDED)
    assert {digest: anchored[digest] for digest in promised} == dict.fromkeys(promised, 1)
    assert set(anchored.values()) == {1}
    check_ledger(ledger)
    ledger.close()

    ledger, node = open_both(folder, working=False)
    node.indexer.follow()
    followed = dump_digest(node.read)
    node.indexer.rebuild()
    assert dump_digest(node.read) == followed
    node.close()
    ledger.close()
