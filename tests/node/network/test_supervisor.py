"""Processes that are kept running, and none that is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from node.errors import StorageError
from node.network import supervisor as module
from node.network.control import ControlServer, ask_status, ask_stop, paused
from node.network.errors import NotRunningError
from node.network.processes import ProcessSpec, end_left_over, end_process, identity
from node.network.supervisor import Standing, State, Supervisor, limit_log

SLEEP = (sys.executable, "-S", "-c", "import time; print('here', flush=True); time.sleep(600)")
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("here", flush=True)
time.sleep(600)
"""
IGNORING = (sys.executable, "-S", "-c", STUBBORN)
ENDING = (sys.executable, "-S", "-c", "print('once', flush=True)")


def spec(folder: Path, name: str = "engine", command: tuple[str, ...] = SLEEP) -> ProcessSpec:
    folder.mkdir(exist_ok=True)
    return ProcessSpec("bank-vn", name, command, folder, {"PATH": os.environ["PATH"]})


def run_while(supervisor: Supervisor, folder: Path, act: Callable[[], None]) -> None:
    """Run the supervisor with its control, while a thread acts; then stop it."""

    async def both() -> None:
        control = ControlServer(supervisor, folder, "bank-vn")
        await control.start()
        running = asyncio.create_task(supervisor.run())
        try:
            await asyncio.to_thread(act)
        finally:
            supervisor.request_stop()
            await running
            control.close()

    asyncio.run(both())


def until(folder: Path, state: State, name: str = "engine", restarts: int = 0) -> Standing:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for one in ask_status(folder):
            if one.name == name and one.state is state and one.restarts >= restarts:
                return one
        time.sleep(0.02)
    raise AssertionError(ask_status(folder))


def is_alive(pid: int | None) -> bool:
    return pid is not None and identity(pid) is not None


def test_what_hangs_when_its_application_ends_is_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BOUND_END_SECONDS", 0.2)
    ledger, engine = spec(tmp_path, "ledger"), spec(tmp_path, "engine", IGNORING)
    door = spec(tmp_path, "door")
    supervisor = Supervisor([ledger, replace(engine, bound_to="ledger"), door])

    def act() -> None:
        before = {name: until(tmp_path, State.RUNNING, name).pid for name in ("ledger", "door")}
        engine_pid = until(tmp_path, State.RUNNING, "engine").pid
        assert before["ledger"] is not None
        os.kill(before["ledger"], signal.SIGKILL)
        assert until(tmp_path, State.RUNNING, "engine", restarts=1).pid != engine_pid
        assert until(tmp_path, State.RUNNING, "door").pid == before["door"]

    run_while(supervisor, tmp_path, act)


def test_what_is_killed_starts_again_and_nothing_is_left(tmp_path: Path) -> None:
    supervisor, pids = Supervisor([spec(tmp_path)]), list[int]()

    def act() -> None:
        first = until(tmp_path, State.RUNNING).pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        again = until(tmp_path, State.RUNNING, restarts=1).pid
        assert again is not None
        assert again != first
        pids.extend((first, again))

    run_while(supervisor, tmp_path, act)
    assert not any(is_alive(pid) for pid in pids)
    assert [one.state for one in supervisor.standings()] == [State.STOPPED]
    assert not list((tmp_path / "run").iterdir())


def test_an_end_with_code_0_counts_as_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    supervisor = Supervisor([spec(tmp_path, command=ENDING)])
    run_while(supervisor, tmp_path, lambda: _wait_for_log(tmp_path, "once\nonce\nonce\n"))
    assert supervisor.standings()[0].restarts >= 2


def _wait_for_log(folder: Path, text: str) -> None:
    log = folder / "logs" / "engine.log"
    deadline = time.monotonic() + 20
    while not (log.exists() and text in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_pause_between_restarts_grows(tmp_path: Path) -> None:
    supervisor = Supervisor([spec(tmp_path, command=ENDING)])
    run_while(supervisor, tmp_path, lambda: time.sleep(2.5))
    assert 1 <= supervisor.standings()[0].restarts <= 4  # 0.2 + 0.4 + 0.8 + 1.6 s


def test_who_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_process, "__defaults__", (0.3,))
    supervisor, pids = Supervisor([spec(tmp_path, command=IGNORING)]), list[int]()

    def act() -> None:
        _wait_for_log(tmp_path, "here")
        pids.append(until(tmp_path, State.RUNNING).pid or 0)

    run_while(supervisor, tmp_path, act)
    assert pids
    assert not is_alive(pids[0])


def test_a_pause_lasts_as_long_as_its_connection(tmp_path: Path) -> None:
    supervisor = Supervisor([spec(tmp_path), spec(tmp_path, "door")])

    def act() -> None:
        door = until(tmp_path, State.RUNNING, "door").pid
        engine = until(tmp_path, State.RUNNING).pid
        with paused(tmp_path, ["engine"]):
            assert not is_alive(engine)
            assert is_alive(door)
            assert until(tmp_path, State.PAUSED).pid is None
        assert until(tmp_path, State.RUNNING).pid != engine
        assert until(tmp_path, State.RUNNING, "door").pid == door

    run_while(supervisor, tmp_path, act)


