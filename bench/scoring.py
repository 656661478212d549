"""Declarations scored per second beside LightGBM alone, and a history of a million."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import lightgbm
from common import peak_memory_mb, save

from api.risk.model import FeatureState, Item, default_model, restore, snapshot
from api.risk.model.model import DEFAULT_FOLDER

BATCH = 2_000
ROUNDS = 7
SINGLES = 400
HISTORY = 1_000_000
PART = 5_000
PARTS = 10
DAYS = 365
CHECKED = 0.2
START = date(2021, 4, 1)


def declarations(count: int, seed: int) -> Iterator[Item]:
    """Yield made-up items: many of them known goods, of many parties."""
    chance = random.Random(seed)
    codes = [f"{chance.randrange(10_000, 980_000):06d}" for _ in range(5_000)]
    countries = ("CN", "JP", "US", "DE", "VN", "KR", "TH", "IT")
    kinds = ("A", "C", "FCN1", "FEU1")
    for number in range(count):
        mass = chance.randrange(1, 200 if chance.random() < 0.5 else 10_000_000)
        yield Item(
            declaration_id=str(number),
            day=START + timedelta(days=number * DAYS // count),
            office=str(chance.randrange(10, 52)),
            process_type="B",
            import_type="11",
            import_use="21",
            payment_type="11",
            transport=chance.choice(("10", "40")),
            declarant=f"D{chance.randrange(2_000)}",
            importer=f"I{chance.randrange(200_000)}",
            seller=f"S{chance.randrange(200_000)}",
            courier="",
            hs6=codes[int(chance.paretovariate(0.5)) % len(codes)],
            departure=chance.choice(countries),
            origin=chance.choice(countries),
            tax_rate=Decimal("8.0"),
            tax_type=chance.choice(kinds),
            origin_indicator="G",
            net_mass=Decimal(mass).scaleb(-1),
            price=Decimal(mass * chance.choice((5, 40, 300))),
        )


def best(work: Callable[[], Any]) -> float:
    """Return the shortest of some rounds, in seconds of this process."""
    found = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def scoring() -> dict[str, Any]:
    """Score batches and single declarations with the model of the package."""
    model = default_model()
    items = list(declarations(BATCH, 1))
    state = model.state()
    rows = [state.features(item) for item in items]
    model.score(rows[:1])
    trees = lightgbm.Booster(model_file=str(DEFAULT_FOLDER / "booster.txt"))
    matrix = model.manifest.encoding.matrix(rows)
    bare = best(lambda: trees.predict(matrix, raw_score=True, num_threads=1))
    parts = best(lambda: trees.predict(matrix, pred_contrib=True, num_threads=1))
    plain = best(lambda: model.score(rows, reasons=False))
    explained = best(lambda: model.score(rows))

    def whole() -> None:
        fresh = restore(kept)
        model.score([fresh.features(item) for item in items])

    kept = snapshot(FeatureState())
    from_item = best(whole)
    singles = []
    for item in declarations(SINGLES, 4):
        today = replace(item, day=items[-1].day)
        started = time.perf_counter()
        model.score([state.features(today)])
        singles.append((time.perf_counter() - started) * 1000)
    singles.sort()
    return {
        "batch": BATCH,
        "scores_per_second": round(BATCH / plain),
        "scores_with_reasons_per_second": round(BATCH / explained),
        "features_and_scores_with_reasons_per_second": round(BATCH / from_item),
        "lightgbm_alone_per_second": round(BATCH / bare),
        "lightgbm_contributions_alone_per_second": round(BATCH / parts),
        "ratio_of_scores_with_reasons_to_lightgbm": round((bare + parts) / explained, 3),
        "one_with_reasons_ms_p50": round(statistics.median(singles), 3),
        "one_with_reasons_ms_p99": round(singles[int(len(singles) * 0.99)], 3),
    }


def history() -> dict[str, Any]:
    """Let a history take a million declarations, a fifth of them with results."""
    state, before = FeatureState(), peak_memory_mb()
    chance, spent, parts = random.Random(2), 0.0, []
    for number, item in enumerate(declarations(HISTORY, 3), start=1):
        fraud = chance.random()
        started = time.process_time()
        state.features(item)
        state.observe(item)
        if fraud < CHECKED:
            state.label(item, fraud=fraud < CHECKED / 5, on=item.day)
        spent += time.process_time() - started
        if number % PART == 0:
            parts.append(spent / PART * 1_000_000)
            spent = 0.0
    windows = [parts[start : start + PARTS] for start in range(0, len(parts), PARTS)]
    quiet = [min(window) for window in windows]  # other work on the machine only adds time
    groups = sum(len(table.entries) for table in state.tables)
    peak = peak_memory_mb()
    started = time.process_time()
    data = snapshot(state)
    return {
        "history_declarations": HISTORY,
        "history_groups": groups,
        "microseconds_each_in_first_50000": round(quiet[0], 1),
        "microseconds_each_in_last_50000": round(quiet[-1], 1),
        "last_to_first": round(quiet[-1] / quiet[0], 3),
        "slowest_50000_to_first": round(max(quiet) / quiet[0], 3),
        "last_to_first_by_means": round(sum(windows[-1]) / sum(windows[0]), 3),
        "memory_added_mb": round(peak - before),
        "snapshot_mb": round(len(data) / 1_000_000, 1),
        "snapshot_seconds": round(time.process_time() - started, 1),
    }


def main() -> None:
    """Measure and keep the figures."""
    save("scoring", {**scoring(), **history(), "peak_memory_mb": round(peak_memory_mb())})


if __name__ == "__main__":
    main()
