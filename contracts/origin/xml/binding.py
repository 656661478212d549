"""How fields of a model stand in XML: the nodes of a map; pure.

A map is a tuple of nodes. Writer, reader and XML Schema all follow it, and take the
kinds of values from the model, so that they cannot disagree.
"""

from dataclasses import Field, dataclass, fields
from typing import Any, Final, TypeAlias

from contracts.origin.form_kinds import Kind
from contracts.origin.form_objects import Many, Object, kind_of

NAMESPACE: Final = "urn:tradeseal:origin-exchange:1"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field as the text of an element.

    Attributes:
        tag: The element.
        name: The field.
    """

    tag: str
    name: str


@dataclass(frozen=True, slots=True)
class Valued:
    """An object of a number and its unit as one element with an attribute.

    Attributes:
        tag: The element; its text is the object's first field.
        name: The field that holds the object.
        attribute: The attribute; its value is the object's second field.
    """

    tag: str
    name: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Group:
    """An element around others.

    Attributes:
        tag: The element; None where its children stand in the element around it.
        name: The field whose object the children describe; None where they describe
            fields of the object around it.
        children: What stands inside.
    """

    tag: str | None
    name: str | None
    children: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A list of objects as elements of one name.

    Attributes:
        tag: The element.
        name: The field that holds the list.
        children: What stands inside each.
        first: The field that holds the first of them, where one is always there.
    """

    tag: str
    name: str
    children: "tuple[Node, ...]"
    first: str | None = None


@dataclass(frozen=True, slots=True)
class Ticked:
    """A set of names as elements, one for each.

    Attributes:
        tag: The element.
        inner: The element inside that holds the name.
        name: The field.
    """

    tag: str
    inner: str
    name: str


Node: TypeAlias = Leaf | Valued | Group | Repeated | Ticked


def member(model: type[Any], name: str) -> Field[Any]:
    """Return a field of a model."""
    return next(field for field in fields(model) if field.name == name)


def object_model(model: type[Any], name: str | None) -> type[Any]:
    """Return the model of a field's object, or of its elements; the model itself for None."""
    if name is None:
        return model
    kind: Kind = kind_of(member(model, name))
    if isinstance(kind, Many):
        kind = kind.kind
    if not isinstance(kind, Object):
        raise AssertionError(kind)
    return kind.model
