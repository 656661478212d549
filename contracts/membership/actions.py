"""What a proposal would do, read from its action so that a voter sees what he signs; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.abi import WORD, selector
from contracts.errors import RecordFormatError
from contracts.membership.keys import Role

_SELECTOR_SIZE: Final = 4
_COUNTRY_SIZE: Final = 2
_REMEDY: Final = "draft the action with contracts.membership.governance"


@dataclass(frozen=True, slots=True)
class Action:
    """One decision in words.

    Attributes:
        name: The governance function, such as "setValidator".
        arguments: What it is called with, each as text: 0x and digits, decimal digits,
            names, or "true" and "false".
    """

    name: str
    arguments: Mapping[str, str]


def read_action(calldata: bytes) -> Action:
    """Return what the action of a proposal does.

    Raises:
        RecordFormatError: It is no call of a governance function, or not in its one form.
    """
    shape = _SHAPES.get(calldata[:_SELECTOR_SIZE])
    if shape is None:
        raise RecordFormatError("action", "calls no governance function", _REMEDY)
    data = calldata[_SELECTOR_SIZE:]
    if len(data) != WORD * len(shape.fields):
        raise RecordFormatError("action", f"is of another length than {shape.name} has", _REMEDY)
    words = [data[start : start + WORD] for start in range(0, len(data), WORD)]
    arguments = {
        name: read(name, word) for (name, read), word in zip(shape.fields, words, strict=True)
    }
    return Action(shape.name, arguments)


def _hexadecimal(_name: str, word: bytes) -> str:
    return "0x" + word.hex()


def _number(name: str, word: bytes) -> str:
    value = int.from_bytes(word, "big")
    if value >> 64:
        raise RecordFormatError("action", f"its {name} needs more than 64 bits", _REMEDY)
    return str(value)


def _truth(name: str, word: bytes) -> str:
    value = int.from_bytes(word, "big")
    if value > 1:
        raise RecordFormatError("action", f"its {name} is neither true nor false", _REMEDY)
    return "true" if value else "false"


def _roles(name: str, word: bytes) -> str:
    value = int.from_bytes(word, "big")
    known = [role for role in Role if role & value]
    if value != sum(known) or not known:
        raise RecordFormatError("action", f"its {name} are unknown", _REMEDY)
    return ", ".join(str(role.name).lower() for role in known)


def _country(name: str, word: bytes) -> str:
    return _ascii(name, word, _COUNTRY_SIZE)


def _name(name: str, word: bytes) -> str:
    return _ascii(name, word, WORD)


def _ascii(name: str, word: bytes, size: int) -> str:
    text = word.rstrip(b"\0")
    if not 0 < len(text) <= size or not all(0x21 <= byte <= 0x7E for byte in text):  # noqa: PLR2004
        raise RecordFormatError("action", f"its {name} is no ASCII name", _REMEDY)
    return text.decode("ascii")


@dataclass(frozen=True, slots=True)
class _Shape:
    name: str
    fields: tuple[tuple[str, Callable[[str, bytes], str]], ...]


def _shape(signature: str, **fields: Callable[[str, bytes], str]) -> tuple[bytes, _Shape]:
    return selector(signature), _Shape(signature.partition("(")[0], tuple(fields.items()))


_SHAPES: Final[Mapping[bytes, _Shape]] = dict(
    (
        _shape(
            "admitOrganisation(bytes32,uint32,bytes2,bool,bytes32)",
            organisation=_hexadecimal,
            roles=_roles,
            country=_country,
            governing=_truth,
            adminKey=_hexadecimal,
        ),
        _shape(
            "changeOrganisation(bytes32,uint32,bool,bool)",
            organisation=_hexadecimal,
            roles=_roles,
            governing=_truth,
            active=_truth,
        ),
        _shape("grantAdminKey(bytes32,bytes32)", organisation=_hexadecimal, key=_hexadecimal),
        _shape("markCompromised(bytes32,uint64)", key=_hexadecimal, since=_number),
        _shape(
            "setValidator(bytes32,uint64,bytes32)",
            publicKey=_hexadecimal,
            power=_number,
            organisation=_hexadecimal,
        ),
        _shape("replaceValidator(bytes32,bytes32)", publicKey=_hexadecimal, successor=_hexadecimal),
        _shape("commitConsortiumKey(bytes32,bytes32)", name=_name, commitment=_hexadecimal),
        _shape(
            "installContract(bytes32,bytes32,uint256)",
            domain=_name,
            codeHash=_hexadecimal,
            fromBlock=_number,
        ),
    )
)
