"""Codes of countries, currencies and units; pure.

Source: ISO 3166-1, ISO 4217, UN/ECE Recommendation 20; the data names its copies.
"""

from dataclasses import dataclass
from functools import cache

from contracts.origin.rules.dated import document


@dataclass(frozen=True, slots=True)
class Unit:
    """Names of a unit of measure.

    Attributes:
        vi: Vietnamese.
        en: English, as in the recommendation.
    """

    vi: str
    en: str


@cache
def countries() -> frozenset[str]:
    """Return the ISO 3166-1 alpha-2 codes."""
    return frozenset(document("codes")["countries"])


@cache
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes in use."""
    return frozenset(document("codes")["currencies"])


@cache
def units() -> dict[str, Unit]:
    """Return the units of UN/ECE Recommendation 20 that certificates use, by code."""
    return {code: Unit(**names) for code, names in document("codes")["units"].items()}


def group(name: str) -> frozenset[str]:
    """Return the members of a group of countries; `WORLD` are all."""
    if name == "WORLD":
        return countries()
    return frozenset(document("codes")["groups"][name])
