"""Makes the XML Schema from the maps and the models.

`python -m contracts.origin.xml.schema` writes it; `--check` says whether it is current.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from contracts.origin.form_kinds import (
    COUNTRY,
    CURRENCY,
    DAY,
    QUANTITY,
    REFERENCE_NUMBER,
    TEXT,
    UNIT,
    Kind,
)
from contracts.origin.form_model import CertificateForm
from contracts.origin.form_objects import Flags, Many, is_optional, kind_of
from contracts.origin.xml.binding import (
    NAMESPACE,
    Group,
    Leaf,
    Node,
    Repeated,
    Ticked,
    Valued,
    member,
    object_model,
)
from contracts.origin.xml.maps import DECLARATION, RESPONSE
from contracts.origin.xml.messages import MOMENT, Message

SCHEMA_FILE: Final = "e-form-d.xsd"
_TYPES: Final[dict[str, Kind]] = {
    "Text": TEXT,
    "Reference": REFERENCE_NUMBER,
    "Country": COUNTRY,
    "Currency": CURRENCY,
    "Unit": UNIT,
    "Day": DAY,
    "Moment": MOMENT,
    "Quantity": QUANTITY,
}
_BASES: Final = {"Day": "xs:date", "Moment": "xs:dateTime", "Quantity": "xs:decimal"}


def render_schema() -> str:
    """Return the XML Schema as it is shipped."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!-- Made by contracts.origin.xml.schema from the maps; do not edit. -->",
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NAMESPACE}"',
        f'           targetNamespace="{NAMESPACE}" elementFormDefault="qualified">',
        *_root("Declaration", DECLARATION, CertificateForm),
        *_root("Response", RESPONSE, Message),
    ]
    for name, kind in _TYPES.items():
        lines += _simple_type(kind, f' name="{name}"', _BASES.get(name, "xs:string"), "  ")
    lines.append("</xs:schema>")
    return "\n".join(lines) + "\n"


def _root(tag: str, nodes: tuple[Node, ...], model: type[Any]) -> Iterator[str]:
    yield f'  <xs:element name="{tag}">'
    yield from _complex_type(nodes, model, "    ")
    yield "  </xs:element>"


def _complex_type(nodes: tuple[Node, ...], model: type[Any], pad: str) -> Iterator[str]:
    yield f"{pad}<xs:complexType>"
    yield f"{pad}  <xs:sequence>"
    for node in nodes:
        yield from _element(node, model, pad + "    ")
    yield f"{pad}  </xs:sequence>"
    yield f"{pad}</xs:complexType>"


def _element(node: Node, model: type[Any], pad: str) -> Iterator[str]:
    match node:
        case Leaf(tag, name):
            yield from _leaf(tag, kind_of(member(model, name)), _occurs(node, model), pad)
        case Valued(tag, name, attribute):
            yield from _valued(tag, name, attribute, model, pad)
        case Group(None, name, children):
            for child in children:
                yield from _element(child, object_model(model, name), pad)
        case Group(tag, name, children):
            yield f'{pad}<xs:element name="{tag}"{_occurs(node, model)}>'
            yield from _complex_type(children, object_model(model, name), pad + "  ")
            yield f"{pad}</xs:element>"
        case Repeated(tag, name, children):
            yield f'{pad}<xs:element name="{tag}"{_occurs(node, model)}>'
            yield from _complex_type(children, object_model(model, name), pad + "  ")
            yield f"{pad}</xs:element>"
        case Ticked(tag, inner, name):
            yield from _ticked(tag, inner, kind_of(member(model, name)), pad)


def _leaf(tag: str, kind: Kind, occurs: str, pad: str) -> Iterator[str]:
    for name, known in _TYPES.items():
        if kind == known:
            yield f'{pad}<xs:element name="{tag}" type="{name}"{occurs}/>'
            return
    yield f'{pad}<xs:element name="{tag}"{occurs}>'
    yield from _simple_type(kind, "", "xs:string", pad + "  ")
    yield f"{pad}</xs:element>"


