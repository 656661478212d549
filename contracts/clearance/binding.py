"""The clearance contract as Python sees it: typed reads, and calls for its records."""

from collections.abc import Mapping
from typing import ClassVar

from contracts.clearance.events import CLEARANCE_EVENTS
from contracts.clearance.records import (
    AmendmentRegister,
    Approval,
    CargoState,
    ChannelDecide,
    CheckReport,
    ClaimName,
    ClearanceGrant,
    DeclarationCancel,
    DeclarationRegister,
    EvidenceLink,
    FactAwait,
    FactState,
    HoldPost,
    OverrideAsk,
    RatesSet,
)
from contracts.clearance.state import ClearanceState, FactRecord, unpack_rates
from contracts.events import Event
from contracts.ledger import BlockTag
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record


class ClearanceContract(RecordBookContract):
    """The clearance contract: declarations from registration to clearance."""

    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]] = {
        RatesSet: ("setRates", 400_000),
        DeclarationRegister: ("register", 600_000),
        AmendmentRegister: ("amend", 400_000),
        ChannelDecide: ("decideChannel", 600_000),
        ClaimName: ("nameClaim", 600_000),
        CheckReport: ("reportCheck", 400_000),
        FactAwait: ("awaitFact", 400_000),
        FactState: ("stateFact", 400_000),
        CargoState: ("stateCargo", 400_000),
        ClearanceGrant: ("grant", 2_000_000),
        HoldPost: ("postHold", 400_000),
        DeclarationCancel: ("cancel", 600_000),
        OverrideAsk: ("askOverride", 500_000),
        Approval: ("approve", 500_000),
        EvidenceLink: ("linkEvidence", 400_000),
    }
    EVENTS: ClassVar[tuple[type[Event], ...]] = CLEARANCE_EVENTS

    def declaration(self, declaration: bytes, block: BlockTag = "latest") -> ClearanceState | None:
        """Return how a declaration stands, or None when it was never registered."""
        words = self._integers("declarationWords(bytes32)", 3, block, declaration)
        return ClearanceState.from_words(declaration, *words)

    def is_released(self, declaration: bytes, block: BlockTag = "latest") -> bool:
        """Return whether a declaration's goods may leave the supervised area."""
        (released,) = self._integers("isReleased(bytes32)", 1, block, declaration)
        return bool(released)

    def rates(self, country: str, block: BlockTag = "latest") -> tuple[int, ...] | None:
        """Return a country's rates of inspection by rank, None where none were set.

        Args:
            country: ISO 3166 alpha-2 code.
            block: As of which block.
        """
        number = int.from_bytes(country.encode("ascii"), "big")
        return unpack_rates(self._integers("ratesOf(uint256)", 1, block, number)[0])

    def priors(self, declaration: bytes, block: BlockTag = "latest") -> tuple[bytes, ...]:
        """Return the declarations from which one inherits its draw."""
        found = self._integers("priorsOf(bytes32)", 2, block, declaration)
        return tuple(dict.fromkeys(one.to_bytes(32, "big") for one in found if one))

    def claims(self, declaration: bytes, block: BlockTag = "latest") -> list[tuple[bytes, bytes]]:
        """Return certificate and claim of each claim that a declaration rests on."""
        state = self.declaration(declaration, block)
        pairs = (
            self._integers("claimAt(bytes32,uint256)", 2, block, declaration, index)
            for index in range(0 if state is None else state.claims)
        )
        return [(one.to_bytes(32, "big"), two.to_bytes(32, "big")) for one, two in pairs]

    def fact(
        self, declaration: bytes, fact: bytes, block: BlockTag = "latest"
    ) -> FactRecord | None:
        """Return an awaited fact, None where it is not awaited."""
        words = self._integers("factWords(bytes32,bytes32)", 2, block, declaration, fact)
        return FactRecord.from_words(*words)
