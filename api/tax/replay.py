"""Replay: the same assessment again from its own declaration, and what differs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from api.tax.assess import assess
from api.tax.assessment import Assessment
from api.tax.document import ASSESSMENT_FORMAT, assessment_bytes
from api.tax.errors import AssessmentError
from api.tax.exchange import RateTable
from api.tax.model import Declaration
from api.tax.sources import RateSource
from api.tax.structure import read
from contracts.documents.encoding import parse_json
from contracts.errors import PresentationError

_MISSING: Final = "(missing)"
_LIMIT: Final = 1_000
"""Differences that are told; a record that differs in more is another assessment."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which a record and its replay differ."""

    place: str
    recorded: str
    recomputed: str


@dataclass(frozen=True, slots=True)
class Replay:
    """An assessment made again.

    Attributes:
        assessment: As it comes out now.
        differences: Where the record says something else; none if it repeats.
    """

    assessment: Assessment
    differences: tuple[Difference, ...]

    @property
    def repeats(self) -> bool:
        """Whether the same came out, to the last text of the trace."""
        return not self.differences


def replay(recorded: bytes, tariff: RateSource | None, rates: RateTable) -> Replay:
    """Assess a record's own declaration again and say what differs.

    Args:
        recorded: What `assessment_bytes` returned, in any order of members.
        tariff: The tariff that is held now.
        rates: The exchange rates that are held now.

    Raises:
        AssessmentError: The record cannot be read.
        TaxError: Its declaration can no longer be assessed with these rates.
    """
    try:
        value = parse_json(recorded, "assessment")
    except PresentationError as error:
        raise AssessmentError("assessment", "is no JSON", "send it as it was written") from error
    if not isinstance(value, dict) or value.get("format") != ASSESSMENT_FORMAT:
        remedy = f"send a document of {ASSESSMENT_FORMAT}"
        raise AssessmentError("assessment.format", "is another format", remedy)
    if "declaration" not in value:
        raise AssessmentError("assessment.declaration", "is missing", "send the whole assessment")
    declaration = read(Declaration, value["declaration"], "assessment.declaration")
    found = assess(declaration, tariff, rates)
    made = json.loads(assessment_bytes(found))
    differences = []
    for difference in _differences(value, made, "assessment"):
        differences.append(difference)
        if len(differences) == _LIMIT:
            break
    return Replay(found, tuple(differences))


def _differences(recorded: Any, made: Any, place: str) -> Iterator[Difference]:
    if isinstance(recorded, dict) and isinstance(made, dict):
        for name in sorted(recorded.keys() | made.keys()):
            inner = recorded.get(name, _MISSING), made.get(name, _MISSING)
            yield from _differences(*inner, f"{place}.{name}")
    elif isinstance(recorded, list) and isinstance(made, list):
        for index in range(max(len(recorded), len(made))):
            inner = _at(recorded, index), _at(made, index)
            yield from _differences(*inner, f"{place}[{index}]")
    elif recorded != made:
        yield Difference(place, _shown(recorded), _shown(made))


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _MISSING


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:200]
