"""Decisions on declarations: channel from rules, score and draw, on record and replayed; pure."""

from api.risk.decision.capacity import OfficeScores, Thresholds, thresholds_of
from api.risk.decision.case import Case
from api.risk.decision.decide import Action, Decision, Reason, decide, rules_day
from api.risk.decision.document import content_hash, decision_bytes, decision_members
from api.risk.decision.draw import Draw, packed_rates
from api.risk.decision.errors import CaseError, DecisionError, DocumentError
from api.risk.decision.replay import Difference, Kept, ModelOf, Replay, RulesOf, replay, replay_many
from api.risk.decision.scoring import ModelIdentity, RecordedScore, Score, Scorer

__all__ = [
    "Action",
    "Case",
    "CaseError",
    "Decision",
    "DecisionError",
    "Difference",
    "DocumentError",
    "Draw",
    "Kept",
    "ModelIdentity",
    "ModelOf",
    "OfficeScores",
    "Reason",
    "RecordedScore",
    "Replay",
    "RulesOf",
    "Score",
    "Scorer",
    "Thresholds",
    "content_hash",
    "decide",
    "decision_bytes",
    "decision_members",
    "packed_rates",
    "replay",
    "replay_many",
    "rules_day",
    "thresholds_of",
]
