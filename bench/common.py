"""What the benchmarks share: the workload, and how results are kept."""

from __future__ import annotations

import json
import platform
import resource
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the test support has the contract


def workload(count: int, sender_number: int = 901) -> list[bytes]:
    """Return signed transactions that each write three slots and emit an event."""
    from support.chain import EXERCISE, account, compiled, sign_call  # noqa: PLC0415
    from web3 import Web3  # noqa: PLC0415

    from chain.proofs.keccak import keccak256  # noqa: PLC0415

    address = Web3.to_checksum_address(EXERCISE)
    exercise = Web3().eth.contract(address=address, abi=compiled("exercise")["abi"])
    sender = account(sender_number)
    raws = []
    for nonce in range(count):
        key = keccak256(b"key" + nonce.to_bytes(8, "big"))
        call = exercise.functions.register(key, keccak256(key))
        raws.append(sign_call(sender, call, nonce=nonce, gas=130_000))
    return raws


def peak_memory_mb() -> float:
    """Return the largest resident size of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def save(name: str, figures: dict[str, Any]) -> None:
    """Print figures and keep them."""
    figures = {"python": platform.python_version(), **figures}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
