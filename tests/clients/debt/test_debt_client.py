"""`tradeseal debt …` and its SDK, against a real application without sockets."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.debts import Desk
from support.doors import Door
from support.organisations import CUSTOMS_VN, Network
from typer.testing import CliRunner

from api.tokens import Role
from clients.cli import debt
from clients.sdk import Client
from clients.sdk.answers import Answer
from clients.sdk.debt import amount_of
from clients.sdk.errors import AnswerError, ServerRefusedError
from node.files import make_private_folder

SKIPPED = {"account_debit": "empty", "salary_deduction": "an enterprise"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder: Path = tmp_path_factory.mktemp("debts") / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    yield Door(network, CUSTOMS_VN)
    network.close()


@pytest.fixture
def desk(door: Door) -> Desk:
    desk = Desk(door.node.state)
    desk.book = door.node.debt
    due = date.fromordinal(desk.book.today().toordinal() - 100)
    desk.charge("D", {"vat": 100_000_000}, day=due)
    desk.credit("1", 40_000_000, desk.book.today(), declaration_no="D")
    return desk


@pytest.fixture
def client(door: Door) -> Client:
    return door.sdk(Role.CUSTOMS)


@pytest.fixture
def run(door: Door, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(debt, "open_client", lambda _: door.sdk(Role.CUSTOMS))
    monkeypatch.setattr(debt, "_today", lambda: desk.book.today().isoformat())

    def call(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(debt.app, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    return call


def skips() -> list[str]:
    return [part for name, why in SKIPPED.items() for part in ("--skipped", f"{name}={why}")]


def test_the_list(run: Any, desk: Desk) -> None:
    assert desk.taxpayer in run("list", "--limit", "200")
    found = json.loads(run("list", "--json", "--over-90-days"))
    mine = next(each for each in found["items"] if each["tax_id"] == desk.taxpayer)
    assert mine["over_90_days"] is True
    assert Decimal(mine["overdue"]) == desk.total()


def test_pages(client: Client, desk: Desk, run: Any) -> None:
    other = Desk(desk.state)
    other.book = desk.book
    other.charge("D", {"vat": 1})
    page = client.debts.taxpayers(limit=1)
    assert page.next is not None
    assert client.debts.taxpayers(page.next, limit=1).items != page.items
    assert "next: " in run("list", "--limit", "1")


def test_an_account(run: Any, desk: Desk) -> None:
    assert f"total: {desk.total()}" in run("show", desk.taxpayer)
    shown = json.loads(run("show", desk.taxpayer, "--json", "--on", "2001-01-01"))
    assert shown["balance"]["total"] == "0"


@pytest.mark.parametrize(
    ("language", "words"),
    [("vi", ("Sao kê công nợ thuế", "Tiền đã nộp")), ("en", ("Statement of account", "Payment"))],
)
def test_a_statement_in_both_languages(
    run: Any, desk: Desk, language: str, words: tuple[str, ...]
) -> None:
    text = run("statement", desk.taxpayer, "--language", language)
    for word in words:
        assert word in text
    assert "100000000 x 0.0003 x 99 = 2970000" in text
    assert f"{desk.total():,}" in text


def test_a_statement_for_programs(run: Any, desk: Desk) -> None:
    shown = json.loads(run("statement", desk.taxpayer, "--json"))
    assert shown["closing"]["total"] == str(desk.total())
    rows = run("statement", desk.taxpayer, "--csv").splitlines()
    assert len(rows) == 4
    assert rows[-1].split(",")[2] == "credit"
    run("statement", desk.taxpayer, "--language", "fr", code=64)


def test_customs_is_stopped_and_released(run: Any, desk: Desk, client: Client) -> None:
    given = ("--reference", "QD-1", "--reason", "arrears")
    assert "booked: measure" in run("stop", desk.taxpayer, *given, *skips())
    assert "nothing changed" in run("stop", desk.taxpayer, *given, *skips())
    assert client.debts.stop_customs(desk.taxpayer).blocks("X-1")
    exempt = ("--reference", "MT-1", "--reason", "medicine", "--declaration", "X-1")
    run("release", desk.taxpayer, *exempt)
    found = client.debts.stop_customs(desk.taxpayer)
    assert (found.blocks("X-1"), found.blocks("X-2"), found.reference) == (False, True, "QD-1")
    assert "stop_customs" in run("show", desk.taxpayer)
    run("release", desk.taxpayer, "--reference", "QD-1", "--reason", "instalments")
    assert not client.debts.stop_customs(desk.taxpayer).decided


def test_arrears(run: Any, desk: Desk) -> None:
    given = ("--reference", "K-1", "--reason", "insolvent", "--declaration", "D")
    assert "booked: freeze" in run("arrears", desk.taxpayer, "freeze", *given)
    run("arrears", desk.taxpayer, "write_off", *given)
    assert desk.total() == 0
    assert "debt_refused" in run("arrears", desk.taxpayer, "thaw", *given, code=1)


def test_a_refund(run: Any, desk: Desk) -> None:
    given = ("--reference", "HT-1", "--reason", "origin_verified")
    of = ("--amount", "90000000", "--declaration", "D", "--line", "vat/vat=90000000")
    run("refund", desk.taxpayer, "request", *given, *of, "--check", "after")
    shown = json.loads(run("refund", desk.taxpayer, "approve", *given, "--json"))
    # 60 million were unpaid; of the rest, interest and the last 10 million take their part.
    assert {each["declaration_no"] for each in shown["applied"]} == {"D"}
    run("refund", desk.taxpayer, "pay", *given)
    assert desk.total() == 0


def test_unusable_input(run: Any, desk: Desk) -> None:
    given = ("--reference", "HT-1", "--reason", "overpaid")
    run("refund", desk.taxpayer, "request", *given, "--amount", "much", code=64)
    run("refund", desk.taxpayer, "request", *given, "--amount", "1", "--line", "vat", code=64)
    run("stop", desk.taxpayer, *given, "--skipped", "why", code=64)
    run("show", "9999999999", code=1)


def test_a_refusal_reaches_the_caller(client: Client, desk: Desk) -> None:
    with pytest.raises(ServerRefusedError, match="debt_refused"):
        client.debts.measure(
            desk.taxpayer,
            "QD",
            "prison",
            decided_on=desk.book.today().isoformat(),
            effective_from=desk.book.today().isoformat(),
            reason="r",
        )


def test_an_answer_without_an_amount_is_refused() -> None:
    assert amount_of(Answer({"total": "-5"}), "total") == -5
    with pytest.raises(AnswerError, match="no amount"):
        amount_of(Answer({"total": "five"}), "total")
