"""What a customs office knows beside declarations: requirements, bans, declarants.

It is `clearance.json` in the organisation's folder, put there by the operator and read when it
changes. An office without one requires nothing, bans nothing, and knows its declarants by what
they declared.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from api.clearance.errors import ProfileError
from api.risk.compliance.errors import HistoryError
from api.risk.compliance.model import Period, Sector, Violation
from contracts.clearance.records import FactKind
from contracts.documents.encoding import parse_json
from contracts.errors import PresentationError

PROFILE_NAME: Final = "clearance.json"
FORMAT: Final = "tradeseal-clearance-office/1"
_ANY: Final = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What goods of a heading need.

    Attributes:
        hs: First digits of the goods' code.
        direction: "import" or "export".
        kind: Permit, or specialised inspection.
        permit: Kind of the permit that a declaration must name; empty for inspections.
        agency: Organisation that states the fact: 0x and 64 digits; empty where the permit's own
            validity suffices.
        hours: How long the agency has.
        effective_from: First day.
        effective_to: First day without it; None while it lasts.
        source: The rule.
    """

    hs: str
    direction: str
    kind: FactKind
    permit: str
    agency: str
    hours: int
    effective_from: date
    effective_to: date | None
    source: str

    def applies(self, direction: str, day: date) -> bool:
        """Say whether it holds for a direction on a day."""
        lasting = self.effective_to is None or day < self.effective_to
        return self.direction == direction and self.effective_from <= day and lasting


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a declarant by its tax code."""

    sector: Sector = Sector.MEDIUM
    active_since: date | None = None
    aeo: tuple[Period, ...] = ()
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """An office's profile.

    Attributes:
        requirements: What goods need.
        banned_countries: Countries under embargo, ISO 3166.
        banned_goods: First digits of codes that are banned.
        vat_full: First digits of codes to which the reduced VAT does not apply.
        declarants: By tax code.
    """

    requirements: tuple[Requirement, ...] = ()
    banned_countries: frozenset[str] = frozenset()
    banned_goods: tuple[str, ...] = ()
    vat_full: tuple[str, ...] = ()
    declarants: Mapping[str, Known] = field(default_factory=dict)

    def declarant(self, tax_code: str) -> Known:
        """Return what is known of a declarant."""
        return self.declarants.get(tax_code, Known())


class ProfileFile:
    """Reads a profile when it changes."""

    def __init__(self, folder: Path) -> None:
        """Look into an organisation's folder; nothing is read yet."""
        self._path = folder / PROFILE_NAME
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, int], Profile] | None = None

    def read(self) -> Profile:
        """Return the profile as it stands in the folder now.

        Raises:
            ProfileError: It cannot be used.
        """
        if not self._path.exists():
            return Profile()
        found = self._path.stat()
        stamp = (found.st_mtime_ns, found.st_size)
        with self._lock:
            if self._known is None or self._known[0] != stamp:
                self._known = (stamp, parse_profile(self._path.read_bytes()))
            return self._known[1]


def parse_profile(content: bytes) -> Profile:
    """Read a profile.

    Raises:
        ProfileError: A member is missing, unknown or not of its form; names it.
    """
    try:
        value = parse_json(content, PROFILE_NAME)
    except PresentationError as error:
        raise ProfileError("content", f"is no acceptable JSON ({error})") from error
    members = _members(value, "", {"format"}, {"requirements", "embargo", "vat_full", "declarants"})
    if members["format"] != FORMAT:
        raise ProfileError("format", f"is not {FORMAT}")
    embargo = _members(members.get("embargo", {}), "embargo", set(), {"countries", "hs"})
    requirements = members.get("requirements", [])
    declarants = members.get("declarants", {})
    if not isinstance(requirements, list) or not isinstance(declarants, dict):
        raise ProfileError("requirements, declarants", "are not a list and an object")
    return Profile(
        tuple(_requirement(each, f"requirements/{n}") for n, each in enumerate(requirements)),
        frozenset(_texts(embargo.get("countries", []), "embargo/countries")),
        tuple(_texts(embargo.get("hs", []), "embargo/hs")),
        tuple(_texts(members.get("vat_full", []), "vat_full")),
        {code: _known(each, f"declarants/{code}") for code, each in declarants.items()},
    )


def _requirement(value: object, place: str) -> Requirement:
    needed = {"hs", "direction", "kind", "hours", "effective_from", "source"}
    members = _members(value, place, needed, {"permit", "agency", "effective_to"})
    try:
        return Requirement(
            hs=_text(members["hs"], place),
            direction=_text(members["direction"], place),
            kind=FactKind[_text(members["kind"], place).upper()],
            permit=_text(members.get("permit", _ANY), place),
            agency=_text(members.get("agency", _ANY), place),
            hours=int(members["hours"]),
            effective_from=date.fromisoformat(_text(members["effective_from"], place)),
            effective_to=_day(members.get("effective_to")),
            source=_text(members["source"], place),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ProfileError(place, f"is not of its form ({error})") from error


def _known(value: object, place: str) -> Known:
    members = _members(value, place, set(), {"sector", "active_since", "aeo", "violations"})
    try:
        return Known(
            Sector(members.get("sector", Sector.MEDIUM)),
            _day(members.get("active_since")),
            tuple(
                Period(date.fromisoformat(start), _day(end))
                for start, end in members.get("aeo", [])
            ),
            tuple(_violation(each, place) for each in members.get("violations", [])),
        )
    except (ValueError, TypeError, HistoryError) as error:
        raise ProfileError(place, f"is not of its form ({error})") from error


def _violation(value: object, place: str) -> Violation:
    members = _members(value, place, {"decision", "kind", "decided_on"}, {"annulled_on"})
    decided_on = date.fromisoformat(_text(members["decided_on"], place))
    return Violation(
        _text(members["decision"], place),
        _text(members["kind"], place),
        decided_on,
        _day(members.get("annulled_on")),
    )


def _members(value: object, place: str, needed: set[str], known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ProfileError(place or "content", "is no object")
    if missing := needed - value.keys():
        raise ProfileError(place or "content", f"lacks {', '.join(sorted(missing))}")
    if strange := value.keys() - needed - known:
        raise ProfileError(place or "content", f"has unknown members {', '.join(sorted(strange))}")
    return value


def _texts(value: object, place: str) -> list[str]:
    if not isinstance(value, list):
        raise ProfileError(place, "is no list")
    return [_text(each, place) for each in value]


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise ProfileError(place, "holds something else than text")
    return value


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(_text(value, "a day"))
