"""Boosted trees over features that are strings: encoding, margins, exact contributions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.risk.model.catalogue import FEATURES, Kind
from api.risk.model.errors import FeatureError, ModelRefusedError
from api.risk.model.library import lightgbm, numpy

Row = Mapping[str, str]
MICRO: Final = 1_000_000
_MISSING: Final = math.nan


@dataclass(frozen=True, slots=True)
class Encoding:
    """How features become the numbers that trees split on.

    Attributes:
        features: Names, in the order of the columns.
        categories: Known values of each category, by feature; another value reads as missing.
    """

    features: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    def matrix(self, rows: Sequence[Row]) -> Any:
        """Return rows as a matrix of floats, NaN where nothing is known.

        Raises:
            FeatureError: A feature is missing from a row, or is no number.
        """
        columns = [self._column(name, rows) for name in self.features]
        return numpy().array(columns, dtype="float64").T.copy()

    def categorical(self) -> list[int]:
        """Return the columns that are categories."""
        return [place for place, name in enumerate(self.features) if name in self.categories]

    def _column(self, name: str, rows: Sequence[Row]) -> list[float]:
        try:
            texts = [row[name] for row in rows]
        except KeyError as fault:
            raise FeatureError(name, "is missing") from fault
        if name in self.categories:
            codes = {value: float(code) for code, value in enumerate(self.categories[name])}
            return [codes.get(text, _MISSING) for text in texts]
        return _numbers(name, texts)


def encoding_of(features: Sequence[str], rows: Sequence[Row]) -> Encoding:
    """Return the encoding whose categories are those of some rows, in alphabetical order."""
    categories = {
        name: tuple(sorted({row[name] for row in rows} - {""}))
        for name in features
        if FEATURES[name].kind is Kind.CATEGORY
    }
    return Encoding(tuple(features), categories)


class Booster:
    """Trees that were read from their text; one thread, so the same on every run.

    Args:
        text: The trees as LightGBM writes them.
        encoding: Of the rows they were trained on.

    Raises:
        ModelRefusedError: The text holds no trees, or of other columns.
        ModelUnavailableError: LightGBM is missing.
    """

    def __init__(self, text: str, encoding: Encoding) -> None:
        library = lightgbm()
        try:
            self._trees = library.Booster(model_str=text)
        except library.basic.LightGBMError as fault:
            raise ModelRefusedError("booster.txt", f"holds no trees ({fault})") from fault
        self.encoding = encoding
        if self._trees.num_feature() != len(encoding.features):
            raise ModelRefusedError("booster.txt", "has other columns than the manifest")

    def margins(self, rows: Sequence[Row]) -> list[int]:
        """Return the log-odds of each row, in millionths."""
        found = self._trees.predict(self.encoding.matrix(rows), raw_score=True, num_threads=1)
        return _micro(found)

    def explained(self, rows: Sequence[Row]) -> list[tuple[int, list[int]]]:
        """Return per row the log-odds, and what each feature adds to it, in millionths.

        The last contribution is that of no feature at all: what an average row has. They sum to
        the log-odds up to rounding (exact TreeSHAP).
        """
        matrix = self.encoding.matrix(rows)
        margins = _micro(self._trees.predict(matrix, raw_score=True, num_threads=1))
        parts = self._trees.predict(matrix, pred_contrib=True, num_threads=1)
        return list(zip(margins, numpy().rint(parts * MICRO).astype("int64").tolist(), strict=True))


def _micro(values: Any) -> list[int]:
    found: list[int] = numpy().rint(values * MICRO).astype("int64").tolist()
    return found


def _numbers(name: str, texts: list[str]) -> list[float]:
    try:
        found = [float(text) if text else _MISSING for text in texts]
    except ValueError as fault:
        raise FeatureError(name, "is no number") from fault
    if any(math.isinf(one) for one in found) or any(
        math.isnan(one) for one, text in zip(found, texts, strict=True) if text
    ):
        raise FeatureError(name, "is no finite number")
    return found
