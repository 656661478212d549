"""Puts what came in on the ledger, countersigned, and books it once it is final.

(1) An item is judged when nothing else moves its declaration or its guarantee.
(2) The signed records are stored with what follows from them, before any is promised: after a
    crash the same records are promised again, which are the same entries of the outbox.
(3) When the ledger has them, the debt book is told; it books the same source once.
(4) What follows is kept in one transaction with the end of the step.

What the ledger refuses is judged anew, a few times; then it is refused. Nothing is booked before
(3), and nothing is told to be final before (4).
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from chain.observability.events import log_event
from contracts.payments.records import CoverPost, DrawDecide
from contracts.records.catalogue import parse_signed_record
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.errors import (
    RecordForeignError,
    RecordMalformedError,
    RecordTogetherError,
    RecordUnknownError,
)
from node.outbox.outbox import Entry, Outbox, hex32, record_text
from node.outbox.tables import EntryStatus
from node.payments.booking import Booking
from node.payments.errors import (
    IdentifierKeyAbsentError,
    LedgerRefusedError,
    OpeningLostError,
    PaymentRefusedError,
)
from node.payments.judging import LIFETIME_SECONDS, Effect, Judge, NotYetError, Plan
from node.payments.refusals import note_refusal
from node.payments.tables import (
    ItemKind,
    ItemState,
    PaymentItem,
    PaymentStep,
)

Submit = Callable[[Sequence[SignedRecord]], Sequence[Entry]]

_FIRST_PAUSE_SECONDS: Final = 1
_LONGEST_PAUSE_SECONDS: Final = 600
_ATTEMPTS: Final = 5
_AT_ONCE: Final = 200

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PaymentClerk:
    """Signs what customs decides by itself.

    Attributes:
        secret: secp256k1 secret, 32 bytes, of purpose SIGN in Membership.
        chain_id: Chain id of the records.
        contract: Gives the contract that speaks for payments now.
    """

    secret: bytes
    chain_id: int
    contract: Callable[[], bytes]

    def sign(self, record: Record) -> SignedRecord:
        """Return a signed record."""
        domain = RecordDomain(self.chain_id, self.contract())
        return SignedRecord.sign(record, domain, self.secret)


class PaymentOffice:
    """Does by itself what customs does about payments, with the clerk's key."""

    def __init__(
        self,
        state: Database,
        outbox: Outbox,
        judges: Mapping[ItemKind, Judge],
        booking: Booking,
        clerk: PaymentClerk,
    ) -> None:
        """Work for customs of one country.

        Args:
            state: Keeps what is under way.
            outbox: Tells what became of records.
            judges: Who judges which kind of item.
            booking: Keeps what is final.
            clerk: Signs what customs decides.
        """
        self._state = state
        self._outbox = outbox
        self._judges = judges
        self._booking = booking
        self._clerk = clerk

    def step(self, submit: Submit, now: int) -> bool:
        """Do what can be done now; return whether something is under way.

        Args:
            submit: Promises durably to carry records, all or none.
            now: The time in seconds.

        Raises:
            StorageError: A database refused.
            LedgerUnavailableError: The ledger does not answer.
        """
        busy = False
        for step in self._open_steps():
            busy = self._follow(step, submit, now) or busy
        return self._begin(submit, now) or busy

    def _open_steps(self) -> list[PaymentStep]:
        query = select(PaymentStep).where(PaymentStep.is_open).order_by(PaymentStep.name)
        with self._state.read() as session:
            return list(session.scalars(query))

    def _begin(self, submit: Submit, now: int) -> bool:
        items = self._next_items(now)
        if not items:
            return False
        held = {name for step in self._open_steps() for name in json.loads(step.subjects)}
        busy = False
        for item in items:
            subjects = _subjects(item)
            if held.isdisjoint(subjects):  # (1)
                busy = self._judge(item, submit, now) or busy
                held.update(subjects)
            else:
                busy = True
        return busy or bool(self._next_items(now))

    def _next_items(self, now: int) -> list[PaymentItem]:
        """Return the first item of each declaration and guarantee that nothing moves.

        However many wait for one declaration, they delay no other.
        """
        moving = aliased(PaymentItem)
        about = func.coalesce(PaymentItem.declaration_no, PaymentItem.refers, PaymentItem.name)
        held = select(moving.sequence).where(
            moving.state == ItemState.UNDER_WAY,
            moving.declaration_no == PaymentItem.declaration_no,
        )
        first = (
            select(func.min(PaymentItem.sequence))
            .where(PaymentItem.state == ItemState.RECEIVED, PaymentItem.next_at <= now)
            .where(~held.exists())
            .group_by(about)
        )
        query = select(PaymentItem).where(PaymentItem.sequence.in_(first))
        with self._state.read() as session:
            return list(session.scalars(query.order_by(PaymentItem.sequence).limit(_AT_ONCE)))

    def _judge(self, item: PaymentItem, submit: Submit, now: int) -> bool:
        try:
            with self._state.read() as session:
                plan = self._judges[item.kind](session, item, now)
        except PaymentRefusedError as error:
            self._refuse(item, error, now)
            return True  # another item may have waited for it
        except (NotYetError, IdentifierKeyAbsentError, OpeningLostError) as error:
            self._postpone(item, str(error), now)
            return False
        step = self._kept(item, plan, now)  # (2)
        self._promise(step, submit, now)
        return True

    def _kept(self, item: PaymentItem, plan: Plan, now: int) -> PaymentStep:
        signed = [
            each if isinstance(each, SignedRecord) else self._clerk.sign(each)
            for each in plan.records
        ]
        effect = _with_digest(item, plan.effect, hex32(signed[0].digest))
        texts = [json.loads(record_text(each)) for each in signed]
        with self._state.write() as session:
            kept = session.get_one(PaymentItem, item.sequence)
            kept.state = ItemState.UNDER_WAY
            kept.code = kept.detail = None
            step = PaymentStep(
                name=f"{item.name}/{kept.attempts:04d}",
                item=item.name,
                subjects=json.dumps(sorted(_subjects(item))),
                records=json.dumps(texts),
                effect=effect.to_text(),
                at=now,
            )
            session.add(step)
        return step

    def _promise(self, step: PaymentStep, submit: Submit, now: int) -> Sequence[Entry]:
        """Return the entries of a step's records, promising those that a crash left out.

        Nothing comes back where the outbox cannot take them: the item is judged anew.
        """
        records = [
            parse_signed_record(value, self._clerk.chain_id) for value in json.loads(step.records)
        ]
        try:
            return [self._outbox.find(hex32(signed.digest)) for signed in records]
        except RecordUnknownError:
            pass
        try:
            return submit(records)
        except (RecordTogetherError, RecordForeignError, RecordMalformedError) as error:
            self._again(step, str(error), now)
            return []

    def _follow(self, step: PaymentStep, submit: Submit, now: int) -> bool:
        entries = self._promise(step, submit, now)
        refused = [entry for entry in entries if entry.status is EntryStatus.REFUSED]
        if refused:
            reason = refused[0].reason or "no reason given"
            if any(entry.status is EntryStatus.FINAL for entry in entries) and len(entries) > 1:
                return self._mend(step, entries, reason, now)
            self._again(step, reason, now)
        elif entries and all(entry.status is EntryStatus.FINAL for entry in entries):
            return self._booking.book(step, now)  # (3), (4)
        return True

    def _mend(self, step: PaymentStep, entries: Sequence[Entry], reason: str, now: int) -> bool:
        """Sign anew what was refused after the records before it were accepted.

        The item cannot be judged anew: some of what it says stands. What a bank signed, only the
        bank can sign again; a credit's notice that stands alone is judged anew (`is_anchored`).
        """
        if any(
            entry.status is not EntryStatus.REFUSED and not entry.is_settled for entry in entries
        ):
            return True
        with self._state.write() as session:
            item = _item(session, step)
            if item.next_at > now:
                return False
            if item.kind in {ItemKind.CREDIT, ItemKind.REVERSAL}:
                session.get_one(PaymentStep, step.name).is_open = False
                item.state = ItemState.RECEIVED
            else:
                kept = session.get_one(PaymentStep, step.name)
                kept.records = json.dumps([self._anew(entry, now) for entry in entries])
            item.attempts += 1
            item.detail, item.next_at = f"the ledger refused it: {reason}", now + _pause(item)
        return True

    def _anew(self, entry: Entry, now: int) -> object:
        signed, expires = entry.signed, now + LIFETIME_SECONDS
        if entry.status is EntryStatus.REFUSED:
            if isinstance(record := signed.record, DrawDecide):
                signed = self._clerk.sign(replace(record, decided_at=now, expires=expires))
            elif isinstance(record, CoverPost):
                signed = self._clerk.sign(replace(record, covered_at=now, expires=expires))
        return json.loads(record_text(signed))

    def _again(self, step: PaymentStep, reason: str, now: int) -> None:
        with self._state.write() as session:
            session.get_one(PaymentStep, step.name).is_open = False
            item = _item(session, step)
            item.attempts += 1
            if item.attempts >= _ATTEMPTS:
                error = LedgerRefusedError(reason)
                item.state, item.code, item.detail = ItemState.REFUSED, error.code, str(error)
                self._note_refused(session, item, now)
            else:
                item.state = ItemState.RECEIVED
                item.detail, item.next_at = f"the ledger refused it: {reason}", now + _pause(item)
        log_event(logger, logging.WARNING, "payment refused by the ledger", reason=reason)

    def _postpone(self, item: PaymentItem, reason: str, now: int) -> None:
        with self._state.write() as session:
            kept = session.get_one(PaymentItem, item.sequence)
            waited = max(0, now - kept.received_at)
            kept.detail = reason
            kept.next_at = now + min(_FIRST_PAUSE_SECONDS + waited // 8, _LONGEST_PAUSE_SECONDS)

    def _refuse(self, item: PaymentItem, error: PaymentRefusedError, now: int) -> None:
        with self._state.write() as session:
            kept = session.get_one(PaymentItem, item.sequence)
            kept.state, kept.code, kept.detail = ItemState.REFUSED, error.code, str(error)
            kept.decided_at = now
            self._note_refused(session, kept, now)

    def _note_refused(self, session: Session, item: PaymentItem, now: int) -> None:
        if item.kind == ItemKind.CREDIT and item.record is not None:
            signed = parse_signed_record(json.loads(item.record), self._clerk.chain_id)
            note_refusal(session, item, signed.record.object, now)


def _subjects(item: PaymentItem) -> set[str]:
    """Return what an item moves: its declaration, its guarantee."""
    found = set() if item.declaration_no is None else {f"declaration {item.declaration_no}"}
    if item.kind in {ItemKind.GUARANTEE, ItemKind.CHANGE, ItemKind.DRAW}:
        found.add(f"guarantee {item.refers}")
    if item.kind == ItemKind.RELEASE:
        found.add(f"guarantee {json.loads(item.content)['guarantee']}")
    return found


def _item(session: Session, step: PaymentStep) -> PaymentItem:
    found = session.scalar(select(PaymentItem).where(PaymentItem.name == step.item))
    if found is None:
        raise AssertionError(step.item)
    return found


def _with_digest(item: PaymentItem, effect: Effect, digest: str) -> Effect:
    """Return the effect with the digest of the first record, where it names that."""
    if item.kind == ItemKind.ASSESSMENT:
        named = {
            number: {**values, "assessment": digest}
            for number, values in effect.declarations.items()
        }
        return replace(effect, declarations=named)
    if effect.turned is not None:
        return replace(effect, turned={**effect.turned, "notice": digest})
    return effect


def _pause(item: PaymentItem) -> int:
    return min(_FIRST_PAUSE_SECONDS << min(item.attempts, 10), _LONGEST_PAUSE_SECONDS)
