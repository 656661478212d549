"""The rules of what takes two officers: overrides, and rates of inspection; pure."""

from dataclasses import replace
from typing import Final

from contracts.clearance.book import ZEROS, Asked, ClearanceBook, Elsewhere, Signing, demand
from contracts.clearance.declaration_rules import COUNT_LIMIT
from contracts.clearance.fact_rules import restate
from contracts.clearance.records import (
    Approval,
    Channel,
    CheckKind,
    CheckOutcome,
    OverrideAsk,
    OverrideKind,
    RatesSet,
)
from contracts.clearance.state import (
    MILLION,
    RANKS,
    RATE_BITS,
    ClearanceState,
    DrawOutcome,
    FactStatus,
    unpack_rates,
)
from contracts.errors import RefusedError
from contracts.membership.keys import Role

RATES: Final = 4


def ask_override(book: ClearanceBook, record: OverrideAsk, signing: Signing) -> None:
    """Ask to depart from the rules; nothing changes until another officer approves."""
    signing.require_customs(record.object, record.asked_at)
    found = book.channelled(record.object)
    demand(record.amendment == found.amendment, "not the amendment")
    demand(record.reason != ZEROS, "reason")
    demand(record.content != ZEROS, "content")
    demand(record.kind in set(OverrideKind), "override kind")
    book.asked[signing.digest] = Asked(
        record.object, signing.key, record.kind, record.value, record.amendment, record.fact
    )


def set_rates(book: ClearanceBook, record: RatesSet, signing: Signing) -> None:
    """Ask for other rates of inspection."""
    signing.require_customs(record.object, record.set_at)
    mask = (1 << RATE_BITS) - 1
    parts = [record.rates >> RATE_BITS * place & mask for place in range(RANKS)]
    certain = all(rate <= MILLION for rate in parts)
    demand(not record.rates >> RATE_BITS * RANKS and certain, "rates")
    detail = record.rates.to_bytes(32, "big")
    book.asked[signing.digest] = Asked(record.object, signing.key, RATES, detail=detail)


def approve(book: ClearanceBook, record: Approval, signing: Signing, elsewhere: Elsewhere) -> None:
    """Approve what another officer of the same customs asked for."""
    signing.require_customs(record.object, record.approved_at)
    asked = book.asked.get(record.subject)
    if asked is None or asked.object != record.object:
        raise RefusedError("clearance: nothing to approve")
    demand(asked.officer != signing.key, "two officers")
    _require_colleague(asked, signing, elsewhere)
    if asked.kind == RATES:
        word = int.from_bytes(asked.detail, "big")
        book.rates[record.object[:2]] = unpack_rates(word) or (0,) * RANKS
    else:
        _override(book, asked)
    del book.asked[record.subject]


def _require_colleague(asked: Asked, signing: Signing, elsewhere: Elsewhere) -> None:
    known = elsewhere.officer(asked.officer)
    if known is None:
        raise RefusedError("membership: key")
    organisation, roles, country = known
    officer = replace(signing, organisation=organisation, roles=roles, country=country)
    officer.require_member(asked.object, Role.CUSTOMS)
    demand(organisation == signing.organisation, "two officers")


def _override(book: ClearanceBook, asked: Asked) -> None:
    found = book.channelled(asked.object)
    demand(asked.amendment == found.amendment, "not the amendment")
    after = found
    if asked.kind == OverrideKind.FACT:
        _require_waivable(book, asked)
    elif asked.kind == OverrideKind.CHANNEL:
        after = _milder(found, asked.value)
    else:
        after = _set_aside(found, asked.value)
    demand(found.overrides < COUNT_LIMIT, "too many overrides")
    book.declarations[asked.object] = replace(after, overrides=found.overrides + 1)
    if asked.kind == OverrideKind.FACT:
        restate(book, asked.object, asked.detail, FactStatus.WAIVED)


def _require_waivable(book: ClearanceBook, asked: Asked) -> None:
    fact = book.facts.get((asked.object, asked.detail))
    if fact is None:
        raise RefusedError("clearance: fact is not awaited")
    demand(fact.status in {FactStatus.OPEN, FactStatus.FAILED}, "nothing to override")


def _milder(found: ClearanceState, value: int) -> ClearanceState:
    demand(found.draw is DrawOutcome.SPARED, "milder than the draw")
    demand(0 < value < (found.channel or 0), "nothing to override")
    return replace(found, channel=Channel(value))


def _set_aside(found: ClearanceState, value: int) -> ClearanceState:
    if value == CheckKind.DOCUMENTS:
        demand(found.documents is CheckOutcome.FINDING, "nothing to override")
        return replace(found, documents=CheckOutcome.CONSISTENT)
    finding = value == CheckKind.INSPECTION and found.inspection is CheckOutcome.FINDING
    demand(finding, "nothing to override")
    return replace(found, inspection=CheckOutcome.CONSISTENT)
