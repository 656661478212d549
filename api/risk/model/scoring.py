"""A table of declarations scored as they would have been, day by day."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from api.risk.model.booster import Row
from api.risk.model.item import Item
from api.risk.model.model import Model, Score
from api.risk.model.reasons import SHOWN, Reason, reasons
from api.risk.model.state import FeatureState

BATCH: Final = 2000
_HEADER: Final = ("Declaration ID", "Score", "Rank", "Quantile", "Known goods")


@dataclass(frozen=True, slots=True)
class Assessed:
    """An item with its features and score.

    Attributes:
        item: The item.
        row: Its features.
        score: Its score.
    """

    item: Item
    row: Row
    score: Score

    @property
    def known_goods(self) -> bool:
        """Whether goods of the same HS6 and net mass were checked before."""
        return self.row["goods_labels"] != "0"


def feature_rows(
    items: Sequence[Item], state: FeatureState, *, learn: bool
) -> list[dict[str, str]]:
    """Return the features of items, in their order, computed in the order of days.

    Args:
        items: In any order.
        state: The history before them; it is carried on.
        learn: Whether their results, where they have some, enter the history after its lag. Never
            while measuring or scoring: nobody knows them yet.
    """
    rows: list[dict[str, str]] = [{} for _ in items]
    for place in sorted(range(len(items)), key=lambda one: (items[one].day, one)):
        item = items[place]
        rows[place] = state.features(item)
        state.observe(item)
        if learn and item.fraud is not None:
            state.label(item, fraud=item.fraud, on=item.day)
    return rows


def score_items(model: Model, items: Sequence[Item], *, explain: bool = True) -> list[Assessed]:
    """Score items with a model and its own history; labels that they carry are not read.

    Args:
        model: The model.
        items: In any order, none before the last day of the history.
        explain: Whether to compute contributions.

    Raises:
        PastItemError: An item is older than the model's history.
        ModelUnavailableError: LightGBM is not installed.
    """
    rows = feature_rows(items, model.state(), learn=False)
    scores: list[Score] = []
    for start in range(0, len(rows), BATCH):
        scores += model.score(rows[start : start + BATCH], reasons=explain)
    return [Assessed(*one) for one in zip(items, rows, scores, strict=True)]


def ranks(found: Sequence[Assessed]) -> list[int]:
    """Return the rank of each, 1 the riskiest; ties in the order given."""
    order = sorted(
        range(len(found)), key=lambda one: (-found[one].score.ppm, -found[one].score.margin, one)
    )
    places = [0] * len(found)
    for rank, place in enumerate(order, start=1):
        places[place] = rank
    return places


def write_scores(path: Path, found: Sequence[Assessed]) -> None:
    """Write one row per declaration: score, rank, share of riskier or equal rows, reasons.

    The same declarations and model give the same bytes.
    """
    header = [*_HEADER, *(f"Reason {n} ({code})" for n in range(1, SHOWN + 1) for code in _CODES)]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        for one, rank in zip(found, ranks(found), strict=True):
            words = [text for reason in reasons(one.row, one.score) for text in _texts(reason)]
            cells = [
                one.item.declaration_id,
                f"{one.score.ppm / 1_000_000:.6f}",
                rank,
                f"{rank / len(found):.6f}",
                int(one.known_goods),
            ]
            out.writerow([*cells, *islice([*words, *[""] * 2 * SHOWN], 2 * SHOWN)])


_CODES: Final = ("vi", "en")


def _texts(reason: Reason) -> tuple[str, str]:
    return reason.vi, reason.en
