"""Compliance levels and risk ranks of declarants, evaluated each midnight; pure."""

from api.risk.compliance.data import ComplianceRules, by_hash, compliance_rules
from api.risk.compliance.errors import ComplianceError, HistoryError, LevelDataError
from api.risk.compliance.evaluate import evaluate, evaluation_day
from api.risk.compliance.model import Evaluation, History, OverdueTax, Period, Sector, Violation
from api.risk.compliance.record import evaluation_bytes

__all__ = [
    "ComplianceError",
    "ComplianceRules",
    "Evaluation",
    "History",
    "HistoryError",
    "LevelDataError",
    "OverdueTax",
    "Period",
    "Sector",
    "Violation",
    "by_hash",
    "compliance_rules",
    "evaluate",
    "evaluation_bytes",
    "evaluation_day",
]
