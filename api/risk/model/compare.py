"""A challenger beside the champion: both score the same declarations; nothing is decided by it."""

from collections.abc import Sequence
from typing import Any, Final

from api.risk.model.item import Item
from api.risk.model.metrics import Scored, figures
from api.risk.model.model import Model
from api.risk.model.scoring import Assessed, ranks, score_items

SHARES: Final = (5, 10)


def compare(champion: Model, challenger: Model, items: Sequence[Item]) -> dict[str, Any]:
    """Return how far two models agree on items, and how good each is where results are known.

    Args:
        champion: The model in use.
        challenger: The model on trial.
        items: At least one, none before the last day of either history.

    Raises:
        PastItemError: An item is older than a model's history.
        ModelUnavailableError: LightGBM is not installed.
    """
    first = score_items(champion, items, explain=False)
    second = score_items(challenger, items, explain=False)
    return {
        "rows": len(items),
        "champion": _side(champion, first),
        "challenger": _side(challenger, second),
        "agreement": agreement(ranks(first), ranks(second)),
    }


def agreement(first: Sequence[int], second: Sequence[int]) -> dict[str, Any]:
    """Return the rank correlation (Spearman), and the share of each top that both models name."""
    count = len(first)
    squares = sum((a - b) ** 2 for a, b in zip(first, second, strict=True))
    correlation = 1 - 6 * squares / (count * (count * count - 1)) if count > 1 else 1.0
    tops = {}
    for share in SHARES:
        limit = max(1, round(count * share / 100))
        both = sum(a <= limit and b <= limit for a, b in zip(first, second, strict=True))
        tops[str(share)] = round(both / limit, 4)
    return {"rank_correlation": round(correlation, 4), "same_top": tops}


def _side(model: Model, found: Sequence[Assessed]) -> dict[str, Any]:
    known = [one for one in found if one.item.fraud is not None]
    unseen = [one for one in known if not one.known_goods]
    return {
        "name": model.name,
        "version": model.version,
        "hash": model.hash.hex(),
        "unseen_goods": figures([_scored(one) for one in unseen]),
        "all_goods": figures([_scored(one) for one in known]),
    }


def _scored(one: Assessed) -> Scored:
    return Scored(one.item, one.score.ppm, one.score.margin)
