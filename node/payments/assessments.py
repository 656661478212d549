"""Judges of assessments and amendments: what is due on a declaration, and when that changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import rfc8785
from sqlalchemy.orm import Session

from contracts.commitments.curve import IDENTITY
from contracts.commitments.pedersen import commit
from contracts.membership.keys import Role
from contracts.origin.identifiers import REFERENCE
from contracts.payments.records import AssessmentIssue, AssessmentKind, DeclarationAmend
from contracts.payments.settlement import settled_share
from contracts.records.signed import SignedRecord
from node.payments.credits import PAYABLE
from node.payments.errors import AssessmentUnusableError, PaymentStateError
from node.payments.judging import (
    LIFETIME_SECONDS,
    Bench,
    Effect,
    Plan,
    bytes_of,
    declaration_of,
)
from node.payments.tables import PaymentDeclaration, PaymentItem

FORMAT: Final = "tradeseal-assessment/1"
_SALT: Final = re.compile(r"[0-9a-f]{64}")
_AMOUNT: Final = re.compile(r"0|[1-9][0-9]{0,12}")
_TAX: Final = re.compile(r"[a-z_]{1,32}")
_COUNT: Final = re.compile(r"0|[1-9][0-9]{0,3}")
_SUB_ITEM: Final = re.compile(r"[0-9]{4}")
_TAX_ID: Final = re.compile(r"[0-9]{10}(?:-[0-9]{3})?|[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Charge:
    """What is due of one tax.

    Attributes:
        tax: Its name, such as "import_duty".
        sub_item: The budget's sub-item, such as "1901".
        amount: Whole dong.
    """

    tax: str
    sub_item: str
    amount: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an assessment document says, as far as payments need it.

    Attributes:
        declaration_no: The declaration.
        amendment: The amendment count that it assesses.
        taxpayer: Tax number.
        kind: What it is.
        charges: What is due, by tax.
        total: Their sum.
    """

    declaration_no: str
    amendment: int
    taxpayer: str
    kind: AssessmentKind
    charges: tuple[Charge, ...]
    total: int

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Read a `tradeseal-assessment/1`.

        Raises:
            AssessmentUnusableError: It is none, or does not add up.
        """
        try:
            charges = tuple(
                Charge(
                    _text(_TAX, each["tax"]),
                    _text(_SUB_ITEM, each["sub_item"]),
                    _dong(each["amount"]),
                )
                for each in document["taxes"]
            )
            found = cls(
                declaration_no=_text(REFERENCE, document["declaration_no"]),
                amendment=int(_text(_COUNT, str(document["amendment"]))),
                taxpayer=_text(_TAX_ID, document["taxpayer"]),
                kind=AssessmentKind[str(document["kind"]).upper()],
                charges=charges,
                total=_dong(document["total"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            reason = f"member {error} is missing or not of its form"
            raise AssessmentUnusableError(reason) from error
        if document.get("currency") != "VND":
            raise AssessmentUnusableError("its currency is not VND")
        if len({(charge.tax, charge.sub_item) for charge in charges}) != len(charges):
            raise AssessmentUnusableError("it names a tax and sub-item twice")
        if sum(charge.amount for charge in charges) != found.total:
            raise AssessmentUnusableError("its taxes do not add up to its total")
        if (found.total > 0) != (found.kind in PAYABLE):
            raise AssessmentUnusableError("kind and total do not fit")
        return found


def assessment_content(document: Mapping[str, Any], salt: str) -> bytes:
    """Return the text whose SHA-256 a record commits to: the document with its salt, canonical.

    Raises:
        AssessmentUnusableError: The salt is none, or the document has no canonical form.
    """
    if _SALT.fullmatch(salt) is None:
        raise AssessmentUnusableError("its salt is not 64 lower-case digits")
    try:
        return rfc8785.dumps({"assessment": dict(document), "salt": salt})
    except rfc8785.CanonicalizationError as error:
        raise AssessmentUnusableError(str(error)) from error


class AssessmentJudge:
    """Judges assessments and amendments."""

    def __init__(self, bench: Bench) -> None:
        """Judge with what judges share."""
        self._bench = bench

    def assessment(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """State what is due; the clerk signs where no officer has.

        Raises:
            PaymentStateError: An officer signed it for another state of the declaration.
        """
        row = declaration_of(session, item)
        wanted = self.record(session, item, now)
        if item.record is None:
            return Plan([wanted], self._effect(row, wanted, item))
        signed = self._bench.signed_of(item)
        self._bench.signers.require(signed, item.organisation, Role.CUSTOMS, now)
        self._require_current(signed, wanted)
        return Plan([signed], self._effect(row, wanted, item))

    def record(self, session: Session, item: PaymentItem, now: int) -> AssessmentIssue:
        """Return the record of an assessment as things stand.

        Raises:
            PaymentStateError: A later amendment is assessed, or known.
        """
        row, total = declaration_of(session, item), item.amount
        amendment, kind = self._facts(item)
        if amendment < row.amendment:
            raise PaymentStateError(f"amendment {row.amendment} is known already")
        due = commit(self._bench.amount(item)) if total else IDENTITY
        return AssessmentIssue(
            object=bytes_of(row.object_id),
            sequence=row.sequence + 1,
            amendment=amendment,
            kind=kind,
            content=bytes_of(item.refers or ""),
            commitment_x=due.x,
            commitment_y=due.y,
            paid_share=settled_share(row.paid, total),
            total_share=settled_share(row.paid + row.covered, total),
            assessed_at=now,
            expires=now + LIFETIME_SECONDS,
        )

    def amendment(self, session: Session, item: PaymentItem, now: int) -> Plan:
        """State that a declaration was amended.

        Raises:
            PaymentStateError: This amendment is known already.
        """
        row, count = declaration_of(session, item), item.amount
        if count <= row.amendment:
            raise PaymentStateError(f"amendment {row.amendment} is known already")
        record = DeclarationAmend(bytes_of(row.object_id), count, now, now + LIFETIME_SECONDS)
        return Plan([record], Effect(declarations={row.declaration_no: {"amendment": count}}))

    def _effect(
        self, row: PaymentDeclaration, record: AssessmentIssue, item: PaymentItem
    ) -> Effect:
        values: dict[str, str | int | None] = {
            "sequence": record.sequence,
            "amendment": record.amendment,
            "assessed": record.amendment,
            "assessment": "",  # the digest, which is known once it is signed
            "kind": record.kind,
            "total": item.amount,
            "paid_share": record.paid_share,
            "total_share": record.total_share,
        }
        return Effect(declarations={row.declaration_no: values})

    @staticmethod
    def _facts(item: PaymentItem) -> tuple[int, int]:
        amendment, kind = item.reference.split("/")
        return int(amendment), int(kind)

    @staticmethod
    def _require_current(signed: SignedRecord, wanted: AssessmentIssue) -> None:
        names = (
            *("object", "sequence", "amendment", "kind", "content"),
            *("commitment_x", "commitment_y", "paid_share", "total_share"),
        )
        for name in names:
            if getattr(signed.record, name, None) != getattr(wanted, name):
                reason = f"the signed {name} is another than now; prepare it again"
                raise PaymentStateError(reason)


def _text(form: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(value)
    return value


def _dong(value: object) -> int:
    return int(_text(_AMOUNT, value))
