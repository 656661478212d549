"""Customs' door on a ledger in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.paying import paying_network
from support.payment_doors import PaymentDoor

from node.files import make_private_folder


@pytest.fixture
def door(tmp_path: Path) -> Iterator[PaymentDoor]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = paying_network(folder)
    yield PaymentDoor(network)
    network.close()
