"""A crash at any place loses nothing that was acknowledged, and repeats nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from support.organisations import PASSWORD
from support.paying import DECLARATION, PAYMENTS, TAXPAYER, Paying

from contracts.ledger import Ledger
from contracts.payments.binding import PaymentsContract
from node.organisation import OrganisationNode
from node.outbox.outbox import Outbox
from node.payments import booking, office
from node.payments.debts import DebtBookDebts


class CrashError(Exception):
    """The process ends here."""


def crashing(call: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    """Return a call that ends the process once, before or after it has its effect."""
    crashes = iter([True])

    def wrapped(*arguments: Any, **named: Any) -> Any:
        if next(crashes, False):
            if after:
                call(*arguments, **named)
            raise CrashError
        return call(*arguments, **named)

    return wrapped


def reopened(paying: Paying) -> Paying:
    """Open the node again, as after a crash."""
    network, folder = paying.network, paying.node.folder
    paying.node.close()
    node = OrganisationNode(folder, network.web3, PASSWORD, network.now)
    network._nodes.append(node)
    return Paying(network, node)


PLACES: list[tuple[object, str, bool]] = [
    (office.PaymentOffice, "_kept", False),
    (office.PaymentOffice, "_kept", True),
    (Outbox, "submit_each", True),
    (office.PaymentOffice, "_promise", True),
    (DebtBookDebts, "credited", False),
    (DebtBookDebts, "credited", True),
    (booking.Booking, "book", False),
    (booking.Booking, "book", True),
]


@pytest.mark.parametrize(
    ("where", "name", "after"), PLACES, ids=[f"{name}-{after}" for _, name, after in PLACES]
)
def test_a_credit_survives_a_crash(
    paying: Paying, monkeypatch: pytest.MonkeyPatch, where: object, name: str, *, after: bool
) -> None:
    paying.assess()
    paying.pay()
    with monkeypatch.context() as patch:
        patch.setattr(where, name, crashing(getattr(where, name), after=after))
        with pytest.raises(CrashError):
            paying.settle()
    again = reopened(paying)
    again.settle()
    standing = again.row(DECLARATION)
    assert (standing.declaration.paid, standing.obstacles) == (1_000_000, ())
    entries = again.node.debt.entries(TAXPAYER)
    assert [int(entry.amount) for entry in entries if entry.kind == "credit"] == [1_000_000]


def test_what_the_bank_carried_itself_is_answered(paying: Paying) -> None:
    paying.assess()
    handed, notice = paying.credit()
    contract = PaymentsContract(Ledger(paying.network.web3), PAYMENTS)
    paying.network._carry(contract.carry(handed.signed))  # the bank's own node was faster
    item = paying.node.payments.intake().credit(handed, notice, paying.now)
    for _ in range(6):
        paying.settle()
        paying.network.time += 60
    standing = paying.row()
    assert standing.declaration.paid == 1_000_000
    assert [each.state for each in standing.items if each.name == item.name] == ["done"]


def test_what_the_ledger_always_refuses_is_refused(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    paying.assess()
    monkeypatch.setattr("node.payments.judging.settled_share", lambda *_: 20_000)
    paying.pay(5)
    for _ in range(8):
        paying.settle()
        paying.network.time += 60
    (item,) = [item for item in paying.row().items if item.kind == "credit"]
    assert (item.state, item.code) == ("refused", "ledger_refused")
    assert paying.row().declaration.paid == 0
