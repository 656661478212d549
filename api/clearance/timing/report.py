"""A study as JSON and as CSV; pure."""

import csv
import io
from typing import Any, Final

from api.clearance.timing.study import Figures, Study

STUDY_FORMAT: Final = "tradeseal-time-release/1"
_COLUMNS: Final = (
    *("channel", "mode", "interval", "count"),
    *("mean_s", "median_s", "p90_s", "working_mean_s", "working_median_s", "working_p90_s"),
)


def study_json(study: Study) -> dict[str, Any]:
    """Return a study as JSON members; seconds are decimal strings, counts integers."""
    return {
        "format": STUDY_FORMAT,
        "groups": [
            {
                "channel": group.channel,
                "mode": group.mode,
                "cases": group.cases,
                "with_arrival": group.with_arrival,
                "lodged_before_arrival": group.lodged_before_arrival,
                "lodged_before_arrival_ppm": group.lodged_before_arrival_ppm,
                "intervals": {
                    name.value: {
                        "count": found.count,
                        "elapsed": _figures(found.elapsed),
                        "working": _figures(found.working),
                    }
                    for name, found in group.intervals.items()
                },
            }
            for group in study.groups
        ],
    }


def study_csv(study: Study) -> str:
    """Return a study as CSV: one row for each group and interval."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for group in study.groups:
        for name, found in group.intervals.items():
            figures = [*_figures(found.elapsed).values(), *_figures(found.working).values()]
            writer.writerow([group.channel, group.mode, name.value, found.count, *figures])
    return text.getvalue()


def _figures(found: Figures) -> dict[str, str]:
    return {"mean": f"{found.mean:f}", "median": f"{found.median:f}", "p90": str(found.p90)}
