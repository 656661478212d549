"""Base64url and JSON as signed documents use them, each in one strict form; pure."""

import binascii
import json
import re
from typing import Any, Final, NoReturn, cast

from contracts.errors import PresentationError

Json = Any
"""A JSON value: the types that the standard parser returns, floats excepted."""

DEPTH_LIMIT: Final = 16
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# The last letters whose unused bits are zero, by the number of letters beyond whole groups.
_LAST: Final = {0: _LETTERS, 2: _LETTERS[::16], 3: _LETTERS[::4]}
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
_HALF_PAIR: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def parse_object(data: bytes, what: str) -> dict[str, Json]:
    """Parse a JSON object.

    Raises:
        PresentationError: It is no object, or `parse_json` refuses it.
    """
    value = parse_json(data, what)
    if not isinstance(value, dict):
        raise PresentationError(f"the {what} is no object", "issue the document again")
    return cast("dict[str, Json]", value)


def parse_json(data: bytes, what: str) -> Json:
    """Parse JSON without repeated names, floating point numbers, deep nesting, half characters.

    Args:
        data: The text in UTF-8.
        what: Its name for messages.

    Raises:
        PresentationError: It is no such JSON.
    """
    _require_shallow(data, what)
    try:
        value = _DECODER.decode(data.decode())
        if _HALF_PAIR.search(data) is not None:
            # Half of a surrogate pair, which no database or canonical writer takes, fails here.
            json.dumps(value, ensure_ascii=False).encode()
    except ValueError as fault:
        raise PresentationError(f"the {what} is no acceptable JSON", "issue it again") from fault
    return value


def _require_shallow(data: bytes, what: str) -> None:
    """Refuse deep nesting before the parser, which recurses in C, ends the process."""
    # Each mark of `Disclosable` adds at most one level of its own to the payload's.
    limit = 2 * DEPTH_LIMIT
    if data.count(b"[") + data.count(b"{") <= limit:
        return
    depth = 0
    for byte in _STRING.sub(b"", data):
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > limit:
            raise PresentationError(f"the {what} is nested too deeply", "flatten it")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError(pairs)
    return value


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(text)


# Made once: `json.loads` would make one for each call.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number
)


def encode_base64url(data: bytes) -> str:
    """Return base64url without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode()


def decode_base64url(text: str, what: str) -> bytes:
    """Return what base64url without padding stands for.

    Args:
        text: The one encoding of some bytes, at least one.
        what: Its name for messages.

    Raises:
        PresentationError: It has another alphabet, padding, or unused bits set.
    """
    rest = len(text) % 4
    if _ALPHABET.fullmatch(text) is None or rest == 1:
        raise PresentationError(f"a {what} is not base64url", "send it as it was issued")
    if text[-1] not in _LAST[rest]:
        raise PresentationError(f"a {what} is not canonical base64url", "send it unchanged")
    return binascii.a2b_base64(text.encode().translate(_FROM_URL) + b"=" * (-rest % 4))
