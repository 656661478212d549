"""The inputs of a decision out of its document, strictly; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from api.risk.decision.capacity import Thresholds
from api.risk.decision.case import Case
from api.risk.decision.document import DECISION_FORMAT, INSTANT_FORM
from api.risk.decision.draw import Draw
from api.risk.decision.errors import CaseError, DocumentError
from api.risk.decision.scoring import ModelIdentity, Part, RecordedScore
from api.risk.rules.facts import Json
from contracts.documents.encoding import parse_json
from contracts.errors import PresentationError

SIZE_LIMIT: Final = 1 << 20
NUMBER_LIMIT: Final = 1 << 53
_MEMBERS: Final = (
    "format",
    "declaration_no",
    "amendment",
    "declaration",
    "decided_at",
    "features",
    "facts",
    "rules",
    "model",
    "calibration",
    "rank",
    "compliance_level",
    "thresholds",
    "draw",
    "score_ppm",
    "outcomes",
    "reasons",
    "channel",
    "action",
    "salt",
)
_DRAW: Final = ("round", "registration", "seed", "draw", "rate_ppm", "drawn", "withheld")
_BYTES32: Final = re.compile(r"0x[0-9a-f]{64}")
_SALT: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision document, read.

    Attributes:
        members: As parsed.
        case: The declaration.
        draw: How it fared in the random inspection.
        rules_version: Version of the rules that it names.
        rules_hash: Their SHA-256.
        score: The score that it records, None without one.
    """

    members: Mapping[str, Any]
    case: Case
    draw: Draw
    rules_version: str
    rules_hash: bytes
    score: RecordedScore | None


def read_decision(document: bytes) -> Recorded:
    """Return what a decision was made from.

    Raises:
        DocumentError: It is no decision document; names the member at fault.
    """
    if len(document) > SIZE_LIMIT:
        raise DocumentError("decision", "is too large", f"send at most {SIZE_LIMIT} bytes")
    try:
        value = parse_json(document, "decision")
    except PresentationError as error:
        raise DocumentError("decision", "is no JSON", "send it as it was written") from error
    members = exactly(value, "decision", _MEMBERS)
    if members["format"] != DECISION_FORMAT:
        raise DocumentError("format", "is another format", f"send {DECISION_FORMAT}")
    rules = exactly(members["rules"], "rules", ("version", "hash"))
    try:
        return Recorded(
            members=members,
            case=_case(members),
            draw=_draw(members["draw"]),
            rules_version=_text(rules["version"], "rules.version"),
            rules_hash=_hash(rules["hash"], "rules.hash"),
            score=_score(members),
        )
    except CaseError as error:
        raise DocumentError(error.place, error.problem, error.remedy) from error


def exactly(value: object, place: str, names: Sequence[str]) -> dict[str, object]:
    """Return an object of exactly these members.

    Raises:
        DocumentError: One is missing or unknown.
    """
    found = _object(value, place)
    for name in names:
        if name not in found:
            raise DocumentError(f"{place}.{name}", "is missing", "send the whole document")
    if unknown := sorted(found.keys() - set(names)):
        raise DocumentError(f"{place}.{unknown[0][:40]}", "is unknown", "leave it out")
    return found


def _case(members: Mapping[str, object]) -> Case:
    return Case(
        declaration_no=_text(members["declaration_no"], "declaration_no"),
        amendment=_number(members["amendment"], "amendment"),
        declaration=_hash(members["declaration"], "declaration"),
        decided_at=_instant(members["decided_at"]),
        facts=_facts(members["facts"]),
        features=_features(members["features"]),
        rank=_number(members["rank"], "rank"),
        level=_number(members["compliance_level"], "compliance_level"),
        thresholds=_thresholds(members["thresholds"]),
        salt=_salt(members["salt"]),
        model=_model(members["model"]),
        calibration=_optional_text(members["calibration"], "calibration"),
    )


