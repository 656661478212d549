"""Records: EIP-712 typed data that an actor signs and a contract accepts once.

Every record names first the object whose history it extends and last the block
time after which the contract refuses it. The record's type name is its purpose;
the domain binds it to one contract on one chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, Final, Self, cast, get_type_hints

from chain.proofs.keccak import keccak256
from contracts.errors import RecordFormatError
from contracts.records.fields import FieldType

ADDRESS_SIZE: Final = 20
_DOMAIN_TYPE_HASH: Final = keccak256(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_DOMAIN_NAME_HASH: Final = keccak256(b"Tradeseal")
_DOMAIN_VERSION_HASH: Final = keccak256(b"1")


@dataclass(frozen=True, slots=True)
class RecordDomain:
    """The one contract on one chain that a signature is meant for.

    Attributes:
        chain_id: EIP-155 chain id.
        contract: Address of the verifying contract, 20 bytes.
    """

    chain_id: int
    contract: bytes

    def __post_init__(self) -> None:
        """Refuse what has no EIP-712 encoding."""
        if len(self.contract) != ADDRESS_SIZE:
            raise RecordFormatError("contract", "is no address", "give 20 bytes")
        if not 0 < self.chain_id < 1 << 256:
            raise RecordFormatError("chain_id", f"{self.chain_id} is no chain id", "give 1 or more")

    @property
    def separator(self) -> bytes:
        """The EIP-712 domain separator."""
        return _separator(self.chain_id, self.contract)


@lru_cache(maxsize=256)
def _separator(chain_id: int, contract: bytes) -> bytes:
    return keccak256(
        _DOMAIN_TYPE_HASH
        + _DOMAIN_NAME_HASH
        + _DOMAIN_VERSION_HASH
        + chain_id.to_bytes(32, "big")
        + contract.rjust(32, b"\0")
    )


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a record type.

    Attributes:
        attribute: Python name.
        name: Name in the EIP-712 type and in JSON.
        type: How values are checked, hashed and written.
    """

    attribute: str
    name: str
    type: FieldType


class Record:
    """Base of all record types; each is a frozen dataclass of annotated fields.

    Attributes:
        TYPE_NAME: The EIP-712 primary type, the purpose of the signature.
        DOMAIN: The contract domain that accepts the record.
        object: Identifier of the object whose head the record advances.
        expires: Last block time (seconds) at which the contract accepts it.
    """

    __slots__ = ()
    TYPE_NAME: ClassVar[str]
    DOMAIN: ClassVar[str]
    object: bytes
    expires: int

    def __post_init__(self) -> None:
        """Refuse values that have no canonical form."""
        for field in record_fields(type(self)):
            field.type.check(field.name, getattr(self, field.attribute))

    def values(self) -> Iterator[tuple[RecordField, Any]]:
        """Yield each field with its value, in the order of the type."""
        for field in record_fields(type(self)):
            yield field, getattr(self, field.attribute)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash."""
        words = [field.type.hash_word(value) for field, value in self.values()]
        return keccak256(type_hash(type(self)) + b"".join(words))

    def digest(self, domain: RecordDomain) -> bytes:
        """Return the EIP-712 digest that is signed and that the head chains."""
        return keccak256(b"\x19\x01" + domain.separator + self.struct_hash())

    def message(self) -> dict[str, str]:
        """Return the JSON form of the fields."""
        return {field.name: field.type.write(value) for field, value in self.values()}

    @classmethod
    def from_message(cls, message: Any) -> Self:
        """Parse the JSON form: exactly the fields of the type, each canonical.

        Raises:
            RecordFormatError: A field is missing, unknown or not canonical.
        """
        known = record_fields(cls)
        texts = _texts(message, {field.name for field in known})
        return cls(**{f.attribute: f.type.read(f.name, texts[f.name]) for f in known})


def _texts(message: object, names: set[str]) -> dict[str, str]:
    if not isinstance(message, dict):
        raise RecordFormatError("message", "is no object", "give the fields of the record")
    texts = cast("dict[str, object]", message)
    for name in sorted(names - texts.keys()):
        raise RecordFormatError(name, "is missing", "give it")
    for name in texts.keys() - names:
        raise RecordFormatError(str(name)[:80], "does not belong to this record", "leave it out")
    for name, text in texts.items():
        if not isinstance(text, str):
            raise RecordFormatError(name, "is no string", "write numbers and bytes as strings")
    return cast("dict[str, str]", texts)


@dataclass(frozen=True, slots=True)
class _Shape:
    fields: tuple[RecordField, ...]
    type_string: str
    type_hash: bytes


_SHAPES: Final[dict[type[Record], _Shape]] = {}


def record_fields(record_type: type[Record]) -> tuple[RecordField, ...]:
    """Return the fields of a record type, in signing order."""
    return _shape(record_type).fields


def type_string(record_type: type[Record]) -> str:
    """Return the EIP-712 encodeType of a record type."""
    return _shape(record_type).type_string


def type_hash(record_type: type[Record]) -> bytes:
    """Return the EIP-712 type hash of a record type."""
    return _shape(record_type).type_hash


def _shape(record_type: type[Record]) -> _Shape:
    found = _SHAPES.get(record_type)
    if found is None:
        found = _SHAPES[record_type] = _read_shape(record_type)
    return found


def _read_shape(record_type: type[Record]) -> _Shape:
    hints = get_type_hints(record_type, include_extras=True)
    names = [field.name for field in fields(cast("Any", record_type))]
    known = tuple(RecordField(name, _camel(name), hints[name].__metadata__[0]) for name in names)
    members = ",".join(f"{field.type.name} {field.name}" for field in known)
    text = f"{record_type.TYPE_NAME}({members})"
    return _Shape(known, text, keccak256(text.encode()))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
