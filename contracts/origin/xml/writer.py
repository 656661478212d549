"""Writes the JSON form of a model as XML, by a map; pure."""

from collections.abc import Mapping
from typing import Any

# Elements are made and written here, never parsed.
from xml.etree import ElementTree as ET

from contracts.origin.xml.binding import NAMESPACE, Group, Leaf, Node, Repeated, Ticked, Valued


def write_xml(root: str, nodes: tuple[Node, ...], value: Mapping[str, Any]) -> bytes:
    """Return an XML document: UTF-8, two blanks of indentation, one spelling.

    Args:
        root: Name of the root element.
        nodes: The map.
        value: JSON form of the model.
    """
    element = ET.Element(root, {"xmlns": NAMESPACE})
    _write_all(nodes, value, element)
    ET.indent(element)
    body = ET.tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _write_all(nodes: tuple[Node, ...], value: Mapping[str, Any], parent: ET.Element) -> None:
    for node in nodes:
        _write(node, value, parent)


def _write(node: Node, value: Mapping[str, Any], parent: ET.Element) -> None:
    match node:
        case Leaf() | Valued():
            if node.name in value:
                _write_value(node, value[node.name], parent)
        case Group(tag, name, children):
            inner = value if name is None else value.get(name)
            if inner is not None:
                _write_group(tag, children, inner, parent)
        case Repeated(tag, name, children, first):
            elements = [value[first]] if first else []
            for each in [*elements, *value.get(name, [])]:
                _write_all(children, each, ET.SubElement(parent, tag))
        case Ticked(tag, inner_tag, name):
            for flag in (flag for flag, is_ticked in value[name].items() if is_ticked):
                ET.SubElement(ET.SubElement(parent, tag), inner_tag).text = flag


def _write_value(node: Leaf | Valued, value: Any, parent: ET.Element) -> None:
    if isinstance(node, Leaf):
        ET.SubElement(parent, node.tag).text = str(value)
    else:
        number, unit = value.values()
        ET.SubElement(parent, node.tag, {node.attribute: unit}).text = number


def _write_group(
    tag: str | None, children: tuple[Node, ...], value: Mapping[str, Any], parent: ET.Element
) -> None:
    element = parent if tag is None else ET.Element(tag)
    _write_all(children, value, element)
    if tag is not None and len(element):
        parent.append(element)
