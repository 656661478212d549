"""Run all benchmarks one after another; each keeps its figures in `results/`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = (
    "throughput",
    "network",
    "growth",
    "verification",
    "presentations",
    "vault",
    "certificates",
    "reconciliation",
    "tax",
    "clearance",
    "demo",
)


def main() -> int:
    """Return 0 when every benchmark ran."""
    codes = []
    for name in BENCHMARKS:
        print(f"== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, str(HERE / f"{name}.py")]).returncode)  # noqa: PLW1510
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
