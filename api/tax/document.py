"""An assessment as JSON, `tradeseal-assessment/1`: written once, replayed bit for bit."""

from typing import Any, Final

import rfc8785

from api.tax.amounts import number_text
from api.tax.assessment import Assessment, LineAssessment, TaxTotal
from api.tax.charges import TaxLine, rate_text
from api.tax.exchange import Publisher, Quotation
from api.tax.sources import RuleVersion
from api.tax.structure import instant_text, write
from api.tax.trace import Step, trace

ASSESSMENT_FORMAT: Final = "tradeseal-assessment/1"
CURRENCY: Final = "VND"


def assessment_members(found: Assessment, *, explained: bool = True) -> dict[str, Any]:
    """Return an assessment as JSON members.

    Args:
        found: What was assessed.
        explained: Whether the trace stands in it; the figures are the same without.
    """
    declaration = found.declaration
    members: dict[str, Any] = {
        "format": ASSESSMENT_FORMAT,
        "declaration_no": declaration.number,
        "amendment": declaration.amendment,
        "taxpayer": declaration.taxpayer,
        "registered_at": instant_text(declaration.registered_at),
        "direction": declaration.kind.value,
        "stage": declaration.stage.value,
        "kind": found.kind.value,
        "currency": CURRENCY,
        "day": found.day.isoformat(),
        "exchange_rates": [_quotation(one) for one in found.quotations],
        "lines": [_line(one) for one in found.lines],
        "taxes": [_total(one) for one in found.taxes],
        "total": number_text(found.total),
        "rules": [_version(one) for one in found.rules],
        "declaration": write(declaration),
    }
    if declaration.office is not None:
        members["office"] = declaration.office
    if found.final_due_on is not None:
        members["final_due_on"] = found.final_due_on.isoformat()
    if explained:
        members["trace"] = [_step(step) for step in trace(found)]
    return members


def assessment_bytes(found: Assessment) -> bytes:
    """Return the canonical JSON (RFC 8785) that `replay` recomputes, trace included."""
    return rfc8785.dumps(assessment_members(found))


def _step(step: Step) -> dict[str, Any]:
    return {
        "line": step.line,
        "step": step.name,
        "law": step.law,
        "source": step.source,
        "formula": step.formula,
        "vi": step.text("vi"),
        "en": step.text("en"),
    }


def _quotation(found: Quotation) -> dict[str, str]:
    if found.publisher is Publisher.HOME:
        return {"currency": found.currency, "rate": "1", "publisher": found.publisher.value}
    return {
        "currency": found.currency,
        "rate": number_text(found.rate),
        "date": found.date.isoformat(),
        "publisher": found.publisher.value,
        "source": found.source,
    }


def _line(found: LineAssessment) -> dict[str, Any]:
    return {
        "line": found.line.number,
        "hs": found.line.hs,
        "procedure": found.procedure.name,
        "customs_value": number_text(found.value.customs_value),
        "taxes": [_tax(tax) for tax in found.taxes],
        "total": number_text(found.total),
    }


def _tax(found: TaxLine) -> dict[str, str]:
    members = {
        "tax": found.tax.value,
        "sub_item": found.sub_item,
        "base": number_text(found.base),
        "rate": rate_text(found.rate),
        "amount": number_text(found.amount),
    }
    if found.quantity is not None:
        members["quantity"] = number_text(found.quantity)
    if found.relief is not None:
        members["relief"] = found.relief
        members["relieved"] = number_text(found.relieved)
    return members


def _total(found: TaxTotal) -> dict[str, str]:
    return {
        "tax": found.tax.value,
        "sub_item": found.sub_item,
        "amount": number_text(found.amount),
    }


def _version(found: RuleVersion) -> dict[str, str]:
    return {
        "rule_set": found.rule_set,
        "version": found.version,
        "effective_from": found.effective_from.isoformat(),
    }
