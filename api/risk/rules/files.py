"""Rules of risk from the files beside the code, strictly; loaded once.

A set is written as one canonical JSON text (RFC 8785) of all that is in force on a day, without
the days on which its parts end: what a later edition ends keeps its name. SHA-256 of that text
names the set in decisions.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, cast

import rfc8785

from api.risk.rules.dated import Dated, changes, in_force, members, parse
from api.risk.rules.errors import RuleDataError
from api.risk.rules.model import RiskRules
from api.risk.rules.reader import (
    read_capacity,
    read_catalogue,
    read_channels,
    read_count,
    read_labels,
    read_rule,
    read_shares,
)

FILES: Final = ("rules", "capacity", "texts")
_CAPACITY: Final = ("capacity", "shifts", "exploration", "without_score", "reasons")
_TEXTS: Final = (
    "channel-green",
    "draw",
    "draw-inherited",
    "draw-withheld",
    "model-absent",
    "score-bounded",
    "score-red",
    "score-yellow",
)


@cache
def risk_rules(day: date) -> RiskRules:
    """Return the rules of risk as they stand on a day in Viet Nam.

    Raises:
        RuleDataError: Nothing is in force on that day, or the data cannot be used.
    """
    return _state(_since(day))


def by_hash(version: str, digest: bytes) -> RiskRules | None:
    """Return the set that a decision names, None if this edition never had it."""
    found = edition_hashes().get(digest)
    return found if found is not None and found.version == version else None


@cache
def edition_hashes() -> Mapping[bytes, RiskRules]:
    """Return every state that the rules of this edition were ever in, by its hash."""
    days = [day for day in _changes() if day >= _first()]
    return {state.hash: state for state in map(_state, days)}


def read_rules(documents: Mapping[str, object], day: date) -> RiskRules:
    """Return the rules that parsed files state for a day.

    Args:
        documents: The files "rules", "capacity" and "texts".
        day: In Viet Nam.

    Raises:
        RuleDataError: Something in them is missing, unknown, contradictory or not of its form.
    """
    members(documents, "files", FILES)
    rules = members(documents["rules"], "rules", ("version", "facts", "rules"))
    capacity = members(documents["capacity"], "capacity", ("version", "provisions"))
    texts = members(documents["texts"], "texts", ("outcomes", "features"))
    known = read_catalogue(rules["facts"], "rules.facts")
    stated = in_force(rules["rules"], "rules.rules", day, _RULE)
    bounds = in_force(capacity["provisions"], "capacity.provisions", day, _PROVISION)
    for name in _CAPACITY:
        if name not in bounds:
            raise RuleDataError(f"capacity.{name}", f"nothing on {day}", "state it for that day")
    since = max(change for change in _all_changes(documents) if change <= day)
    outcomes = read_labels(texts["outcomes"], "texts.outcomes", _TEXTS)
    labels = read_labels(texts["features"], "texts.features", ())
    value = {name: item.content["value"] for name, item in bounds.items()}
    return RiskRules(
        version=since.isoformat(),
        hash=_hash(rules["facts"], stated, bounds, texts),
        effective_from=since,
        effective_to=min((c for c in _all_changes(documents) if c > day), default=None),
        rules=tuple(read_rule(name, item, known) for name, item in sorted(stated.items())),
        catalogue=known,
        capacity=read_capacity(value["capacity"], "capacity.capacity"),
        shifts=read_shares(value["shifts"], "capacity.shifts", -1_000_000),
        exploration=read_shares(value["exploration"], "capacity.exploration", 0),
        without_score=read_channels(value["without_score"], "capacity.without_score"),
        reasons=read_count(value["reasons"], "capacity.reasons"),
        texts=outcomes,
        features=labels,
    )


_RULE: Final = ("when", "effect", "channel", "vi", "en")
_PROVISION: Final = ("value",)


def _hash(
    facts: object, stated: Mapping[str, Dated], bounds: Mapping[str, Dated], texts: object
) -> bytes:
    content = {
        "facts": facts,
        "rules": {name: item.lasting() for name, item in stated.items()},
        "capacity": {name: item.lasting() for name, item in bounds.items()},
        "texts": texts,
    }
    return hashlib.sha256(rfc8785.dumps(cast("dict[str, str]", content))).digest()


@cache
def _state(since: date) -> RiskRules:
    return read_rules(_documents(), since)


def _since(day: date) -> date:
    passed = [change for change in _changes() if change <= day]
    if not passed or passed[-1] < _first():
        raise RuleDataError("capacity", f"nothing is in force on {day}", "ask for a later day")
    return passed[-1]


@cache
def _first() -> date:
    """Return the first day on which there are rules and bounds."""
    documents = _documents()
    capacity = cast("dict[str, dict[str, object]]", documents["capacity"])["provisions"]
    return max(min(changes({name: capacity[name]})) for name in _CAPACITY)


@cache
def _changes() -> tuple[date, ...]:
    return tuple(sorted(set(_all_changes(_documents()))))


def _all_changes(documents: Mapping[str, object]) -> Iterator[date]:
    for file, member in (("rules", "rules"), ("capacity", "provisions")):
        yield from changes(cast("dict[str, dict[str, object]]", documents[file])[member])


@cache
def _documents() -> Mapping[str, object]:
    beside = files("api.risk.rules")
    return {
        name: parse(beside.joinpath(f"{name}.json").read_text(encoding="utf-8"), name)
        for name in FILES
    }
