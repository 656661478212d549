"""Typed reading of the members of a file, each error with its path."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar, cast

from chain.proofs.constants import NANOSECONDS, TimeNs
from contracts.bundles.errors import MemberError

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{0,8}[1-9]))?Z"
)
_MAX_TEXT = 1 << 20

Element = TypeVar("Element")


class Members:
    """An object of a file with exactly the named members.

    Args:
        value: The parsed JSON.
        path: Where it stands, for messages; empty for the whole file.
        names: The members it must have, and no others.

    Raises:
        MemberError: It is no object, or a member is missing or unknown.
    """

    __slots__ = ("_path", "_values")

    def __init__(self, value: object, path: str, *names: str) -> None:
        if not isinstance(value, dict):
            raise MemberError(path, "it must be an object")
        self._values = cast("dict[str, object]", value)
        self._path = path
        for name in names:
            if name not in self._values:
                raise MemberError(self.path(name), "it is missing")
        for name in self._values:
            if name not in names:
                raise MemberError(self.path(name[:80]), "it is unknown here")

    def path(self, name: str) -> str:
        """Return where a member stands."""
        return f"{self._path}.{name}" if self._path else name

    def value(self, name: str) -> object:
        """Return a member as it was parsed."""
        return self._values[name]

    def text(self, name: str) -> str:
        """Return a string member."""
        return read_text(self._values[name], self.path(name))

    def constant(self, name: str, expected: str) -> None:
        """Demand that a member is one certain string."""
        if self.text(name) != expected:
            raise MemberError(self.path(name), f"it must be {expected!r}")

    def data(self, name: str, size: int | None = None) -> bytes:
        """Return a member of bytes, of `size` bytes where given."""
        return read_data(self._values[name], self.path(name), size)

    def integer(self, name: str, limit: int) -> int:
        """Return a member that is an unsigned decimal below `limit`."""
        text = self.text(name)
        if not _DECIMAL.fullmatch(text) or int(text) >= limit:
            raise MemberError(self.path(name), f"it must be a decimal integer below {limit}")
        return int(text)

    def time(self, name: str) -> TimeNs:
        """Return a member that is an RFC 3339 time in UTC."""
        try:
            return parse_time(self.text(name))
        except ValueError as exc:
            raise MemberError(self.path(name), f"it is no time: {exc}") from exc

    def elements(
        self, name: str, limit: int, read: Callable[[object, str], Element]
    ) -> tuple[Element, ...]:
        """Return a list member, each element read by `read(value, path)`."""
        value, path = self._values[name], self.path(name)
        if not isinstance(value, list):
            raise MemberError(path, "it must be a list")
        items = cast("list[object]", value)
        if len(items) > limit:
            raise MemberError(path, f"it has {len(items)} elements, at most {limit} are read")
        return tuple([read(item, f"{path}[{index}]") for index, item in enumerate(items)])


def read_text(value: object, path: str) -> str:
    """Return a value that must be a string.

    Raises:
        MemberError: It is none, or longer than any string of the formats.
    """
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise MemberError(path, "it must be a string of at most 1 MiB")
    return value


def read_data(value: object, path: str, size: int | None = None) -> bytes:
    """Return a value that must be bytes: 0x and two lower-case digits each.

    Raises:
        MemberError: It is not, or not of `size` bytes.
    """
    text = read_text(value, path)
    try:
        data = bytes.fromhex(text[2:])
    except ValueError:
        data = b""
    if write_data(data) != text:  # fromhex also takes upper case and spaces
        raise MemberError(path, "it must be 0x and lower-case hexadecimal digits, two per byte")
    if size is not None and len(data) != size:
        raise MemberError(path, f"it has {len(data)} bytes instead of {size}")
    return data


def write_data(data: bytes) -> str:
    """Return bytes as 0x and lower-case digits."""
    return "0x" + data.hex()


def parse_time(text: str) -> TimeNs:
    """Read an RFC 3339 time in UTC, written with Z and no trailing zero fraction.

    Raises:
        ValueError: It is none, or not in that form.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        message = "write it like 2026-11-23T09:30:00Z"
        raise ValueError(message)
    *fields, fraction = match.groups()
    moment = datetime(*(int(field) for field in fields), tzinfo=UTC)  # type: ignore[misc,arg-type]
    seconds = int(moment.timestamp())
    return TimeNs(seconds * NANOSECONDS + int((fraction or "").ljust(9, "0")))


def write_time(time: TimeNs) -> str:
    """Return a time as RFC 3339 in UTC, the form that `parse_time` reads."""
    seconds, fraction = divmod(time, NANOSECONDS)
    # Not strftime, whose years before 1000 have three digits on some systems.
    text = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()
    return f"{text}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{text}Z"
