"""Time and memory of the demonstration, as whole processes."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import save

ROOT = Path(__file__).parent.parent
RUNS = 3


def main() -> None:
    """Run it several times; the peak is that of the largest process, the demonstration's own."""
    seconds = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "examples.demo", "--folder", str(Path(folder) / "demo")],
                check=True, capture_output=True, cwd=ROOT,
            )  # fmt: skip
            seconds.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    save(
        "demo",
        {
            "runs": RUNS,
            "seconds_median": round(statistics.median(seconds), 1),
            "seconds_all": [round(s, 1) for s in seconds],
            "peak_memory_mb": round(peak, 1),
        },
    )


main()
