"""The risk model: features without leakage, calibrated scores, exact reasons.

`Model` scores rows of features, `FeatureState` computes them from a history kept online, `Item` is
the typed row both start from. LightGBM is loaded when a score is first asked for.
"""

from api.risk.model.errors import (
    FeatureError,
    ItemError,
    ModelRefusedError,
    ModelUnavailableError,
    PastItemError,
    RiskModelError,
)
from api.risk.model.item import Item, parse_item
from api.risk.model.model import Contribution, Model, Score, default_model
from api.risk.model.reasons import Reason, reasons
from api.risk.model.snapshot import restore, snapshot
from api.risk.model.state import FeatureState

__all__ = [
    "Contribution",
    "FeatureError",
    "FeatureState",
    "Item",
    "ItemError",
    "Model",
    "ModelRefusedError",
    "ModelUnavailableError",
    "PastItemError",
    "Reason",
    "RiskModelError",
    "Score",
    "default_model",
    "parse_item",
    "reasons",
    "restore",
    "snapshot",
]
