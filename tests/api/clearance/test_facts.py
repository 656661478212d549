"""What rules are told of certificates, debts and decisions; silence is never harmless."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from api.clearance.facts import Claimed, certificate_states
from api.clearance.history import overdue_days, overdue_taxes, prior_violation
from api.clearance.profile import Known
from api.risk.compliance import Violation
from api.risk.rules import risk_rules
from node.debt.errors import TaxpayerUnknownError
from node.origin.tables import CertificateStatus, ClaimStatus, VerificationState

DAY = date(2026, 11, 24)
EXPIRES = 2_000_000_000
ACCEPTED = Claimed(ClaimStatus.ACCEPTED, VerificationState.NONE, CertificateStatus.ISSUED, EXPIRES)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "accepted"),
        ({"claim": ClaimStatus.PENDING}, "valid"),
        ({"claim": ClaimStatus.REJECTED}, "rejected"),
        ({"certificate": CertificateStatus.CANCELLED}, "cancelled"),
        ({"certificate": CertificateStatus.SUPERSEDED}, "superseded"),
        ({"expires_at": 1}, "expired"),
        ({"verification": VerificationState.REQUESTED}, "doubted"),
        ({"verification": VerificationState.INTERIM}, "doubted"),
        ({"verification": VerificationState.VISIT_NOTICED}, "doubted"),
        ({"verification": VerificationState.VISIT_CONSENTED}, "doubted"),
        ({"verification": VerificationState.VALID}, "accepted"),
        ({"verification": VerificationState.VISIT_REPORTED}, "accepted"),
        ({"verification": VerificationState.INVALID}, "rejected"),
        ({"verification": VerificationState.VISIT_REFUSED}, "rejected"),
    ],
)
def test_a_certificate_is_in_the_state_that_the_ledger_has(
    changed: dict[str, Any], state: str
) -> None:
    assert certificate_states([ACCEPTED._replace(**changed)], 1, 1_795_000_000) == (state,)


def test_each_claimed_item_must_be_on_the_ledger() -> None:
    assert certificate_states([], 1, 0) == ("not_received",)
    assert certificate_states([ACCEPTED], 2, 0) == ("accepted", "not_received")
    cancelled = ACCEPTED._replace(certificate=CertificateStatus.CANCELLED)
    assert certificate_states([ACCEPTED, cancelled], 2, 0) == ("accepted", "cancelled")


@pytest.mark.parametrize(
    ("state", "channels"),
    [
        ("accepted", set()),
        ("valid", set()),
        ("cancelled", {"red"}),
        ("superseded", {"red"}),
        ("rejected", {"red"}),
        ("doubted", {"yellow"}),
        ("expired", {"yellow"}),
        ("not_received", {"yellow"}),
    ],
)
def test_no_such_state_goes_green_by_silence(state: str, channels: set[str]) -> None:
    facts = {
        "direction": "import",
        "stop_customs": "none",
        "embargo": "none",
        "permit": "not_required",
        "specialised_inspection": "not_required",
        "certificates": (state,),
    }
    found = risk_rules(DAY).outcomes(facts, {}, 2, 2)
    named = {each.channel.name.lower() for each in found if each.rule.startswith("certificate-")}
    assert named == channels


def book(*items: SimpleNamespace) -> Any:
    def standing(_taxpayer: str) -> SimpleNamespace:
        return SimpleNamespace(items=dict(enumerate(items)))

    return SimpleNamespace(debt=SimpleNamespace(standing=standing))


def owed(due_on: date, owed: int = 5, settled_on: date | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        declaration_no="10000000001", due_on=due_on, owed=owed, settled_on=settled_on
    )


def test_what_is_owed_past_its_day_counts_from_its_day() -> None:
    node = book(owed(date(2026, 11, 1)), owed(date(2026, 9, 1), 0, date(2026, 9, 21)))
    assert overdue_days(node, "9900000016", DAY) == 23
    late = {each.due_on: each.paid_on for each in overdue_taxes(node, "9900000016", DAY)}
    assert late == {date(2026, 11, 1): None, date(2026, 9, 1): date(2026, 9, 21)}


def test_what_is_not_due_or_was_paid_in_time_is_not_overdue() -> None:
    node = book(owed(DAY), owed(date(2026, 9, 1), 0, date(2026, 9, 1)))
    assert overdue_taxes(node, "9900000016", DAY) == ()
    assert overdue_days(node, "9900000016", DAY) == 0


def test_a_taxpayer_whom_nobody_charged_owes_nothing() -> None:
    def standing(taxpayer: str) -> Any:
        raise TaxpayerUnknownError(taxpayer)

    node: Any = SimpleNamespace(debt=SimpleNamespace(standing=standing))
    assert overdue_days(node, "9900000016", DAY) == 0


@pytest.mark.parametrize(
    ("kind", "decided_on", "annulled_on", "gravest"),
    [
        ("procedure", date(2026, 5, 1), None, "minor"),
        ("smuggling", date(2026, 5, 1), None, "serious"),
        ("tax_evasion", date(2026, 5, 1), None, "serious"),
        ("smuggling", date(2026, 5, 1), date(2026, 6, 1), "none"),
        ("smuggling", date(2025, 11, 1), None, "none"),
        ("smuggling", DAY, None, "none"),
    ],
)
def test_the_gravest_decision_of_the_year(
    kind: str, decided_on: date, annulled_on: date | None, gravest: str
) -> None:
    known = Known(violations=(Violation("17/QD-HQ", kind, decided_on, annulled_on),))
    assert prior_violation(known, DAY) == gravest


def test_two_light_decisions_are_not_a_serious_one() -> None:
    light = tuple(Violation(f"{n}/QD-HQ", "procedure", date(2026, 5, n)) for n in (1, 2))
    assert prior_violation(Known(violations=light), DAY) == "minor"
