"""Collecting from a node, and from one whose answers do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from vectors.world import (
    MEMBERSHIP,
    NS,
    World,
    shown,
)

from chain.proofs.constants import Hash32, TimeNs
from clients.auditor import Question, Verdict, verify_bundle
from contracts.bundles import MembershipLayout
from contracts.bundles.collect import BundleRequest, collect_bundle
from contracts.bundles.errors import CollectError
from contracts.bundles.rpc_source import RpcProofSource


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    world.seal()
    yield world
    world.close()


@pytest.fixture(scope="module")
def certificate(world: World) -> tuple[bytes, str]:
    issued = world.issue("VN-ID-26-0100")
    world.seal()
    return issued


def request_for(world: World, certificate: bytes, **changes: Any) -> BundleRequest:
    request = BundleRequest("origin", Hash32(certificate), world.history.get(certificate, []))
    return replace(request, **changes)


def collect(world: World, request: BundleRequest, send: Any = None) -> Any:
    source = RpcProofSource(send or world.request)
    return collect_bundle(source, MEMBERSHIP, MembershipLayout(), request)


def test_what_is_collected_verifies(world: World, certificate: tuple[bytes, str]) -> None:
    identifier, document = certificate
    bundle = world.bundle(identifier, shown(document))
    now = TimeNs(world.time * NS)
    report = verify_bundle(bundle.to_bytes(), world.trust(), Question(now, 60 * NS, now))
    assert report.verdict is Verdict.VALID


def test_a_record_after_the_seal_is_left_out(world: World, certificate: tuple[bytes, str]) -> None:
    identifier, _ = certificate
    history = world.history[identifier]
    bundle = collect(world, request_for(world, identifier, records=[*history, history[0]]))
    assert len(bundle.records) == len(history)


def test_changes_of_validators_are_asked_for_in_steps() -> None:
    """A network has more heights in a year than a ledger answers about at once."""
    asked: list[tuple[int, int]] = []
    seal = dict.fromkeys(("header", "commit", "validatorSet"), "0x00")

    def send(method: str, parameters: list[Any]) -> object:
        assert method == "tradeseal_getValidatorChanges"
        first, last = (int(parameter, 16) for parameter in parameters)
        asked.append((first, last))
        return [seal]

    changes = RpcProofSource(send).validator_changes(1, 100_001)
    assert asked == [(1, 50_000), (50_001, 100_000), (100_001, 100_001)]
    assert len(changes) == 3
    assert RpcProofSource(send).validator_changes(7, 6) == []


def test_an_unknown_object(world: World) -> None:
    with pytest.raises(CollectError, match="the ledger holds none of domain origin"):
        collect(world, request_for(world, b"\x01" * 32))


def test_an_unknown_domain(world: World, certificate: tuple[bytes, str]) -> None:
    with pytest.raises(CollectError, match="no contract speaks for it"):
        collect(world, request_for(world, certificate[0], domain="custody"))


def test_records_that_are_not_known_here(world: World, certificate: tuple[bytes, str]) -> None:
    with pytest.raises(CollectError, match="the ledger holds 2 records, only 0 are known"):
        collect(world, request_for(world, certificate[0], records=[]))


def broken(world: World, method: str, change: Callable[[Any], Any]) -> Any:
    def send(called: str, params: list[object]) -> object:
        answer = world.request(called, params)
        return change(answer) if called == method else answer

    return send


@pytest.mark.parametrize(
    ("method", "change", "reason"),
    [
        ("tradeseal_getSeal", lambda _: None, "it is no object"),
        ("tradeseal_getSeal", lambda seal: {**seal, "header": "zz"}, "no hexadecimal text"),
        ("tradeseal_getSeal", lambda seal: {**seal, "header": "0xz"}, "no hexadecimal data"),
        ("tradeseal_getSeal", lambda seal: {**seal, "height": "0xz"}, "no hexadecimal quantity"),
        ("tradeseal_getValidatorChanges", lambda _: {}, "a list is missing"),
        ("tradeseal_getValidatorChanges", lambda _: [[]], "it is no object"),
        ("eth_getProof", lambda proof: {**proof, "storageProof": None}, "a list is missing"),
        ("eth_getProof", lambda proof: {**proof, "storageProof": []}, "a slot is left out"),
        ("eth_getProof", lambda proof: {**proof, "accountProof": [1]}, "no hexadecimal text"),
    ],
)
def test_answers_of_another_form(
    world: World,
    certificate: tuple[bytes, str],
    method: str,
    change: Callable[[Any], Any],
    reason: str,
) -> None:
    with pytest.raises(CollectError, match=reason):
        collect(world, request_for(world, certificate[0]), broken(world, method, change))


def test_changes_of_validators_are_added(world: World, certificate: tuple[bytes, str]) -> None:
    asked: list[list[object]] = []

    def send(method: str, params: list[object]) -> object:
        if method == "tradeseal_getValidatorChanges":
            asked.append(params)
            seal: Any = world.request("tradeseal_getSeal", ["latest"])
            return [seal]
        return world.request(method, params)

    bundle = collect(world, request_for(world, certificate[0]), send)
    assert len(bundle.changes) == 1
    seal: Any = world.request("tradeseal_getSeal", ["latest"])
    height = int(seal["height"], 16)
    assert asked == [["0x1", hex(height - 1)]]
    recent = request_for(world, certificate[0], since_height=height - 1)
    assert collect(world, recent, send).changes == ()
