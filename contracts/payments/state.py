"""What the payments contract keeps, as typed values; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from contracts.commitments.curve import Point
from contracts.payments.records import AssessmentKind, GuaranteeKind

WHOLE: Final = 10_000
COVERS_LIMIT: Final = 8
_MASK_16: Final = (1 << 16) - 1
_MASK_64: Final = (1 << 64) - 1
NOTHING: Final = Point(0, 0)


class CreditStatus(IntEnum):
    """Standing of a credit, or of a refund."""

    PENDING = 1
    ACCEPTED = 2
    REFUSED = 3
    WITHDRAWN = 4
    REVERSING = 5
    REVERSED = 6
    PAID_OUT = 7
    TURNED = 8


class DrawStatus(IntEnum):
    """Standing of a draw on a guarantee."""

    PENDING = 1
    ACCEPTED = 2
    REFUSED = 3
    COVERING = 4
    RESTORED = 5


@dataclass(frozen=True, slots=True)
class DeclarationState:
    """How a declaration's dues stand.

    Attributes:
        id: Its identifier, 32 bytes.
        kind: What its latest assessment says.
        sequence: Number of that assessment, from 1.
        amendment: Its current amendment count.
        assessed: The amendment that the latest assessment is of.
        paid_share: What is paid, in 1/10,000 of what is due, rounded down.
        total_share: What is paid or guaranteed, likewise.
        reversals: Credits that their banks take back and customs has not decided on.
        covers: How many draws cover it.
        assessment: Digest of the latest assessment.
        due: Commitment to the total due, (0, 0) where nothing is.
        paid: Commitment to what is paid.
        covered: Commitment to what is guaranteed.
    """

    id: bytes
    kind: AssessmentKind
    sequence: int
    amendment: int
    assessed: int
    paid_share: int
    total_share: int
    reversals: int
    covers: int
    assessment: bytes
    due: Point
    paid: Point
    covered: Point

    @property
    def is_payable(self) -> bool:
        """Whether the latest assessment has anything to pay."""
        return self.kind <= AssessmentKind.FINAL

    @classmethod
    def from_words(cls, declaration: bytes, words: Sequence[int]) -> "DeclarationState | None":
        """Decode the stored words; no sequence means that nothing was assessed."""
        state, assessment, *points = words
        if not state >> 8 & _MASK_16:
            return None
        return cls(
            id=declaration,
            kind=AssessmentKind(state & 0xFF),
            sequence=state >> 8 & _MASK_16,
            amendment=state >> 24 & _MASK_16,
            assessed=state >> 40 & _MASK_16,
            paid_share=state >> 56 & _MASK_16,
            total_share=state >> 72 & _MASK_16,
            reversals=state >> 88 & _MASK_16,
            covers=state >> 104 & 0xFF,
            assessment=assessment.to_bytes(32, "big"),
            due=Point(*points[0:2]),
            paid=Point(*points[2:4]),
            covered=Point(*points[4:6]),
        )


@dataclass(frozen=True, slots=True)
class CreditState:
    """A credit, or a refund.

    Attributes:
        notice: Digest of the record that states it, 32 bytes.
        status: Its standing.
        declaration: What it is for.
        organisation: Who states it: a bank, or customs.
        credit: Its keyed hash.
        amount: Commitment to its amount.
    """

    notice: bytes
    status: CreditStatus
    declaration: bytes
    organisation: bytes
    credit: bytes
    amount: Point

    @classmethod
    def from_words(cls, notice: bytes, words: Sequence[int]) -> "CreditState | None":
        """Decode the stored words; status zero means that there is none."""
        status, declaration, organisation, credit, x, y = words
        if status == 0:
            return None
        return cls(
            notice,
            CreditStatus(status),
            declaration.to_bytes(32, "big"),
            organisation.to_bytes(32, "big"),
            credit.to_bytes(32, "big"),
            Point(x, y),
        )


@dataclass(frozen=True, slots=True)
class GuaranteeState:
    """A guarantee.

    Attributes:
        id: Its identifier, 32 bytes.
        kind: For one declaration, or for any.
        valid_from: First second of its validity.
        valid_to: First second after it.
        bank: Who guarantees.
        declaration: The declaration of a single one, zeros for a general one.
        limit: Commitment to the limit.
        share: What is drawn, in 1/10,000 of the limit, rounded up.
        drawn: Commitment to what is drawn.
    """

    id: bytes
    kind: GuaranteeKind
    valid_from: int
    valid_to: int
    bank: bytes
    declaration: bytes
    limit: Point
    share: int
    drawn: Point

    def is_valid(self, now: int) -> bool:
        """Return whether it may be drawn on, and covers.

        Args:
            now: Block time in seconds.
        """
        return self.valid_from <= now < self.valid_to

    @classmethod
    def from_words(cls, guarantee: bytes, words: Sequence[int]) -> "GuaranteeState | None":
        """Decode the stored words; state zero means that there is none."""
        state, bank, declaration, limit_x, limit_y, drawn, x, y = words
        if state == 0:
            return None
        return cls(
            id=guarantee,
            kind=GuaranteeKind(state & 0xFF),
            valid_from=state >> 8 & _MASK_64,
            valid_to=state >> 72 & _MASK_64,
            bank=bank.to_bytes(32, "big"),
            declaration=declaration.to_bytes(32, "big"),
            limit=Point(limit_x, limit_y),
            share=drawn & _MASK_16,
            drawn=Point(x, y),
        )


@dataclass(frozen=True, slots=True)
class DrawState:
    """A draw on a guarantee.

    Attributes:
        draw: Its digest, 32 bytes.
        status: Its standing.
        guarantee: What is drawn on.
        declaration: What it is for.
        amount: Commitment to its amount.
    """

    draw: bytes
    status: DrawStatus
    guarantee: bytes
    declaration: bytes
    amount: Point

    @classmethod
    def from_words(cls, draw: bytes, words: Sequence[int]) -> "DrawState | None":
        """Decode the stored words; status zero means that there is none."""
        status, guarantee, declaration, x, y = words
        if status == 0:
            return None
        return cls(
            draw,
            DrawStatus(status),
            guarantee.to_bytes(32, "big"),
            declaration.to_bytes(32, "big"),
            Point(x, y),
        )
