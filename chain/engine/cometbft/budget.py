"""How much gas a proposed block may have, so that its execution takes about a set time.

Gas is not time, and machines differ: the rate is learned from the blocks that this node executes.
Only what this node proposes depends on it; what others propose is judged by fixed limits.
"""

from __future__ import annotations

from typing import Final

from chain.machine.rules import MAX_BLOCK_GAS

TARGET_S: Final = 0.25
"""Processor time to execute a block that this node proposes, about."""

LEAST_GAS: Final = 20_000_000
"""Smaller blocks would spend their time on what every block costs, however large."""

_FIRST_GUESS: Final = 1e-8
"""Seconds per unit of gas limit before the first block: 25,000,000 fit."""

_WEIGHT: Final = 0.2
_SMALLEST_SAMPLE: Final = 1_000_000
"""Blocks with less gas than this tell more about the fixed costs than about the gas."""


class BlockBudget:
    """Learns seconds per gas from executed blocks. Not safe for concurrent use."""

    def __init__(self, target_s: float = TARGET_S) -> None:
        self._target_s = target_s
        self._rate = _FIRST_GUESS

    def observe(self, gas: int, execution_s: float) -> None:
        """Learn from a block.

        Args:
            gas: Sum of its transactions' gas limits.
            execution_s: Processor seconds of the executing thread: what else the machine does,
                and what is checked meanwhile, says nothing about the block.
        """
        if gas >= _SMALLEST_SAMPLE and execution_s > 0:
            self._rate += _WEIGHT * (execution_s / gas - self._rate)

    @property
    def gas(self) -> int:
        """Sum of gas limits at which a block has enough."""
        return min(MAX_BLOCK_GAS, max(LEAST_GAS, int(self._target_s / self._rate)))
