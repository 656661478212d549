"""A network founded by the project's own code in a folder, with quick keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from support.ports import free_ports

from node.keys.accounts import DEMONSTRATION
from node.network.founding import found_network
from node.network.plan import PORTS, Plan, parse_plan

EXAMPLE = Path(__file__).parents[2] / "examples" / "organisations.toml"


def example_plan(validators: int = 4, followers: int = 1) -> Plan:
    """Return the example's first validators and followers, on free ports, founded just now."""
    first = free_ports((validators + followers) * PORTS)
    now = datetime.now(UTC)
    plan = parse_plan(EXAMPLE.read_text(), EXAMPLE, now, first_port=first)
    validating = [one for one in plan.organisations if one.power][:validators]
    following = [one for one in plan.organisations if not one.power][:followers]
    return replace(plan, organisations=(*validating, *following))


def found(folder: Path, plan: Plan) -> None:
    """Found a network."""
    found_network(folder, plan, datetime.now(UTC), DEMONSTRATION)
