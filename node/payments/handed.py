"""What a member hands in, and the items that are kept of it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.commitments.pedersen import Opening
from contracts.payments.messages import PaymentMessage
from contracts.records.signed import SignedRecord
from node.outbox.outbox import hex32, record_text
from node.payments.tables import ItemKind, ItemState, PaymentItem

_ENDED: Final = (ItemState.REFUSED, ItemState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a member hands in.

    Attributes:
        organisation: Who does: 0x and 64 digits.
        signed: The record.
        opening: Of the record's commitment, where it has one.
    """

    organisation: str
    signed: SignedRecord
    opening: Opening | None = None

    @property
    def name(self) -> str:
        """The record's digest."""
        return hex32(self.signed.digest)


def known_item(session: Session, handed: Handed) -> PaymentItem | None:
    """Return what a member handed in before; None where another did.

    Records are public: whoever repeats another's learns nothing by it.
    """
    found = named_item(session, handed.name)
    return None if found is None or found.organisation != handed.organisation else found


def named_item(session: Session, name: str) -> PaymentItem | None:
    """Return the item of a name, whoever handed it in."""
    return session.scalar(select(PaymentItem).where(PaymentItem.name == name))


def numbered_item(
    session: Session, handed: Handed, kind: ItemKind, reference: str
) -> PaymentItem | None:
    """Return what stands of a member under a number; what was refused frees it."""
    query = select(PaymentItem).where(
        PaymentItem.organisation == handed.organisation,
        PaymentItem.kind == kind,
        PaymentItem.reference == reference,
        PaymentItem.state.not_in(_ENDED),
    )
    return session.scalar(query.order_by(PaymentItem.sequence).limit(1))


def new_item(
    handed: Handed, kind: ItemKind, message: PaymentMessage, amount: int, now: int
) -> PaymentItem:
    """Return a new item of a record with its message."""
    members = message.to_json()
    reference = str(members.get("pay_id") or members.get("number"))
    content = message.to_bytes().decode()
    item = bare_item(handed, kind, reference, now, content=content, amount=amount)
    if isinstance(members.get("declaration_no"), str):
        item.declaration_no = str(members["declaration_no"])
    return item


def bare_item(
    handed: Handed, kind: ItemKind, reference: str, now: int, *, content: str, amount: int
) -> PaymentItem:
    """Return a new item of a record."""
    return PaymentItem(
        name=handed.name,
        kind=kind,
        organisation=handed.organisation,
        reference=reference,
        declaration_no=None,
        refers=None,
        content=content,
        amount=amount,
        blinding=None,
        record=record_text(handed.signed),
        received_at=now,
    )


def put_item(session: Session, known: PaymentItem | None, item: PaymentItem) -> PaymentItem:
    """Keep an item, in the place of the refused one of the same record."""
    if known is not None:
        session.delete(known)
        session.flush()
    session.add(item)
    session.flush()
    return item
