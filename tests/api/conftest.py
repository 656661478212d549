"""A network with one organisation's API, called without sockets."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from support.doors import Door
from support.organisations import ISSUER, Network

from api.tokens import Role
from node.files import make_private_folder


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    yield network
    network.close()


@pytest.fixture
def open_door(network: Network) -> Callable[..., Door]:
    return lambda member, **options: Door(network, member, **options)


@pytest.fixture
def door(open_door: Callable[..., Door]) -> Door:
    return open_door(ISSUER)


@pytest.fixture
def client(door: Door) -> Iterator[httpx.Client]:
    with door.client(Role.ISSUING_AUTHORITY) as client:
        yield client
