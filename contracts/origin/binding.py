"""The origin contract as Python sees it: typed reads, and calls for its records."""

from collections.abc import Mapping
from typing import ClassVar

from contracts.abi import words
from contracts.commitments.curve import Point
from contracts.events import Event
from contracts.ledger import BlockTag
from contracts.origin.events import ORIGIN_EVENTS
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateIssue,
    ClaimAccept,
    ClaimReject,
    ClaimReverse,
)
from contracts.origin.state import CertificateState, ClaimState, ItemState
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record


class OriginContract(RecordBookContract):
    """The origin contract; a claim is named by the digest of its record."""

    # Enough for the first touch after two upgrades, which reads through both predecessors;
    # tests/contracts/gas.json holds what is used.
    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]] = {
        CertificateIssue: ("issue", 300_000),
        CertificateClaim: ("claim", 350_000),
        ClaimAccept: ("accept", 450_000),
        ClaimReject: ("reject", 400_000),
        ClaimReverse: ("reverse", 400_000),
        CertificateCancel: ("cancel", 300_000),
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
