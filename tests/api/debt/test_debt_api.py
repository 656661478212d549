"""The debt book's routes: who sees what, what is decided, and what is refused."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.debts import Desk
from support.doors import Door
from support.organisations import CUSTOMS_VN, EXPORTER, Network

from api.tokens import Role
from node.files import make_private_folder

OWN = EXPORTER.hex_id


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder: Path = tmp_path_factory.mktemp("debts") / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    yield network
    network.close()


@pytest.fixture(scope="module")
def door(network: Network) -> Door:
    return Door(network, CUSTOMS_VN)


@pytest.fixture
def officer(door: Door) -> Iterator[httpx.Client]:
    with door.client(Role.CUSTOMS) as client:
        yield client


def desk_of(door: Door, organisation: str | None = None) -> Desk:
    """Owe 100 million, due 100 days before the door's today."""
    desk = Desk(door.node.state, organisation)
    desk.book = door.node.debt
    due = date.fromordinal(desk.book.today().toordinal() - 100)
    desk.charge("D", {"vat": 100_000_000}, day=due)
    return desk


@pytest.fixture
def desk(door: Door) -> Desk:
    return desk_of(door)


def today(desk: Desk) -> str:
    return desk.book.today().isoformat()


def path(desk: Desk, rest: str = "") -> str:
    return f"/v1/debt/taxpayers/{desk.taxpayer}{rest}"


def measure(desk: Desk, **changes: Any) -> dict[str, Any]:
    skipped = {"account_debit": "empty", "salary_deduction": "an enterprise"}
    day = today(desk)
    values = {"reference": "QD-1", "measure": "stop_customs", "decided_on": day}
    return values | {"effective_from": day, "reason": "arrears", "skipped": skipped} | changes


def test_an_account_is_shown(officer: httpx.Client, desk: Desk) -> None:
    shown = officer.get(path(desk)).json()
    balance = shown["balance"]
    assert balance["tax"] == "100000000"
    assert balance["interest"] == str(30_000 * 99)
    assert balance["total"] == balance["overdue"] == str(100_000_000 + 30_000 * 99)
    past = officer.get(path(desk), params={"on": "2001-01-01"}).json()
    assert past["balance"]["total"] == "0"


def test_a_statement_as_json_and_as_csv(officer: httpx.Client, desk: Desk) -> None:
    desk.credit("1", 50_000_000, desk.book.today(), declaration_no="D")
    shown = officer.get(path(desk, "/statement")).json()
    assert shown["format"] == "tradeseal-debt-statement/1"
    assert [row["kind"] for row in shown["rows"]] == ["assessment", "charge", "credit"]
    assert shown["kinds"]["credit"] == {"vi": "Tiền đã nộp", "en": "Payment"}
    assert shown["rows"][-1]["applied"][0]["amount"] == "50000000"
    (item,) = shown["open_items"]
    formulas = [accrual["formula"] for accrual in item["accruals"]]
    assert all(text.startswith("100000000 x 0.0003 x ") for text in formulas)
    assert int(shown["closing"]["total"]) == 50_000_000 + int(item["interest_due"])
    text = officer.get(path(desk, "/statement"), headers={"Accept": "text/csv"})
    assert text.headers["content-type"].startswith("text/csv")
    lines = text.text.splitlines()
    assert len(lines) == 4
    assert lines[-1].split(",")[2:4] == ["credit", "Tiền đã nộp"]


def test_a_csv_holds_no_formula(officer: httpx.Client, desk: Desk) -> None:
    desk.charge("=1+1", {"vat": 1}, day=desk.book.today())
    text = officer.get(path(desk, "/statement"), headers={"Accept": "text/csv"}).text
    assert ",'=1+1," in text
    assert ",=1+1," not in text


def test_what_was_known_then(officer: httpx.Client, desk: Desk) -> None:
    known = "2001-01-01T00:00:00Z"
    for rest in ("", "/statement", "/stop-customs"):
        assert officer.get(path(desk, rest), params={"known_at": known}).status_code == 200
    shown = officer.get(path(desk, "/statement"), params={"known_at": known}).json()
    assert (shown["rows"], shown["closing"]["total"]) == ([], "0")


