"""The model card: what a model is for, how good it honestly is, and what it looked like."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from api.risk.model.drift import reference
from api.risk.model.item import Item, goods_key

if TYPE_CHECKING:
    from api.risk.model.recipe import Recipe
    from api.risk.model.training import Measured

_PUBLISHED: Final = {"5": 0.762, "10": 0.641}
"""Precision of the set's authors with LightGBM, on a later quarter than the measured one."""


@dataclass(frozen=True, slots=True)
class Card:
    """A model card.

    Attributes:
        members: As JSON.
    """

    members: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """Return it as JSON, the same bytes each time."""
        text = json.dumps(self.members, ensure_ascii=False, indent=1, sort_keys=True)
        return text.encode() + b"\n"


def card_members(name: str, before: Sequence[Item], measured: "Measured", recipe: "Recipe") -> Card:
    """Return the card of a model that was measured."""
    held = measured.held
    ppms = [one.ppm for one in held.scored(held.calibration())]
    seen = {goods_key(item) for item in before}
    return Card(
        {
            "name": name,
            "measured_on": {
                "from": held.items[0].day.isoformat(),
                "to": held.items[-1].day.isoformat(),
                "rows": len(held.items),
                "trained_rows": len(before),
                "trained_goods": len(seen),
                "rows_of_unseen_goods": sum(held.unseen),
            },
            "unseen_goods": measured.unseen,
            "all_goods": measured.published,
            "recipe": dict(recipe.members()),
            "reference": reference(held.rows, ppms, recipe.features),
        }
    )


def card_markdown(card: Mapping[str, Any]) -> str:
    """Return a card for people."""
    on = card["measured_on"]
    unseen, whole = card["unseen_goods"], card["all_goods"]
    return "\n".join(
        [
            f"# Model card: {card['name']}",
            "",
            "Probability that a check of an import declaration finds fraud, from what is declared",
            "and from results known before. It orders the queue; hard rules and the random draw",
            "decide before it, and a person decides after it. It is no evidence against anyone.",
            "",
            f"Measured on {on['rows']} declarations from {on['from']} to {on['to']}, by trees and",
            f"a calibration that saw the {on['trained_rows']} declarations before them and none",
            "later. The model in this folder was then trained on both parts by the same recipe.",
            "",
            f"## Goods never seen before: {on['rows_of_unseen_goods']} rows. This is what counts",
            "",
            "Rows whose HS6 and net mass stand in no training row.",
            "",
            *_table(unseen, None),
            "",
            "## All goods, as the set's authors measure",
            "",
            "The public set repeats itself: most rows share HS6, net mass and price with an",
            "earlier one of the same label. The model reads the results of the same goods, as a",
            "customs office would; in this set that is recognition of copies, and these figures",
            "are no skill at detecting fraud. Published LightGBM figures are of a later quarter.",
            "",
            *_table(whole, _PUBLISHED),
            "",
            "## Calibration (goods never seen, then all)",
            "",
            *_calibration(unseen),
            "",
            *_calibration(whole),
            "",
            "## Limits",
            "",
            "Every training row was inspected: nothing is known of uninspected ones. On goods",
            "never seen the ranking is weak: keep the random draw, and retrain on own results.",
            "In the public Korean set, which is synthetic, parties carry no signal, so histories",
            "of importer, declarant and seller are computed but not among this recipe's features.",
            "",
        ]
    )


def _table(found: Mapping[str, Any], published: Mapping[str, float] | None) -> list[str]:
    summary = (
        f"AUC {_shown(found['auc'])}; base rate {_shown(found['fraud_rate'])}; "
        f"{found['rows']} rows."
    )
    head = ["", "| inspected | precision | recall | duty found | duty found, by expected duty |"]
    lines = [
        summary,
        *head,
        "|---|---|---|---|---|",
    ]
    for share, precision in found["precision"].items():
        known = (published or {}).get(share)
        note = "" if known is None else f" (published: {known})"
        lines.append(
            f"| {share} % | {_shown(precision)}{note} | {_shown(found['recall'][share])} | "
            f"{_shown(found['revenue'][share])} | "
            f"{_shown(found['revenue_ranked_by_expected_duty'][share])} |"
        )
    return lines


def _calibration(found: Mapping[str, Any]) -> list[str]:
    fit = found["calibration"]
    error = _shown(fit["expected_calibration_error"])
    summary = f"Brier score {_shown(fit['brier'])}, expected calibration error {error}."
    return [
        summary,
        "",
        "| tenth | predicted | observed |",
        "|---|---|---|",
        *(
            f"| {place} | {row['predicted']:.3f} | {row['observed']:.3f} |"
            for place, row in enumerate(fit["table"], start=1)
        ),
    ]


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"