def _valued(tag: str, name: str, attribute: str, model: type[Any], pad: str) -> Iterator[str]:
    inner = object_model(model, name)
    unit = list(inner.__dataclass_fields__.values())[1]
    kind = next(key for key, known in _TYPES.items() if kind_of(unit) == known)
    yield f'{pad}<xs:element name="{tag}"{_occurs(Leaf(tag, name), model)}>'
    yield f"{pad}  <xs:complexType><xs:simpleContent>"
    yield f'{pad}    <xs:extension base="Quantity">'
    yield f'{pad}      <xs:attribute name="{attribute}" type="{kind}" use="required"/>'
    yield f"{pad}    </xs:extension>"
    yield f"{pad}  </xs:simpleContent></xs:complexType>"
    yield f"{pad}</xs:element>"


def _ticked(tag: str, inner: str, kind: Kind, pad: str) -> Iterator[str]:
    if not isinstance(kind, Flags):
        raise AssertionError(kind)
    yield f'{pad}<xs:element name="{tag}" minOccurs="0" maxOccurs="{len(kind.names)}">'
    yield f"{pad}  <xs:complexType><xs:sequence>"
    yield f'{pad}    <xs:element name="{inner}">'
    yield f'{pad}      <xs:simpleType><xs:restriction base="xs:string">'
    for name in kind.names:
        yield f'{pad}        <xs:enumeration value="{name}"/>'
    yield f"{pad}      </xs:restriction></xs:simpleType>"
    yield f"{pad}    </xs:element>"
    yield f"{pad}  </xs:sequence></xs:complexType>"
    yield f"{pad}</xs:element>"


def _simple_type(kind: Kind, name: str, base: str, pad: str) -> Iterator[str]:
    described = kind.schema()
    yield f"{pad}<xs:simpleType{name}>"
    yield f'{pad}  <xs:restriction base="{base}">'
    if "minLength" in described:
        yield f'{pad}    <xs:minLength value="{described["minLength"]}"/>'
        yield f'{pad}    <xs:maxLength value="{described["maxLength"]}"/>'
    if described["type"] == "integer":
        # Bounded by its digits: a converter of integers meets no endless ones.
        yield f'{pad}    <xs:pattern value="[1-9][0-9]{{0,{len(str(described["maximum"])) - 1}}}"/>'
    if "pattern" in described:
        yield f"{pad}    <xs:pattern value={quoteattr(_portable(described['pattern']))}/>"
    for value in described.get("enum", ()):
        yield f'{pad}    <xs:enumeration value="{escape(value)}"/>'
    yield f"{pad}  </xs:restriction>"
    yield f"{pad}</xs:simpleType>"


def _portable(pattern: str) -> str:
    """Return a pattern of JSON Schema for XML Schema, which anchors by itself."""
    if not pattern.startswith("^"):
        return f".*{pattern}.*"
    return pattern.removeprefix("^(?:").removesuffix(")$").replace("(?:", "(")


def _occurs(node: Node, model: type[Any]) -> str:
    if isinstance(node, Repeated):
        kind = kind_of(member(model, node.name))
        if not isinstance(kind, Many):
            raise AssertionError(kind)
        limit = kind.limit + (1 if node.first else 0)
        least = "" if _is_required(node, model) else ' minOccurs="0"'
        return f'{least} maxOccurs="{limit}"'
    return "" if _is_required(node, model) else ' minOccurs="0"'


def _is_required(node: Node, model: type[Any]) -> bool:
    match node:
        case Group(_, None, children):
            return any(_is_required(child, model) for child in children)
        case Repeated(_, _, _, first) if first:
            return True
        case Ticked():
            return False
        case Leaf(_, name) | Valued(_, name, _) | Repeated(_, name, _, _):
            return not is_optional(member(model, name))
        case Group(_, name, _):
            return name is not None and not is_optional(member(model, name))


def main() -> int:
    """Write or check the shipped schema."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true")
    path = Path(__file__).with_name(SCHEMA_FILE)
    if parser.parse_args().check:
        return int(not path.exists() or path.read_text(encoding="utf-8") != render_schema())
    path.write_text(render_schema(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
