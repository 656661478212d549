"""Turns elements that the schema has passed into the JSON form of a model, by a map."""

from typing import Any
from xml.etree import ElementTree as ET

from contracts.errors import XmlError
from contracts.origin.form_kinds import Count
from contracts.origin.form_objects import Flags, kind_of
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
from contracts.origin.xml.reader import Tree, local_name


class Converter:
    """Converts one document, and remembers on which line each field stood.

    Args:
        tree: The document, of which the schema has found nothing to refuse.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.lines: dict[str, int] = {}

    def convert(
        self, nodes: tuple[Node, ...], model: type[Any], element: ET.Element, path: str = ""
    ) -> dict[str, Any]:
        """Return the JSON form of one object.

        Args:
            nodes: The map of the object.
            model: Its dataclass.
            element: Where it stands.
            path: Name of the object in the form, for messages.

        Raises:
            XmlError: A group is empty, or a name is ticked twice.
        """
        found: dict[str, Any] = {}
        for node in nodes:
            self._read(node, model, element, path, found)
        return found

    def _read(
        self, node: Node, model: type[Any], parent: ET.Element, path: str, found: dict[str, Any]
    ) -> None:
        match node:
            case Leaf(tag, name):
                if (element := _child(parent, tag)) is not None:
                    found[name] = self._scalar(model, name, element, path)
            case Valued(tag, name, attribute):
                if (element := _child(parent, tag)) is not None:
                    self._locate(path, name, element)
                    number, unit = object_model(model, name).__dataclass_fields__
                    found[name] = {number: element.text or "", unit: element.get(attribute)}
            case Group():
                self._group(node, model, parent, path, found)
            case Repeated():
                self._repeated(node, model, parent, path, found)
            case Ticked():
                self._ticked(node, model, parent, path, found)

    def _scalar(self, model: type[Any], name: str, element: ET.Element, path: str) -> str | int:
        self._locate(path, name, element)
        text = element.text or ""
        return int(text) if isinstance(kind_of(member(model, name)), Count) else text

    def _group(
        self, node: Group, model: type[Any], parent: ET.Element, path: str, found: dict[str, Any]
    ) -> None:
        element = parent if node.tag is None else _child(parent, node.tag)
        if element is None:
            return
        if not len(element):
            raise XmlError(
                self._tree.line(element), local_name(element.tag), "is empty", "leave it out"
            )
        at = _join(path, node.name) if node.name else path
        inner = self.convert(node.children, object_model(model, node.name), element, at)
        if node.name is None:
            found |= inner
        else:
            self._locate(path, node.name, element)
            found[node.name] = inner

    def _repeated(
        self,
        node: Repeated,
        model: type[Any],
        parent: ET.Element,
        path: str,
        found: dict[str, Any],
    ) -> None:
        elements = parent.findall(_name(node.tag))
        inner = object_model(model, node.name)
        values: list[dict[str, Any]] = []
        for place, element in enumerate(elements):
            at = self._place(node, path, place)
            self.lines[at] = self._tree.line(element)
            values.append(self.convert(node.children, inner, element, at))
        if node.first:
            found[node.first] = values.pop(0)
        if values:
            found[node.name] = values

    @staticmethod
    def _place(node: Repeated, path: str, place: int) -> str:
        if node.first:
            if not place:
                return _join(path, node.first)
            place -= 1
        return f"{_join(path, node.name)}[{place}]"

    def _ticked(
        self, node: Ticked, model: type[Any], parent: ET.Element, path: str, found: dict[str, Any]
    ) -> None:
        kind = kind_of(member(model, node.name))
        if not isinstance(kind, Flags):
            raise AssertionError(kind)
        flags = dict.fromkeys(kind.names, False)
        for element in parent.findall(f"{_name(node.tag)}/{_name(node.inner)}"):
            flag = element.text or ""
            self._locate(_join(path, node.name), flag, element)
            if flags[flag]:
                line = self._tree.line(element)
                raise XmlError(line, node.inner, f"{flag} stands twice", "tick it once")
            flags[flag] = True
        found[node.name] = flags

    def _locate(self, path: str, name: str, element: ET.Element) -> None:
        self.lines[_join(path, name)] = self._tree.line(element)


def _child(parent: ET.Element, tag: str) -> ET.Element | None:
    return parent.find(_name(tag))


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
