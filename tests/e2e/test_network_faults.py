"""A network of four validators under faults: it goes on, comes back, agrees, and loses nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.agreement import Loads, await_level, check_hashes, check_network
from support.comet import START_S, CometNetwork, Organisation
from support.network import ID_AUTHORITY, ID_CUSTOMS, VN_AUTHORITY, VN_CUSTOMS

pytestmark = pytest.mark.slow

MEMBERS = (VN_AUTHORITY, VN_CUSTOMS, ID_CUSTOMS, ID_AUTHORITY)
KILLS_OF_ALL = int(os.environ.get("TRADESEAL_TEST_KILLS", "20"))
KILLS_OF_ONE = 15
CRASH_POINTS = 12
"""CometBFT v0.38 has as many between the steps of finishing a block (`fail.Fail`)."""


@pytest.fixture
def network(tmp_path: Path) -> Iterator[CometNetwork]:
    with CometNetwork(tmp_path, forked=True) as network:
        yield network


def await_final(network: CometNetwork, loads: Loads, more: int) -> None:
    """Wait until so many more transactions are final."""
    done = loads.done()
    network.wait_until(lambda: loads.done() >= done + more)


@pytest.mark.parametrize("killed", [("engine",), ("ledger",), ("engine", "ledger")], ids="-".join)
def test_one_of_four_killed(network: CometNetwork, killed: tuple[str, ...]) -> None:
    victim, *others = network.organisations
    with Loads.of(MEMBERS, network.organisations) as loads:
        await_final(network, loads, 4)
        victim.kill(*killed)
        going_on = Loads(loads.loads[1:])
        await_final(network, going_on, 12)
        missed = await_level(network, others)
        assert (victim.height() or 0) < missed
        victim.revive()
        network.wait_until(victim.is_ready)
        network.wait_until(lambda: (victim.height() or 0) > missed)
        await_final(network, loads, 8)
    check_hashes(network.organisations, await_level(network))
    check_network(network, loads)
