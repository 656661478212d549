"""Customs' door on a ledger in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.organisations import EXPORTER, GENESIS_TIME
from support.paying import OFFICE, assessment, paying_network
from support.payment_doors import PaymentDoor

from node.files import make_private_folder


@pytest.fixture
def door(tmp_path: Path) -> Iterator[PaymentDoor]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = paying_network(folder)
    yield PaymentDoor(network)
    network.close()


@pytest.fixture
def assessed(door: PaymentDoor) -> PaymentDoor:
    door.desk().assess(assessment(), GENESIS_TIME, OFFICE, declarant=EXPORTER.hex_id)
    door.settle()
    return door
