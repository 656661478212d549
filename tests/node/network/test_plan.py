"""The file of a network's organisations: what it says, and what it must not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.membership.keys import Role, organisation_id
from node.network.errors import PlanError
from node.network.plan import Plan, parse_plan

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "examples" / "organisations.toml"
TEXT = EXAMPLE.read_text()


def parse(text: str = TEXT, *, by_name: bool = False) -> Plan:
    return parse_plan(text, EXAMPLE, NOW, by_name=by_name)


def test_the_example_is_four_validators_and_a_follower() -> None:
    plan = parse()
    assert [one.power for one in plan.organisations] == [10, 10, 10, 10, 0]
    assert [one.roles for one in plan.organisations] == [
        Role.CUSTOMS, Role.PORT, Role.BANK, Role.CUSTOMS, Role.ISSUING_AUTHORITY,
    ]  # fmt: skip
    assert plan.organisations[0].id == organisation_id("customs-vn")
    assert plan.genesis_time == NOW


def test_ports_follow_each_other_and_never_meet() -> None:
    settings = [one.settings(()) for one in parse().organisations]
    addresses = [address for one in settings for address in one.addresses.values()]
    assert len(set(addresses)) == len(addresses) == 35
    assert all(address.startswith("127.0.0.1:") for address in addresses)


def test_by_name_all_but_the_engines_rpc_is_open() -> None:
    planned = parse(by_name=True).organisations[1]
    assert planned.peer_address("ab" * 20) == "ab" * 20 + "@port-hph:26610"
    settings = planned.settings(())
    assert settings.engine.startswith("127.0.0.1:")
    assert settings.peer.startswith("0.0.0.0:")
    assert settings.door.startswith("0.0.0.0:")


def test_roles_add_up() -> None:
    plan = parse(TEXT.replace('roles = ["port"]', 'roles = ["port", "auditor"]'))
    assert plan.organisations[1].roles == Role.PORT | Role.AUDITOR


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('name = "bank-vn"', 'name = "port-hph"', "same name"),
        ('name = "bank-vn"', 'name = "Bank VN"', "does not have the form"),
        ('name = "bank-vn"', 'name = "bank-vn"\ncolour = "red"', "unknown settings: colour"),
        ('name = "bank-vn"', 'name = "bank-vn"\nfirst_port = 26605', "share ports"),
        ('name = "bank-vn"', 'name = "bank-vn"\nfirst_port = 65530', "is not between"),
        ('name = "bank-vn"', "", "name is missing"),
        ('roles = ["bank"]', 'roles = ["banker"]', "no role 'banker': choose from customs"),
        ('roles = ["bank"]', 'roles = "bank"', "is not a list"),
        ("power = 10", "power = 0", "nobody validates"),
        ("power = 10", "power = true", "is not a int"),
        ("power = 10", "power = -1", "is not between"),
        ("governing = true", "governing = false", "no organisation governs"),
        ('country = "ID"', 'country = "Indonesia"', "does not have the form"),
        ('evm_chain_id = "74301"', "evm_chain_id = 74301", "is not a str"),
        ('evm_chain_id = "74301"', 'evm_chain_id = "0"', "does not have the form"),
        ("[network]", "[networks]", "network is missing"),
        ("[network]", "[network", "organisations.toml"),
    ],
)
def test_what_founds_no_network_is_refused(before: str, after: str, reason: str) -> None:
    with pytest.raises(PlanError, match=reason):
        parse(TEXT.replace(before, after))


def test_a_genesis_time_is_taken_as_it_stands() -> None:
    text = TEXT.replace("[network]", '[network]\ngenesis_time = "2026-01-01T00:00:00Z"')
    assert parse(text).genesis_time == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(PlanError, match="genesis_time"):
        parse(text.replace("01-01T", "02-30T"))
