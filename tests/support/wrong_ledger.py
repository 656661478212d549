"""A ledger whose program is wrong by one byte as soon as there is a file `wrong` in its folder.

python -m support.wrong_ledger ARGUMENTS-OF-TRADESEAL...
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from chain.machine import executor
from chain.proofs.evm import EvmHeader
from clients.cli.main import main as tradeseal

SIGN: Final = Path("wrong")


def main() -> None:
    """Run `tradeseal` with a header that has one byte too many."""
    honest = executor.make_header

    def make_header(*arguments: Any) -> EvmHeader:
        header = honest(*arguments)
        return replace(header, extra_data=b"!") if SIGN.exists() else header

    executor.make_header = make_header
    tradeseal()


if __name__ == "__main__":
    main()
