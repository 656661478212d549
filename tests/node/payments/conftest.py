"""A customs node on a ledger in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.comet_ledger import skip_on_network
from support.paying import Paying, customs_folder, paying_network

from node.files import make_private_folder


@pytest.fixture
def paying(tmp_path: Path) -> Iterator[Paying]:
    skip_on_network("these tests set the time; the contract's own tests run there")
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = paying_network(folder)
    node = network.node(customs_folder(network))
    found = Paying(network, node)
    node.step()
    yield found
    network.close()
