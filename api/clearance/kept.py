"""A decision as it is kept, and whether it comes out the same again; pure.

(1) the document is decided again by its own rules and model (`api.risk.decision.replay`)
(2) what the ledger says is compared, where it is at hand: the document's hash, the declaration's
    content, channel, rank, rate, round, registration, outcome of the draw, seed
(3) the seed is made again from the beacon's outputs, where they are at hand
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from api.risk.decision import Difference, DocumentError, Kept, ModelOf, Replay, RulesOf, replay_many
from api.risk.decision.reading import read_decision
from contracts.clearance.declaration import DeclarationNumber
from contracts.errors import ContractError

SeedOf = Callable[[str, int], bytes | None]
"""Return the seed that a country's outputs of a round make; None where they are not at hand.

Raises a `ContractError` where an output is not its key's.
"""

_ZEROS: Final = "0x" + "00" * 32
_LEDGER: Final = ("committed", "content", "channel", "registration", "rank", "round")
_MORE: Final = ("rate_ppm", "draw", "seed")


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision document with what the ledger says of it.

    Attributes:
        name: The declaration's number, or where the document came from.
        amendment: The amendment count; None where only the document is at hand.
        country: Whose panel drew, ISO 3166; empty where unknown.
        document: Its exact bytes.
        ledger: What the ledger says, by the names of the API's schema `Decision`; values that
            are not at hand are None.
    """

    name: str
    amendment: int | None
    country: str
    document: bytes
    ledger: Mapping[str, str | int | None]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one item of `GET /v1/clearance/decisions`.

        Raises:
            DocumentError: It is none.
        """
        if not isinstance(value, dict):
            raise DocumentError("decision", "is no object", "give decisions as the API lists them")
        document, number = value["document"], value.get("declaration_no")
        if not isinstance(document, str) or not isinstance(number, str):
            raise DocumentError("document", "is no text", "give decisions as the API lists them")
        found = {name: _plain(name, value.get(name)) for name in (*_LEDGER, *_MORE)}
        amendment, name = value.get("amendment"), value.get("object")
        country = bytes.fromhex(name[2:6]).decode() if isinstance(name, str) else ""
        counted = amendment if isinstance(amendment, int) else None
        return cls(number, counted, country, document.encode(), found)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came out of a decision made again.

    Attributes:
        name: As in `KeptDecision`.
        differences: Where it differs, each by its member.
        missing: What could not be made again: "rules", "model", "ledger", "seed".
    """

    name: str
    differences: tuple[Difference, ...]
    missing: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether all that is at hand came out the same, to the byte."""
        return not self.differences and not {"rules", "model"} & set(self.missing)


def replay_kept(
    kept: Sequence[KeptDecision], rules_of: RulesOf, model_of: ModelOf, seed_of: SeedOf
) -> list[Replayed]:
    """Replay decisions, scoring all of one model in one batch.

    A document that cannot be read is told as a difference of its own.
    """
    unread: dict[int, Replayed] = {}
    for place, each in enumerate(kept):
        try:
            read_decision(each.document)
            _bytes(each.ledger.get("committed"))
        except DocumentError as error:
            unread[place] = _refused(each, error)
    sound = [each for place, each in enumerate(kept) if place not in unread]
    again = iter(_decided(sound, rules_of, model_of))
    return [
        unread[place] if place in unread else _compared(each, next(again), seed_of)
        for place, each in enumerate(kept)
    ]


def _decided(
    kept: Sequence[KeptDecision], rules_of: RulesOf, model_of: ModelOf
) -> list[Replay | DocumentError]:
    asked = [Kept(each.document, _bytes(each.ledger.get("committed"))) for each in kept]
    try:
        return list(replay_many(asked, rules_of, model_of))
    except DocumentError as error:
        if len(kept) == 1:
            return [error]
    # One of them contradicts itself: each alone, so that it is named.
    return [found for each in kept for found in _decided([each], rules_of, model_of)]


def _compared(kept: KeptDecision, found: Replay | DocumentError, seed_of: SeedOf) -> Replayed:
    if isinstance(found, DocumentError):
        return _refused(kept, found)
    members = json.loads(kept.document)
    differences = [*found.differences, *_against_ledger(kept, members)]
    missing = list(found.missing)
    if kept.ledger.get("committed") is None:
        missing.append("ledger")
    if members["draw"]["seed"] is not None:
        shown = _seed(kept, members["draw"]["round"], seed_of)
        if shown is None:
            missing.append("seed")
        elif shown != members["draw"]["seed"]:
            differences.append(Difference("(beacon).seed", members["draw"]["seed"], shown))
    return Replayed(kept.name, tuple(differences), tuple(missing))


def _seed(kept: KeptDecision, number: int, seed_of: SeedOf) -> str | None:
    try:
        seed = seed_of(kept.country, number) if kept.country else None
    except ContractError as error:
        return f"refused: {error}"
    return None if seed is None else "0x" + seed.hex()


def _refused(kept: KeptDecision, error: DocumentError) -> Replayed:
    unread = Difference(error.place, "as recorded", f"refused: {error.problem}")
    return Replayed(kept.name, (unread,), ())


def _against_ledger(kept: KeptDecision, members: Mapping[str, Any]) -> Iterator[Difference]:
    draw = members["draw"]
    said = {
        "content": members["declaration"],
        "channel": members["channel"],
        "rank": members["rank"],
        "registration": draw["registration"],
        "round": draw["round"],
        "rate_ppm": draw["rate_ppm"],
        "draw": "drawn" if draw["drawn"] else "spared",
        "seed": draw["seed"] or _ZEROS,
    }
    for name, value in said.items():
        known = kept.ledger.get(name)
        if known is not None and known != value:
            yield Difference(f"(ledger).{name}", str(value), str(known))
    if kept.amendment is not None:
        number = str(DeclarationNumber(members["declaration_no"], members["amendment"]))
        if number != kept.name or members["amendment"] != kept.amendment:
            yield Difference("declaration_no", number, kept.name)


def _plain(name: str, value: object) -> str | int | None:
    if value is None or isinstance(value, str | int):
        return value
    raise DocumentError(name, "is neither text nor a number", "give it as the API lists it")


def _bytes(value: str | int | None) -> bytes | None:
    if value is None:
        return None
    try:
        return bytes.fromhex(str(value).removeprefix("0x"))
    except ValueError as error:
        remedy = "give 0x and 64 digits"
        raise DocumentError("committed", "is no digest", remedy) from error