@pytest.mark.parametrize(
    "parameters",
    [{"on": "2026-02-30"}, {"on": "yesterday"}, {"known_at": "2026-01-01"}, {"since": "x"}],
)
def test_a_day_that_is_none(officer: httpx.Client, desk: Desk, parameters: dict[str, str]) -> None:
    answer = officer.get(path(desk, "/statement"), params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


def test_an_unknown_taxpayer(officer: httpx.Client) -> None:
    for rest in ("", "/statement", "/stop-customs"):
        answer = officer.get(f"/v1/debt/taxpayers/9999999999{rest}")
        assert (answer.status_code, answer.json()["code"]) == (404, "taxpayer_unknown")
    assert officer.get("/v1/debt/taxpayers/12").status_code == 422


def test_the_list_in_pages(officer: httpx.Client, door: Door) -> None:
    mine = {desk_of(door).taxpayer for _ in range(3)}
    found, cursor = [], None
    while True:
        parameters = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = officer.get("/v1/debt/taxpayers", params=parameters).json()
        found += page["items"]
        if (cursor := page["next"]) is None:
            break
    names = [each["tax_id"] for each in found]
    assert len(names) == len(set(names))
    assert mine <= set(names)
    overdue = [int(each["overdue"]) for each in found]
    assert overdue == sorted(overdue, reverse=True)
    late = officer.get("/v1/debt/taxpayers", params={"over_90_days": "true"}).json()["items"]
    assert all(each["over_90_days"] for each in late)


@pytest.mark.parametrize(
    "text", ["x", "eA", "ZGVidG9ycwp4", "ZGVidG9ycwo5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTkvMQ"]
)
def test_another_lists_cursor(officer: httpx.Client, text: str) -> None:
    answer = officer.get("/v1/debt/taxpayers", params={"cursor": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


def test_customs_is_stopped_exempted_and_released(officer: httpx.Client, desk: Desk) -> None:
    decided = officer.post(path(desk, "/measures"), json=measure(desk))
    assert (decided.status_code, decided.json()["repeated"]) == (201, False)
    again = officer.post(path(desk, "/measures"), json=measure(desk))
    assert (again.status_code, again.json()["repeated"]) == (201, True)
    other = officer.post(path(desk, "/measures"), json=measure(desk, reason="another"))
    assert (other.status_code, other.json()["code"]) == (409, "debt_conflict")
    day = today(desk)
    exemption = {
        "reference": "MT-1",
        "declarations": ["X-1"],
        "decided_on": day,
        "effective_from": day,
        "reason": "medicine",
    }
    assert officer.post(path(desk, "/exemptions"), json=exemption).status_code == 201
    found = officer.get(path(desk, "/stop-customs")).json()
    assert (found["decided"], found["since"], found["exemptions"]) == (True, day, ["X-1"])
    shown = officer.get(path(desk)).json()
    assert [each["in_force"] for each in shown["measures"]] == [True]
    assert shown["exemptions"][0]["reference"] == "MT-1"
    revocation = {
        "reference": "QD-1",
        "decided_on": day,
        "effective_from": day,
        "reason": "paid in instalments",
    }
    assert officer.post(path(desk, "/revocations"), json=revocation).status_code == 201
    assert officer.get(path(desk, "/stop-customs")).json()["decided"] is False


def test_what_the_law_refuses_says_why_in_both_languages(officer: httpx.Client, desk: Desk) -> None:
    answer = officer.post(path(desk, "/measures"), json=measure(desk, measure="prison"))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "debt_refused")
    assert problem["reason"] == "measure_unknown"
    assert "cưỡng chế" in problem["vi"]


def test_a_day_without_rules_is_refused(officer: httpx.Client, desk: Desk) -> None:
    long_ago = {"decided_on": "1999-01-01", "effective_from": "1999-01-01"}
    answer = officer.post(path(desk, "/measures"), json=measure(desk, **long_ago))
    assert (answer.status_code, answer.json()["code"]) == (422, "debt_rules_unknown")


def test_arrears_are_frozen_and_written_off(officer: httpx.Client, desk: Desk) -> None:
    asked = {"act": "freeze", "reference": "K-1", "decided_on": today(desk), "reason": "insolvent"}
    assert officer.post(path(desk, "/arrears"), json=asked).status_code == 201
    asked = asked | {"act": "write_off", "reference": "X-1"}
    missing = officer.post(path(desk, "/arrears"), json=asked)
    assert (missing.status_code, missing.json()["code"]) == (422, "debt_input_invalid")
    asked["declaration_no"] = "D"
    assert officer.post(path(desk, "/arrears"), json=asked).status_code == 201
    assert officer.get(path(desk)).json()["balance"]["total"] == "0"


def test_a_refund_from_request_to_payment(officer: httpx.Client, desk: Desk) -> None:
    desk.credit("1", 200_000_000, desk.book.today())
    day = today(desk)
    left = desk.book.balance(desk.taxpayer).unapplied
    asked = {
        "reference": "HT-1",
        "reason": "overpaid",
        "amount": str(left),
        "requested_on": day,
    }
    assert officer.post(path(desk, "/refunds"), json=asked).status_code == 201
    for step in ("check", "approve", "pay"):
        decided = {"reference": "HT-1", "step": step, "decided_on": day, "reason": "it fits"}
        assert officer.post(path(desk, "/refunds/steps"), json=decided).status_code == 201, step
    (refund,) = officer.get(path(desk)).json()["refunds"]
    assert (refund["state"], refund["paid"]) == ("paid", str(left))
    unknown = {"reference": "HT-2", "step": "check", "decided_on": day, "reason": "r"}
    answer = officer.post(path(desk, "/refunds/steps"), json=unknown)
    assert (answer.status_code, answer.json()["code"]) == (404, "debt_entry_unknown")


@pytest.mark.parametrize(
    "changes",
    [{"amount": "0"}, {"amount": "-1"}, {"amount": "1.5"}, {"amount": 5}, {"check": "never"}],
)
def test_a_request_of_another_form(
    officer: httpx.Client, desk: Desk, changes: dict[str, Any]
) -> None:
    asked = {"reference": "HT", "reason": "overpaid", "amount": "1", "requested_on": today(desk)}
    answer = officer.post(path(desk, "/refunds"), json=asked | changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


def test_an_enterprise_sees_its_own_alone(network: Network) -> None:
    door = Door(network, EXPORTER)
    own, others = desk_of(door, OWN), desk_of(door)
    with door.client(Role.ENTERPRISE) as client:
        listed = client.get("/v1/debt/taxpayers").json()["items"]
        assert [each["tax_id"] for each in listed] == [own.taxpayer]
        for rest in ("", "/statement", "/stop-customs"):
            assert client.get(path(own, rest)).status_code == 200
            assert client.get(path(others, rest)).json()["code"] == "taxpayer_unknown"
        answer = client.post(path(own, "/measures"), json=measure(own))
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


def test_an_auditor_of_customs_sees_all_and_decides_nothing(door: Door, desk: Desk) -> None:
    with door.client(Role.AUDITOR) as client:
        assert client.get(path(desk)).status_code == 200
        assert client.post(path(desk, "/measures"), json=measure(desk)).status_code == 403
