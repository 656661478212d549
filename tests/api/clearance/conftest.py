"""One customs' door for all tests of clearance's routes: their records do not collide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.clearance_doors import APPROVER, DECLARANT, OFFICER, ClearanceDoor
from support.comet_ledger import skip_on_network
from support.organisations import CUSTOMS_VN

from clients.sdk.clearance import Clearance, Declarant


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClearanceDoor]:
    """Return customs' door with a panel, and rates under which nothing is drawn."""
    skip_on_network("it moves the clock")
    made = ClearanceDoor(tmp_path_factory.mktemp("clearance"))
    made.seat(CUSTOMS_VN, DECLARANT)
    overrides = made.desk().clearance.overrides
    asked = overrides.set_rates("VN", (0,) * 9, OFFICER)
    assert made.take(asked) is None
    assert made.take(overrides.approve_rates("VN", asked.digest, APPROVER)) is None
    yield made
    made.close()


@pytest.fixture
def desk(door: ClearanceDoor) -> Clearance:
    return door.desk().clearance


@pytest.fixture
def declarant(door: ClearanceDoor) -> Declarant:
    return door.member_at(DECLARANT).declarant
