"""A ledger whose program is wrong by one byte from some block on.

python -m support.wrong_ledger BLOCK ARGUMENTS-OF-TRADESEAL...
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from chain.machine import executor
from chain.proofs.evm import EvmHeader
from clients.cli.main import main as tradeseal


def main() -> None:
    """Run `tradeseal` with a header that has one byte too many."""
    first, honest = int(sys.argv[1]), executor.make_header

    def make_header(*arguments: Any) -> EvmHeader:
        header = honest(*arguments)
        return replace(header, extra_data=b"!") if header.number >= first else header

    executor.make_header = make_header
    sys.argv[1:2] = []
    tradeseal()


if __name__ == "__main__":
    main()
