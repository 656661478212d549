"""A document that its own issuer signed, and that says something else than the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from vectors.world import (
    NS,
    World,
    shown,
)

from chain.proofs.constants import TimeNs
from clients.auditor import Question, Report, Verdict, verify_bundle
from contracts.documents.sd_jwt import Disclosable


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.seal()
    yield world
    world.close()


def judge(world: World, number: int, **claimed: Any) -> Report:
    certificate, document = world.issue(f"VN-ID-26-9{number:03d}", **claimed)
    paths = [(name,) for name in claimed if isinstance(claimed[name], Disclosable)]
    bundle = world.bundle(certificate, shown(document, *paths))
    now = TimeNs(world.time * NS)
    return verify_bundle(bundle.to_bytes(), world.trust(), Question(now, 60 * NS, now))


def test_an_honest_document(world: World) -> None:
    party = Disclosable({"name": "A", "address": "B", "country": "ID"})
    assert judge(world, 0, consignee=party).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        ({"vct": "other"}, "the document's vct is not the record's"),
        ({"certificate": "0x00"}, "the document's certificate is not"),
        ({"iss": "0x00"}, "the document's iss is not"),
        ({"issued_in": "TH"}, "the document's issued_in is not"),
        ({"iat": 5}, "the document's iat is not"),
        ({"exp": 2_000_000_000}, "the document's exp is not"),
        ({"items": [{}, {}, {}]}, "more items than the record's 2"),
        ({"consignee": Disclosable({"country": "TH"})}, "not in the importing country"),
        ({"iat": "text"}, "no whole number of seconds"),
    ],
    ids=lambda item: getattr(item, "__name__", str(item)[:30]),
)
def test_a_document_that_disagrees(world: World, claimed: dict[str, Any], reason: str) -> None:
    report = judge(world, 1 + sum(str(claimed).encode()) % 900, **claimed)
    assert report.verdict is Verdict.INVALID
    assert report.reasons[0].startswith("document: ")
    assert reason in report.reasons[0]
