"""What a model is trained with; the manifest keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.risk.model.state import LAG_DAYS

_SEED: Final = 20210401


@dataclass(frozen=True, slots=True)
class Recipe:
    """Features and parameters of the trees.

    Attributes:
        features: Names, in the order of the columns.
        rounds: Trees, >= 1.
        leaves: Leaves per tree, >= 2.
        learning_rate: Weight of each tree, above 0, at most 1.
        rows_per_leaf: Least rows of a leaf.
        lag_days: Days between a result and its first use as a feature.
    """

    features: tuple[str, ...] = (
        "net_mass_log10",
        "price_log10",
        "unit_price_log10",
        "tax_rate",
        "origin_differs",
        "hs6_number",
        "tax_type",
        "origin",
        "departure",
        "goods_rate",
        "goods_labels",
        "goods_price_rate",
    )
    rounds: int = 150
    leaves: int = 8
    learning_rate: float = 0.03
    rows_per_leaf: int = 30
    lag_days: int = LAG_DAYS

    def parameters(self) -> dict[str, Any]:
        """Return the parameters for LightGBM: one thread, fixed seeds, fixed order of sums."""
        return {
            "objective": "binary",
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.rows_per_leaf,
            "feature_fraction": 0.6,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 5.0,
            "cat_smooth": 20.0,
            "cat_l2": 20.0,
            "seed": _SEED,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }

    def members(self) -> Mapping[str, Any]:
        """Return it as the manifest keeps it."""
        parameters = {
            name: value if isinstance(value, (bool, int)) else str(value)
            for name, value in self.parameters().items()
        }
        return {
            "features": list(self.features),
            "rounds": self.rounds,
            "lag_days": self.lag_days,
            "parameters": parameters,
        }
