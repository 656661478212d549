"""Typed events: one declaration serves the topic, the decoding and the reader."""

from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Final, Self, cast, get_type_hints

from chain.proofs.keccak import keccak256
from contracts.abi import WORD, Log, trailing_bytes
from contracts.errors import LedgerAnswerError
from contracts.records.fields import Bytes32, DynamicBytes, FixedBytes, UInt256, UnsignedInteger

_ADDRESS_OFFSET: Final = 12


@dataclass(frozen=True, slots=True)
class AbiAddress:
    """An address, 20 bytes."""

    name: ClassVar[str] = "address"


@dataclass(frozen=True, slots=True)
class AbiBool:
    """A truth value."""

    name: ClassVar[str] = "bool"


Address = Annotated[bytes, AbiAddress()]
Bool = Annotated[bool, AbiBool()]
Data = Annotated[bytes, DynamicBytes(1 << 20)]


class Event:
    """Base of all typed events; each is a frozen dataclass of annotated fields.

    Attributes:
        NAME: The event's name in the contract.
        INDEXED: How many of its first fields are topics.
    """

    __slots__ = ()
    NAME: ClassVar[str]
    INDEXED: ClassVar[int]

    @classmethod
    def from_log(cls, log: Log) -> Self:
        """Decode a log whose first topic is this event's.

        Raises:
            LedgerAnswerError: Its topics or data have another shape.
        """
        types = _fields(cls)
        plain = len(types) - cls.INDEXED
        if len(log.topics) != cls.INDEXED + 1 or len(log.data) < plain * WORD:
            raise LedgerAnswerError(f"event {cls.NAME}", "has another shape")
        data = [log.data[place * WORD : (place + 1) * WORD] for place in range(plain)]
        values = {
            name: _value(field_type, item, log.data, place - cls.INDEXED, cls.NAME)
            for place, ((name, field_type), item) in enumerate(
                zip(types, [*log.topics[1:], *data], strict=True)
            )
        }
        return cls(**values)


_FIELDS: Final[dict[type[Event], tuple[tuple[str, Any], ...]]] = {}
_TOPICS: Final[dict[type[Event], bytes]] = {}


def _fields(event: type[Event]) -> tuple[tuple[str, Any], ...]:
    if event not in _FIELDS:
        _FIELDS[event] = _read_fields(event)
    return _FIELDS[event]


def _read_fields(event: type[Event]) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(event, include_extras=True)
    names = [field.name for field in fields(cast("Any", event))]
    return tuple((name, hints[name].__metadata__[0]) for name in names)


def event_topic(event: type[Event]) -> bytes:
    """Return the first topic of an event's logs."""
    if event not in _TOPICS:
        types = ",".join(field_type.name for _, field_type in _fields(event))
        _TOPICS[event] = keccak256(f"{event.NAME}({types})".encode())
    return _TOPICS[event]


def _value(field_type: object, item: bytes, data: bytes, place: int, name: str) -> object:
    match field_type:
        case UnsignedInteger():
            return int.from_bytes(item, "big")
        case FixedBytes(size):
            return item[:size]
        case AbiAddress():
            return item[_ADDRESS_OFFSET:]
        case AbiBool():
            return item[-1] == 1
        case _:
            return trailing_bytes(data, place, f"event {name}")


def decode_log(log: Log, events: tuple[type[Event], ...]) -> Event | None:
    """Decode a log as one of the given events; None when it is none of them.

    Raises:
        LedgerAnswerError: It has an event's topic but another shape.
    """
    for event in events:
        if log.topics[:1] == (event_topic(event),):
            return event.from_log(log)
    return None


@dataclass(frozen=True, slots=True)
class Recorded(Event):
    """A contract accepted a record.

    Attributes:
        object: The object whose history grew.
        digest: The record's digest.
        signer: Key id of the signer; of a proposal, its first voter's.
        count: Number of records of the object, this one included.
        head: The object's head with this record.
    """

    NAME: ClassVar[str] = "Recorded"
    INDEXED: ClassVar[int] = 3
    object: Bytes32
    digest: Bytes32
    signer: Bytes32
    count: UInt256
    head: Bytes32


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A contract refused one call of a batch; the others stand.

    Attributes:
        index: Zero-based place in the batch.
        reason: keccak256 of the revert data.
    """

    NAME: ClassVar[str] = "Refused"
    INDEXED: ClassVar[int] = 0
    index: UInt256
    reason: Bytes32
