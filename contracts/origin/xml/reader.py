"""Parses XML from elsewhere into elements that know their lines; nothing else is read.

Steps:
    (1) The size, before anything is looked at.
    (2) The encoding: UTF-8, declared or not, without a byte order mark.
    (3) The structure: no document type, so no entities of any kind; bounded depth,
        number of elements, attributes and letters. It is refused where it first goes too far.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.etree import ElementTree as ET  # types alone; defusedxml parses

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped] # no stubs
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped] # no stubs

from contracts.errors import XmlError
from contracts.origin.form_kinds import TEXT_LIMIT

SIZE_LIMIT: Final = 8 << 20
"""A certificate of 999 items with long texts has about 4 MiB."""

DEPTH_LIMIT: Final = 12
ELEMENTS_LIMIT: Final = 60_000
LETTERS_LIMIT: Final = 2 * TEXT_LIMIT
"""Of one text: more than any field takes, so that no converter meets endless ones."""

_ATTRIBUTE_LIMIT: Final = 20
_ATTRIBUTES: Final = frozenset({"unitCode", "currencyID"})
_DECLARED: Final = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


@dataclass(slots=True)
class Tree:
    """A parsed document.

    Attributes:
        root: The root element; names are in Clark notation.
        lines: Line of each element, by its identity.
    """

    root: ET.Element
    lines: dict[int, int] = field(default_factory=dict[int, int])

    def line(self, element: ET.Element) -> int:
        """Return the line on which an element starts."""
        return self.lines.get(id(element), 0)


def parse_tree(content: bytes) -> Tree:
    """Parse a document.

    Raises:
        XmlError: It is too large, not UTF-8, not well-formed, or holds what a
            certificate needs not: a document type, entities, foreign attributes.
    """
    # Step 1
    if len(content) > SIZE_LIMIT:
        raise XmlError(0, "document", f"has {len(content)} bytes", f"send at most {SIZE_LIMIT}")
    # Step 2
    _require_utf8(content)
    # Step 3
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    expat = builder.expat = parser.parser
    try:
        parser.feed(content)
        root = parser.close()
    except DefusedXmlException as fault:
        raise XmlError(
            expat.CurrentLineNumber,
            "document",
            "declares a document type or an entity",
            "send the document without <!DOCTYPE",
        ) from fault
    except ET.ParseError as fault:
        line, column = fault.position
        problem = f"{str(fault).partition(':')[0]}, at column {column + 1}"
        raise XmlError(line, "document", problem, "send well-formed XML") from fault
    return Tree(root, builder.lines)


def local_name(tag: str) -> str:
    """Return an element's name without its namespace, cut to what a message bears."""
    return tag.rpartition("}")[2][:60]


class _Builder(ET.TreeBuilder):
    """Builds elements, remembers their lines, and stops where there are too many."""

    def __init__(self) -> None:
        super().__init__()
        self.expat: Any = None
        self.lines: dict[int, int] = {}
        self._open: list[str] = []
        self._letters = 0

    def start(self, tag: Any, attrs: dict[Any, Any], /) -> ET.Element:
        self._open.append(local_name(str(tag)))
        if len(self._open) > DEPTH_LIMIT:
            self._refuse(f"is nested more than {DEPTH_LIMIT} deep", "use the schema's elements")
        if len(self.lines) >= ELEMENTS_LIMIT:
            self._refuse(f"is one of more than {ELEMENTS_LIMIT}", "send fewer items")
        for name, value in attrs.items():
            if name not in _ATTRIBUTES or len(value) > _ATTRIBUTE_LIMIT:
                shown = local_name(str(name))
                self._refuse(f"has attribute {shown!r}, or too much in it", "leave it out")
        self._letters = 0
        element = super().start(tag, attrs)
        self.lines[id(element)] = self.expat.CurrentLineNumber
        return element

    def data(self, data: Any, /) -> None:
        self._letters += len(data)
        if self._letters > LETTERS_LIMIT:
            self._refuse(f"holds more than {LETTERS_LIMIT} letters", "write less")
        super().data(data)

    def end(self, tag: Any, /) -> ET.Element:
        self._open.pop()
        self._letters = 0
        return super().end(tag)

    def _refuse(self, problem: str, remedy: str) -> None:
        line, path = self.expat.CurrentLineNumber, "/".join(self._open)
        raise XmlError(line, path, problem, remedy)


def _require_utf8(content: bytes) -> None:
    declared = _DECLARED.match(content[:512])
    if declared and declared.group(1).upper() not in {b"UTF-8", b"UTF8"}:
        name = declared.group(1).decode("ascii")[:20]
        raise XmlError(1, "document", f"is declared as {name}", "encode it as UTF-8")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise XmlError(
            line, "document", f"is no UTF-8 at byte {fault.start}", "encode it as UTF-8"
        ) from fault
    if text.startswith("\ufeff"):
        raise XmlError(1, "document", "starts with a byte order mark", "leave it out")
