"""JSON to frozen dataclasses and back: strict, by the types that the dataclasses declare.

Numbers and dates are strings. A member that has its default is left out when written, so that one
value has one form.
"""

import re
import types
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from api.origin.determination.errors import CaseError
from api.origin.determination.exact import amount_text

LIST_LIMIT: Final = 1_000
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a string must look like, and how to say so."""

    expression: str
    form: str


def read(kind: type[_T], value: object, path: str = "case") -> _T:
    """Return a dataclass from parsed JSON.

    Args:
        kind: The dataclass.
        value: What the JSON parser returned.
        path: How errors name the value.

    Raises:
        CaseError: A member is missing, unknown or not of its form; names it by its path.
    """
    if not isinstance(value, dict):
        raise CaseError(path, "is no object", "send a JSON object")
    expected = _hints(kind)  # type: ignore[arg-type]  # mypy takes type variables for unhashable
    if unknown := sorted(str(name) for name in value.keys() - expected.keys()):
        known = ", ".join(expected)
        raise CaseError(f"{path}.{unknown[0][:40]}", "is unknown", f"known are {known}")
    found: dict[str, object] = {}
    for field in fields(kind):  # type: ignore[arg-type]  # a dataclass by the caller's promise
        if field.name in value:
            place = f"{path}.{field.name}"
            found[field.name] = _member(expected[field.name], value[field.name], place)
        elif field.default is MISSING:
            raise CaseError(f"{path}.{field.name}", "is missing", "send it")
    return kind(**found)


def write(value: object) -> Any:
    """Return what `read` reads: the inverse, in one form."""
    if is_dataclass(value):
        found = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: write(member) for field, member in found if member != field.default}
    if isinstance(value, tuple):
        return [write(member) for member in value]
    if isinstance(value, Decimal):
        return amount_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _member(hint: Any, value: object, path: str) -> object:
    if get_origin(hint) in {
        Union,
        types.UnionType,
    }:  # only "X | None" is used, and null is not written
        return _member(get_args(hint)[0], value, path)
    if get_origin(hint) is tuple:
        return _list(get_args(hint)[0], value, path)
    if get_origin(hint) is Annotated:
        return _text(hint.__metadata__[0], value, path)
    if is_dataclass(hint):
        return read(hint, value, path)  # type: ignore[arg-type]  # a class, not an instance
    if hint is bool:
        if not isinstance(value, bool):
            raise CaseError(path, "is neither true nor false", "send true or false")
        return value
    return _scalar(hint, value, path)


def _list(hint: Any, value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list) or len(value) > LIST_LIMIT:
        raise CaseError(path, "is no list of its size", f"send at most {LIST_LIMIT} elements")
    return tuple(_member(hint, item, f"{path}[{place}]") for place, item in enumerate(value))


def _text(pattern: Pattern, value: object, path: str) -> str:
    if not isinstance(value, str) or re.fullmatch(pattern.expression, value) is None:
        raise CaseError(path, "has another form", f"send {pattern.form}")
    return value


def _scalar(hint: Any, value: object, path: str) -> object:
    if issubclass(hint, StrEnum):
        if not isinstance(value, str) or value not in set(hint):
            raise CaseError(path, "is unknown", f"send one of {', '.join(hint)}")
        return hint(value)
    if hint is Decimal:
        if not isinstance(value, str) or _AMOUNT.fullmatch(value) is None:
            remedy = 'send a string such as "1250.5": at most 15 digits and 6 after the point'
            raise CaseError(path, "is no amount", remedy)
        return Decimal(value)
    if hint is date:
        return _date(value, path)
    raise AssertionError(hint)


def _date(value: object, path: str) -> date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise CaseError(path, "is no date", "send a string such as 2026-11-20")
