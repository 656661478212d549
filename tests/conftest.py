"""What all tests share."""

import os
import sys
from pathlib import Path

import pytest

# `support` is shared by the tests and is no package of the project.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests above the seam run on either engine."""
    parser.addoption(
        "--ledger",
        choices=("solo", "network"),
        default="solo",
        help="which engine orders in the tests of contracts, node, API and clients",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell the support, which is imported later."""
    os.environ["TRADESEAL_TEST_LEDGER"] = config.getoption("--ledger")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Try once more where a real network runs by the machine's clock; the run tells of each.

    What fails twice, fails. Tests without processes or clocks of their own get one try.
    """
    on_network = config.getoption("--ledger") == "network"
    for item in items:
        if on_network or (item.get_closest_marker("slow") and "e2e" in item.path.parts):
            item.add_marker(pytest.mark.flaky(reruns=1))