def test_who_paused_and_died_has_resumed(tmp_path: Path) -> None:
    supervisor = Supervisor([spec(tmp_path)])
    code = (
        "import sys, time; from pathlib import Path; from node.network.control import paused\n"
        "with paused(Path(sys.argv[1]), ['engine']): print('held', flush=True); time.sleep(600)"
    )

    def act() -> None:
        until(tmp_path, State.RUNNING)
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            until(tmp_path, State.PAUSED)
            holder.kill()
        until(tmp_path, State.RUNNING)

    run_while(supervisor, tmp_path, act)


def test_garbage_on_the_control_socket_changes_nothing(tmp_path: Path) -> None:
    supervisor = Supervisor([spec(tmp_path)])

    def act() -> None:
        pid = until(tmp_path, State.RUNNING).pid
        for garbage in (b"\xff\xfe\n", b"[]\n", b'{"command": "fly"}\n', b"", b"x" * 100_000):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(tmp_path / "control.sock"))
                connection.settimeout(5)
                connection.sendall(garbage)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1_000)
        assert until(tmp_path, State.RUNNING).pid == pid

    run_while(supervisor, tmp_path, act)


def test_stop_by_control_ends_the_supervisor(tmp_path: Path) -> None:
    supervisor = Supervisor([spec(tmp_path)])

    def act() -> None:
        pid = until(tmp_path, State.RUNNING).pid
        ask_stop(tmp_path)
        deadline = time.monotonic() + 20
        while is_alive(pid):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    run_while(supervisor, tmp_path, act)
    with pytest.raises(NotRunningError, match="network up"):
        ask_status(tmp_path)


def test_a_process_waits_for_the_port_it_needs(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        needed = f"127.0.0.1:{listener.getsockname()[1]}"
        waiting = ProcessSpec("bank-vn", "door", SLEEP, tmp_path, {}, after=needed)

        def act() -> None:
            time.sleep(0.5)
            assert until(tmp_path, State.WAITING, "door").pid is None
            listener.listen()
            assert until(tmp_path, State.RUNNING, "door").pid is not None

        run_while(Supervisor([waiting]), tmp_path, act)


def test_a_fault_in_preparing_ends_the_supervisor(tmp_path: Path) -> None:
    def fail() -> None:
        raise StorageError("the disk", "full")

    broken = ProcessSpec("bank-vn", "engine", SLEEP, tmp_path, {}, prepare=fail)
    with pytest.raises(StorageError, match="full"):
        asyncio.run(Supervisor([spec(tmp_path, "door"), broken]).run())
    assert not list((tmp_path / "run").glob("*.pid"))


SUPERVISING = """
import asyncio, sys
from pathlib import Path
from node.network.processes import ProcessSpec
from node.network.supervisor import Supervisor
command = (sys.executable, "-S", "-c", "import time; time.sleep(600)")
asyncio.run(Supervisor([ProcessSpec("a", "engine", command, Path(sys.argv[1]), {})]).run())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISING, str(tmp_path)])
    pid_file = tmp_path / "run" / "engine.pid"
    deadline = time.monotonic() + 20
    while not pid_file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = json.loads(pid_file.read_text())["pid"]
    time.sleep(0.3)
    assert is_alive(pid)
    supervisor.kill()
    supervisor.wait()
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_an_earlier_supervisor_left_is_ended(tmp_path: Path) -> None:
    wanted = spec(tmp_path)
    wanted.pid_file.parent.mkdir()
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as left_over:
        known = {"pid": left_over.pid, "identity": identity(left_over.pid)}
        wanted.pid_file.write_text(json.dumps(known))
        assert end_left_over(wanted)
        assert left_over.wait(5) == -signal.SIGTERM
    assert not end_left_over(wanted)


def test_a_later_process_with_the_number_is_not_touched(tmp_path: Path) -> None:
    wanted = spec(tmp_path)
    wanted.pid_file.parent.mkdir()
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as foreign:
        wanted.pid_file.write_text(json.dumps({"pid": foreign.pid, "identity": "1"}))
        assert not end_left_over(wanted)
        assert foreign.poll() is None
        foreign.kill()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": "x", "identity": "1"}'])
def test_a_damaged_pid_file_is_no_process(tmp_path: Path, content: str) -> None:
    wanted = spec(tmp_path)
    wanted.pid_file.parent.mkdir()
    wanted.pid_file.write_text(content)
    assert not end_left_over(wanted)


def test_a_long_log_is_moved_aside_and_a_short_one_is_not(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_bytes(b"x" * 100)
    limit_log(log, 100)
    assert log.stat().st_size == 100
    limit_log(log, 99)
    assert (log.stat().st_size, (tmp_path / "engine.log.1").stat().st_size) == (0, 100)


def test_a_long_path_has_a_control_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 30)
    supervisor = Supervisor([spec(folder)])
    run_while(supervisor, folder, lambda: until(folder, State.RUNNING) and None)
