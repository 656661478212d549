"""What the simulated bank does when customs refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.organisations import EXPORTER, GENESIS_TIME
from support.paying import DECLARATION, OFFICE, assessment, paying_network
from support.payment_doors import PaymentDoor

from clients.bank.memory import Memory, Payment, kept
from clients.bank.simulator import Faults, Simulator
from node.files import make_private_folder


@pytest.fixture
def door(tmp_path: Path) -> Iterator[PaymentDoor]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = paying_network(folder)
    found = PaymentDoor(network)
    found.desk().assess(assessment(), GENESIS_TIME, OFFICE, declarant=EXPORTER.hex_id)
    found.settle()
    found.payer().order(found.paying.order())
    yield found
    network.close()


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.load(tmp_path / "bank.json")


def run(door: PaymentDoor, memory: Memory, faults: Faults, ticks: int = 30) -> int:
    """Do ticks until everything is known; return how many."""
    for number in range(1, ticks + 1):
        clock = lambda: float(door.network.time)  # noqa: E731  one line says it
        busy = Simulator(door.bank(), memory, faults, clock).step()
        door.settle()
        if not busy:
            return number
    return ticks


def made(door: PaymentDoor, memory: Memory) -> Payment:
    """Return a payment whose credit is made and not sent, as after a kill."""
    page = door.bank().inbox()
    credit = door.bank().credit(page.orders[0], page.domain, door.network.time)
    memory.payments["P1"] = Payment("P1", 0, credit=kept(credit))
    return memory.payments["P1"]


def test_a_credit_for_an_older_assessment_is_made_anew(door: PaymentDoor, memory: Memory) -> None:
    payment = made(door, memory)
    first = payment.credit
    door.desk().assess(
        assessment(1_000_000, amendment="1"), GENESIS_TIME, OFFICE, declarant=EXPORTER.hex_id
    )
    door.settle()
    run(door, memory, Faults())
    assert payment.credit != first
    assert (payment.credited, payment.code) == ("done", None)
    assert door.desk().status(DECLARATION).truth("settled")


def test_what_is_refused_for_good_is_known(door: PaymentDoor, memory: Memory) -> None:
    payment = made(door, memory)
    assert payment.credit is not None
    payment.credit["body"]["opening"] = {"value": "1", "blinding": "1"}
    run(door, memory, Faults())
    assert (payment.credited, payment.code) == ("refused", "opening_mismatch")
    assert door.desk().status(DECLARATION).text("paid") == "0"


def test_an_answer_that_was_another_is_refused(door: PaymentDoor, memory: Memory) -> None:
    (order,) = door.bank().inbox().orders
    door.bank().send(door.bank().acknowledgement(order, "no such account"))
    run(door, memory, Faults())
    payment = memory.payments["P1"]
    assert payment.answered
    assert payment.credited == "done"


def test_a_reversal_is_known_in_the_end(door: PaymentDoor, memory: Memory) -> None:
    run(door, memory, Faults(reverse=1.0))
    payment = memory.payments["P1"]
    assert (payment.credited, payment.reversed) == ("done", "done")
    assert door.desk().status(DECLARATION).text("paid") == "0"
