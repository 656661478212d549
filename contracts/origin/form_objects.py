"""Reads and writes objects of a certificate by the kinds of their fields; pure."""

from collections.abc import Container, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Final, TypeVar, cast

from contracts.errors import FormError
from contracts.origin.form_kinds import Kind

Model = TypeVar("Model")
_KNOWN: Final[dict[type[Any], Mapping[str, tuple[Kind, Any]]]] = {}


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object that is a dataclass whose fields name their kinds.

    Attributes:
        model: The dataclass.
    """

    model: type[Any]

    def read(self, value: object, path: str) -> Any:
        """Read it."""
        return read_object(self.model, value, path)

    def write(self, value: Any) -> dict[str, Any]:
        """Write what is there."""
        return write_object(value)

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        members = fields(self.model)
        return {
            "type": "object",
            "properties": {member.name: kind_of(member).schema() for member in members},
            "required": [member.name for member in members if not is_optional(member)],
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Many:
    """A JSON array of at least one.

    Attributes:
        kind: Of its elements.
        limit: How many at most.
    """

    kind: Kind
    limit: int

    def read(self, value: object, path: str) -> tuple[Any, ...]:
        """Read them."""
        if not isinstance(value, list) or not 0 < len(cast("list[object]", value)) <= self.limit:
            raise FormError(path, "is no list of the right length", f"give 1 to {self.limit}")
        elements = cast("list[object]", value)
        return tuple(self.kind.read(each, f"{path}[{i}]") for i, each in enumerate(elements))

    def write(self, value: tuple[Any, ...]) -> list[Any]:
        """Write them."""
        return [self.kind.write(each) for each in value]

    def schema(self) -> dict[str, Any]:
        """Describe them."""
        items = self.kind.schema()
        return {"type": "array", "items": items, "minItems": 1, "maxItems": self.limit}


@dataclass(frozen=True, slots=True)
class Flags:
    """A JSON object that says true or false of each name.

    Attributes:
        names: The names, in the order of the form.
    """

    names: tuple[str, ...]

    def read(self, value: object, path: str) -> frozenset[str]:
        """Read the names that are true."""
        members = _members(value, path)
        for name in self.names:
            at = f"{path}.{name}"
            if name not in members:
                raise FormError(at, "is missing", "give it")
            if not isinstance(members[name], bool):
                raise FormError(at, "is neither true nor false", "write true or false")
        _refuse_unknown(members, self.names, path)
        return frozenset(name for name in self.names if members[name])

    def write(self, value: frozenset[str]) -> dict[str, bool]:
        """Write all the names."""
        return {name: name in value for name in self.names}

    def schema(self) -> dict[str, Any]:
        """Describe them."""
        return {
            "type": "object",
            "properties": {name: {"type": "boolean"} for name in self.names},
            "required": list(self.names),
            "additionalProperties": False,
        }


def read_object(model: type[Model], value: object, path: str = "") -> Model:
    """Read a dataclass, strictly.

    Args:
        model: The dataclass; each field names its kind.
        value: The decoded JSON object.
        path: Where it stands in the form, for messages.

    Raises:
        FormError: A field is missing, unknown or not of its kind.
    """
    members, boxes = _members(value, path), _boxes(model)
    values: dict[str, Any] = {}
    for name, (kind, default) in boxes.items():
        at = f"{path}.{name}" if path else name
        if name in members:
            values[name] = kind.read(members[name], at)
        elif default is MISSING:
            raise FormError(at, "is missing", "give it")
        else:
            values[name] = default
    _refuse_unknown(members, boxes, path)
    return model(**values)


def write_object(value: object) -> dict[str, Any]:
    """Return the JSON form of a dataclass: what is empty is left out."""
    found: dict[str, Any] = {}
    for name, (kind, _) in _boxes(type(value)).items():
        content = getattr(value, name)
        if content is not None and content != ():
            found[name] = kind.write(content)
    return found


def kind_of(member: Field[Any]) -> Kind:
    """Return the kind of a field."""
    return cast("Kind", member.metadata["kind"])


def is_optional(member: Field[Any]) -> bool:
    """Say whether a field may be left out."""
    return member.default is not MISSING or bool(member.metadata["optional"])


def _boxes(model: type[Any]) -> Mapping[str, tuple[Kind, Any]]:
    """Return the kind of each field, and what stands where it is left out, if it may be."""
    if model not in _KNOWN:
        _KNOWN[model] = {
            member.name: (
                kind_of(member),
                None if is_optional(member) and member.default is MISSING else member.default,
            )
            for member in fields(model)
        }
    return _KNOWN[model]


def _members(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise FormError(path or "form", "is no object", "give its fields in braces")
    return cast("dict[str, Any]", value)


def _refuse_unknown(members: Mapping[str, Any], known: Container[str], path: str) -> None:
    for name in members:
        if name not in known:
            at = str(name)[:80]
            raise FormError(f"{path}.{at}" if path else at, "does not belong here", "leave it out")
