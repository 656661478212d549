"""What a judgement of an item says: records to sign, and what is kept once they are final."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from contracts.commitments.pedersen import Opening
from contracts.payments.settlement import settled_share
from contracts.records.record import Record
from contracts.records.signed import SignedRecord
from node.payments.identifiers import PaymentKeys
from node.payments.sealing import OpeningBox
from node.payments.signers import Signers
from node.payments.tables import ItemState, PaymentDeclaration, PaymentGuarantee, PaymentItem

LIFETIME_SECONDS: Final = 86_400

Values = Mapping[str, str | int | None]


class NotYetError(Exception):
    """Something that the item needs is not there yet: it is judged again later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Effect:
    """What is kept once the records are final, in one transaction.

    Attributes:
        state: The item's new state.
        declarations: New values of declarations, by number.
        guarantees: New values of guarantees, by identifier; a new one with all its values.
        items: New states of other items, by name.
        orders: Payment orders that are credited: bank and payment id.
        releases: Draws that are to be released, by name.
        turned: An item that follows: money turned toward another declaration.
    """

    state: ItemState = ItemState.DONE
    declarations: Mapping[str, Values] = field(default_factory=dict)
    guarantees: Mapping[str, Values] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    orders: Sequence[Sequence[str]] = ()
    releases: Sequence[str] = ()
    turned: Values | None = None

    def to_text(self) -> str:
        """Return it as JSON."""
        names = ("state", "declarations", "guarantees", "items", "orders", "releases", "turned")
        return json.dumps({name: getattr(self, name) for name in names})

    @classmethod
    def from_text(cls, text: str) -> "Effect":
        """Read what `to_text` wrote."""
        values = json.loads(text)
        return cls(**(values | {"state": ItemState(values["state"])}))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be put on the ledger for an item.

    Attributes:
        records: In their order; the clerk signs those that are not signed.
        effect: What is kept then.
    """

    records: Sequence[Record | SignedRecord]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Bench:
    """What judges share.

    Attributes:
        keys: Identifier keys.
        box: Seals and opens blindings.
        signers: Says whose keys are in force.
        signed_of: Reads an item's signed record.
        is_anchored: Tells whether the ledger has a record already that was tried before.
        is_on_ledger: Tells whether the ledger has a record, tried or not.
        refundable: Tells how much of a taxpayer's money nothing is owed for.
    """

    keys: PaymentKeys
    box: OpeningBox
    signers: Signers
    signed_of: Callable[[PaymentItem], SignedRecord]
    is_anchored: Callable[[PaymentItem], bool]
    is_on_ledger: Callable[[PaymentItem], bool]
    refundable: Callable[[str], int]

    def paid(self, row: PaymentDeclaration) -> Opening:
        """Return the opening of what is paid on a declaration."""
        return self.box.open(f"paid {row.declaration_no}", row.paid, row.paid_blinding)

    def covered(self, row: PaymentDeclaration) -> Opening:
        """Return the opening of what guarantees cover of a declaration."""
        return self.box.open(f"covered {row.declaration_no}", row.covered, row.covered_blinding)

    def drawn(self, row: PaymentGuarantee) -> Opening:
        """Return the opening of what is drawn on a guarantee."""
        return self.box.open(f"drawn {row.object_id}", row.drawn, row.drawn_blinding)

    def amount(self, item: PaymentItem) -> Opening:
        """Return the opening of an item's amount."""
        return self.box.open(f"item {item.name}", item.amount, item.blinding)

    def paid_values(self, row: PaymentDeclaration, paid: Opening) -> dict[str, str | int | None]:
        """Return a declaration's values once another amount is paid."""
        return {
            "paid": paid.value,
            "paid_blinding": self.box.seal(f"paid {row.declaration_no}", paid),
            "paid_share": settled_share(paid.value, row.total),
            "total_share": settled_share(paid.value + row.covered, row.total),
        }

    def covered_values(
        self, row: PaymentDeclaration, covered: Opening
    ) -> dict[str, str | int | None]:
        """Return a declaration's values once another amount is covered."""
        return {
            "covered": covered.value,
            "covered_blinding": self.box.seal(f"covered {row.declaration_no}", covered),
            "total_share": settled_share(row.paid + covered.value, row.total),
        }


Judge = Callable[[Session, PaymentItem, int], Plan]


def declaration_of(session: Session, item: PaymentItem) -> PaymentDeclaration:
    """Return the declaration that an item is about.

    Raises:
        NotYetError: It is not assessed yet.
    """
    row = session.get(PaymentDeclaration, item.declaration_no)
    if row is None:
        raise NotYetError(f"declaration {item.declaration_no} is not assessed yet")
    return row


def follow_name(kind: str, name: str) -> str:
    """Return the name of an item that follows from another, the same every time."""
    return "0x" + hashlib.sha256(f"{kind} {name}".encode()).hexdigest()


def bytes_of(text: str) -> bytes:
    """Return the bytes of 0x and digits."""
    return bytes.fromhex(text[2:])
