"""What an amendment changes, and which changes a stage no longer allows; pure.

Source: Circular 38/2015/TT-BTC, Articles 20 and 22, as amended by Circular 39/2018/TT-BTC;
amendments.json says which field has which source.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, cast

from contracts.clearance.declaration.errors import AmendmentLimitError, DeclarationNumberError
from contracts.clearance.declaration.findings import Finding, finding
from contracts.clearance.declaration.model import Declaration
from contracts.clearance.declaration.number import DeclarationNumber
from contracts.clearance.declaration.reading import declaration_json
from contracts.clearance.declaration.rules import document, entry_on

_UNCOUNTED: Final = frozenset({"/salt", "/declaration_no"})
"""A new version has a new salt and number: no change of what is declared."""


class Stage(StrEnum):
    """How far a declaration is."""

    REGISTERED = "registered"
    CHANNELLED = "channelled"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs between two versions.

    Attributes:
        field: JSON pointer; of lists, of the element that differs.
        before: JSON value in the earlier version; None where it was not there.
        after: In the later one; None where it is no longer there.
    """

    field: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """Return the change as documents carry it."""
        return {"field": self.field, "before": self.before, "after": self.after}


def changes(before: Declaration, after: Declaration) -> tuple[Change, ...]:
    """Return what differs, in the order of the fields; number and salt left out."""
    found = _differences("", declaration_json(before), declaration_json(after))
    return tuple(each for each in found if each.field not in _UNCOUNTED)


def check_amendment(
    before: Declaration, after: Declaration, stage: Stage, on: date
) -> tuple[Finding, ...]:
    """Return what stands against an amendment: its number, and fields that are fixed by now.

    What the new version declares is `check_declaration`'s.

    Args:
        before: The version that stands.
        after: The one that shall.
        stage: How far the declaration is.
        on: Day of the amendment.
    """
    found = list(_number(before, after))
    for change in changes(before, after):
        entry = _fixed(change.field, before.direction, stage, on)
        if entry is not None:
            facts = {"stage": stage.value, "source": str(entry["source"])}
            found.append(finding("DECL_AMENDMENT_FIELD", change.field, label=change.field, **facts))
    return tuple(found)


def _number(before: Declaration, after: Declaration) -> Iterator[Finding]:
    if before.declaration_no is None:
        return
    try:
        expected = str(DeclarationNumber.parse(before.declaration_no).amended())
    except (AmendmentLimitError, DeclarationNumberError) as error:
        yield from error.findings
        return
    if after.declaration_no != expected:
        shown = after.declaration_no or "null"
        facts = {"value": shown, "expected": expected}
        yield finding("DECL_AMENDMENT_NUMBER", "/declaration_no", **facts)


def _fixed(field: str, direction: str, stage: Stage, on: date) -> dict[str, Any] | None:
    """Return the entry that fixes a field in a stage; one of an earlier stage stays fixed."""
    reached = list(Stage)[: list(Stage).index(stage) + 1]
    for item in cast("Sequence[dict[str, Any]]", document("amendments")["fixed"]):
        if item.get("direction", direction) != direction or not _covers(item["field"], field):
            continue
        entry = entry_on(item["entries"], on)
        if entry is not None and Stage(entry["value"]) in reached:
            return entry
    return None


def _covers(fixed: str, field: str) -> bool:
    """Say whether a changed field lies within a fixed one, or the fixed one within it."""
    ours, theirs = fixed.split("/"), field.split("/")
    pairs = zip(ours, theirs, strict=False)
    return all(one in {"*", other} for one, other in pairs)


def _differences(pointer: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        ours, theirs = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        for name in ours | theirs:
            yield from _differences(f"{pointer}/{name}", ours.get(name), theirs.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _elements(pointer, cast("Sequence[Any]", before), cast("Sequence[Any]", after))
    elif before != after:
        yield Change(pointer, before, after)


def _elements(pointer: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    for place in range(max(len(before), len(after))):
        ours = before[place] if place < len(before) else None
        theirs = after[place] if place < len(after) else None
        yield from _differences(f"{pointer}/{place}", ours, theirs)
