"""Random contracts that call each other give what py-evm gives."""

from __future__ import annotations

from collections import Counter

import pytest
from eth.exceptions import OutOfGas, Revert
from support.evm import MAIN, Given, assert_same, run_fast, run_plain
from support.evm_programs import random_given

PROGRAMS = 250


@pytest.mark.parametrize("batch", range(8))
def test_random_programs(batch: int) -> None:
    outcomes: Counter[type[Exception] | None] = Counter()
    for seed in range(batch * PROGRAMS, (batch + 1) * PROGRAMS):
        done = assert_same(random_given(seed))
        outcomes[done.error] += 1
    # they mean something: many succeed, and they fail in many ways
    assert outcomes[None] > PROGRAMS // 5
    assert outcomes[OutOfGas]
    assert outcomes[Revert]
    assert len(outcomes) > 4


def test_a_difference_would_be_seen() -> None:
    one = Given({MAIN: b"\x60\x01\x5f\x55"})
    other = Given({MAIN: b"\x60\x02\x5f\x55"})
    assert run_fast(one) == run_plain(one)
    assert run_fast(one) != run_plain(other)


@pytest.mark.slow
def test_many_more_random_programs() -> None:
    for seed in range(1_000_000, 1_004_000):
        assert_same(random_given(seed))
