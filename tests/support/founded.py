"""A network founded by the project's own code in a folder, with quick keys."""

from __future__ import annotations

import random
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from node.keys.accounts import DEMONSTRATION
from node.network.founding import found_network
from node.network.plan import PORTS, Plan, parse_plan

EXAMPLE = Path(__file__).parents[2] / "examples" / "organisations.toml"


def free_first_port(count: int) -> int:
    """Return the first of `count` blocks of ports that nobody listens on now."""
    for _ in range(100):
        # Below the range from which the kernel takes ports for outgoing connections.
        first = random.SystemRandom().randrange(12_000, 31_000, PORTS)
        if all(_is_free(port) for port in range(first, first + count * PORTS)):
            return first
    raise AssertionError("no free ports")


def example_plan(validators: int = 4, followers: int = 1) -> Plan:
    """Return the example's first validators and followers, on free ports, founded just now."""
    first = free_first_port(validators + followers)
    now = datetime.now(UTC)
    plan = parse_plan(EXAMPLE.read_text(), EXAMPLE, now, first_port=first)
    validating = [one for one in plan.organisations if one.power][:validators]
    following = [one for one in plan.organisations if not one.power][:followers]
    return replace(plan, organisations=(*validating, *following))


def found(folder: Path, plan: Plan) -> None:
    """Found a network."""
    found_network(folder, plan, datetime.now(UTC), DEMONSTRATION)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
