"""Lines assessed per second on one core, beside the bare Decimal arithmetic of the same sums."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

from common import peak_memory_mb, save

from api.tax.amounts import EXACT, rounded
from api.tax.assess import assess
from api.tax.charges import Tax
from api.tax.document import assessment_bytes
from api.tax.example import example_rates, example_tariff
from api.tax.model import Declaration
from api.tax.structure import read
from api.tax.tariff_rates import TariffRates

SECONDS = 4.0
ROUNDS = 8
LINES = 50
CODES = ("85114033", "85115099", "85119090", "85121000", "85131090", "85142020", "39201090")
ORIGINS = ("JP", "CN", "TH", "KR", "DE", "US")
UNIT = Decimal(1)


def document(lines: int) -> dict[str, Any]:
    """Return a declaration whose lines share freight, insurance and royalties."""
    return {
        "format": "tradeseal-tax-declaration/1",
        "number": "106543210980",
        "amendment": 0,
        "kind": "import",
        "registered_at": "2026-11-23T02:15:00Z",
        "taxpayer": "0100109106",
        "procedure": "A11",
        "incoterm": "FOB",
        "place": "Yokohama",
        "currency": "USD",
        "basis": "weight",
        "costs": [
            {"kind": "freight", "amount": {"amount": "12345.67", "currency": "USD"}},
            {"kind": "insurance", "amount": {"amount": "345.67", "currency": "USD"}},
            {
                "kind": "royalties",
                "amount": {"amount": "1500000", "currency": "JPY"},
                "basis": "value",
            },
        ],
        "lines": [line(number) for number in range(1, lines + 1)],
    }


def line(number: int) -> dict[str, Any]:
    """Return one line; every third claims a preference, every fifth bears a remedy."""
    found: dict[str, Any] = {
        "number": number,
        "hs": CODES[number % len(CODES)],
        "description": f"goods {number}",
        "quantity": {"value": str(number * 10), "unit": "H87"},
        "value": {"amount": f"{1000 + number * 7}.{number % 100:02d}", "currency": "USD"},
        "origin": ORIGINS[number % len(ORIGINS)],
        "net_mass_kg": f"{number * 3}.5",
    }
    if number % 3 == 0:
        found["preference"] = {
            "agreement": "RCEP",
            "certificate": "valid",
            "direct_consignment": True,
            "reference": f"RC-{number}",
        }
    if number % 5 == 0:
        reference = "decision named by the importer"
        remedy = {"kind": "anti_dumping", "percent": "19.22", "reference": reference}
        found["remedies"] = [remedy]
    return found


def per_second(work: Callable[[], Any]) -> float:
    """Return how often `work` runs in a second of this process, best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        count, started = 0, time.process_time()
        while time.process_time() - started < SECONDS / ROUNDS:
            work()
            count += 1
        best = max(best, count / (time.process_time() - started))
    return best


def bare(declaration: Declaration) -> Callable[[], Decimal]:
    """Return the sums alone: the same products, roundings and additions, no rules, no objects."""
    found = assess(declaration, TariffRates(example_tariff()), example_rates())
    work = [
        (
            one.line.value.amount,
            one.value.rate,
            [part.amount for part in one.value.parts],
            [(tax.rate.percent or Decimal(0), tax.tax is Tax.VAT) for tax in one.taxes],
        )
        for one in found.lines
    ]

    def run() -> Decimal:
        total = Decimal(0)
        with localcontext(EXACT):
            for amount, rate, parts, percents in work:
                base = rounded(amount * rate, UNIT, "ROUND_HALF_UP")
                for part in parts:
                    base += part
                due = Decimal(0)
                for percent, on_all in percents:
                    taxed = base + due if on_all else base
                    due += rounded((taxed * percent).scaleb(-2), UNIT, "ROUND_HALF_UP")
                total += due
        return total

    return run


def main() -> None:
    """Measure and keep the figures."""
    value = document(LINES)
    declaration = read(Declaration, value, "declaration")
    tariff, rates = TariffRates(example_tariff()), example_rates()
    found = assess(declaration, tariff, rates)
    assert found.total == bare(declaration)()
    assessed = per_second(lambda: assess(declaration, tariff, rates)) * LINES
    floor = per_second(bare(declaration)) * LINES
    parsed = per_second(lambda: read(Declaration, value, "declaration")) * LINES
    written = per_second(lambda: assessment_bytes(found)) * LINES
    save(
        "tax",
        {
            "lines_per_declaration": LINES,
            "taxes_per_line": round(sum(len(one.taxes) for one in found.lines) / LINES, 2),
            "shared_costs": len(declaration.costs),
            "lines_assessed_per_second": round(assessed),
            "lines_of_bare_arithmetic_per_second": round(floor),
            "ratio": round(assessed / floor, 3),
            "lines_parsed_per_second": round(parsed),
            "lines_explained_and_written_per_second": round(written),
            "peak_memory_mb": round(peak_memory_mb()),
        },
    )


if __name__ == "__main__":
    main()
