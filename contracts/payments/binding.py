"""The payments contract as Python sees it: typed reads, and calls for its records."""

from collections.abc import Mapping
from typing import ClassVar

from contracts.events import Event
from contracts.ledger import BlockTag
from contracts.payments.events import PAYMENTS_EVENTS
from contracts.payments.records import (
    AssessmentIssue,
    CoverPost,
    CreditDecide,
    CreditNotify,
    DeclarationAmend,
    DrawDecide,
    GuaranteeChange,
    GuaranteeDraw,
    GuaranteeGrant,
    RefundPost,
    ReversalNotify,
)
from contracts.payments.state import CreditState, DeclarationState, DrawState, GuaranteeState
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record


class PaymentsContract(RecordBookContract):
    """The payments contract: assessments, credits, guarantees, settlement."""

    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]] = {
        AssessmentIssue: ("assess", 900_000),
        DeclarationAmend: ("amend", 800_000),
        CreditNotify: ("notifyCredit", 700_000),
        ReversalNotify: ("notifyReversal", 900_000),
        CreditDecide: ("decideCredit", 1_000_000),
        RefundPost: ("refund", 1_100_000),
        GuaranteeGrant: ("grant", 500_000),
        GuaranteeChange: ("change", 500_000),
        GuaranteeDraw: ("draw", 700_000),
        DrawDecide: ("decideDraw", 700_000),
        CoverPost: ("cover", 1_100_000),
    }
    EVENTS: ClassVar[tuple[type[Event], ...]] = PAYMENTS_EVENTS

    def is_settled(self, declaration: bytes, block: BlockTag = "latest") -> bool:
        """Return whether a declaration's dues are settled in a block."""
        (settled,) = self._integers("isSettled(bytes32)", 1, block, declaration)
        return bool(settled)

    def declaration(
        self, declaration: bytes, block: BlockTag = "latest"
    ) -> DeclarationState | None:
        """Return how a declaration stands, or None when nothing was assessed."""
        words = self._integers("declarationWords(bytes32)", 8, block, declaration)
        return DeclarationState.from_words(declaration, words)

    def covers(self, declaration: bytes, block: BlockTag = "latest") -> list[bytes]:
        """Return the digests of the draws that cover a declaration, the first one first."""
        state = self.declaration(declaration, block)
        found = range(0 if state is None else state.covers)
        return [
            self._integers("coverAt(bytes32,uint256)", 1, block, declaration, index)[0].to_bytes(
                32, "big"
            )
            for index in found
        ]

    def credit(self, notice: bytes, block: BlockTag = "latest") -> CreditState | None:
        """Return a credit or a refund by the digest of its record, None for an unknown one."""
        words = self._integers("creditWords(bytes32)", 6, block, notice)
        return CreditState.from_words(notice, words)

    def notice_of(
        self, organisation: bytes, credit: bytes, block: BlockTag = "latest"
    ) -> bytes | None:
        """Return the digest of the last notice of an organisation's credit, None for none."""
        (notice,) = self._integers("noticeOf(bytes32,bytes32)", 1, block, organisation, credit)
        return notice.to_bytes(32, "big") if notice else None

    def guarantee(self, guarantee: bytes, block: BlockTag = "latest") -> GuaranteeState | None:
        """Return a guarantee, or None when no bank granted it."""
        words = self._integers("guaranteeWords(bytes32)", 8, block, guarantee)
        return GuaranteeState.from_words(guarantee, words)

    def draw(self, draw: bytes, block: BlockTag = "latest") -> DrawState | None:
        """Return a draw by the digest of its record, None for an unknown one."""
        return DrawState.from_words(draw, self._integers("drawWords(bytes32)", 5, block, draw))
