"""Contributions in words, for officer and declarant; pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.risk.model.catalogue import FEATURES, Feature
from api.risk.model.model import Contribution, Score

SHOWN: Final = 3
_UNKNOWN: Final = ("chưa biết", "not known")
_NO: Final = ("không", "no")
_YES: Final = ("có", "yes")
_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One contribution in words.

    Attributes:
        feature: Its feature.
        ppm: Millionths of log-odds.
        vi: In Vietnamese.
        en: In English.
    """

    feature: str
    ppm: int
    vi: str
    en: str

    def members(self) -> dict[str, Any]:
        """Return it as decision documents hold it."""
        return {
            "feature": self.feature,
            "contribution_ppm": self.ppm,
            "vi": self.vi,
            "en": self.en,
        }


def reasons(row: Mapping[str, str], score: Score, shown: int = SHOWN) -> tuple[Reason, ...]:
    """Return the largest contributions of a score in words.

    Args:
        row: The features that were scored.
        score: With its contributions.
        shown: How many at most; contributions of zero are left out.
    """
    largest = [one for one in score.contributions if one.ppm][:shown]
    return tuple(_reason(row.get(one.feature, ""), one) for one in largest)


def _reason(value: str, part: Contribution) -> Reason:
    feature = FEATURES[part.feature]
    raises = part.ppm > 0
    vi_value, en_value = _values(feature, value)
    vi = f"{feature.vi} ({vi_value}) làm {'tăng' if raises else 'giảm'} rủi ro"
    en = f"{feature.en} ({en_value}) {'raises' if raises else 'lowers'} the risk"
    return Reason(part.feature, part.ppm, vi, en)


def _values(feature: Feature, value: str) -> tuple[str, str]:
    if value == "":
        return _UNKNOWN
    if feature.name.endswith(("_differs", "_new")):
        return _YES if value == "1" else _NO
    if feature.name.endswith("_log10"):
        text = _about(float(value))
        return text, text
    if feature.name.endswith("_rate") and feature.name != "tax_rate":
        text = f"{100 * float(value):.1f} %"
        return text, text
    return value, value


def _about(logarithm: float) -> str:
    """Return the number of a logarithm with the digits that the quantised feature has."""
    number = 10**logarithm
    rounded = round(number, _DIGITS - 1 - math.floor(logarithm))
    return f"≈ {rounded:.0f}" if number >= 10**_DIGITS else f"≈ {rounded:g}"
