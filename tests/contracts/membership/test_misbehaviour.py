"""Reports of misbehaviour: who may make them, and what they must name."""

from typing import Any

import pytest
from support.comet_ledger import skip_on_network
from support.network import (
    GOVERNORS,
    HOUR,
    ID_IMPORTER,
    TH_CUSTOMS,
    VN_AUTHORITY,
    VN_CUSTOMS,
    Member,
    Network,
    SealingKey,
    Signer,
)

from contracts.errors import RefusedError
from contracts.events import Recorded
from contracts.membership import governance
from contracts.membership.events import MisbehaviourReported
from contracts.membership.misbehaviour import Misbehaviour, misbehaviour_id
from contracts.membership.records import MisbehaviourReport
from contracts.membership.state import validator_address

VALIDATOR = validator_address(SealingKey().public_key)
HEIGHT = 41
DOUBLE = misbehaviour_id(Misbehaviour.DUPLICATE_VOTE, VALIDATOR, HEIGHT)


def report(network: Network, member: Member = VN_CUSTOMS, **changes: Any) -> MisbehaviourReport:
    values: dict[str, Any] = {
        "organisation": member.id,
        "kind": int(Misbehaviour.DUPLICATE_VOTE),
        "validator": VALIDATOR,
        "height": HEIGHT,
        "time": network.now - 1,
        "total_power": 10,
        "expires": network.soon,
    } | changes
    named = (values["kind"], values["validator"], values["height"])
    values.setdefault("object", misbehaviour_id(*named))
    return MisbehaviourReport(**values)


def refused(network: Network, record: MisbehaviourReport, signer: Signer, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        network.attempt_record(record, signer)
    assert caught.value.reason == reason


def test_reports_of_several_organisations_corroborate(network: Network) -> None:
    for count, member in enumerate(GOVERNORS, start=1):
        outcome = network.run(report(network, member), member.carrier)
        event = outcome.only(MisbehaviourReported)
        assert (event.object, event.organisation) == (DOUBLE, member.id)
        assert (event.kind, event.validator, event.height) == (1, VALIDATOR, HEIGHT)
        assert event.reports == count
        assert outcome.only(Recorded).count == count
        assert network.membership.has_reported(DOUBLE, member.id)
    assert not network.membership.has_reported(DOUBLE, TH_CUSTOMS.id)
    assert network.membership.object_head(DOUBLE).count == len(GOVERNORS)


def test_attack_on_light_clients_is_another_object(network: Network) -> None:
    network.run(report(network), VN_CUSTOMS.carrier)
    kind = int(Misbehaviour.LIGHT_CLIENT_ATTACK)
    event = network.run(report(network, kind=kind), VN_CUSTOMS.carrier).only(MisbehaviourReported)
    assert (event.kind, event.reports) == (2, 1)
    assert event.object != DOUBLE


def test_removed_validator_is_still_reported(network: Network) -> None:
    skip_on_network("it adds validators that nobody runs")
    network.decide(governance.replace_validator(SealingKey().public_key, b"\7" * 32))
    network.run(report(network), VN_CUSTOMS.carrier)
    assert network.membership.object_head(DOUBLE).count == 1


def test_once_for_each_organisation(network: Network) -> None:
    network.run(report(network), VN_CUSTOMS.carrier)
    again = report(network, expires=network.soon + 1)
    refused(network, again, VN_CUSTOMS.carrier, "membership: reported")
    network.run(report(network, VN_AUTHORITY), VN_AUTHORITY.carrier)


def test_same_report_again(network: Network) -> None:
    record = report(network)
    network.run(record, VN_CUSTOMS.carrier)
    refused(network, record, VN_CUSTOMS.carrier, "records: used")


@pytest.mark.parametrize("member", [ID_IMPORTER, TH_CUSTOMS], ids=lambda member: member.name)
def test_who_does_not_govern(network: Network, member: Member) -> None:
    refused(network, report(network, member), member.carrier, "membership: not governing")


@pytest.mark.parametrize("key", ["admin", "officer"])
def test_key_of_another_purpose(network: Network, key: str) -> None:
    refused(network, report(network), getattr(VN_CUSTOMS, key), "membership: key purpose")


def test_in_the_name_of_another(network: Network) -> None:
    record = report(network, VN_AUTHORITY)
    refused(network, record, VN_CUSTOMS.carrier, "membership: foreign organisation")


def test_stranger(network: Network) -> None:
    refused(network, report(network), Signer("nobody"), "membership: unknown key")


def test_suspended_organisation(network: Network) -> None:
    network.decide(
        governance.change_organisation(
            VN_CUSTOMS.id, VN_CUSTOMS.roles, governing=True, active=False
        )
    )
    refused(network, report(network), VN_CUSTOMS.carrier, "membership: organisation not active")


NOT_PLAUSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "no kind": ({"kind": 0}, "membership: kind"),
    "unknown kind": ({"kind": 3}, "membership: kind"),
    "another object": ({"object": b"\7" * 32}, "membership: misbehaviour object"),
    "stranger": ({"validator": b"\7" * 20}, "membership: unknown validator"),
    "no height": ({"height": 0}, "membership: height"),
    "future": ({"time": 1 << 40}, "membership: time"),
    "no power": ({"total_power": 0}, "membership: power"),
}


@pytest.mark.parametrize("name", NOT_PLAUSIBLE)
def test_what_no_block_says(network: Network, name: str) -> None:
    changes, reason = NOT_PLAUSIBLE[name]
    refused(network, report(network, **changes), VN_CUSTOMS.carrier, reason)


def test_expired(network: Network) -> None:
    record = report(network)
    network.wait(2 * HOUR)
    refused(network, record, VN_CUSTOMS.carrier, "records: expired")


def test_batch_of_reports(network: Network) -> None:
    calls = [
        network.carry(network.sign(report(network, height=height), VN_CUSTOMS.carrier))
        for height in (1, 2, 3)
    ]
    events = network.send(network.membership.submit(calls)).events
    assert [e.height for e in events if isinstance(e, MisbehaviourReported)] == [1, 2, 3]
