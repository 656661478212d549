"""What banks, enterprises and clocks may try: nothing is booked, and nobody else is held up."""

from dataclasses import replace
from typing import Any

import pytest
from support.organisations import EXPORTER, GENESIS_TIME, IMPORTER, MEMBERSHIP, Signer
from support.paying import BANK, DECLARATION, OFFICE, OTHER_BANK, PAYMENTS, Paying, assessment, salt

from contracts.ledger import Ledger
from contracts.membership.keys import Role
from contracts.membership.records import KeyRevoke
from contracts.payments.binding import PaymentsContract
from contracts.payments.messages import ReversalNotice, content_hash
from contracts.payments.records import ReversalNotify
from contracts.payments.state import CreditStatus
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.payments import errors
from node.payments.customs import Registration
from node.payments.handed import Handed
from node.payments.limits import TIME_LIMIT
from node.payments.tables import ItemKind, ItemState

SECOND = "107000000029"
DAY = 86_400


@pytest.fixture
def assessed(paying: Paying) -> Paying:
    paying.assess()
    return paying


def state_of(paying: Paying, name: str) -> tuple[str, str | None]:
    item = paying.node.payments.queries.item(name)
    assert item is not None
    return item.state, item.code


def on_ledger(paying: Paying) -> PaymentsContract:
    return PaymentsContract(Ledger(paying.network.web3), PAYMENTS)


def status(paying: Paying, notice: bytes) -> CreditStatus | None:
    found = on_ledger(paying).credit(notice)
    return None if found is None else found.status


def later(paying: Paying, times: int = 4) -> None:
    for _ in range(times):
        paying.settle()
        paying.network.time += 60


def reversal(
    paying: Paying, credit: bytes, bank: Any = BANK, number: str = DECLARATION
) -> tuple[Handed, ReversalNotice]:
    message = ReversalNotice(
        "P1", bank.hex_id, number, "0x" + credit.hex(), 1_000_000, "VND", "2026-01-03", "x", salt()
    )
    record = ReversalNotify(
        paying.object_id(number), credit, content_hash(message), paying.now, paying.now + DAY
    )
    return Handed(bank.hex_id, paying.sign(record, bank.officer)), message


def revoke(paying: Paying) -> None:
    record = KeyRevoke(BANK.id, 0, BANK.officer.key_id, paying.network.soon)
    paying.node.submit(paying.network.sign(record, Signer(f"{BANK.name} admin")))
    for _ in range(40):
        paying.node.step()
        paying.network.seal()
        if _is_revoked(paying):
            return
    raise AssertionError(record)


def _is_revoked(paying: Paying) -> bool:
    handed, _ = paying.credit(paying.notice(pay_id="PROBE"))
    try:
        paying.node.payments.signers.require(handed.signed, BANK.hex_id, Role.BANK, paying.now)
    except errors.KeyRevokedError:
        return True
    return False


@pytest.mark.parametrize("is_revoked", [False, True])
def test_a_key_revoked_before_the_decision_books_nothing(
    assessed: Paying, monkeypatch: pytest.MonkeyPatch, *, is_revoked: bool
) -> None:
    item = assessed.pay()
    if is_revoked:
        with monkeypatch.context() as patch:
            patch.setattr(type(assessed.node.payments), "step", lambda *_: False)
            revoke(assessed)
    assessed.settle()
    expected = ("refused", "key_revoked") if is_revoked else ("done", None)
    assert state_of(assessed, item.name) == expected
    assert assessed.row().declaration.paid == (0 if is_revoked else 1_000_000)
    entries = assessed.node.debt.entries(assessed.row().declaration.taxpayer)
    assert [entry.kind for entry in entries].count("credit") == (0 if is_revoked else 1)


def test_a_credit_that_is_refused_here_does_not_stay_pending_on_the_ledger(
    assessed: Paying,
) -> None:
    handed, notice = assessed.credit()
    digest = handed.signed.digest
    assessed.network._carry(on_ledger(assessed).carry(handed.signed))
    intake = assessed.node.payments.intake()
    with pytest.raises(errors.OpeningMismatchError):
        intake.credit(replace(handed, opening=None), notice, assessed.now)
    assert status(assessed, digest) is CreditStatus.PENDING
    later(assessed)
    assert status(assessed, digest) is CreditStatus.REFUSED
    assert assessed.row().declaration.paid == 0
    good = assessed.pay()  # the payment id is free again
    later(assessed)
    assert state_of(assessed, good.name) == ("done", None)
    assert assessed.row().obstacles == ()


