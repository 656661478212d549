"""Rules of risk: dated, declarative, and applied before any score; pure.

`risk_rules(day)` returns what is in force on a day, with its version and hash; `by_hash` finds
the set that an old decision names.
"""

from api.risk.rules.errors import FactError, RiskRuleError, RuleDataError
from api.risk.rules.files import by_hash, edition_hashes, read_rules, risk_rules
from api.risk.rules.model import Effect, Outcome, RiskRules, Rule

__all__ = [
    "Effect",
    "FactError",
    "Outcome",
    "RiskRuleError",
    "RiskRules",
    "Rule",
    "RuleDataError",
    "by_hash",
    "edition_hashes",
    "read_rules",
    "risk_rules",
]
