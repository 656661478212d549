from collections.abc import Iterator

import pytest
from support.network import Network
from support.trade import Trade


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


@pytest.fixture
def trade(network: Network) -> Trade:
    return Trade(network)
