"""Rules, facts, bounds and texts from parsed JSON, with precise errors; pure."""

from collections.abc import Sequence
from typing import Final, cast

from api.risk.rules.condition_reader import read_condition
from api.risk.rules.dated import Dated, mapping, members, text
from api.risk.rules.errors import RuleDataError
from api.risk.rules.facts import FEATURE, LEVEL, RANK, Catalogue, Fact, Kind, catalogue
from api.risk.rules.model import Capacity, Effect, Outcome, Rule
from contracts.clearance.records import Channel

MILLION: Final = 1_000_000
RANKS: Final = 9
COUNT_LIMIT: Final = 100_000
LANGUAGES: Final = ("vi", "en")
_CHANNELS: Final = {channel.name.lower(): channel for channel in Channel}
_EFFECTS: Final = {effect.value: effect for effect in Effect if effect is not Effect.NOTICE}
_BOUNDS: Final = ("red_cap", "yellow_cap", "window_days", "least_scores", "red", "yellow")


def read_rule(name: str, entry: Dated, known: Catalogue) -> Rule:
    """Return a rule that a version states.

    Raises:
        RuleDataError: It is not of its form.
    """
    place = f"rules.{name}"
    effect = _EFFECTS.get(entry.text("effect", place))
    if effect is None:
        remedy = f"write one of {', '.join(_EFFECTS)}"
        raise RuleDataError(f"{place}.effect", "is no effect", remedy)
    channel = read_channel(entry.content["channel"], f"{place}.channel")
    _require_sense(effect, channel, f"{place}.channel")
    vi, en = (entry.text(language, place) for language in LANGUAGES)
    return Rule(
        when=read_condition(entry.content["when"], known, f"{place}.when"),
        outcome=Outcome(name, effect, channel, vi, en),
        law=entry.text("law", place),
        source=entry.text("source", place),
        evidence=entry.text("evidence", place),
        effective_from=entry.effective_from,
        effective_to=entry.effective_to,
    )


def _require_sense(effect: Effect, channel: Channel, place: str) -> None:
    if effect is Effect.CEILING and channel is Channel.RED:
        raise RuleDataError(place, "bounds nothing", "write green or yellow for a ceiling")
    if effect is not Effect.CEILING and channel is Channel.GREEN:
        raise RuleDataError(place, "asks for nothing", "write yellow or red")


def read_catalogue(value: object, place: str) -> Catalogue:
    """Return the facts that conditions may name.

    Raises:
        RuleDataError: One is not of its form.
    """
    facts = mapping(value, place)
    for name in (RANK, LEVEL):
        if name in facts:
            raise RuleDataError(f"{place}.{name}", "every case has it", "leave it out")
    return catalogue(_fact(name, entry, f"{place}.{name}") for name, entry in facts.items())


def _fact(name: str, value: object, place: str) -> Fact:
    entry = members(value, place, ("kind", "choices", "required", "about"))
    text(entry["about"], f"{place}.about")
    if entry["kind"] not in set(Kind):
        remedy = f"write one of {', '.join(Kind)}"
        raise RuleDataError(f"{place}.kind", "is no kind of fact", remedy)
    kind = Kind(cast("str", entry["kind"]))
    choices = entry["choices"]
    if not isinstance(choices, list) or not all(isinstance(each, str) for each in choices):
        raise RuleDataError(f"{place}.choices", "is no list of words", "write a list")
    if choices and kind not in {Kind.CODE, Kind.CODES}:
        raise RuleDataError(f"{place}.choices", f"does not fit a {kind}", "write []")
    required = entry["required"]
    if not isinstance(required, bool) or (required and name.startswith(FEATURE)):
        raise RuleDataError(f"{place}.required", "is no sense", "write false for a feature")
    return Fact(name, kind, tuple(cast("list[str]", choices)), required)


def read_capacity(value: object, place: str) -> Capacity:
    """Return the bounds of an office's checks.

    Raises:
        RuleDataError: One is not of its form, or the shares make more than everything.
    """
    entry = members(value, place, _BOUNDS)
    found = Capacity(*(read_count(entry[name], f"{place}.{name}", MILLION) for name in _BOUNDS))
    if found.red_cap + found.yellow_cap > MILLION:
        raise RuleDataError(f"{place}.yellow_cap", "makes more than all", "lower one share")
    if found.yellow > found.red:
        raise RuleDataError(f"{place}.yellow", "is above red", "let it be at most red")
    if found.window_days == 0 or found.least_scores == 0:
        raise RuleDataError(f"{place}.window_days", "makes an empty window", "give at least 1")
    return found


def read_shares(value: object, place: str, least: int) -> tuple[int, ...]:
    """Return a number for each of the nine ranks, in ppm.

    Raises:
        RuleDataError: One is missing, or out of range.
    """
    entry = members(value, place, [str(rank) for rank in range(1, RANKS + 1)])
    return tuple(
        read_count(entry[str(rank)], f"{place}.{rank}", MILLION, least)
        for rank in range(1, RANKS + 1)
    )


def read_channels(value: object, place: str) -> tuple[Channel, ...]:
    """Return a channel for each of the nine ranks.

    Raises:
        RuleDataError: One is missing, or no channel.
    """
    entry = members(value, place, [str(rank) for rank in range(1, RANKS + 1)])
    ranks = [str(rank) for rank in range(1, RANKS + 1)]
    return tuple(read_channel(entry[rank], f"{place}.{rank}") for rank in ranks)


def read_channel(value: object, place: str) -> Channel:
    """Return a channel by its name.

    Raises:
        RuleDataError: It is none.
    """
    found = _CHANNELS.get(value) if isinstance(value, str) else None
    if found is None:
        raise RuleDataError(place, f"{value!r:.40} is no channel", "write green, yellow or red")
    return found


def read_count(value: object, place: str, most: int = COUNT_LIMIT, least: int = 0) -> int:
    """Return a whole number in a range.

    Raises:
        RuleDataError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        remedy = f"write a whole number from {least} to {most}"
        raise RuleDataError(place, f"{value!r:.40} is out of range", remedy)
    return value


def read_labels(value: object, place: str, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return texts in both languages, by name; `names` must be among them.

    Raises:
        RuleDataError: One is missing.
    """
    found = {}
    for name, entry in mapping(value, place).items():
        both = members(entry, f"{place}.{name}", LANGUAGES)
        found[name] = {key: text(both[key], f"{place}.{name}.{key}") for key in LANGUAGES}
    for name in names:
        if name not in found:
            raise RuleDataError(f"{place}.{name}", "is missing", "state it in both languages")
    return found
