"""kill -9 of a node that sends webhooks: the receiver has all events, in order."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from support.receiver import Mood, WebhookReceiver
from support.webhook_node import SECRET, WANTED, create, open_both

from clients.sdk.events import verify_webhook
from node.subscriptions.events import BEGINNING, Event

KILLS = 2
TESTS = Path(__file__).parent.parent


def run_and_kill(folder: Path, seconds: float) -> set[str]:
    """Let the process work for a while, kill it, return what it had promised."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.webhook_node", str(folder)],
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
def test_a_killed_node_misses_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    receiver = WebhookReceiver().start()
    folder = tmp_path / "killed"
    create(folder, receiver.host)
    promised: set[str] = set()
    for number in range(KILLS):
        receiver.mood = Mood.HANG if number == 1 else Mood.TAKE
        promised |= run_and_kill(folder, 0.8 + chance.random())
    receiver.mood = Mood.TAKE
    events = finish(folder, receiver, promised)
    order = [event.id for event in events]
    assert set(order) >= promised
    assert list(first_times(receiver.taken)) == order
    bodies = {request.event: request.body for request in receiver.requests}
    now = int(time.time())
    for request in receiver.requests:
        assert bodies[request.event] == request.body
        verify_webhook(SECRET, request.headers, request.body, now)
    receiver.die()


def finish(folder: Path, receiver: WebhookReceiver, promised: set[str]) -> tuple[Event, ...]:
    """Open the node a last time and let it send all; return the ledger's events."""
    ledger, node = open_both(folder)
    node.start()
    deadline = time.monotonic() + 60
    while True:
        assert time.monotonic() < deadline, node.condition()
        visibility = node.subscriptions.visibility(True, True)
        page = node.subscriptions.reader.after(BEGINNING, WANTED, visibility, 100_000)
        known = {event.id for event in page.events}
        if known >= promised and set(receiver.taken) >= known:
            break
        time.sleep(0.05)
    node.close()
    ledger.close()
    return page.events


def first_times(events: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(events)
