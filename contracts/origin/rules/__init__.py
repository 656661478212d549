"""Legal constants of origin forms: data with the time in which each applies.

One file per form, and one of codes. Each entry names its validity and how well it is
known: `source` (read in the text that the file names), `practice` (from practitioners,
not checked against the text), `unverified` (sources conflict or are silent: check before
relying on it). `FormRules.unverified` tells the latter to callers. Unverified entries
apply like others, except where a value must be given: there they make notes alone.
"""

from contracts.origin.rules.tables import (
    Certifier,
    FormRules,
    ValueRow,
    VerificationDeadlines,
    form_rules,
    known_forms,
)

__all__ = [
    "Certifier",
    "FormRules",
    "ValueRow",
    "VerificationDeadlines",
    "form_rules",
    "known_forms",
]