def test_a_refused_credit_that_never_comes_to_the_ledger_is_let_go(assessed: Paying) -> None:
    handed, notice = assessed.credit()
    intake = assessed.node.payments.intake()
    for _ in range(2):
        with pytest.raises(errors.OpeningMismatchError):
            intake.credit(replace(handed, opening=None), notice, assessed.now)
    assessed.settle()
    (waiting,) = [item for item in assessed.row().items if item.kind == ItemKind.REFUSAL]
    assert waiting.state == ItemState.RECEIVED
    assessed.network.time += DAY + 1
    assessed.settle()
    assert state_of(assessed, waiting.name) == ("refused", "payment_state")
    with pytest.raises(errors.RecordUnfitError):  # refused anew, it is looked for anew
        intake.credit(handed, notice, assessed.now)
    assert state_of(assessed, waiting.name) == ("received", None)


def test_a_refusal_gives_way_to_the_credit_handed_in_rightly(assessed: Paying) -> None:
    handed, notice = assessed.credit()
    intake = assessed.node.payments.intake()
    with pytest.raises(errors.OpeningMismatchError):
        intake.credit(replace(handed, opening=None), notice, assessed.now)
    item = intake.credit(handed, notice, assessed.now)
    later(assessed)
    assert state_of(assessed, item.name) == ("done", None)
    assert assessed.row().declaration.paid == 1_000_000


def test_another_banks_record_shows_nothing(assessed: Paying) -> None:
    handed, notice = assessed.credit()
    intake = assessed.node.payments.intake()
    item = intake.credit(handed, notice, assessed.now)
    assert intake.credit(handed, notice, assessed.now).name == item.name
    with pytest.raises(errors.PaymentSignerError):
        intake.credit(replace(handed, organisation=OTHER_BANK.hex_id), notice, assessed.now)


def test_another_banks_reversal_does_not_touch_a_credit(assessed: Paying) -> None:
    handed, notice = assessed.credit()
    intake, digest = assessed.node.payments.intake(), handed.signed.digest
    theirs = intake.reversal(*reversal(assessed, digest, OTHER_BANK), assessed.now)
    item = intake.credit(handed, notice, assessed.now)
    assessed.settle()
    assert state_of(assessed, item.name) == ("done", None)
    own = intake.reversal(*reversal(assessed, digest), assessed.now)
    assert own.name != theirs.name
    assessed.settle()
    assert state_of(assessed, item.name) == ("reversed", None)


def test_a_reversal_of_nothing_is_let_go_and_blocks_nothing(assessed: Paying) -> None:
    intake = assessed.node.payments.intake()
    item = intake.reversal(*reversal(assessed, b"\x05" * 32), assessed.now)
    assessed.pay()
    assessed.settle()
    assert assessed.row().obstacles == ()
    assessed.network.time += DAY + 1
    assessed.settle()
    assert state_of(assessed, item.name) == ("refused", "payment_state")


def test_a_reversal_names_the_declaration_of_its_credit(assessed: Paying) -> None:
    assessed.assess(500, SECOND)
    handed, notice = assessed.credit()
    intake, digest = assessed.node.payments.intake(), handed.signed.digest
    early = intake.reversal(*reversal(assessed, digest, number=SECOND), assessed.now)
    item = intake.credit(handed, notice, assessed.now)
    assessed.settle()
    assert state_of(assessed, item.name) == ("done", None)
    later(assessed, 1)
    assert state_of(assessed, early.name) == ("refused", "payment_state")
    with pytest.raises(errors.PaymentMismatchError):
        intake.reversal(*reversal(assessed, digest, number=SECOND), assessed.now)


def test_a_stranger_draws_on_no_guarantee(assessed: Paying) -> None:
    assessed.guarantee(500_000)
    assessed.settle()
    with pytest.raises(errors.DeclarationUnknownError):
        assessed.draw(5, drawer=IMPORTER)
    with pytest.raises(errors.DeclarationUnknownError):
        assessed.draw(5, drawer=OTHER_BANK)
    for drawer in (EXPORTER, BANK):
        item = assessed.draw(5, drawer=drawer)
        assessed.settle()
        assert state_of(assessed, item.name) == ("done", None)


