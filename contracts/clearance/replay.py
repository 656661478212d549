"""The rules of the clearance contract over records in their order; pure.

What the contract refuses is refused here with the same reason, so that a test can hold one to
the other, and an audit recompute from records alone who was drawn, held and cleared. Keys, and
the carriage of records, are Membership's and the record book's; what the contract reads from
the beacon, payments and origin is asked of `Elsewhere`.
"""

from contracts.clearance import declaration_rules, fact_rules, override_rules
from contracts.clearance.book import ClearanceBook, Elsewhere, Signing
from contracts.clearance.records import (
    CLEARANCE_RECORDS,
    AmendmentRegister,
    Approval,
    CargoState,
    ChannelDecide,
    CheckReport,
    ClaimName,
    ClearanceGrant,
    DeclarationCancel,
    DeclarationRegister,
    EvidenceLink,
    FactAwait,
    FactState,
    HoldPost,
    OverrideAsk,
    RatesSet,
)
from contracts.errors import UnknownRecordTypeError
from contracts.records.record import Record


def accept(
    book: ClearanceBook, record: Record, signing: Signing, elsewhere: Elsewhere, chain_id: int
) -> None:
    """Take a record, or refuse it and change nothing.

    Args:
        book: What was kept so far; changed in place.
        record: One of this domain.
        signing: Who signed it, and when the ledger took it.
        elsewhere: What other contracts say in that block.
        chain_id: EIP-155 id of the chain.

    Raises:
        RefusedError: A rule refuses it; the reason is the contract's.
        UnknownRecordTypeError: It is another domain's.
    """
    if not _of_officer(book, record, signing, elsewhere):
        _of_others(book, record, signing, elsewhere, chain_id)


def _of_officer(  # noqa: C901 - one case for each record
    book: ClearanceBook, record: Record, signing: Signing, elsewhere: Elsewhere
) -> bool:
    match record:
        case DeclarationRegister():
            declaration_rules.register(book, record, signing)
        case AmendmentRegister():
            declaration_rules.amend(book, record, signing)
        case ChannelDecide():
            declaration_rules.decide(book, record, signing, elsewhere)
        case CheckReport():
            declaration_rules.check(book, record, signing)
        case ClearanceGrant():
            declaration_rules.grant(book, record, signing, elsewhere)
        case HoldPost():
            declaration_rules.hold(book, record, signing)
        case DeclarationCancel():
            declaration_rules.cancel(book, record, signing, elsewhere)
        case OverrideAsk():
            override_rules.ask_override(book, record, signing)
        case RatesSet():
            override_rules.set_rates(book, record, signing)
        case Approval():
            override_rules.approve(book, record, signing, elsewhere)
        case _:
            return False
    return True


def _of_others(
    book: ClearanceBook, record: Record, signing: Signing, elsewhere: Elsewhere, chain_id: int
) -> None:
    match record:
        case FactAwait():
            fact_rules.await_fact(book, record, signing)
        case FactState():
            fact_rules.state_fact(book, record, signing)
        case CargoState():
            fact_rules.state_cargo(book, record, signing)
        case EvidenceLink():
            fact_rules.link_evidence(book, record, signing)
        case ClaimName():
            fact_rules.name_claim(book, record, signing, elsewhere, chain_id)
        case _:
            names = tuple(kind.TYPE_NAME for kind in CLEARANCE_RECORDS)
            raise UnknownRecordTypeError(record.TYPE_NAME, names)
