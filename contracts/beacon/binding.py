"""The beacon contract as Python sees it: typed reads, and calls for its records."""

from collections.abc import Mapping
from typing import ClassVar, Final

from contracts.abi import trailing_bytes
from contracts.beacon.events import BEACON_EVENTS
from contracts.beacon.identifiers import country_number, round_id
from contracts.beacon.records import (
    BeaconKeyAdmit,
    BeaconKeyEnd,
    BeaconKeyRegister,
    BeaconPublish,
)
from contracts.beacon.state import SEATS, BeaconKey, Panel, Seed, SeedStanding
from contracts.events import Event
from contracts.ledger import BlockTag
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record

_PANEL_WORDS: Final = 1 + SEATS


class BeaconContract(RecordBookContract):
    """The beacon contract: keys, panels, outputs, seeds."""

    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]] = {
        BeaconKeyRegister: ("registerKey", 14_000_000),
        BeaconKeyAdmit: ("admitKey", 800_000),
        BeaconKeyEnd: ("endKey", 800_000),
        BeaconPublish: ("publish", 600_000),
    }
    EVENTS: ClassVar[tuple[type[Event], ...]] = BEACON_EVENTS

    def seed(self, country: str, number: int, since: int, block: BlockTag = "latest") -> Seed:
        """Return how a round stands.

        Args:
            country: ISO 3166 alpha-2.
            number: Number of the round's block.
            since: When the panel's time began, seconds.
            block: As of which block.
        """
        signature = "seedOf(uint256,uint256,uint256)"
        words = (country_number(country), number, since)
        standing, value = self._integers(signature, 2, block, *words)
        return Seed(SeedStanding(standing), value.to_bytes(32, "big"))

    def key(self, key: bytes, block: BlockTag = "latest") -> BeaconKey | None:
        """Return a key, or None when nobody registered it."""
        return BeaconKey.from_words(key, self._integers("keyWords(bytes32)", 2, block, key))

    def modulus(self, key: bytes, block: BlockTag = "latest") -> bytes:
        """Return a registered key's modulus, 256 bytes."""
        return trailing_bytes(self._read("modulusOf(bytes32)", block, key), 0, "modulusOf")

    def panel(self, country: str, number: int, block: BlockTag = "latest") -> Panel:
        """Return a country's panel of a round, an empty one where there was none."""
        signature = "panelWords(uint256,uint256)"
        words = (country_number(country), number)
        return Panel.from_words(self._integers(signature, _PANEL_WORDS, block, *words))

    def output(
        self, country: str, number: int, key: bytes, block: BlockTag = "latest"
    ) -> bytes | None:
        """Return a key's output for a round, None while it has none."""
        target = round_id(country, number)
        (found,) = self._integers("outputOf(bytes32,bytes32)", 1, block, target, key)
        return found.to_bytes(32, "big") if found else None
