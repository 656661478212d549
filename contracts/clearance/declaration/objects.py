"""Reads and writes objects of a declaration, and finds all that is wrong at once; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias, TypeVar, cast

from contracts.clearance.declaration.findings import Finding, finding
from contracts.clearance.declaration.kinds import Value
from contracts.errors import FormError

FINDINGS_LIMIT: Final = 1_000
"""A list of this many faults is not read to its end: whoever gets it corrects and asks again."""
_SHOWN: Final = 40
_Model = TypeVar("_Model")


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object that is a dataclass whose fields name their kinds.

    Attributes:
        model: The dataclass.
    """

    model: type[Any]


@dataclass(frozen=True, slots=True)
class Many:
    """A JSON array.

    Attributes:
        kind: Of its elements.
        limit: How many at most.
        minimum: How many at least.
    """

    kind: "Value | Object"
    limit: int
    minimum: int = 0


FieldKind: TypeAlias = Value | Object | Many


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a model.

    Attributes:
        name: Its name, in Python and in JSON.
        kind: Its kind.
        optional: Whether it may be left out.
        default: What it is then.
    """

    name: str
    kind: FieldKind
    optional: bool
    default: Any


class Findings:
    """Collects findings up to a limit."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def add(self, code: str, pointer: str, /, **facts: str) -> None:
        """Keep a finding, unless there are too many already."""
        if len(self._found) < FINDINGS_LIMIT:
            self._found.append(finding(code, pointer, **facts))

    def result(self) -> tuple[Finding, ...]:
        """Return what was found, and at the limit that there may be more."""
        if len(self._found) < FINDINGS_LIMIT:
            return tuple(self._found)
        return (*self._found, finding("DECL_MORE", "", limit=str(FINDINGS_LIMIT)))


class _Absent:
    """What stands for a value that could not be read."""


_ABSENT: Final = _Absent()
_KNOWN: Final[dict[type[Any], Mapping[str, Member]]] = {}


def members_of(model: type[Any]) -> Mapping[str, Member]:
    """Return the fields of a model by name, in order."""
    if model not in _KNOWN:
        _KNOWN[model] = {
            each.name: Member(
                each.name,
                cast("FieldKind", each.metadata["kind"]),
                bool(each.metadata["optional"]),
                each.default,
            )
            for each in fields(model)
        }
    return _KNOWN[model]


def read_object(model: type[_Model], value: object, found: Findings) -> _Model | None:
    """Read a dataclass; None where something is wrong with it, which `found` then holds.

    Args:
        model: The dataclass; each field names its kind.
        value: The decoded JSON.
        found: Gets every fault, each with the pointer of its place (RFC 6901).
    """
    read = _object(model, value, "", found)
    return None if read is _ABSENT else cast("_Model", read)


def write_object(value: object) -> dict[str, Any]:
    """Return the JSON form of a dataclass: what stands at its default is left out."""
    written: dict[str, Any] = {}
    for name, member in members_of(type(value)).items():
        content = getattr(value, name)
        if not member.optional or content != member.default:
            written[name] = _written(member.kind, content)
    return written


def read_value(kind: Value, value: object, pointer: str, found: Findings) -> object:
    """Read a plain value."""
    try:
        return kind.read(value)
    except FormError:
        found.add(kind.code, pointer, value=_shown(value))
        return _ABSENT


def _object(model: type[Any], value: object, pointer: str, found: Findings) -> object:
    if not isinstance(value, dict):
        found.add("DECL_NOT_OBJECT", pointer, value=_shown(value))
        return _ABSENT
    given, known = cast("dict[object, object]", value), members_of(model)
    values: dict[str, object] = {}
    sound = True
    for name, member in known.items():
        if name in given:
            values[name] = _READERS[type(member.kind)](
                member.kind, given[name], f"{pointer}/{name}", found
            )
            sound = sound and values[name] is not _ABSENT
        elif member.optional:
            values[name] = member.default
        else:
            found.add("DECL_MISSING", f"{pointer}/{name}", field=name)
            sound = False
    for other in given:
        if other not in known:
            unknown = _printed(str(other))
            found.add("DECL_UNKNOWN_MEMBER", f"{pointer}/{_escaped(unknown)}", field=unknown)
            sound = False
    return model(**values) if sound else _ABSENT


def _list(kind: Many, value: object, pointer: str, found: Findings) -> object:
    if not isinstance(value, list):
        found.add("DECL_NOT_LIST", pointer, value=_shown(value))
        return _ABSENT
    elements = cast("list[object]", value)
    if not kind.minimum <= len(elements) <= kind.limit:
        bounds = {"minimum": str(kind.minimum), "limit": str(kind.limit)}
        found.add("DECL_LIST_LENGTH", pointer, count=str(len(elements)), **bounds)
        return _ABSENT
    reader = _READERS[type(kind.kind)]
    values = [
        reader(kind.kind, each, f"{pointer}/{place}", found) for place, each in enumerate(elements)
    ]
    return _ABSENT if any(each is _ABSENT for each in values) else tuple(values)


def _read_nested(kind: Object, value: object, pointer: str, found: Findings) -> object:
    return _object(kind.model, value, pointer, found)


_READERS: Final[dict[type[Any], Callable[[Any, object, str, Findings], object]]] = {
    Value: read_value,
    Object: _read_nested,
    Many: _list,
}


def _written(kind: FieldKind, content: Any) -> Any:
    if isinstance(kind, Many):
        return [_written(kind.kind, each) for each in content]
    return write_object(content) if isinstance(kind, Object) else kind.write(content)


def _shown(value: object) -> str:
    """Return a value as a message may show it: short, and nothing of another's structure."""
    if isinstance(value, str):
        return _printed(value) or '""'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= _SHOWN:
        return str(value)
    if isinstance(value, dict):
        return "{…}"
    return "[…]" if isinstance(value, list) else "a number"


def _printed(text: str) -> str:
    # Half a surrogate pair or a control character must not reach a log or a terminal.
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text[:_SHOWN])


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
