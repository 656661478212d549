"""JSON to frozen dataclasses and back: strict, by the types that the dataclasses declare.

Amounts, rates and dates are strings, ordinals are integers. A member that has its default is left
out when written, so that one value has one form. `schema` describes the same form as JSON Schema.
"""

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from api.tax.amounts import number_text
from api.tax.errors import MemberError, NegativeAmountError

LIST_LIMIT: Final = 5_000
"""Lines of a declaration have at most three digits; several times that is nobody's list."""
ORDINAL_LIMIT: Final = 65_535
NUMBER_FORM: Final = r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?"
INSTANT_FORM: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_DAY_FORM: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NUMBER: Final = re.compile(NUMBER_FORM)
_NEGATIVE: Final = re.compile(r"-[0-9][0-9.]*")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a string must look like, and how to say so."""

    expression: str
    form: str


def read(kind: type[_T], value: object, path: str) -> _T:
    """Return a dataclass from parsed JSON.

    Args:
        kind: The dataclass.
        value: What the JSON parser returned.
        path: How errors name the value.

    Raises:
        MemberError: A member is missing, unknown or not of its form; names it by its path.
        NegativeAmountError: An amount has a minus sign.
    """
    if not isinstance(value, dict):
        raise MemberError(path, "is no object", "send a JSON object")
    hints = _hints(cast("Any", kind))
    if unknown := sorted(str(name) for name in value.keys() - hints.keys()):
        raise MemberError(f"{path}.{unknown[0][:40]}", "is unknown", f"known: {', '.join(hints)}")
    found: dict[str, object] = {}
    for field in fields(cast("Any", kind)):
        place = f"{path}.{field.name}"
        if field.name in value:
            found[field.name] = _member(hints[field.name], value[field.name], place)
        elif field.default is MISSING:
            raise MemberError(place, "is missing", "send it")
    return kind(**found)


def write(value: object) -> Any:
    """Return what `read` reads: the inverse, in one form."""
    if is_dataclass(value):
        found = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: write(member) for field, member in found if member != field.default}
    if isinstance(value, tuple):
        return [write(member) for member in value]
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def instant_text(instant: datetime) -> str:
    """Return an instant of UTC in whole seconds, RFC 3339."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def schema(kind: type, identifier: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a dataclass.

    Args:
        kind: The dataclass that is the whole document.
        identifier: The file's name, as `$id`.
    """
    definitions: dict[str, Any] = {}
    _define(kind, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        "$ref": f"#/$defs/{kind.__name__}",
        "$defs": dict(sorted(definitions.items())),
    }


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _member(hint: Any, value: object, path: str) -> object:
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:  # only "X | None" is used, and null is not written
        return _member(get_args(hint)[0], value, path)
    if origin is tuple:
        return _list(get_args(hint)[0], value, path)
    if origin is Annotated:
        return _text(hint.__metadata__[0], value, path)
    if is_dataclass(hint):
        return read(cast("type[object]", hint), value, path)
    if hint in {bool, int}:
        return _plain(hint, value, path)
    return _scalar(hint, value, path)


def _list(hint: Any, value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list) or len(value) > LIST_LIMIT:
        raise MemberError(path, "is no list of its size", f"send at most {LIST_LIMIT} elements")
    return tuple(_member(hint, item, f"{path}[{place}]") for place, item in enumerate(value))


def _text(pattern: Pattern, value: object, path: str) -> str:
    if not isinstance(value, str) or re.fullmatch(pattern.expression, value) is None:
        raise MemberError(path, "has another form", f"send {pattern.form}")
    return value


def _plain(hint: type, value: object, path: str) -> object:
    if hint is bool:
        if not isinstance(value, bool):
            raise MemberError(path, "is neither true nor false", "send true or false")
        return value
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= ORDINAL_LIMIT:
        raise MemberError(path, "is no ordinal", f"send a whole number from 0 to {ORDINAL_LIMIT}")
    return value


def _scalar(hint: Any, value: object, path: str) -> object:
    if hint is Decimal:
        return _number(value, path)
    if hint is datetime:
        return _instant(value, path)
    if hint is date:
        return _day(value, path)
    if not isinstance(value, str) or value not in set(hint):
        raise MemberError(path, "is unknown", f"send one of {', '.join(hint)}")
    return hint(value)


def _number(value: object, path: str) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, str) and _NEGATIVE.fullmatch(value):
        raise NegativeAmountError(path, value[:40])
    remedy = 'send a string such as "1250.5": at most 15 digits and 9 after the point'
    raise MemberError(path, "is no amount", remedy)


def _instant(value: object, path: str) -> datetime:
    if isinstance(value, str) and re.fullmatch(INSTANT_FORM, value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise MemberError(path, "is no instant", "send UTC such as 2026-11-20T03:00:00Z")


def _day(value: object, path: str) -> date:
    if isinstance(value, str) and re.fullmatch(_DAY_FORM, value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise MemberError(path, "is no date", "send a string such as 2026-11-20")


def _define(kind: type, definitions: dict[str, Any]) -> None:
    hints = _hints(kind)
    members = {name: _described(hint, definitions) for name, hint in hints.items()}
    definitions[kind.__name__] = {
        "type": "object",
        "properties": members,
        "required": [field.name for field in fields(kind) if field.default is MISSING],
        "additionalProperties": False,
    }


def _described(hint: Any, definitions: dict[str, Any]) -> Mapping[str, Any]:
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _described(get_args(hint)[0], definitions)
    if origin is tuple:
        items = _described(get_args(hint)[0], definitions)
        return {"type": "array", "items": items, "maxItems": LIST_LIMIT}
    if origin is Annotated:
        pattern: Pattern = hint.__metadata__[0]
        return {"type": "string", "pattern": f"^{pattern.expression}$", "description": pattern.form}
    if is_dataclass(hint):
        name = cast("type", hint).__name__
        if name not in definitions:
            _define(cast("type", hint), definitions)
        return {"$ref": f"#/$defs/{name}"}
    return _described_scalar(hint)


def _described_scalar(hint: Any) -> Mapping[str, Any]:
    if hint is bool:
        return {"type": "boolean"}
    if hint is int:
        return {"type": "integer", "minimum": 0, "maximum": ORDINAL_LIMIT}
    forms = {Decimal: NUMBER_FORM, datetime: INSTANT_FORM, date: _DAY_FORM}
    if hint in forms:
        return {"type": "string", "pattern": f"^{forms[hint]}$"}
    return {"enum": [str(value) for value in hint]}
