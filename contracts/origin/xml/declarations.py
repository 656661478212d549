"""Certificates and messages: bytes in, typed object out, and back.

Steps of reading:
    (1) Safe parsing: size, encoding, no document type, bounded structure.
    (2) The root element is the one asked for.
    (3) The XML Schema, which is shipped: the first fault is told with its line.
    (4) The map to the JSON form.
    (5) The same parser that reads JSON, with all rules of the form.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

from xmlschema import XMLSchema, XMLSchemaValidationError

from contracts.errors import FormError, XmlError
from contracts.origin.form_letters import describe_foreign_letter
from contracts.origin.form_model import CertificateForm
from contracts.origin.form_objects import write_object
from contracts.origin.form_parser import parse_certificate, read_certificate
from contracts.origin.xml.binding import NAMESPACE, Node
from contracts.origin.xml.converter import Converter
from contracts.origin.xml.maps import DECLARATION, RESPONSE
from contracts.origin.xml.messages import Message, message_json, parse_message
from contracts.origin.xml.reader import Tree, local_name, parse_tree
from contracts.origin.xml.schema import SCHEMA_FILE
from contracts.origin.xml.writer import write_xml

Parsed = TypeVar("Parsed")
_PACKAGE: Final = __name__.rpartition(".")[0]
_REMEDY: Final = f"follow {SCHEMA_FILE}"
_REASON_LIMIT: Final = 300


def certificate_to_xml(form: CertificateForm) -> bytes:
    """Return a certificate as XML, whole; equal certificates give equal bytes."""
    return write_xml("Declaration", DECLARATION, write_object(form))


def importer_xml(form: CertificateForm) -> bytes:
    """Return what importing customs is sent: without the lines of export declarations."""
    items = tuple(replace(item, export_lines=()) for item in form.items)
    return certificate_to_xml(replace(form, items=items))


def certificate_from_xml(content: bytes) -> CertificateForm:
    """Parse and check a certificate in XML.

    Raises:
        XmlError: The document is unsafe, follows not the schema, or the certificate
            breaks a rule of its form; with line and element.
    """
    return _parse(content, "Declaration", DECLARATION, CertificateForm, parse_certificate)


def examinable_from_xml(content: bytes) -> CertificateForm:
    """Read a certificate in XML without the rules between its boxes, for examiners.

    Raises:
        XmlError: The document is unsafe or follows not the schema.
    """
    return _parse(content, "Declaration", DECLARATION, CertificateForm, read_certificate)


def message_to_xml(message: Message) -> bytes:
    """Return a message as XML; equal messages give equal bytes."""
    return write_xml("Response", RESPONSE, message_json(message))


def message_from_xml(content: bytes) -> Message:
    """Parse and check a message in XML.

    Raises:
        XmlError: The document is unsafe, follows not the schema, or is no sound message.
    """
    return _parse(content, "Response", RESPONSE, Message, parse_message)


def _parse(
    content: bytes,
    root: str,
    nodes: tuple[Node, ...],
    model: type[Any],
    read: Callable[[object], Parsed],
) -> Parsed:
    tree = parse_tree(content)  # step 1
    _require_root(tree, root)  # step 2
    _validate(tree)  # step 3
    converter = Converter(tree)
    value = converter.convert(nodes, model, tree.root)  # step 4
    try:
        return read(value)  # step 5
    except FormError as fault:
        line = _line_of(fault.field, converter.lines)
        raise XmlError(line, fault.field, fault.problem, fault.remedy) from fault


def _require_root(tree: Tree, root: str) -> None:
    if tree.root.tag != f"{{{NAMESPACE}}}{root}":
        raise XmlError(
            tree.line(tree.root),
            local_name(tree.root.tag),
            "is another root element or namespace",
            f"send {root} in namespace {NAMESPACE}",
        )


def _validate(tree: Tree) -> None:
    for fault in _schema().iter_errors(tree.root):
        raise _schema_error(tree, fault) from fault


def _schema_error(tree: Tree, fault: XMLSchemaValidationError) -> XmlError:
    element = getattr(fault, "invalid_child", None)
    if element is None:
        element = fault.elem
    if element is None:
        return XmlError(0, "document", "does not follow the schema", _REMEDY)
    reason = _reason(fault.reason or "does not follow the schema", element.text or "")
    return XmlError(tree.line(element), _path(tree, element), reason, _REMEDY)


def _reason(reason: str, text: str) -> str:
    """Return a reason for people: names without namespace, no endless lists."""
    if reason.startswith("value"):
        if foreign := describe_foreign_letter(text):
            return foreign
        if "must be one of" in reason:
            return f"{text[:40]!r} is not in the list of its type"
    return reason.replace(f"{{{NAMESPACE}}}", "").rstrip(".")[:_REASON_LIMIT]


def _path(tree: Tree, wanted: Any) -> str:
    """Return the names from the root to an element."""
    names: list[str] = []

    def search(element: Any) -> bool:
        names.append(local_name(element.tag))
        if element is wanted or any(search(child) for child in element):
            return True
        names.pop()
        return False

    search(tree.root)
    return "/".join(names)


def _line_of(field: str, lines: dict[str, int]) -> int:
    """Return the line of a field, or of the innermost box around it."""
    while field and field not in lines:
        field = field[:-1].rpartition("." if "." in field else "[")[0] if field else field
    return lines.get(field, 1)


@cache
def _schema() -> Any:
    text = files(_PACKAGE).joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    return XMLSchema(text, allow="none", defuse="always")
