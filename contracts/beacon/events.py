"""Events of the beacon; each follows the `Recorded` of its record."""

from dataclasses import dataclass
from typing import ClassVar, Final

from contracts.events import Bool, Data, Event, Recorded, Refused
from contracts.records.fields import Bytes32, UInt64, UInt256


@dataclass(frozen=True, slots=True)
class BeaconKeyRegistered(Event):
    """An organisation registered a key; `by_customs` says whether it is the country's customs."""

    NAME: ClassVar[str] = "BeaconKeyRegistered"
    INDEXED: ClassVar[int] = 2
    key: Bytes32
    organisation: Bytes32
    by_customs: Bool
    modulus: Data
    registered_at: UInt64


@dataclass(frozen=True, slots=True)
class BeaconKeyAdmitted(Event):
    """Customs gave a key a seat; `former` is the key that it replaces, or zeros."""

    NAME: ClassVar[str] = "BeaconKeyAdmitted"
    INDEXED: ClassVar[int] = 2
    key: Bytes32
    customs: Bytes32
    former: Bytes32
    from_round: UInt256
    admitted_at: UInt64


@dataclass(frozen=True, slots=True)
class BeaconKeyEnded(Event):
    """A key has no seat from a round on; `organisation` ended it."""

    NAME: ClassVar[str] = "BeaconKeyEnded"
    INDEXED: ClassVar[int] = 2
    key: Bytes32
    organisation: Bytes32
    from_round: UInt256
    ended_at: UInt64


@dataclass(frozen=True, slots=True)
class BeaconPublished(Event):
    """The output of a key for a round, with what shows it."""

    NAME: ClassVar[str] = "BeaconPublished"
    INDEXED: ClassVar[int] = 3
    round_id: Bytes32
    key: Bytes32
    organisation: Bytes32
    round: UInt64
    block_hash: Bytes32
    output: Bytes32
    proof: Data


BEACON_EVENTS: Final[tuple[type[Event], ...]] = (
    Recorded,
    Refused,
    BeaconKeyRegistered,
    BeaconKeyAdmitted,
    BeaconKeyEnded,
    BeaconPublished,
)
