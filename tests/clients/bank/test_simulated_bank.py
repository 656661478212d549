"""The simulated bank as a process of its own, at a real door; and the commands beside it."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from support.organisations import CUSTOMS_VN, EXPORTER, GENESIS_TIME, PASSWORD, Member
from support.paying import (
    BANK,
    DECLARATION,
    OFFICE,
    PAYMENTS_KEY,
    TAXPAYER,
    assessment,
    paying_network,
)
from support.payment_doors import PaymentDoor
from support.ports import free_port
from support.served import wait_until
from typer.testing import CliRunner

from clients.bank.cli import app as bank_app
from clients.cli.payment import app as payment_app
from node.files import create_private, make_private_folder
from node.keys.accounts import DEMONSTRATION, import_account

TOTAL = 1_000_000
PAYMENTS = 5


@dataclass
class Trial:
    """A served customs door and the files of who comes there."""

    door: PaymentDoor
    url: str
    folder: Path

    def key(self, member: Member) -> Path:
        path = self.folder / f"{member.name}.json"
        if not path.exists():
            import_account(path, member.officer.secret, PASSWORD, DEMONSTRATION)
        return path

    @property
    def identifier_key(self) -> Path:
        path = self.folder / "payments.key"
        if not path.exists():
            create_private(path, PAYMENTS_KEY.hex().encode())
        return path

    def bank(self, *options: str) -> list[str]:
        return [
            "--door", self.url, "--customs", CUSTOMS_VN.hex_id, "--organisation", BANK.hex_id,
            "--key", str(self.key(BANK)), "--identifier-key", str(self.identifier_key),
            "--state", str(self.folder / "bank.state"), *options,
        ]  # fmt: skip

    def start(self, *options: str) -> subprocess.Popen[str]:
        program = "from clients.bank.cli import app; app()"
        return subprocess.Popen(
            [sys.executable, "-c", program, "simulate", *self.bank(*options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"TRADESEAL_PASSWORD": PASSWORD.decode()},
        )  # fmt: skip


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = paying_network(folder, sealing=True, time=int(time.time()))
    door = PaymentDoor(network)
    port = free_port()
    config = uvicorn.Config(door.app, port=port, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    door.node.start()
    thread.start()
    wait_until(lambda: server.started)
    yield Trial(door, f"http://127.0.0.1:{port}", tmp_path)
    server.should_exit = True
    thread.join(10)
    network.close()


@pytest.fixture
def ordered(trial: Trial) -> Trial:
    desk, payer = trial.door.desk(), trial.door.payer()
    payer._connection._clock = time.time
    desk.assess(assessment(TOTAL), GENESIS_TIME, OFFICE, declarant=EXPORTER.hex_id)
    wait_until(lambda: desk.status(DECLARATION).integer("sequence") == 1)
    for number in range(PAYMENTS):
        payer.order(trial.door.paying.order(TOTAL // PAYMENTS, f"P{number}"))
    return trial


def result_of(process: subprocess.Popen[str]) -> Any:
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors + output
    return json.loads(output)


@pytest.mark.slow
def test_a_killed_bank_with_faults_pays_exactly_once(ordered: Trial) -> None:
    faults = (
        "--seed", "11", "--delay", "2", "--duplicate", "0.5", "--reorder", "--lose", "0.4",
        "--reverse", "0.3", "--tick", "0.05", "--json",
    )  # fmt: skip
    first = ordered.start(*faults)
    wait_until((ordered.folder / "bank.state").exists)
    time.sleep(0.3)
    first.kill()
    first.communicate()
    found = result_of(ordered.start(*faults, "--once"))
    rows = found["payments"]
    assert len(rows) == PAYMENTS
    assert {row["credited"] for row in rows} == {"done"}
    left = sum(TOTAL // PAYMENTS for row in rows if row["reversed"] != "done")
    assert 0 < left < TOTAL  # the seed takes some back, not all
    standing = ordered.door.desk().status(DECLARATION)
    assert (standing.text("paid"), standing.text("missing")) == (str(left), str(TOTAL - left))
    account = ordered.door.node.debt.account(TAXPAYER)
    assert sum(item.owed for item in account.items.values()) == TOTAL - left


def test_commands_order_pay_and_show(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD.decode())
    monkeypatch.setenv("TRADESEAL_TOKEN", trial.door.issuer_token())
    desk = trial.door.desk()
    desk.assess(assessment(TOTAL), GENESIS_TIME, OFFICE, declarant=EXPORTER.hex_id)
    wait_until(lambda: desk.status(DECLARATION).integer("sequence") == 1)
    order = trial.folder / "order.json"
    order.write_bytes(trial.door.paying.order(TOTAL).to_bytes())
    member = ["--customs", CUSTOMS_VN.hex_id, "--key", str(trial.key(EXPORTER)), "--url", trial.url]
    run = CliRunner().invoke
    taken = run(payment_app, ["order", str(order), *member, "--json"])
    assert json.loads(taken.stdout)["state"] == "open", taken.output
    unpaid = run(payment_app, ["status", DECLARATION, *member])
    assert unpaid.exit_code == 1
    assert "unpaid" in unpaid.stdout
    bank = [
        "--customs", CUSTOMS_VN.hex_id, "--organisation", BANK.hex_id, "--key",
        str(trial.key(BANK)), "--identifier-key", str(trial.identifier_key), "--url", trial.url,
    ]  # fmt: skip
    inbox = run(payment_app, ["inbox", *bank, "--json"])
    assert [row["pay_id"] for row in json.loads(inbox.stdout)] == ["P1"]
    paid = run(bank_app, ["simulate", *trial.bank("--once", "--tick", "0.02")])
    assert "credited=done" in paid.stdout, paid.output
    assert run(payment_app, ["status", DECLARATION, "--url", trial.url, "--json"]).exit_code == 0
    listed = run(payment_app, ["credits", "--url", trial.url])
    assert "state=done" in listed.stdout
    assert run(payment_app, ["breaks", "--url", trial.url]).exit_code == 0
    order.write_bytes(b"{}")
    assert run(payment_app, ["order", str(order), *member]).exit_code == 64


def test_what_is_unusable_or_silent_ends_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADESEAL_PASSWORD", PASSWORD.decode())
    trial = Trial.__new__(Trial)
    trial.url, trial.folder = f"http://127.0.0.1:{free_port()}", tmp_path
    run = CliRunner().invoke
    silent = run(bank_app, ["simulate", *trial.bank("--once", "--wait", "0.1", "--tick", "0.1")])
    assert silent.exit_code == 2
    for text in ("[]", '{"format": "other"}', "{"):
        (tmp_path / "bank.state").unlink(missing_ok=True)
        create_private(tmp_path / "bank.state", text.encode())
        assert run(bank_app, ["simulate", *trial.bank("--once")]).exit_code == 64
