"""JSON without numbers: strict reading, canonical writing.

Files hold objects, lists, strings and null only; numbers are strings, so that
no reader rounds them. Without numbers the canonical form of RFC 8785 is plain:
sorted names, no spaces, the shortest escapes.
"""

import json
import re
from typing import Any, Final, NoReturn, TypeAlias

from contracts.bundles.errors import JsonFormError

MAX_DEPTH: Final = 16
"""Deepest nesting that is read; a bundle needs five."""

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_OPENING: Final = b"[{"
_CLOSING: Final = b"]}"
_NO_STRUCTURE: Final = bytes(set(range(256)) - set(b'"[]{}'))

Json: TypeAlias = str | list["Json"] | dict[str, "Json"] | None
"""A value of such a file."""


def write_canonical(value: object) -> bytes:
    """Return the canonical form (RFC 8785) of a value without numbers.

    Names of members must be ASCII, as all names of the formats are.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def parse_canonical(data: bytes, limit: int) -> Json:
    """Read a value and demand that its bytes are the canonical form.

    Args:
        data: The whole file.
        limit: Greatest size in bytes.

    Raises:
        JsonFormError: It is too large, no JSON, or not canonical.
    """
    value = parse_strict(data, limit)
    try:
        canonical = write_canonical(value)
    except UnicodeEncodeError as exc:
        raise JsonFormError("a string holds half a surrogate pair") from exc
    if canonical != data:
        raise JsonFormError("it is not in canonical form (RFC 8785), to the byte")
    return value


def parse_strict(data: bytes, limit: int) -> Json:
    """Read a value without numbers, truth values or repeated names.

    Raises:
        JsonFormError: It is too large, no JSON, or holds one of those.
    """
    if len(data) > limit:
        raise JsonFormError(f"it has {len(data)} bytes, at most {limit} are read")
    _require_shallow(data)
    try:
        return _require_plain(
            json.loads(
                data.decode("utf-8"),
                object_pairs_hook=_object,
                parse_int=_no_number,
                parse_float=_no_number,
                parse_constant=_no_number,
            )
        )
    except UnicodeDecodeError as exc:
        raise JsonFormError(f"byte {exc.start} is not UTF-8") from exc
    except json.JSONDecodeError as exc:
        raise JsonFormError(f"line {exc.lineno}, column {exc.colno}: {exc.msg}") from exc


def _require_shallow(data: bytes) -> None:
    """Refuse deep nesting before the parser meets it.

    The parser recurses in C: where another library has raised the recursion
    limit, a few thousand brackets would end the process.
    """
    # Without escapes, whatever is no bracket or quote can go first, which is faster.
    structure = data if b"\\" in data else data.translate(None, _NO_STRUCTURE)
    depth = 0
    for byte in _STRING.sub(b"", structure):
        if byte in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonFormError(f"it is nested deeper than {MAX_DEPTH}")
        elif byte in _CLOSING:
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise JsonFormError("an object has the same member twice")
    return value


def _no_number(text: str) -> NoReturn:
    raise JsonFormError(f"the number {text[:40]} must be a string")


def _require_plain(value: Any) -> Json:
    """Refuse a bare truth value; inside, each typed member refuses it by itself."""
    if isinstance(value, bool):
        raise JsonFormError("it is a truth value")
    return value  # type: ignore[no-any-return]  # what the hooks let through
