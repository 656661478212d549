"""The origin contract as Python sees it: typed reads, and calls for its records."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from contracts.abi import words
from contracts.calls import Call, together_call
from contracts.commitments.curve import Point
from contracts.events import Event
from contracts.ledger import BlockTag
from contracts.origin.events import ORIGIN_EVENTS
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateDraw,
    CertificateIssue,
    CertificateMessage,
    CertificateSupersede,
    ClaimAccept,
    ClaimDoubt,
    ClaimReject,
    ClaimReverse,
    VerificationStep,
)
from contracts.origin.state import CertificateLink, CertificateState, ClaimState, ItemState
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record


class OriginContract(RecordBookContract):
    """The origin contract; a claim is named by the digest of its record."""

    # Enough for the first touch after two upgrades, which reads through both predecessors;
    # tests/contracts/gas.json holds what is used.
    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]] = {
        CertificateIssue: ("issue", 420_000),
        CertificateMessage: ("tell", 300_000),
        CertificateClaim: ("claim", 400_000),
        ClaimAccept: ("accept", 500_000),
        ClaimReject: ("reject", 400_000),
        ClaimReverse: ("reverse", 450_000),
        ClaimDoubt: ("doubt", 400_000),
        VerificationStep: ("step", 350_000),
        CertificateDraw: ("draw", 550_000),
        CertificateCancel: ("cancel", 300_000),
        CertificateSupersede: ("supersede", 350_000),
    }
    EVENTS: ClassVar[tuple[type[Event], ...]] = ORIGIN_EVENTS

    def certificate(
        self, certificate: bytes, block: BlockTag = "latest"
    ) -> CertificateState | None:
        """Return a certificate, or None when it was never issued."""
        answer = self._read("certificateWords(bytes32)", block, certificate)
        issuer, state = words(answer, 2, "certificateWords")
        return CertificateState.from_words(certificate, issuer, int.from_bytes(state, "big"))

    def item(self, certificate: bytes, number: int, block: BlockTag = "latest") -> ItemState:
        """Return how far an item (from 1) is drawn."""
        share, x, y = self._integers("itemState(bytes32,uint16)", 3, block, certificate, number)
        return ItemState(share, Point(x, y))

    def claim(
        self, certificate: bytes, claim: bytes, block: BlockTag = "latest"
    ) -> ClaimState | None:
        """Return a claim by the digest of its record, or None when it was never made."""
        answer = self._integers("claimWords(bytes32,bytes32)", 3, block, certificate, claim)
        state, x, y = answer
        return ClaimState.from_words(state, x, y)

    def link(self, certificate: bytes, block: BlockTag = "latest") -> CertificateLink:
        """Return what a certificate was issued from, and what replaced it."""
        answer = self._read("linkWords(bytes32)", block, certificate)
        parent, successor = words(answer, 2, "linkWords")
        return CertificateLink(
            parent if any(parent) else None, successor if any(successor) else None
        )

    def child(self, draw: bytes, block: BlockTag = "latest") -> bytes | None:
        """Return the certificate that a draw was made for, or None for another claim."""
        (answer,) = words(self._read("childOf(bytes32)", block, draw), 1, "childOf")
        return answer if any(answer) else None

    def submit_together(self, calls: Sequence[Call]) -> Call:
        """Return one call that carries records of which all are accepted, or none.

        Raises:
            ValueError: No calls, too many, too long ones, or of another contract.
        """
        return together_call(tuple(calls))
