"""A network of four validators under faults: it goes on, comes back, agrees, and loses nothing."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.agreement import Loads, await_level, check_hashes, check_network, signers
from support.comet import START_S, TRADESEAL, CometNetwork, Organisation
from support.network import ID_AUTHORITY, ID_CUSTOMS, VN_AUTHORITY, VN_CUSTOMS
from support.wrong_ledger import SIGN as WRONG

pytestmark = pytest.mark.slow

MEMBERS = (VN_AUTHORITY, VN_CUSTOMS, ID_CUSTOMS, ID_AUTHORITY)
KILLS_OF_ALL = int(os.environ.get("TRADESEAL_TEST_KILLS", "4"))
KILLS_OF_ONE = 5
REST_S = 1.5
"""Under load there is a height at least as often where there is any."""

UNTRUSTED = "this replica is not to be trusted"
STALLED = "catching up stands still"
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


def await_rest(network: CometNetwork, organisations: list[Organisation]) -> list[int | None]:
    """Wait until what was decided has been executed and nothing more comes; return the heights."""
    found: list[int | None] = []

    def rests() -> bool:
        nonlocal found
        before, found = found, [each.height() for each in organisations]
        time.sleep(REST_S)
        return before == found

    network.wait_until(rests)
    return found


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


def test_two_of_four_down(network: CometNetwork) -> None:
    """More than two thirds are needed: two of four decide nothing."""
    first, second, *down = network.organisations
    with Loads.of(MEMBERS, network.organisations) as loads:
        await_final(network, loads, 4)
        for each in down:
            each.kill()
        heights = await_rest(network, [first, second])
        final, accepted = loads.done(), loads.acknowledged
        time.sleep(4)
        assert loads.acknowledged > accepted  # they still promise
        assert [each.height() for each in (first, second)] == heights
        assert loads.done() == final
        for each in down:
            each.revive()
        await_final(network, loads, loads.acknowledged - final)
    check_network(network, loads)


@pytest.fixture
def linked(tmp_path: Path) -> Iterator[CometNetwork]:
    with CometNetwork(tmp_path, linked=True, forked=True) as network:
        yield network


def test_partitions(linked: CometNetwork) -> None:
    *three, one = linked.organisations
    with Loads.of(MEMBERS, linked.organisations) as loads:
        await_final(linked, loads, 4)
        linked.partition((0, 1, 2), (3,))
        left = await_rest(linked, [one])
        await_final(linked, Loads(loads.loads[:3]), 12)
        assert [one.height()] == left
        reached = await_level(linked, three)
        linked.heal()
        linked.wait_until(lambda: (one.height() or 0) > reached)

        await_final(linked, loads, 4)
        linked.partition((0, 1), (2, 3))
        heights = await_rest(linked, linked.organisations)
        final = loads.done()
        time.sleep(4)
        assert [each.height() for each in linked.organisations] == heights
        assert loads.done() == final
        linked.heal()
        await_final(linked, loads, 12)
    check_network(linked, loads)


def test_all_killed_at_once(network: CometNetwork) -> None:
    dice = random.Random(20261123)
    with Loads.of(MEMBERS, network.organisations, pause_s=0.02) as loads:
        for _ in range(KILLS_OF_ALL):
            await_final(network, loads, 4)
            time.sleep(dice.uniform(0, 0.5))
            network.kill()
            network.start()
    tally = check_network(network, loads)
    assert tally.transactions.total() >= 4 * KILLS_OF_ALL  # the load was real


def test_a_ledger_wrong_by_one_byte(network: CometNetwork) -> None:
    *right, wrong = network.organisations
    with Loads.of(MEMBERS[:3], right) as loads:
        await_final(network, loads, 2)
        restart_wrong(wrong)
        network.wait_until(wrong.is_ready)
        (wrong.folder / WRONG).touch()
        assert wrong.ledger is not None
        assert wrong.ledger.wait(START_S) == 70
        log = (wrong.folder / "ledger.log").read_text()
        assert UNTRUSTED in log, log[-2000:]
        found = re.search("after height ([0-9]+) it holds", log)
        assert found is not None
        await_final(network, loads, 8)
        for height in range(int(found[1]) + 1, await_level(network, right) + 1):
            assert wrong.address not in signers(right[0], height)

        wrong.kill()
        assert refusal_to_start(wrong) == 64
        wrong.ledger_command = (TRADESEAL, "ledger", "join")
        assert refusal_to_start(wrong) == 64  # the right program refuses what the wrong one left
        repair(wrong)
        network.wait_until(wrong.is_ready)
        await_final(network, loads, 4)
    check_network(network, loads)


def test_a_ledger_that_is_wrong_while_it_catches_up(network: CometNetwork) -> None:
    """CometBFT takes the others for wrong then; nobody takes the replica for right."""
    *right, wrong = network.organisations
    with Loads.of(MEMBERS[:3], right, pause_s=0.2) as loads:
        await_final(network, loads, 2)
        wrong.kill()
        await_final(network, loads, 20)
        (wrong.folder / WRONG).touch()
        restart_wrong(wrong)
        log = wrong.folder / "ledger.log"
        network.wait_until(lambda: STALLED in log.read_text() or has_diverged(wrong))
        await_final(network, loads, 4)
        assert not wrong.is_ready()
        wrong.kill()
        repair(wrong)
        network.wait_until(wrong.is_ready)
        await_final(network, loads, 4)
    check_network(network, loads)


def restart_wrong(organisation: Organisation) -> None:
    """Let it go on with a program that errs as soon as it is told to."""
    organisation.kill()
    organisation.forked = False
    organisation.ledger_command = (sys.executable, "-m", "support.wrong_ledger", "ledger", "join")
    organisation.environment = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    organisation.start()


def has_diverged(organisation: Organisation) -> bool:
    """Say whether its ledger has stopped; catching up was too quick then, and consensus told."""
    return organisation.ledger is not None and organisation.ledger.poll() == 70


def repair(organisation: Organisation) -> None:
    """Do what the message says, with the right program."""
    (organisation.folder / WRONG).unlink()
    (organisation.folder / "ledger").rename(organisation.folder / "ledger-wrong")
    rollback = [organisation.program, "rollback", "--home", "engine"]
    subprocess.run(rollback, cwd=organisation.folder, check=True, capture_output=True)
    organisation.forked = True
    organisation.start()


def refusal_to_start(organisation: Organisation) -> int:
    """Start its ledger, which must refuse; return the exit code."""
    log = organisation.folder / "ledger.log"
    before = len(log.read_text())
    organisation.start_ledger()
    assert isinstance(organisation.ledger, subprocess.Popen)
    code = organisation.ledger.wait(START_S)
    assert UNTRUSTED in log.read_text()[before:]
    return code


def test_crash_points_of_the_engine(tmp_path: Path) -> None:
    with CometNetwork(tmp_path, validators=1, forked=True) as network:
        (only,) = network.organisations
        with Loads.of(MEMBERS[:2], [only], pause_s=0.05) as loads:
            for index in range(CRASH_POINTS):
                await_final(network, loads, 2)
                only.kill("engine")
                only.environment = {"FAIL_TEST_INDEX": str(index)}
                only.start_engine()
                assert only.engine is not None
                assert only.engine.wait(START_S) != 0, f"crash point {index} was not reached"
                only.environment = {}
                only.revive()
                network.wait_until(only.is_ready)
        check_network(network, loads)


def test_ledger_killed_at_any_instant(tmp_path: Path) -> None:
    dice = random.Random(7)
    with CometNetwork(tmp_path, validators=1, forked=True) as network:
        (only,) = network.organisations
        with Loads.of(MEMBERS, [only], pause_s=0.005) as loads:
            for _ in range(KILLS_OF_ONE):
                await_final(network, loads, 4)
                time.sleep(dice.uniform(0, 0.4))
                only.kill("ledger")
                only.revive()
                network.wait_until(only.is_ready)
        check_network(network, loads)
