from collections.abc import Iterator

import pytest
from support.clearing import clearing_network
from support.clearing_replay import Replayed
from support.network import ID_CUSTOMS, Network
from support.trade import Trade


@pytest.fixture
def network() -> Iterator[Network]:
    network = clearing_network()
    yield network
    network.close()


@pytest.fixture
def clearing(network: Network) -> Replayed:
    return Replayed(network)


@pytest.fixture
def abroad(network: Network) -> Replayed:
    """Customs of a country without a panel: whatever it registers is drawn."""
    return Replayed(network, ID_CUSTOMS)


@pytest.fixture
def trade(network: Network) -> Trade:
    return Trade(network)
