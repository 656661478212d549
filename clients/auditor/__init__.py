"""The auditor: check a proof bundle offline, against the trust file alone."""

from clients.auditor.renewal import renew_trust
from clients.auditor.report import Report, Step, Verdict
from clients.auditor.seal import Question
from clients.auditor.verifier import DEFAULT_MAX_AGE_NS, verify_bundle

__all__ = [
    "DEFAULT_MAX_AGE_NS",
    "Question",
    "Report",
    "Step",
    "Verdict",
    "renew_trust",
    "verify_bundle",
]
