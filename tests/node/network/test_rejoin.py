"""A restored validator never signs twice at one height."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.founded import example_plan, found

from chain.engine.cometbft.home import NEVER, EngineHome, SignState
from chain.errors import EngineProgramError, StoreError
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.errors import LedgerAnswerError
from node.network.backup import write_backup
from node.network.errors import BackupError, ProgramMissingError
from node.network.plan import PASSWORDS
from node.network.rejoin import RejoinGuard, Sealed, mark_restored, parse_sealed
from node.network.restore import restore_backup
from node.network.run import (
    ENGINE,
    OrganisationRun,
    Programs,
    find_programs,
    open_run,
    watch_rejoin,
)
from node.network.supervisor import Supervisor

RESTORED = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECOND = 1_000_000_000
RESTORED_NS = int(RESTORED.timestamp()) * SECOND
OWN, OTHER = "AB" * 20, "CD" * 20


@pytest.fixture
def guard(tmp_path: Path) -> RejoinGuard:
    """A restored home, whose backup shows a signature at height 40."""
    home = EngineHome(tmp_path / "engine")
    home.write_sign_state(SignState(40, 0, 3))
    mark_restored(home, RESTORED, 40)
    made = RejoinGuard(home, OWN)
    made.enforce()
    return made


def state(tmp_path: Path) -> SignState:
    return EngineHome(tmp_path / "engine").read_sign_state()


def test_it_waits_for_a_header_that_the_old_instance_cannot_have_seen(guard: RejoinGuard) -> None:
    late = RESTORED_NS + 10 * SECOND
    assert guard.release_height(Sealed(90, RESTORED_NS - 3_600 * SECOND, {})) is None
    assert guard.release_height(Sealed(91, late, {OTHER: late})) is None  # not later: equal
    assert guard.release_height(Sealed(92, late + 1, {OTHER: late})) == 92


def test_a_sign_of_life_of_the_old_instance_moves_the_wait(guard: RejoinGuard) -> None:
    alive = RESTORED_NS + 60 * SECOND
    assert guard.release_height(Sealed(92, alive, {OWN: alive})) is None
    assert guard.release_height(Sealed(93, alive + 10 * SECOND, {})) is None
    assert guard.release_height(Sealed(94, alive + 10 * SECOND + 1, {})) == 94


def test_an_older_own_signature_is_no_sign_of_life(guard: RejoinGuard) -> None:
    late = RESTORED_NS + 11 * SECOND
    assert guard.release_height(Sealed(92, late, {OWN: RESTORED_NS - SECOND})) == 92


def test_while_it_waits_every_start_takes_the_vote_away(guard: RejoinGuard, tmp_path: Path) -> None:
    assert guard.is_pending
    EngineHome(tmp_path / "engine").write_sign_state(SignState(41, 0, 3))
    guard.enforce()
    assert state(tmp_path).height == NEVER


def test_released_it_signs_above_the_height_only(guard: RejoinGuard, tmp_path: Path) -> None:
    guard.release(92)
    assert not guard.is_pending
    assert state(tmp_path) == SignState.all_of(92)
    guard.enforce()
    assert state(tmp_path) == SignState.all_of(92)


def test_an_engine_that_was_not_restored_keeps_its_state(tmp_path: Path) -> None:
    home = EngineHome(tmp_path / "engine")
    home.write_sign_state(SignState(7, 1, 2))
    RejoinGuard(home, OWN).enforce()
    assert home.read_sign_state() == SignState(7, 1, 2)


def test_the_operators_word_is_taken_above_what_the_backup_shows(
    guard: RejoinGuard, tmp_path: Path
) -> None:
    for height in (1, 40):
        with pytest.raises(BackupError, match="signature at height 40"):
            guard.sign_from(height)
    assert state(tmp_path).height == NEVER
    guard.sign_from(41)
    assert state(tmp_path) == SignState.all_of(40)
    with pytest.raises(BackupError, match="leave --sign-from out"):
        guard.sign_from(50)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"restored_ns": "x"}'])
def test_a_damaged_mark_stops_the_start(guard: RejoinGuard, tmp_path: Path, content: str) -> None:
    mark = tmp_path / "engine" / "rejoin.json"
    mark.write_text(content)
    with pytest.raises(StoreError, match="restore the node again"):
        guard.enforce()
    assert guard.is_pending


def answer(**changes: Any) -> Any:
    signature = {"validator_address": OWN, "timestamp": "2026-11-23T09:30:00.5Z", "signature": "x"}
    absent = {"validator_address": "", "timestamp": "0001-01-01T00:00:00Z", "signature": None}
    header = {"height": "12", "time": "2026-11-23T09:30:01.000000007Z"} | changes
    signed = {"header": header, "commit": {"signatures": [signature, absent]}}
    return {"result": {"signed_header": signed}}


def test_the_engines_answer_is_read_to_the_nanosecond() -> None:
    assert parse_sealed(answer()) == Sealed(
        12, RESTORED_NS + SECOND + 7, {OWN: RESTORED_NS + SECOND // 2}
    )


@pytest.mark.parametrize("broken", [{}, [], answer(height="x"), answer(time="soon"), None])
def test_another_answer_is_no_header(broken: Any) -> None:
    with pytest.raises(LedgerAnswerError):
        parse_sealed(broken)


@pytest.fixture
def stopped(tmp_path: Path) -> OrganisationRun:
    """An organisation that never ran."""
    found(tmp_path / "network", example_plan(1, 0))
    password = str(tmp_path / "network" / PASSWORDS / "customs-vn")
    return open_run(tmp_path / "network" / "customs-vn", {"TRADESEAL_PASSWORD_FILE": password})


def test_the_first_start_begins_with_nothing_signed(stopped: OrganisationRun) -> None:
    stopped.prepare_home(RESTORED)
    stopped.prepare_engine()
    assert stopped.home.read_sign_state() == SignState.nothing()
    assert not stopped.guard.is_pending


def test_who_removes_the_engines_data_removes_its_vote(stopped: OrganisationRun) -> None:
    stopped.prepare_home(RESTORED)
    stopped.prepare_engine()
    (stopped.folder.path / "logs").mkdir()
    (stopped.folder.path / "logs" / "engine.log").write_text("it ran")
    shutil.rmtree(stopped.home.path)
    with pytest.raises(StoreError, match="restore the node"):
        stopped.prepare_engine()  # while the supervisor runs: the engine does not start
    stopped.prepare_home(RESTORED)
    stopped.prepare_engine()
    assert stopped.guard.is_pending
    assert stopped.home.read_sign_state().height == NEVER


# With the real engine, ordering for its own example application


def programs() -> Programs:
    try:
        return find_programs(os.environ)
    except (EngineProgramError, ProgramMissingError) as error:
        pytest.skip(str(error))


class Engines:
    """The engines of a founded network, without ledgers and doors."""

    def __init__(self, network: Path, names: list[str]) -> None:
        self.network = network
        self.programs = programs()
        self.runs = {name: self.open(network / name) for name in names}

    def open(self, folder: Path, clock_bound_ns: int = SECOND) -> OrganisationRun:
        password = self.network / PASSWORDS / folder.name.partition("-restored")[0]
        run = open_run(folder, os.environ | {"TRADESEAL_PASSWORD_FILE": str(password)})
        database = Database(run.folder.state_url, Purpose.STATE)
        migrate(database)
        database.close()
        run.prepare_home(datetime.now(UTC))
        guard = RejoinGuard(run.home, run.keys.validator_address, clock_bound_ns)
        return replace(run, guard=guard)

    def supervise(self, runs: list[OrganisationRun], act: Callable[[], None]) -> None:
        """Run the engines while a thread acts."""
        specs = [
            replace(spec, command=(*spec.command, "--proxy_app=kvstore"))
            for run in runs
            for spec in run.specs(self.programs)
            if spec.name == ENGINE
        ]
        supervisor = Supervisor(specs)

        async def both() -> None:
            running = asyncio.create_task(supervisor.run())
            watching = [asyncio.create_task(watch_rejoin(run, supervisor)) for run in runs]
            try:
                await asyncio.to_thread(act)
            finally:
                for task in watching:
                    task.cancel()
                supervisor.request_stop()
                await running

        asyncio.run(both())


def ask(run: OrganisationRun, path: str) -> Any:
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(f"http://{run.settings.engine}/{path}", timeout=5).json()["result"]
        except (httpx.HTTPError, KeyError, ValueError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def height(run: OrganisationRun) -> int:
    return int(ask(run, "status")["sync_info"]["latest_block_height"])


def reach(run: OrganisationRun, target: int) -> None:
    """Make blocks, one transaction at a time, until a height."""
    deadline = time.monotonic() + 60
    while height(run) < target:
        assert time.monotonic() < deadline
        ask(run, f'broadcast_tx_sync?tx="k{time.monotonic_ns()}=v"')
        time.sleep(0.1)


def block_hash(run: OrganisationRun, at: int) -> str:
    return str(ask(run, f"block?height={at}")["block_id"]["hash"])


@pytest.mark.slow
def test_alone_it_waits_and_without_the_guard_it_would_sign_again(tmp_path: Path) -> None:
    network = tmp_path / "network"
    found(network, example_plan(1, 0))
    engines = Engines(network, ["customs-vn"])
    run, first = engines.runs["customs-vn"], dict[int, str]()

    engines.supervise([run], lambda: reach(run, 3))
    signed = run.home.read_sign_state().height
    write_backup(run.folder.path, tmp_path / "backup", datetime.now(UTC))

    def go_on() -> None:
        reach(run, signed + 4)
        first.update({at: block_hash(run, at) for at in range(1, signed + 4)})

    engines.supervise([run], go_on)
    now = datetime.now(UTC) - timedelta(seconds=60)  # longer ago than clocks may differ

    restore_backup(tmp_path / "backup", network / "customs-vn-restored", now)
    guarded = engines.open(network / "customs-vn-restored")

    def stays() -> None:
        ask(guarded, f'broadcast_tx_sync?tx="k{time.monotonic_ns()}=v"')
        time.sleep(4)
        assert height(guarded) <= signed
        assert guarded.guard.is_pending

    engines.supervise([guarded], stays)

    # The negative twin: a sign state as old as the backup, as a copy of the folder would have it.
    # The engine may have stopped between its vote on a block and the block's storing: one less.
    restore_backup(tmp_path / "backup", network / "customs-vn-restored-bare", now)
    bare = engines.open(network / "customs-vn-restored-bare")
    (bare.home.path / "rejoin.json").unlink()
    bare.home.write_sign_state(SignState.all_of(signed - 1))

    def forks() -> None:
        reach(bare, signed + 3)
        second = {at: block_hash(bare, at) for at in range(1, signed + 3)}
        assert [at for at in second if second[at] != first[at]]  # two blocks at one height, signed

    engines.supervise([bare], forks)


@pytest.mark.slow
def test_among_others_it_follows_then_signs_again_above(tmp_path: Path) -> None:
    network = tmp_path / "network"
    found(network, example_plan(4, 0))
    names = ["customs-vn", "port-hph", "bank-vn", "customs-id"]
    engines = Engines(network, names)
    lost, *others = (engines.runs[name] for name in names)

    engines.supervise([lost, *others], lambda: reach(lost, 3))
    write_backup(lost.folder.path, tmp_path / "backup", datetime.now(UTC))
    backed_up = lost.home.read_sign_state().height
    engines.supervise([lost, *others], lambda: reach(lost, backed_up + 4))
    signed_before = lost.home.read_sign_state().height
    assert signed_before > backed_up

    restore_backup(tmp_path / "backup", network / "customs-vn-restored", datetime.now(UTC))
    # Until the others have made a late header it has no vote, however long it waits.
    patient = engines.open(network / "customs-vn-restored", clock_bound_ns=3_600 * SECOND)

    def follows() -> None:
        reach(others[0], signed_before + 6)
        reach(patient, signed_before + 6)
        assert patient.guard.is_pending
        assert patient.home.read_sign_state().height == NEVER

    engines.supervise([patient, *others], follows)
    again = engines.open(network / "customs-vn-restored")

    def signs() -> None:
        deadline = time.monotonic() + 60
        while again.guard.is_pending or again.home.read_sign_state().height in {NEVER, 0}:
            assert time.monotonic() < deadline
            reach(others[0], height(others[0]) + 1)
        released = again.home.read_sign_state().height
        assert released > signed_before
        reach(again, released + 4)
        assert again.home.read_sign_state().height > released
        assert own_signature(others[0], again, released + 3)
        assert not own_signature(others[0], again, signed_before + 4)

    engines.supervise([again, *others], signs)


def own_signature(asked: OrganisationRun, run: OrganisationRun, at: int) -> bool:
    """Whether the commit of a height, or a later one's, holds the signature of an engine."""
    signatures = ask(asked, f"commit?height={at}")["signed_header"]["commit"]["signatures"]
    return any(one["validator_address"] == run.keys.validator_address for one in signatures)
