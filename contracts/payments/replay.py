"""The rules of the payments contract over records in their order; pure.

What the contract refuses is refused here with the same reason, so that a test can hold one
to the other, and an audit recompute from records alone who was settled when. Keys, and the
carriage of records, are Membership's and the record book's.
"""

from contracts.errors import UnknownRecordTypeError
from contracts.payments import credit_rules, declaration_rules, guarantee_rules
from contracts.payments.records import (
    PAYMENTS_RECORDS,
    AssessmentIssue,
    CoverPost,
    CreditDecide,
    CreditNotify,
    DeclarationAmend,
    DrawDecide,
    GuaranteeChange,
    GuaranteeDraw,
    GuaranteeGrant,
    RefundPost,
    ReversalNotify,
)
from contracts.payments.treasury import Signing, Treasury
from contracts.records.record import Record


def accept(  # noqa: C901 - one case for each record
    treasury: Treasury, record: Record, signing: Signing
) -> None:
    """Take a record, or refuse it and change nothing.

    Args:
        treasury: What was kept so far; changed in place.
        record: One of this domain.
        signing: Who signed it, and when the ledger took it.

    Raises:
        RefusedError: A rule refuses it; the reason is the contract's.
        UnknownRecordTypeError: It is another domain's.
    """
    match record:
        case AssessmentIssue():
            declaration_rules.issue(treasury, record, signing)
        case DeclarationAmend():
            declaration_rules.amend(treasury, record, signing)
        case CoverPost():
            declaration_rules.cover(treasury, record, signing)
        case CreditNotify():
            credit_rules.notify_credit(treasury, record, signing)
        case ReversalNotify():
            credit_rules.notify_reversal(treasury, record, signing)
        case CreditDecide():
            credit_rules.decide_credit(treasury, record, signing)
        case RefundPost():
            credit_rules.refund(treasury, record, signing)
        case GuaranteeGrant():
            guarantee_rules.grant(treasury, record, signing)
        case GuaranteeChange():
            guarantee_rules.change(treasury, record, signing)
        case GuaranteeDraw():
            guarantee_rules.draw(treasury, record, signing)
        case DrawDecide():
            guarantee_rules.decide_draw(treasury, record, signing)
        case _:
            names = tuple(kind.TYPE_NAME for kind in PAYMENTS_RECORDS)
            raise UnknownRecordTypeError(record.TYPE_NAME, names)
