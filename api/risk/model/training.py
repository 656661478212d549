"""Training: the same tables give the same bytes of a model.

1. The rows before the held-back part are streamed day by day, then the held-back part without its
   results, as a model in use meets it. Trees are trained on the first and measured on the second.
2. The calibration that is measured comes from an earlier split of the first part alone.
3. The final trees, categories and history take both parts; their calibration is that of the
   held-back part. So no figure of the card is one of rows that its trees or calibration saw.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from api.risk.model.booster import Booster, Encoding, encoding_of
from api.risk.model.calibration import Calibration, isotonic
from api.risk.model.card import card_markdown, card_members
from api.risk.model.errors import TrainingDataError
from api.risk.model.item import Item, goods_key
from api.risk.model.library import lightgbm
from api.risk.model.manifest import Manifest
from api.risk.model.metrics import Scored, figures
from api.risk.model.model import Model, hashes, save
from api.risk.model.recipe import Recipe
from api.risk.model.scoring import feature_rows
from api.risk.model.snapshot import restore, snapshot
from api.risk.model.state import FeatureState
from api.risk.model.table import load_items

LICENCE: Final = (
    "The trees, counts and figures were computed from the tables named under data; see their terms."
)
_HELD_BACK: Final = 0.8
"""Share of the rows that stand before the held-back part where no validation table is given."""
_LEAST: Final = 200
Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What trees said of rows that came after theirs.

    Attributes:
        items: The rows.
        rows: Their features.
        margins: Their log-odds in millionths.
        unseen: Whether each row's goods (HS6 and net mass) are in no row before.
    """

    items: Sequence[Item]
    rows: Rows
    margins: Sequence[int]
    unseen: Sequence[bool]

    def calibration(self) -> Calibration:
        """Return the calibration that fits them."""
        return isotonic(self.margins, [bool(item.fraud) for item in self.items])

    def scored(self, by: Calibration) -> list[Scored]:
        """Return them with the scores of a calibration."""
        pairs = zip(self.items, self.margins, strict=True)
        return [Scored(item, by.ppm(margin), margin) for item, margin in pairs]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a recipe on held-back rows.

    Attributes:
        unseen: Of rows whose goods were never seen: the figure that counts.
        published: Of all rows, as the set's authors measure.
        held: The rows.
        calibration: The calibration that was measured.
    """

    unseen: dict[str, Any]
    published: dict[str, Any]
    held: HeldBack
    calibration: Calibration


def train(
    train_path: Path,
    valid_path: Path | None,
    folder: Path,
    *,
    name: str = "declarations",
    licence: str = LICENCE,
    recipe: Recipe | None = None,
) -> Model:
    """Train a model, measure it, write its folder, and return it as it was read back.

    Args:
        train_path: Table of checked declarations.
        valid_path: Table of later ones to measure on; the last fifth of the first if None.
        folder: Where to write.
        name: Of the model.
        licence: Terms of model and data.
        recipe: Features and parameters.

    Raises:
        TableError: A table cannot be read.
        ItemError: A row cannot be used, or has no label.
        TrainingDataError: Too few rows, one-sided labels, or tables that overlap in time.
        ModelUnavailableError: LightGBM is not installed.
    """
    used = recipe or Recipe()
    before, after = _parts(train_path, valid_path)
    measured = measure(before, after, used)
    everything = [*before, *after]
    state = FeatureState(used.lag_days)
    rows = feature_rows(everything, state, learn=True)
    text, encoding = fit(rows, everything, used)
    paths = [train_path, *([] if valid_path is None else [valid_path])]
    card = card_members(name, before, measured, used)
    files = {
        "booster.txt": text.encode(),
        "state.bin": snapshot(state),
        "card.json": card.to_bytes(),
        "card.md": card_markdown(card.members).encode(),
    }
    manifest = Manifest(
        name=name,
        version=everything[-1].day.isoformat(),
        trained_from=everything[0].day,
        trained_to=everything[-1].day,
        encoding=encoding,
        calibration=measured.held.calibration(),
        library=f"lightgbm {lightgbm().__version__}",
        recipe=used.members(),
        data=[_described(path) for path in paths],
        licence=licence,
        files=hashes(files),
    )
    return save(folder, manifest, files)


def measure(before: Sequence[Item], after: Sequence[Item], recipe: Recipe) -> Measured:
    """Return the figures of a recipe on later rows; rows are in the order of days.

    Raises:
        TrainingDataError: Too few rows, or one-sided labels.
        ModelUnavailableError: LightGBM is not installed.
    """
    earlier, later = split(before)
    calibration = hold_back(earlier, later, recipe).calibration()
    held = hold_back(before, after, recipe)
    scored = held.scored(calibration)
    unseen = [one for one, new in zip(scored, held.unseen, strict=True) if new]
    return Measured(figures(unseen), figures(scored), held, calibration)


def hold_back(before: Sequence[Item], after: Sequence[Item], recipe: Recipe) -> HeldBack:
    """Train on some rows and score later ones, whose results nobody knows yet."""
    state = FeatureState(recipe.lag_days)
    text, encoding = fit(feature_rows(before, state, learn=True), before, recipe)
    rows = feature_rows(after, restore(snapshot(state)), learn=False)
    seen = {goods_key(item) for item in before}
    unseen = [goods_key(item) not in seen for item in after]
    return HeldBack(after, rows, Booster(text, encoding).margins(rows), unseen)


def fit(rows: Rows, items: Sequence[Item], recipe: Recipe) -> tuple[str, Encoding]:
    """Train trees and return their text and encoding.

    Raises:
        TrainingDataError: Too few rows, or one-sided labels.
    """
    labels = [float(bool(item.fraud)) for item in items]
    if len(rows) < _LEAST or not 0 < sum(labels) < len(labels):
        problem = f"{len(rows)} rows with {sum(labels):.0f} frauds are too few to train with"
        raise TrainingDataError(problem, f"give at least {_LEAST} rows with both results")
    encoding = encoding_of(recipe.features, rows)
    library = lightgbm()
    data = library.Dataset(
        encoding.matrix(rows),
        labels,
        categorical_feature=encoding.categorical(),
        feature_name=list(recipe.features),
        params={"verbosity": -1},
    )
    trees = library.train(recipe.parameters(), data, recipe.rounds)
    text: str = trees.model_to_string()
    return text, encoding


def split(items: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """Return items before and from the day at which four fifths of them are past."""
    day: date = items[int(len(items) * _HELD_BACK)].day
    place = next(place for place, item in enumerate(items) if item.day >= day)
    return items[:place], items[place:]


def _parts(train_path: Path, valid_path: Path | None) -> tuple[Sequence[Item], Sequence[Item]]:
    items = _sorted(load_items(train_path, labelled=True))
    if len(items) < _LEAST:
        remedy = f"give at least {_LEAST} rows"
        raise TrainingDataError(f"{train_path.name} has {len(items)} rows", remedy)
    if valid_path is None:
        return split(items)
    later = _sorted(load_items(valid_path, labelled=True))
    if not later or later[0].day <= items[-1].day:
        problem = f"{valid_path.name} does not begin after the last day of {train_path.name}"
        raise TrainingDataError(problem, "split the tables by time")
    return items, later


def _sorted(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.day)


def _described(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    rows = max(0, len(data.splitlines()) - 1)
    return {"name": path.name, "rows": rows, "sha256": hashlib.sha256(data).hexdigest()}
