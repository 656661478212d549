"""What banks and enterprises hand in about money: checked whole, then kept for the office.

(1) The signature is of the caller's key in force, and of its role.
(2) The record is for this ledger's contract, and does not lapse before it can be final.
(3) The declaration is assessed here, and is the record's.
(4) The record commits to the message; the message is the caller's own.
(5) The opening is the commitment's, and its amount the message's.
(6) The identifier is the keyed hash of what the message names.
(7) The payment order, if there is one, says the same.
(8) It is made for the latest assessment.
(9) The same number has not come with other content.

A refused credit of a bank is noted for officers with its code; nothing else is kept of it. The
same record again has the same answer, unless what it was refused for has changed.
"""

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.commitments.curve import Point
from contracts.commitments.pedersen import verify_opening
from contracts.errors import CommitmentError
from contracts.membership.keys import Role
from contracts.payments.identifiers import credit_id, guarantee_id, guarantee_number
from contracts.payments.messages import (
    CreditNotice,
    DrawRequest,
    GuaranteeNotice,
    PaymentMessage,
    ReversalNotice,
    bank_code,
    content_hash,
)
from contracts.payments.records import (
    CreditNotify,
    GuaranteeChange,
    GuaranteeDraw,
    GuaranteeGrant,
    GuaranteeKind,
    ReversalNotify,
)
from contracts.records.record import Record, RecordDomain
from node.database.database import Database
from node.outbox.outbox import hex32
from node.payments.credits import require_latest
from node.payments.errors import (
    AmountMismatchError,
    ContentMismatchError,
    DeclarationUnknownError,
    GuaranteeUnknownError,
    IdentifierMismatchError,
    OpeningMismatchError,
    PaymentConflictError,
    PaymentMismatchError,
    PaymentRefusedError,
    PaymentSignerError,
    RecordUnfitError,
)
from node.payments.handed import (
    Handed,
    bare_item,
    known_item,
    named_item,
    new_item,
    numbered_item,
    put_item,
)
from node.payments.judging import Bench, NotYetError
from node.payments.limits import require_credited, require_end, require_expiry
from node.payments.orders import find_order, require_order
from node.payments.refusals import note_refusal
from node.payments.tables import (
    ItemKind,
    ItemState,
    PaymentDeclaration,
    PaymentGuarantee,
    PaymentItem,
)

_Kind = TypeVar("_Kind", bound=Record)


