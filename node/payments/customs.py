"""What customs' own officers do about payments: assess, amend, refund; durable on return."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.membership.keys import Role
from contracts.payments.messages import RefundDecision
from contracts.payments.records import AssessmentIssue
from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.outbox.outbox import hex32, record_text
from node.payments.assessments import Assessment, AssessmentJudge, assessment_content
from node.payments.errors import (
    AssessmentUnusableError,
    DeclarationUnknownError,
    PaymentConflictError,
    PaymentMismatchError,
    PaymentStateError,
    RecordUnfitError,
)
from node.payments.judging import Bench
from node.payments.sealing import new_opening
from node.payments.tables import ItemKind, ItemState, PaymentDeclaration, PaymentItem

_NOTHING: Final = "{}"
_DAY_SECONDS: Final = 86_400
_LIVE: Final = (ItemState.PREPARED, ItemState.RECEIVED, ItemState.UNDER_WAY, ItemState.DONE)


@dataclass(frozen=True, slots=True)
class Registration:
    """What is known of a declaration beside its assessment.

    Attributes:
        registered_at: When it was registered, seconds.
        customs_code: The customs office.
        declarant: The declarant's organisation, where it is a member.
    """

    registered_at: int
    customs_code: str
    declarant: str | None = None


class CustomsDesk:
    """Takes what customs itself decides."""

    def __init__(
        self, state: Database, bench: Bench, judge: AssessmentJudge, organisation: str
    ) -> None:
        """Keep in the state database, for one organisation."""
        self._state = state
        self._bench = bench
        self._judge = judge
        self._organisation = organisation

    def assess(
        self,
        document: Mapping[str, Any],
        registration: Registration,
        salt: str,
        now: int,
        *,
        by_officer: bool = False,
    ) -> PaymentItem:
        """Take an assessment; the same document again is the same item.

        Args:
            document: A `tradeseal-assessment/1`.
            registration: What else is known of the declaration.
            salt: 32 random bytes in hexadecimal.
            now: Seconds since 1970.
            by_officer: Whether an officer is to sign it; else the clerk does.

        Raises:
            PaymentRefusedError: It cannot be used, or the declaration is another taxpayer's.
        """
        assessment = Assessment.read(document)
        if registration.registered_at > now + _DAY_SECONDS:
            raise AssessmentUnusableError("registered_at is in the future")
        content = assessment_content(document, salt)
        name = "0x" + hashlib.sha256(rfc8785.dumps({"assessed": dict(document)})).hexdigest()
        object_id = (
            "0x"
            + self._bench.keys.declaration(
                assessment.declaration_no, registration.registered_at
            ).hex()
        )
        with self._state.write() as session:
            row = _declaration(session, assessment, registration, object_id)
            known = session.scalar(select(PaymentItem).where(PaymentItem.name == name))
            if known is not None and known.state in _LIVE:
                return known
            if known is not None:
                session.delete(known)
                session.flush()
            if assessment.amendment < row.amendment:
                raise PaymentStateError(f"amendment {row.amendment} is known already")
            item = PaymentItem(
                name=name,
                kind=ItemKind.ASSESSMENT,
                organisation=self._organisation,
                reference=f"{assessment.amendment}/{int(assessment.kind)}",
                declaration_no=row.declaration_no,
                refers="0x" + hashlib.sha256(content).hexdigest(),
                content=content.decode(),
                amount=assessment.total,
                blinding=None,
                record=None,
                received_at=now,
                state=ItemState.PREPARED if by_officer else ItemState.RECEIVED,
            )
            item.blinding = self._bench.box.seal(f"item {name}", new_opening(assessment.total))
            session.add(item)
            session.flush()
            return item

    def prepare(self, item: PaymentItem, now: int) -> AssessmentIssue:
        """Return the record that an officer signs, as things stand.

        Raises:
            PaymentStateError: A later amendment is known.
        """
        with self._state.read() as session:
            return self._judge.record(session, item, now)

    def sign(self, name: str, signed: SignedRecord, now: int) -> PaymentItem:
        """Take an officer's signature for a prepared assessment.

        Args:
            name: The prepared item.
            signed: The record.
            now: Seconds since 1970.

        Raises:
            PaymentRefusedError: It was not prepared, or is signed by somebody else.
        """
        self._bench.signers.require(signed, self._organisation, Role.CUSTOMS, now)
        with self._state.write() as session:
            item = session.scalar(select(PaymentItem).where(PaymentItem.name == name))
            if item is None or item.kind != ItemKind.ASSESSMENT:
                raise PaymentStateError("nothing of this name was prepared")
            text = record_text(signed)
            if item.record == text:
                return item
            if item.state not in {ItemState.PREPARED, ItemState.REFUSED}:
                raise PaymentConflictError(name)
            if not isinstance(signed.record, AssessmentIssue):
                raise RecordUnfitError(f"it is a {signed.record.TYPE_NAME}")
            item.record, item.state = text, ItemState.RECEIVED
            item.code = item.detail = None
            return item

    def amend(self, declaration_no: str, amendment: int, now: int) -> PaymentItem:
        """Take that a declaration was amended: no earlier assessment settles it.

        Raises:
            DeclarationUnknownError: It is not assessed here.
        """
        name = _name("amendment", declaration_no, str(amendment))
        with self._state.write() as session:
            _known_declaration(session, declaration_no)
            item = self._own(name, ItemKind.AMENDMENT, str(amendment), declaration_no, now)
            item.content, item.amount = _NOTHING, amendment
            return _once(session, item)

    def refund(self, decision: RefundDecision, now: int) -> PaymentItem:
        """Take a decision to pay back what is paid too much, or to turn it elsewhere.

        Raises:
            PaymentRefusedError: The declaration is another taxpayer's, or the number came before.
        """
        with self._state.write() as session:
            row = _known_declaration(session, decision.declaration_no)
            if decision.tax_id != row.taxpayer:
                raise PaymentMismatchError("tax_id", decision.tax_id, row.taxpayer)
            if decision.toward is not None:
                other = _known_declaration(session, decision.toward)
                if other.taxpayer != row.taxpayer:
                    raise PaymentMismatchError("toward", other.taxpayer, row.taxpayer)
            name = _name("refund", row.customs_code, decision.number)
            item = self._own(name, ItemKind.REFUND, decision.number, row.declaration_no, now)
            item.content, item.amount = decision.to_bytes().decode(), decision.total
            opening = new_opening(decision.total)
            item.blinding = self._bench.box.seal(f"item {name}", opening)
            kept = _once(session, item)
            if _facts(kept.content) != _facts(item.content):
                raise PaymentConflictError(decision.number)
            return kept

    def _own(
        self, name: str, kind: ItemKind, reference: str, declaration_no: str, now: int
    ) -> PaymentItem:
        return PaymentItem(
            name=name,
            kind=kind,
            organisation=self._organisation,
            reference=reference,
            declaration_no=declaration_no,
            refers=None,
            content=_NOTHING,
            amount=0,
            blinding=None,
            record=None,
            received_at=now,
        )


def _declaration(
    session: Session, assessment: Assessment, registration: Registration, object_id: str
) -> PaymentDeclaration:
    row = session.get(PaymentDeclaration, assessment.declaration_no)
    if row is None:
        row = PaymentDeclaration(
            declaration_no=assessment.declaration_no,
            object_id=object_id,
            taxpayer=assessment.taxpayer,
            declarant=registration.declarant,
            registered_at=registration.registered_at,
            customs_code=registration.customs_code,
        )
        session.add(row)
        session.flush()
    if row.taxpayer != assessment.taxpayer:
        raise PaymentMismatchError("taxpayer", assessment.taxpayer, row.taxpayer)
    if row.object_id != object_id:
        raise PaymentMismatchError("registered_at", object_id, row.object_id)
    return row


def _known_declaration(session: Session, number: str) -> PaymentDeclaration:
    row = session.get(PaymentDeclaration, number)
    if row is None or row.assessment is None:
        raise DeclarationUnknownError(number)
    return row


def _once(session: Session, item: PaymentItem) -> PaymentItem:
    """Keep an item unless it stands already; a refused one gives way."""
    known = session.scalar(select(PaymentItem).where(PaymentItem.name == item.name))
    if known is not None and known.state in _LIVE:
        return known
    if known is not None:
        session.delete(known)
        session.flush()
    session.add(item)
    session.flush()
    return item


def _facts(content: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(content).items() if name != "salt"}


def _name(*parts: str) -> str:
    return hex32(hashlib.sha256("\0".join(("tradeseal/payment", *parts)).encode()).digest())