def test_a_guarantee_ends_within_calendars(assessed: Paying) -> None:
    with pytest.raises(errors.RecordUnfitError, match="valid_to"):
        assessed.guarantee(500, valid_to=TIME_LIMIT)
    item = assessed.guarantee(500, valid_to=TIME_LIMIT - 1)
    assessed.settle()
    with pytest.raises(errors.RecordUnfitError, match="valid_to"):
        assessed.change((1 << 64) - 1)
    drawn = assessed.draw(500)
    assessed.settle()
    assert state_of(assessed, item.name) == state_of(assessed, drawn.name) == ("done", None)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"credited_at": 0}, "before the declaration"),
        ({"credited_at": GENESIS_TIME - DAY}, "before the declaration"),
        ({"credited_at": (1 << 64) - 1}, "future"),
        ({"expires": (1 << 64) - 1}, "31 days"),
    ],
)
def test_times_that_cannot_be_true_are_refused(
    assessed: Paying, changes: dict[str, Any], problem: str
) -> None:
    handed, notice = assessed.credit(**changes)
    with pytest.raises(errors.RecordUnfitError, match=problem):
        assessed.node.payments.intake().credit(handed, notice, assessed.now)
    assert assessed.row().declaration.paid == 0


def test_a_record_of_another_ledger_is_refused(assessed: Paying) -> None:
    handed, notice = assessed.credit()
    intake = assessed.node.payments.intake()
    for domain in (
        RecordDomain(5, PAYMENTS),
        RecordDomain(handed.signed.domain.chain_id, MEMBERSHIP),
    ):
        signed = SignedRecord.sign(handed.signed.record, domain, BANK.officer.secret)
        with pytest.raises(errors.RecordUnfitError, match="another contract"):
            intake.credit(replace(handed, signed=signed), notice, assessed.now)
    assert [item.kind for item in assessed.row().items].count(ItemKind.REFUSAL) == 0


def test_a_credit_names_the_office_of_its_declaration(assessed: Paying) -> None:
    with pytest.raises(errors.PaymentMismatchError):
        assessed.pay(customs_code="99XX")
    assert assessed.pay(customs_code=OFFICE).state == ItemState.RECEIVED


def test_many_credits_for_one_declaration_hold_up_no_other(
    assessed: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    assessed.assess(500, SECOND)
    monkeypatch.setattr("node.payments.office._AT_ONCE", 2)
    for number in range(6):
        assessed.pay(1, f"M{number}")
    other = assessed.pay(500, "LAST", declaration_no=SECOND)
    seen: list[str] = []
    book = type(assessed.node.payments._office._booking).book

    def noted(self: Any, step: Any, now: int) -> bool:
        seen.append(step.item)
        return bool(book(self, step, now))

    monkeypatch.setattr("node.payments.booking.Booking.book", noted)
    assessed.settle()
    assert seen.index(other.name) <= 1
    assert len(seen) == 7


def test_a_declaration_is_not_registered_to_come(paying: Paying) -> None:
    desk = paying.node.payments.customs
    for ahead in (2 * DAY, 1 << 39):
        registration = Registration(paying.now + ahead, OFFICE, EXPORTER.hex_id)
        with pytest.raises(errors.AssessmentUnusableError, match="future"):
            desk.assess(assessment(), registration, salt(), paying.now)
    paying.assess()
    assert paying.row().declaration.sequence == 1


@pytest.mark.parametrize("day", ["9999-12-31", "2030-01-01"])
def test_a_statement_of_a_day_to_come_is_refused(paying: Paying, day: str) -> None:
    with pytest.raises(errors.StatementUnusableError, match="not come"):
        paying.node.payments.statements.reconcile(BANK.hex_id, day, b"x", paying.now)
    header = b"pay_id,tax_id,declaration_no,amount,currency,value_date,reference\n"
    found = paying.node.payments.statements.reconcile(BANK.hex_id, "2026-01-01", header, paying.now)
    assert (found.statement.rows, found.breaks) == (0, 0)
