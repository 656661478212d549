"""Replay: the same decision again from its own document, and what differs; pure.

(1) read the document; its bytes must be the canonical form
(2) the commitment and the draw of the ledger, where the caller has them
(3) draw = keccak256(seed ‖ registration), against the rate
(4) the rules that the document names, by version and hash
(5) the score, by the model that it names; the recorded one where the model is not there
(6) decide again; every member that differs is named by its path
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from api.risk.decision.decide import Decision, decide
from api.risk.decision.document import (
    content_hash,
    decision_bytes,
    draw_members,
    hexadecimal,
)
from api.risk.decision.draw import Draw
from api.risk.decision.errors import CaseError, DocumentError
from api.risk.decision.reading import Recorded, read_decision
from api.risk.decision.scoring import ModelIdentity, Score, Scorer
from api.risk.model.errors import FeatureError
from api.risk.rules.errors import FactError
from api.risk.rules.model import RiskRules

RulesOf: TypeAlias = Callable[[str, bytes], RiskRules | None]
"""Return the rules of a version and hash, None where they are not held."""
ModelOf: TypeAlias = Callable[[bytes], Scorer | None]
"""Return the model of a hash, None where it is not held or was refused."""
_RowKey: TypeAlias = frozenset[tuple[str, str]]
_ABSENT: Final = "(missing)"
_LIMIT: Final = 1_000
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which a document and its replay differ."""

    path: str
    recorded: str
    recomputed: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again.

    Attributes:
        decision: As it comes out now; None where its rules are not held or refuse its facts.
        differences: Where the document says something else.
        missing: What could not be recomputed: "rules", "model".
    """

    decision: Decision | None
    differences: tuple[Difference, ...]
    missing: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether everything was recomputed and came out the same, to the byte."""
        return not self.differences and not self.missing


@dataclass(frozen=True, slots=True)
class Kept:
    """A document with what the ledger says about it.

    Attributes:
        document: The decision document.
        commitment: What the ledger committed to, None where it is not at hand.
        ledger: The draw as it follows from the ledger, None where it is not at hand.
    """

    document: bytes
    commitment: bytes | None = None
    ledger: Draw | None = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """A model whose scores of some rows are known already."""

    hash: bytes
    version: str
    scores: Mapping[_RowKey, Score]

    @classmethod
    def of(cls, scorer: Scorer, rows: Sequence[Mapping[str, str]]) -> "_Batch":
        """Return a model that has scored some rows."""
        distinct = {frozenset(row.items()): row for row in rows}
        found = scorer.score(list(distinct.values()))
        scores = dict(zip(distinct, found, strict=True))
        return cls(scorer.hash, scorer.version, scores)

    def score(self, rows: Sequence[Mapping[str, str]]) -> list[Score]:
        """Return the scores of rows that it was made with."""
        return [self.scores[frozenset(row.items())] for row in rows]


def replay(
    document: bytes,
    rules_of: RulesOf,
    model_of: ModelOf,
    *,
    commitment: bytes | None = None,
    ledger: Draw | None = None,
) -> Replay:
    """Decide again from a document and say what differs.

    Args:
        document: What `decision_bytes` returned.
        rules_of: Where rules come from, such as `api.risk.rules.by_hash`.
        model_of: Where models come from.
        commitment: What the ledger committed to, 32 bytes; None where it is not at hand.
        ledger: The draw as it follows from the ledger; None where it is not at hand.

    Raises:
        DocumentError: It is no decision document.
    """
    recorded = read_decision(document)
    found = list(_against_ledger(document, recorded, commitment, ledger))
    rules = rules_of(recorded.rules_version, recorded.rules_hash)
    if rules is None:
        found += _between(recorded.members["draw"], draw_members(recorded.draw), "draw")
        return Replay(None, _bounded(found), ("rules",))
    try:
        again, score, missing = _scored(recorded, model_of)
    except FeatureError as error:
        refusal = f"refused: {error.problem}"
        found.append(Difference(f"features.{error.feature}", "as recorded", refusal))
        return Replay(None, _bounded(found), ())
    try:
        decision = decide(again.case, rules, score, again.draw)
    except (CaseError, FactError) as error:
        found.append(Difference(error.place, "as recorded", f"refused: {error.problem}"))
        return Replay(None, _bounded(found), missing)
    made = decision_bytes(decision)
    found += _between(recorded.members, json.loads(made), "")
    if not found and made != document:
        found.append(Difference("decision", "another order or spelling", "canonical JSON"))
    return Replay(decision, _bounded(found), missing)


def replay_many(kept: Sequence[Kept], rules_of: RulesOf, model_of: ModelOf) -> tuple[Replay, ...]:
    """Replay many decisions, scoring all of one model in one batch.

    Raises:
        DocumentError: One is no decision document.
    """
    rows: dict[bytes, list[Mapping[str, str]]] = {}
    for each in kept:
        case = read_decision(each.document).case
        if case.model is not None:
            rows.setdefault(case.model.hash, []).append(case.features)
    models: dict[bytes, Scorer | None] = {}
    for digest, features in rows.items():
        scorer = model_of(digest)
        models[digest] = None if scorer is None else _batched(scorer, features)
    return tuple(
        replay(
            each.document,
            rules_of,
            models.get,
            commitment=each.commitment,
            ledger=each.ledger,
        )
        for each in kept
    )


def _batched(scorer: Scorer, rows: Sequence[Mapping[str, str]]) -> Scorer:
    try:
        return _Batch.of(scorer, rows)
    except FeatureError:
        # One document's features are refused: each is scored alone, and that one named.
        return scorer


def _against_ledger(
    document: bytes, recorded: Recorded, commitment: bytes | None, ledger: Draw | None
) -> Iterator[Difference]:
    own = content_hash(document)
    if commitment is not None and own != commitment:
        yield Difference("(ledger).decision", hexadecimal(own), hexadecimal(commitment))
    if ledger is not None:
        yield from _between(draw_members(recorded.draw), draw_members(ledger), "(ledger).draw")


def _scored(
    recorded: Recorded, model_of: ModelOf
) -> tuple[Recorded, Score | None, tuple[str, ...]]:
    identity = recorded.case.model
    if identity is None:
        return recorded, None, ()
    scorer = model_of(identity.hash)
    if scorer is None:
        if recorded.score is None:
            raise DocumentError("score_ppm", "is null beside a model", "send the whole document")
        return recorded, recorded.score, ("model",)
    held = ModelIdentity(identity.name, scorer.version, scorer.hash)
    [score] = scorer.score([recorded.case.features])
    return replace(recorded, case=replace(recorded.case, model=held)), score, ()


def _between(recorded: Any, made: Any, path: str) -> Iterator[Difference]:
    if isinstance(recorded, dict) and isinstance(made, dict):
        for name in sorted(recorded.keys() | made.keys()):
            inner = recorded.get(name, _ABSENT), made.get(name, _ABSENT)
            yield from _between(*inner, f"{path}.{name}" if path else name)
    elif isinstance(recorded, list) and isinstance(made, list):
        for index in range(max(len(recorded), len(made))):
            yield from _between(_at(recorded, index), _at(made, index), f"{path}[{index}]")
    elif type(recorded) is not type(made) or recorded != made:
        yield Difference(path, _text(recorded), _text(made))


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else _ABSENT


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:_SHOWN]


def _bounded(found: list[Difference]) -> tuple[Difference, ...]:
    return tuple(found[:_LIMIT])
