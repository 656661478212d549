"""Replay: a decision again from its document, bit for bit, and every change named."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from api.risk.decision import (
    DocumentError,
    Draw,
    Kept,
    RecordedScore,
    Replay,
    content_hash,
    decide,
    decision_bytes,
    decision_members,
    replay,
    replay_many,
)
from api.risk.model.catalogue import FEATURES
from api.risk.model.errors import FeatureError
from api.risk.rules import by_hash, risk_rules
from tests.support.risk_cases import (
    DRAWN,
    MODEL,
    REGISTRATION,
    SEED,
    SPARED,
    ToldScorer,
    case,
    facts,
    without_model,
)

RULES = risk_rules(date(2026, 11, 23))
SCORER = ToldScorer()
FULL = facts(
    certificates=("valid", "doubted"),
    preference=True,
    countries_of_origin=("CN",),
    country_of_departure="SG",
    tax_overdue_days="12",
)


def held(digest: Any) -> Any:
    return SCORER if digest == MODEL.hash else None


def decision(found: Any = None, draw: Any = SPARED) -> Any:
    found = case(facts=FULL) if found is None else found
    [score] = SCORER.score([found.features])
    return decide(found, RULES, None if found.model is None else score, draw)


DOCUMENT = decision_bytes(decision())
MEMBERS = json.loads(DOCUMENT)


def again(document: Any, model_of: Any = held, **ledger: Any) -> Replay:
    return replay(document, by_hash, model_of, **ledger)


def altered(path: Any, value: Any, document: Any = DOCUMENT) -> Any:
    members = json.loads(document)
    *steps, last = path
    place = members
    for step in steps:
        place = place[step]
    place[last] = value
    return rfc8785.dumps(members)


def paths(found: Any) -> Any:
    return [difference.path for difference in found.differences]


CASES = [
    (case(), SPARED),
    (case(facts=FULL), DRAWN),
    (case(facts=FULL, rank=1, level=1), SPARED),
    (case(amendment=3), Draw(7, REGISTRATION, 20_000, withheld=True)),
    (case(), Draw(7, REGISTRATION, 20_000, inherited_from=b"\x66" * 32)),
    (without_model(rank=9), SPARED),
    (case(features={}), SPARED),
    (case(facts=facts(stop_customs="stopped")), SPARED),
]


@pytest.mark.parametrize(("found", "draw"), CASES, ids=range(len(CASES)))
def test_decision_repeats_to_the_byte(found: Any, draw: Any) -> None:
    made = decision(found, draw)
    document = decision_bytes(made)
    repeated = again(document, commitment=content_hash(document), ledger=draw)
    assert repeated.identical
    assert repeated.decision == made
    assert decision_bytes(repeated.decision) == document


def test_document_is_of_the_agreed_form() -> None:
    assert list(MEMBERS) == sorted(
        [
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
        ]
    )
    assert MEMBERS["format"] == "tradeseal-decision/1"
    assert MEMBERS["rules"] == {"version": RULES.version, "hash": f"0x{RULES.hash.hex()}"}
    assert set(MEMBERS["outcomes"][0]) == {"rule", "effect", "channel", "vi", "en"}
    assert rfc8785.dumps(decision_members(decision())) == DOCUMENT


# path, another value, where the replay says so
CHANGES = [
    (["features", "importer_rate"], "0.126", "score_ppm"),
    (["features", "unit_price_deviation"], "9", "outcomes[3].rule"),
    (["facts", "tax_overdue_days"], "0", "outcomes[2].rule"),
    (["facts", "certificates"], ["valid"], "outcomes[0].rule"),
    (["facts", "seal"], "broken", "outcomes[2].rule"),
    (["facts", "permit"], "expired", "action"),
    (["facts", "permit"], "perhaps", "facts.permit"),
    (["facts", "weather"], "fine", "facts.weather"),
    (["rank"], 6, "thresholds.shift"),
    (["compliance_level"], 5, "outcomes[1].rule"),
    (["thresholds", "shift"], 5, "thresholds.shift"),
    (["thresholds", "red_cap"], 33_001, "thresholds.red_cap"),
    (["thresholds", "yellow_cap"], 1, "thresholds.yellow_cap"),
    (["thresholds", "red"], 999_999, "outcomes[3].rule"),
    (["draw", "rate_ppm"], 1_000_000, "draw.drawn"),
    (["draw", "drawn"], True, "draw.drawn"),
    (["draw", "drawn"], 0, "draw.drawn"),
    (["draw", "seed"], "0x" + "12" * 32, "draw.draw"),
    (["draw", "registration"], "0x" + "12" * 32, "draw.draw"),
    (["draw", "draw"], "0x" + "12" * 32, "draw.draw"),
    (["score_ppm"], 1, "score_ppm"),
    (["score_ppm"], None, "score_ppm"),
    (["outcomes", 0, "en"], "Fine.", "outcomes[0].en"),
    (["outcomes", 0, "channel"], "green", "outcomes[0].channel"),
    (["outcomes"], [], "outcomes[0]"),
    (["reasons", 0, "contribution_ppm"], 1, "reasons[0].contribution_ppm"),
    (["reasons", 0, "vi"], "Vì thế", "reasons[0].vi"),
    (["channel"], "green", "channel"),
    (["action"], "hold", "action"),
    (["decided_at"], "2026-06-30T00:00:00Z", "rules.version"),
    (["model", "version"], "2", "model.version"),
]


@pytest.mark.parametrize(("path", "value", "named"), CHANGES)
def test_change_is_named(path: Any, value: Any, named: Any) -> None:
    found = again(altered(path, value))
    assert named in paths(found)
    assert not found.identical


# What follows from nothing else is found by the commitment alone.
INPUTS = [
    (["declaration_no"], "10612345679"),
    (["amendment"], 1),
    (["declaration"], "0x" + "45" * 32),
    (["decided_at"], "2026-11-23T03:00:01Z"),
    (["salt"], "56" * 32),
    (["calibration"], "platt"),
    (["model", "name"], "other"),
    (["thresholds", "yellow"], 1),
    (["draw", "round"], 8),
]


@pytest.mark.parametrize(("path", "value"), INPUTS)
def test_change_of_an_input_changes_the_hash(path: Any, value: Any) -> None:
    changed = altered(path, value)
    assert again(changed).identical
    found = again(changed, commitment=content_hash(DOCUMENT))
    assert paths(found) == ["(ledger).decision"]


@pytest.mark.parametrize(
    ("draw", "path"),
    [
        (replace(SPARED, rate_ppm=1), "(ledger).draw.rate_ppm"),
        (replace(SPARED, round=8), "(ledger).draw.round"),
        (replace(SPARED, seed=b"\x12" * 32), "(ledger).draw.seed"),
        (Draw(7, REGISTRATION, 0, withheld=True), "(ledger).draw.drawn"),
    ],
)
def test_draw_is_compared_with_the_ledger(draw: Any, path: Any) -> None:
    assert path in paths(again(DOCUMENT, ledger=draw))
    assert again(DOCUMENT, ledger=SPARED).identical


def test_bytes_that_are_not_canonical_are_named() -> None:
    spaced = json.dumps(MEMBERS, ensure_ascii=False).encode()
    assert paths(again(spaced)) == ["decision"]


def test_missing_model_is_said_and_the_rest_recomputed() -> None:
    found = again(DOCUMENT, lambda _: None)
    assert (found.missing, found.differences) == (("model",), ())
    assert not found.identical
    changed = again(altered(["channel"], "green"), lambda _: None)
    assert paths(changed) == ["channel"]


def test_missing_model_cannot_stand_for_a_missing_score() -> None:
    with pytest.raises(DocumentError, match="score_ppm"):
        again(altered(["score_ppm"], None), lambda _: None)


def test_missing_rules_are_said_and_the_draw_recomputed() -> None:
    other = altered(["rules", "hash"], "0x" + "12" * 32)
    assert again(other) == Replay(None, (), ("rules",))
    both = altered(["draw", "drawn"], True, other)
    assert paths(again(both)) == ["draw.drawn"]
    assert again(altered(["rules", "version"], "2020-01-01")).missing == ("rules",)


def test_another_model_under_the_name_of_the_first_is_named() -> None:
    found = again(DOCUMENT, lambda _: ToldScorer(b"\x34" * 32, "1", 1))
    assert {"model.hash", "score_ppm"} <= set(paths(found))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (["format"], "tradeseal-decision/2", "format"),
        (["more"], 1, "decision.more"),
        (["draw", "more"], 1, "draw.more"),
        (["draw", "round"], "7", "draw.round"),
        (["draw", "round"], True, "draw.round"),
        (["draw", "withheld"], 1, "draw.withheld"),
        (["draw", "withheld"], True, "draw"),
        (["draw", "seed"], "0x12", "draw.seed"),
        (["draw", "inherited_from"], None, "draw.inherited_from"),
        (["salt"], "0x", "salt"),
        (["decided_at"], "yesterday", "decided_at"),
        (["declaration"], "12" * 32, "declaration"),
        (["declaration"], "0x" + "AB" * 32, "declaration"),
        (["rank"], 10, "rank"),
        (["facts", "seal"], 1, "facts.seal"),
        (["facts", "certificates"], [1], "facts.certificates"),
        (["features", "hs6_rate"], 0, "features.hs6_rate"),
        (["features"], [], "features"),
        (["model"], "none", "model"),
        (["model"], None, "calibration"),
        (["thresholds", "red"], 2_000_000, "thresholds.red"),
        (["reasons"], {}, "reasons"),
        (["reasons", 0], {}, "reasons[0].feature"),
        (["calibration"], 1, "calibration"),
        (["score_ppm"], "1", "score_ppm"),
        (["rules"], {"version": "1"}, "rules.hash"),
    ],
)
def test_what_is_no_decision_is_refused_at_its_place(path: Any, value: Any, place: str) -> None:
    with pytest.raises(DocumentError) as caught:
        again(altered(path, value))
    assert caught.value.place == place


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{", b"\xff", b'{"a":1.5}', b" " * (1 << 20 | 1)]
)
def test_what_is_no_json_is_refused(document: Any) -> None:
    with pytest.raises(DocumentError):
        again(document)


@settings(max_examples=150)
@given(st.integers(0, len(DOCUMENT) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused_named_or_changes_the_hash(place: str, by: Any) -> None:
    changed = bytearray(DOCUMENT)
    changed[place] ^= by
    try:
        found = again(bytes(changed), commitment=content_hash(DOCUMENT))
    except DocumentError:
        return
    assert "(ledger).decision" in paths(found)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(sorted(FEATURES)), st.integers(-900, 900).map(str), max_size=9),
    st.integers(1, 9),
    st.integers(0, 1_000_000),
    st.sampled_from(sorted(FEATURES)),
    st.booleans(),
)
def test_any_decision_repeats_and_a_changed_feature_is_named(
    features: Any, rank: int, rate: int, name: str, model: Any
) -> None:
    found = (case if model else without_model)(features=features, rank=rank)
    document = decision_bytes(decision(found, Draw(7, REGISTRATION, rate, seed=SEED)))
    assert again(document).identical
    changed = altered(["features", name], features.get(name, "") + "1", document)
    assert content_hash(changed) != content_hash(document)
    assert not model or "score_ppm" in paths(again(changed))


def test_many_decisions_are_replayed_in_one_batch() -> None:
    documents = [decision_bytes(decision(found, draw)) for found, draw in CASES]
    kept = [Kept(each, content_hash(each)) for each in documents]
    assert all(found.identical for found in replay_many(kept, by_hash, held))
    changed = [*kept[:1], Kept(altered(["salt"], "56" * 32, documents[1])), *kept[2:]]
    changed[2] = replace(kept[2], commitment=bytes(32))
    found = replay_many(changed, by_hash, held)
    assert [each.identical for each in found[:4]] == [True, True, False, True]
    assert [again(each.document, commitment=each.commitment) for each in changed] == list(found)
    missing = replay_many(kept[:1], by_hash, lambda _: None)
    assert missing[0].missing == ("model",)


@dataclass(frozen=True)
class Picky(ToldScorer):
    """A model that refuses a row without its feature."""

    def score(self, rows: Any) -> list[RecordedScore]:
        if any("importer_rate" not in row for row in rows):
            raise FeatureError("importer_rate", "is missing")
        return super().score(rows)


def test_features_that_the_model_refuses_are_named_alone_and_in_a_batch() -> None:
    whole, lacking = DOCUMENT, altered(["features"], {}, DOCUMENT)
    assert again(whole, lambda _: Picky()).identical
    assert paths(again(lacking, lambda _: Picky())) == ["features.importer_rate"]
    both = replay_many([Kept(whole), Kept(lacking)], by_hash, lambda _: Picky())
    assert [paths(each) for each in both] == [[], ["features.importer_rate"]]


def test_every_feature_of_the_model_has_words() -> None:
    assert set(FEATURES) <= set(RULES.features)