class Intake:
    """Takes what members hand in; durable on return."""

    def __init__(self, state: Database, bench: Bench, domain: RecordDomain) -> None:
        """Check for one contract, and keep in the state database."""
        self._state = state
        self._bench = bench
        self._domain = domain

    def credit(self, handed: Handed, notice: CreditNotice, now: int) -> PaymentItem:
        """Take a bank's credit.

        Raises:
            PaymentRefusedError: It cannot count; nothing is booked.
        """
        with self._state.write() as session:
            known = known_item(session, handed)
            if known is not None and known.state != ItemState.REFUSED:
                return known
            try:
                self._require_signed(handed, Role.BANK, now)  # (1)
                same = self._check_credit(session, handed, notice, now)
            except PaymentSignerError:
                raise
            except PaymentRefusedError as error:
                # Noted in the same transaction; raised once that is durable.
                refusal, item = error, new_item(handed, ItemKind.CREDIT, notice, notice.total, now)
                item.state, item.code, item.detail = ItemState.REFUSED, error.code, str(error)
                put_item(session, known, item)
                if handed.signed.domain == self._domain:
                    note_refusal(session, item, handed.signed.record.object, now)
            else:
                if same is not None:
                    return same
                item = new_item(handed, ItemKind.CREDIT, notice, notice.total, now)
                return self._keep(session, known, handed, item)
        raise refusal

    def reversal(self, handed: Handed, notice: ReversalNotice, now: int) -> PaymentItem:
        """Take that a bank takes a credit back; it may come before the credit.

        Raises:
            PaymentRefusedError: It does not fit the credit.
        """
        with self._state.write() as session:
            if (known := known_item(session, handed)) is not None:
                return known
            self._require_signed(handed, Role.BANK, now)
            record = self._record(handed, ReversalNotify, now)
            row = self._declaration(session, notice.declaration_no, record.object)
            self._require_content(handed, notice, record.content, notice.bank)
            if hex32(record.notice) != notice.notice:
                raise ContentMismatchError
            credit = named_item(session, notice.notice)
            if credit is not None:
                _require_same("declaration", row.declaration_no, credit.declaration_no or "")
                _require_same("pay_id", notice.pay_id, credit.reference)
                _require_same("bank", notice.bank, credit.organisation)
                _require_amount(notice.total, credit.amount)
            earlier = select(PaymentItem).where(
                PaymentItem.kind == ItemKind.REVERSAL,
                PaymentItem.refers == notice.notice,
                PaymentItem.organisation == handed.organisation,
                PaymentItem.state != ItemState.REFUSED,
            )
            if (same := session.scalar(earlier.limit(1))) is not None:
                return same
            item = new_item(handed, ItemKind.REVERSAL, notice, notice.total, now)
            item.declaration_no, item.refers = row.declaration_no, notice.notice
            return self._keep(session, None, handed, item)

    def guarantee(self, handed: Handed, notice: GuaranteeNotice, now: int) -> PaymentItem:
        """Take a bank's guarantee.

        Raises:
            PaymentRefusedError: It does not fit its message, or the number came before.
        """
        with self._state.write() as session:
            if (known := known_item(session, handed)) is not None:
                return known
            self._require_signed(handed, Role.BANK, now)
            record = self._record(handed, GuaranteeGrant, now)
            self._require_content(handed, notice, record.content, notice.bank)
            self._require_opening(handed, Point(record.limit_x, record.limit_y), notice.limit)
            self._require_guarantee_number(record, notice)
            single = bytes(32)
            if notice.declaration_nos:
                row = session.get(PaymentDeclaration, notice.declaration_nos[0])
                if row is None:
                    raise DeclarationUnknownError(notice.declaration_nos[0])
                single = bytes.fromhex(row.object_id[2:])
            _require_same("declaration", hex32(record.declaration), hex32(single))
            _require_same(
                "kind", GuaranteeKind(record.kind).name.lower() if record.kind else "", notice.kind
            )
            _require_same("valid_from", str(record.valid_from), str(notice.valid_from))
            _require_same("valid_to", str(record.valid_to), str(notice.valid_to))
            require_end(record.valid_to)
            if (
                earlier := numbered_item(session, handed, ItemKind.GUARANTEE, notice.number)
            ) is not None:
                _require_repeated(earlier, notice)
                return earlier
            item = new_item(handed, ItemKind.GUARANTEE, notice, notice.limit, now)
            item.declaration_no, item.refers = None, hex32(record.object)
            return self._keep(session, None, handed, item)

    def change(self, handed: Handed, now: int) -> PaymentItem:
        """Take a new end of a guarantee.

        Raises:
            PaymentRefusedError: There is no such guarantee of the bank.
        """
        with self._state.write() as session:
            if (known := known_item(session, handed)) is not None:
                return known
            self._require_signed(handed, Role.BANK, now)
            record = self._record(handed, GuaranteeChange, now)
            require_end(record.valid_to)
            row = session.get(PaymentGuarantee, hex32(record.object))
            if row is None or row.bank != handed.organisation:
                raise GuaranteeUnknownError(hex32(record.object))
            item = bare_item(handed, ItemKind.CHANGE, row.number, now, content="{}", amount=0)
            item.refers = row.object_id
            return self._keep(session, None, handed, item)

    def draw(self, handed: Handed, request: DrawRequest, now: int) -> PaymentItem:
        """Take a request that a guarantee cover a declaration.

        Raises:
            PaymentRefusedError: It does not fit guarantee or declaration.
        """
        with self._state.write() as session:
            if (known := known_item(session, handed)) is not None:
                return known
            self._require_signed(handed, Role.BANK | Role.ENTERPRISE, now)
            record = self._record(handed, GuaranteeDraw, now)
            row = self._declaration(session, request.declaration_no, record.declaration)
            if handed.organisation not in {row.declarant, request.bank}:
                raise DeclarationUnknownError(request.declaration_no)
            self._require_content(handed, request, record.content)
            point = Point(record.quantity_x, record.quantity_y)
            self._require_opening(handed, point, request.total)
            number = guarantee_number(
                self._bench.keys.consortium(), bank_code(request.bank), request.number
            )
            wanted = guarantee_id(bytes.fromhex(request.bank[2:]), number)
            if wanted != record.object:
                raise IdentifierMismatchError("guarantee")
            _require_same("tax_id", request.tax_id, row.taxpayer)
            _require_latest(row, record.assessment)
            item = new_item(handed, ItemKind.DRAW, request, request.total, now)
            item.refers = hex32(record.object)
            return self._keep(session, None, handed, item)

    def _check_credit(
        self, session: Session, handed: Handed, notice: CreditNotice, now: int
    ) -> PaymentItem | None:
        """Check a credit; return the one that stands, where this only repeats it."""
        record = self._record(handed, CreditNotify, now)  # (2)
        row = self._declaration(session, notice.declaration_no, record.object)  # (3)
        self._require_content(handed, notice, record.content, notice.bank)  # (4)
        point = Point(record.commitment_x, record.commitment_y)
        self._require_opening(handed, point, notice.total)  # (5)
        key = self._bench.keys.consortium()
        if credit_id(key, bank_code(notice.bank), notice.pay_id) != record.credit:  # (6)
            raise IdentifierMismatchError("credit")
        _require_same("tax_id", notice.tax_id, row.taxpayer)
        _require_same("customs_code", notice.customs_code, row.customs_code)
        order = find_order(session, handed.organisation, notice.pay_id)
        if order is not None:
            require_order(order, notice)  # (7)
        earlier = numbered_item(session, handed, ItemKind.CREDIT, notice.pay_id)
        if earlier is not None:
            _require_repeated(earlier, notice)  # (9)
            return earlier
        require_credited(record.credited_at, row.registered_at, now)
        _require_latest(row, record.assessment)  # (8)
        return None

    def _require_signed(self, handed: Handed, roles: Role, now: int) -> None:
        self._bench.signers.require(handed.signed, handed.organisation, roles, now)

    def _record(self, handed: Handed, kind: type[_Kind], now: int) -> _Kind:
        record = handed.signed.record
        if not isinstance(record, kind):
            raise RecordUnfitError(f"it is a {record.TYPE_NAME}, not a {kind.TYPE_NAME}")
        if handed.signed.domain != self._domain:
            raise RecordUnfitError("it is for another contract or chain")
        require_expiry(record.expires, now)
        return record

    @staticmethod
    def _declaration(session: Session, number: str, object_id: bytes) -> PaymentDeclaration:
        row = session.get(PaymentDeclaration, number)
        if row is None or row.assessment is None:
            raise DeclarationUnknownError(number)
        if row.object_id != hex32(object_id):
            raise IdentifierMismatchError("declaration")
        return row

    @staticmethod
    def _require_content(
        handed: Handed, message: PaymentMessage, committed: bytes, bank: str | None = None
    ) -> None:
        if content_hash(message) != committed:
            raise ContentMismatchError
        if bank is not None:
            _require_same("bank", bank, handed.organisation)

    @staticmethod
    def _require_opening(handed: Handed, commitment: Point, amount: int) -> None:
        if handed.opening is None:
            raise OpeningMismatchError
        try:
            verify_opening(commitment, handed.opening)
        except CommitmentError as error:
            raise OpeningMismatchError from error
        _require_amount(handed.opening.value, amount)

    def _require_guarantee_number(self, record: GuaranteeGrant, notice: GuaranteeNotice) -> None:
        key = self._bench.keys.consortium()
        number = guarantee_number(key, bank_code(notice.bank), notice.number)
        wanted = guarantee_id(bytes.fromhex(notice.bank[2:]), number)
        if record.number != number or record.object != wanted:
            raise IdentifierMismatchError("guarantee")

    def _keep(
        self, session: Session, known: PaymentItem | None, handed: Handed, item: PaymentItem
    ) -> PaymentItem:
        if handed.opening is not None:
            item.blinding = self._bench.box.seal(f"item {item.name}", handed.opening)
        return put_item(session, known, item)


def _require_latest(row: PaymentDeclaration, assessment: bytes) -> None:
    try:
        require_latest(row, assessment)
    except NotYetError as error:
        raise DeclarationUnknownError(row.declaration_no) from error


def _require_same(name: str, actual: str, expected: str) -> None:
    if actual != expected:
        raise PaymentMismatchError(name, actual, expected)


def _require_amount(actual: int, expected: int) -> None:
    if actual != expected:
        raise AmountMismatchError("total", str(actual), str(expected))


def _require_repeated(earlier: PaymentItem, message: PaymentMessage) -> None:
    """Refuse a number that came with other content; the salt and the order's name may differ."""
    kept = type(message).parse_text(earlier.content.encode()).to_json()
    if _facts(kept) != _facts(message.to_json()) or earlier.state == ItemState.REVERSED:
        raise PaymentConflictError(earlier.reference)


def _facts(value: Mapping[str, object]) -> dict[str, object]:
    return {name: member for name, member in value.items() if name not in {"salt", "order"}}
