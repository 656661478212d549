"""What is signed about the payment of duties and taxes.

The object of a record is a declaration, the keyed hash of its number that begins with the
two letters of its country, or a guarantee, `guarantee_id` of its bank and number. Amounts
are whole dong (VND), hidden in commitments. Times without "expires" are event times as the
signer claims them, in seconds since 1970 UTC. Where a field names nothing, it holds zeros.

Shares of a declaration are floor(amount / total due x 10,000), at most 10,000: what settles
rounds down. Shares of a guarantee are ceil(drawn / limit x 10,000): what draws rounds up.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final

from contracts.records.fields import Bytes32, UInt8, UInt16, UInt64, UInt256
from contracts.records.record import Record

DOMAIN: Final = "payments"


class AssessmentKind(IntEnum):
    """What an `AssessmentIssue` says."""

    PROVISIONAL = 1
    FINAL = 2
    ZERO = 3
    EXEMPT = 4


class CreditDecision(IntEnum):
    """What a `CreditDecide` says of a credit."""

    ACCEPT = 1
    REFUSE = 2
    REVERSE = 3
    KEEP = 4


class GuaranteeKind(IntEnum):
    """What a guarantee is for: one declaration, or any of its principal."""

    SINGLE = 1
    GENERAL = 2


class DrawDecision(IntEnum):
    """What a `DrawDecide` says of a draw."""

    ACCEPT = 1
    REFUSE = 2
    RESTORE = 3


class CoverKind(IntEnum):
    """What a `CoverPost` does with an accepted draw."""

    ADD = 1
    RELEASE = 2


@dataclass(frozen=True, slots=True)
class AssessmentIssue(Record):
    """Customs states what is due on a declaration, in the place of what it stated before.

    Attributes:
        sequence: Number of this assessment of the declaration: 1, 2, …
        amendment: The declaration's amendment count that it assesses.
        kind: An `AssessmentKind`; zero and exempt need no payment and commit to nothing.
        content: Salted SHA-256 of the assessment.
        commitment_x: Commitment to the total due, x.
        commitment_y: The same point's y.
        paid_share: What is paid so far, in 1/10,000 of the new total, rounded down.
        total_share: What is paid or guaranteed so far, likewise.
        assessed_at: When customs assessed it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "AssessmentIssue"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    sequence: UInt16
    amendment: UInt16
    kind: UInt8
    content: Bytes32
    commitment_x: UInt256
    commitment_y: UInt256
    paid_share: UInt16
    total_share: UInt16
    assessed_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class DeclarationAmend(Record):
    """Customs states that a declaration was amended: no earlier assessment settles it.

    Attributes:
        amendment: The declaration's amendment count, larger than before.
        amended_at: When it was amended.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "DeclarationAmend"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    amendment: UInt16
    amended_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CreditNotify(Record):
    """A bank states that it credited the treasury for a declaration.

    Attributes:
        credit: Keyed hash of bank and payment id; of one bank it counts once.
        assessment: Digest of the latest `AssessmentIssue`.
        commitment_x: Commitment to the amount, x.
        commitment_y: The same point's y.
        content: Salted SHA-256 of the credit notice.
        credited_at: When the treasury's account was credited.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CreditNotify"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    credit: Bytes32
    assessment: Bytes32
    commitment_x: UInt256
    commitment_y: UInt256
    content: Bytes32
    credited_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class ReversalNotify(Record):
    """The bank takes a credit back: a pending one is withdrawn, an accepted one awaits customs.

    Until customs has decided, the declaration is not settled.

    Attributes:
        notice: Digest of its `CreditNotify`.
        content: Salted SHA-256 of the reversal notice.
        reversed_at: When the bank took it back.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "ReversalNotify"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    notice: Bytes32
    content: Bytes32
    reversed_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CreditDecide(Record):
    """Customs decides over the opened amount of a credit or of its reversal.

    Attributes:
        notice: Digest of the `CreditNotify`, or of a `RefundPost` toward this declaration.
        kind: A `CreditDecision`: accept or refuse a pending credit, reverse or keep one that
            its bank takes back.
        assessment: Digest of the latest `AssessmentIssue`, which the shares are of.
        paid_before: Share paid before.
        paid_after: Share paid with, or without, this credit.
        total_after: Share paid or guaranteed together.
        commitment_x: Commitment to all that is paid, x; as before where nothing changes.
        commitment_y: The same point's y.
        reason: Salted hash of the reason of a refusal.
        decided_at: When customs decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CreditDecide"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    notice: Bytes32
    kind: UInt8
    assessment: Bytes32
    paid_before: UInt16
    paid_after: UInt16
    total_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    reason: Bytes32
    decided_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class RefundPost(Record):
    """Customs pays back what is paid too much, or turns it toward another declaration.

    Accepted where payments alone settle the declaration, before and after.

    Attributes:
        refund: Keyed hash of the refund's number; once.
        toward: The declaration that the money is turned toward, zeros where it is paid out.
        assessment: Digest of the latest `AssessmentIssue`.
        quantity_x: Commitment to the refund, x.
        quantity_y: The same point's y.
        commitment_x: Commitment to what stays paid, x.
        commitment_y: The same point's y.
        content: Salted SHA-256 of the refund decision.
        refunded_at: When customs decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "RefundPost"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    refund: Bytes32
    toward: Bytes32
    assessment: Bytes32
    quantity_x: UInt256
    quantity_y: UInt256
    commitment_x: UInt256
    commitment_y: UInt256
    content: Bytes32
    refunded_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class GuaranteeGrant(Record):
    """A bank guarantees duties and taxes up to a limit.

    Attributes:
        number: Keyed hash of the guarantee's number; with the bank it makes the object.
        kind: A `GuaranteeKind`.
        declaration: The declaration of a single guarantee, zeros for a general one.
        limit_x: Commitment to the limit, x.
        limit_y: The same point's y.
        content: Salted SHA-256 of the guarantee.
        valid_from: First second of its validity.
        valid_to: First second after it.
        granted_at: When the bank granted it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "GuaranteeGrant"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    number: Bytes32
    kind: UInt8
    declaration: Bytes32
    limit_x: UInt256
    limit_y: UInt256
    content: Bytes32
    valid_from: UInt64
    valid_to: UInt64
    granted_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class GuaranteeChange(Record):
    """The bank moves a guarantee's end: later, or earlier while nothing is drawn.

    Attributes:
        valid_to: First second after its validity.
        changed_at: When the bank changed it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "GuaranteeChange"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    valid_to: UInt64
    changed_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class GuaranteeDraw(Record):
    """The bank, or an enterprise, asks to draw on a guarantee for a declaration.

    Attributes:
        declaration: The declaration whose dues it is to cover.
        assessment: Digest of its latest `AssessmentIssue`.
        quantity_x: Commitment to the amount, x.
        quantity_y: The same point's y.
        content: Salted SHA-256 of the request.
        drawn_at: When it was asked.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "GuaranteeDraw"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    declaration: Bytes32
    assessment: Bytes32
    quantity_x: UInt256
    quantity_y: UInt256
    content: Bytes32
    drawn_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class DrawDecide(Record):
    """Customs decides over the opened amount of a draw, or gives it back to the guarantee.

    Attributes:
        draw: Digest of the `GuaranteeDraw`.
        kind: A `DrawDecision`; a restored draw covers nothing any more.
        share_before: The guarantee's drawn share before, in 1/10,000 of its limit.
        share_after: The share after, rounded up.
        commitment_x: Commitment to all that is drawn, x; as before for a refusal.
        commitment_y: The same point's y.
        reason: Salted hash of the reason of a refusal.
        decided_at: When customs decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "DrawDecide"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    draw: Bytes32
    kind: UInt8
    share_before: UInt16
    share_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    reason: Bytes32
    decided_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class CoverPost(Record):
    """Customs lets an accepted draw cover its declaration, or no longer.

    Attributes:
        draw: Digest of the `GuaranteeDraw`.
        kind: A `CoverKind`.
        assessment: Digest of the latest `AssessmentIssue`.
        total_before: Share paid or guaranteed before.
        total_after: The same with, or without, the draw.
        commitment_x: Commitment to all that is guaranteed, x.
        commitment_y: The same point's y.
        covered_at: When customs decided.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "CoverPost"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    draw: Bytes32
    kind: UInt8
    assessment: Bytes32
    total_before: UInt16
    total_after: UInt16
    commitment_x: UInt256
    commitment_y: UInt256
    covered_at: UInt64
    expires: UInt64


PAYMENTS_RECORDS: Final[tuple[type[Record], ...]] = (
    AssessmentIssue,
    DeclarationAmend,
    CreditNotify,
    ReversalNotify,
    CreditDecide,
    RefundPost,
    GuaranteeGrant,
    GuaranteeChange,
    GuaranteeDraw,
    DrawDecide,
    CoverPost,
)