def _draw(value: object) -> Draw:
    known = _object(value, "draw")
    later = ("inherited_from",) if "inherited_from" in known else ()
    members = exactly(value, "draw", (*_DRAW, *later))
    seed, withheld = members["seed"], members["withheld"]
    if not isinstance(withheld, bool):
        raise DocumentError("draw.withheld", "is no truth value", "write true or false")
    return Draw(
        round=_number(members["round"], "draw.round"),
        registration=_hash(members["registration"], "draw.registration"),
        rate_ppm=_number(members["rate_ppm"], "draw.rate_ppm"),
        seed=None if seed is None else _hash(seed, "draw.seed"),
        withheld=withheld,
        inherited_from=_hash(members["inherited_from"], "draw.inherited_from") if later else None,
    )


def _thresholds(value: object) -> Thresholds:
    names = ("red_cap", "yellow_cap", "red", "yellow", "shift")
    members = exactly(value, "thresholds", names)
    numbers = {name: _number(members[name], f"thresholds.{name}") for name in names}
    return Thresholds(numbers["red_cap"], numbers["yellow_cap"], numbers["red"], numbers["yellow"])


def _model(value: object) -> ModelIdentity | None:
    if value is None:
        return None
    members = exactly(value, "model", ("name", "version", "hash"))
    return ModelIdentity(
        _text(members["name"], "model.name"),
        _text(members["version"], "model.version"),
        _hash(members["hash"], "model.hash"),
    )


def _score(members: Mapping[str, object]) -> RecordedScore | None:
    parts = tuple(
        _part(part, f"reasons[{index}]")
        for index, part in enumerate(_list(members["reasons"], "reasons"))
    )
    found = members["score_ppm"]
    return None if found is None else RecordedScore(_number(found, "score_ppm"), parts)


def _part(value: object, place: str) -> Part:
    members = exactly(value, place, ("feature", "contribution_ppm", "vi", "en"))
    ppm = _number(members["contribution_ppm"], f"{place}.contribution_ppm")
    return Part(_text(members["feature"], f"{place}.feature"), ppm)


def _facts(value: object) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, fact in _object(value, "facts").items():
        place = f"facts.{name[:60]}"
        if isinstance(fact, list):
            found[name] = tuple(_text(each, place) for each in cast("list[object]", fact))
        else:
            found[name] = fact if isinstance(fact, bool) else _text(fact, place)
    return found


def _features(value: object) -> dict[str, str]:
    found = _object(value, "features")
    return {name: _text(text, f"features.{name[:60]}") for name, text in found.items()}


def _instant(value: object) -> datetime:
    text = _text(value, "decided_at")
    try:
        found = datetime.strptime(text, INSTANT_FORM).replace(tzinfo=UTC)
    except ValueError as error:
        remedy = "write YYYY-MM-DDThh:mm:ssZ"
        raise DocumentError("decided_at", "is no time in UTC", remedy) from error
    return found


def _salt(value: object) -> bytes:
    text = _text(value, "salt")
    if _SALT.fullmatch(text) is None:
        raise DocumentError("salt", "is not of its form", "write 64 lower-case digits")
    return bytes.fromhex(text)


def _hash(value: object, place: str) -> bytes:
    text = _text(value, place)
    if _BYTES32.fullmatch(text) is None:
        raise DocumentError(place, "is no hash", "write 0x and 64 lower-case digits")
    return bytes.fromhex(text[2:])


def _number(value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= NUMBER_LIMIT:
        raise DocumentError(place, "is no whole number", "write it in digits")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise DocumentError(place, "is no string", "write it as a string")
    return value


def _optional_text(value: object, place: str) -> str | None:
    return None if value is None else _text(value, place)


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        raise DocumentError(place, "is no list", "write a list")
    return cast("list[object]", value)


def _object(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise DocumentError(place, "is no object", "write an object")
    return cast("dict[str, object]", value)
