"""A bank's statement of a million rows against as many booked credits: time, and how much memory.

Each size runs in a process of its own, so that its peak is its own. The ratio is to reading the
statement alone, in the same process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from common import peak_memory_mb, save

from node.payments.reconciliation import BookedCredit, BreakKind, reconciled
from node.payments.statement_rows import HEADER, read_statement

SIZES = (100_000, 1_000_000)
MEMORY_LIMIT_MB = 300
DAY = date(2026, 11, 23)
EVERY = 1_000
"""One row in so many breaks, in each of the ways in turn."""


def write_statement(path: Path, count: int) -> None:
    """Write a statement, some of whose rows break."""
    with path.open("w") as file:
        file.write(",".join(HEADER) + "\n")
        for number in range(count):
            pay, declaration, amount = f"PAY-{number:09}", f"{10_000_000_000 + number}", 1_000_000
            if number % EVERY == 1:
                amount += 1
            elif number % EVERY == 2:
                declaration = f"{20_000_000_000 + number}"
            elif number % EVERY == 3:
                pay = f"PAY-{number - 1:09}"
            elif number % EVERY == 4:
                continue
            text = "x" if number % EVERY == 5 else str(amount)
            file.write(f"{pay},0100109106,{declaration},{text},VND,{DAY},{number}\n")


def booked(count: int) -> Iterator[BookedCredit]:
    """Yield the credits that customs booked, in another order."""
    for number in range(count - 1, -1, -1):
        if number % EVERY != 6:
            declaration = f"{10_000_000_000 + number}"
            yield BookedCredit(f"PAY-{number:09}", "0100109106", declaration, 1_000_000)


def measure(count: int) -> dict[str, object]:
    """Return what one size takes, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statement.csv"
        write_statement(path, count)
        before = peak_memory_mb()
        with path.open("rb") as stream:
            started = time.process_time()
            rows = sum(1 for _ in read_statement(stream, DAY))
            reading = time.process_time() - started
        with path.open("rb") as stream:
            started, wall = time.process_time(), time.perf_counter()
            with reconciled(read_statement(stream, DAY), booked(count)) as found:
                counts = found.counts()
                breaks = sum(1 for _ in found.breaks())
            whole, wall = time.process_time() - started, time.perf_counter() - wall
    assert counts.matched > count * 0.99
    assert counts.bad == count // EVERY
    assert breaks == sum(counts.breaks.values())
    assert all(counts.breaks[kind] > 0 for kind in BreakKind)
    return {
        "rows": rows,
        "booked": counts.booked,
        "matched": counts.matched,
        "breaks": {kind.value: number for kind, number in counts.breaks.items()},
        "bad_rows": counts.bad,
        "seconds": round(wall, 1),
        "cpu_seconds": round(whole, 1),
        "rows_per_cpu_second": round(rows / whole),
        "ratio_to_reading": round(whole / reading, 1),
        "peak_memory_mb": round(peak_memory_mb()),
        "memory_before_mb": round(before),
    }


def main() -> None:
    """Measure each size in its own process and keep the figures."""
    figures: dict[str, object] = {}
    for count in SIZES:
        command = [sys.executable, __file__, str(count)]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        figures[f"{count}"] = json.loads(answer.stdout)
    largest = json.loads(json.dumps(figures[f"{SIZES[-1]}"]))
    assert largest["peak_memory_mb"] < MEMORY_LIMIT_MB, largest
    save("reconciliation", {**figures, "memory_limit_mb": MEMORY_LIMIT_MB})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        main()
