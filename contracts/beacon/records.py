"""What is signed about the random beacon.

The object of a key's records is its identifier, the hash of its modulus that begins with the
two letters of the country in whose panel it is to sit. The object of an output is its round:
a country and the number of a block. Times without "expires" are event times as the signer
claims them, in seconds since 1970 UTC.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from contracts.beacon.identifiers import DOMAIN
from contracts.beacon.permutation import ROOTS_SIZE
from contracts.beacon.vrf import SIZE
from contracts.records.fields import Bytes32, DynamicBytes, UInt64
from contracts.records.record import Record

Modulus = Annotated[bytes, DynamicBytes(SIZE)]
Roots = Annotated[bytes, DynamicBytes(ROOTS_SIZE)]
Proof = Annotated[bytes, DynamicBytes(SIZE)]


@dataclass(frozen=True, slots=True)
class BeaconKeyRegister(Record):
    """An organisation registers a key that it holds; customs has yet to admit it.

    Attributes:
        modulus: The RSA modulus, 256 bytes.
        roots: The proof that it permits one output for each input, 3,328 bytes.
        registered_at: When it was registered.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "BeaconKeyRegister"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    modulus: Modulus
    roots: Roots
    registered_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class BeaconKeyAdmit(Record):
    """Customs of the country countersigns a key: it has a seat from the next round on.

    Attributes:
        admitted_at: When customs admitted it.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "BeaconKeyAdmit"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    admitted_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class BeaconKeyEnd(Record):
    """The holder, or customs of the country, ends a key from the next round on.

    Attributes:
        ended_at: When it was ended.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "BeaconKeyEnd"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    ended_at: UInt64
    expires: UInt64


@dataclass(frozen=True, slots=True)
class BeaconPublish(Record):
    """The holder of a key publishes its output for a round.

    Attributes:
        key: Identifier of the key.
        round: Number of the block.
        proof: What shows the output, 256 bytes.
        expires: Last block time at which this record is accepted.
    """

    TYPE_NAME: ClassVar[str] = "BeaconPublish"
    DOMAIN: ClassVar[str] = DOMAIN
    object: Bytes32
    key: Bytes32
    round: UInt64
    proof: Proof
    expires: UInt64


BEACON_RECORDS: Final[tuple[type[Record], ...]] = (
    BeaconKeyRegister,
    BeaconKeyAdmit,
    BeaconKeyEnd,
    BeaconPublish,
)
