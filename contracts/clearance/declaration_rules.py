"""The rules of a declaration's own way, from registration to clearance; pure."""

from dataclasses import replace
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.beacon.state import SeedStanding
from contracts.clearance.book import ZEROS, ClearanceBook, Elsewhere, Signing, demand
from contracts.clearance.fact_rules import CLAIMS_LIMIT, FACTS_LIMIT, require_accepted
from contracts.clearance.records import (
    AmendmentRegister,
    CargoEvent,
    Channel,
    ChannelDecide,
    CheckKind,
    CheckOutcome,
    CheckReport,
    ClearanceGrant,
    DeclarationCancel,
    DeclarationRegister,
    Direction,
    GrantKind,
    HoldKind,
    HoldPost,
)
from contracts.clearance.state import (
    RANKS,
    ClearanceState,
    DrawOutcome,
    Stage,
    channel_floor,
    is_drawn,
)

AMENDMENTS_LIMIT: Final = 9
COUNT_LIMIT: Final = 255


def register(book: ClearanceBook, record: DeclarationRegister, signing: Signing) -> None:
    """Register a declaration; its block is the round of its draw."""
    signing.require_customs(record.object, record.registered_at)
    demand(record.object not in book.declarations, "registered already")
    demand(record.direction in set(Direction), "direction")
    demand(record.content != ZEROS, "content")
    _require_counts(record.certificates, record.facts)
    country = record.object[:2]
    demand(1 <= record.rank <= RANKS, "rank")
    demand(country in book.rates, "no rates of inspection")
    keys = [key for key in dict.fromkeys((record.consignment, record.transport)) if key != ZEROS]
    before = [book.latest.get((country, key)) for key in keys]
    book.priors[record.object] = tuple(dict.fromkeys(one for one in before if one is not None))
    book.latest |= {(country, key): record.object for key in keys}
    book.declarations[record.object] = ClearanceState(
        id=record.object,
        stage=Stage.REGISTERED,
        channel=None,
        direction=Direction(record.direction),
        rank=record.rank,
        amendment=0,
        decided=None,
        certificates=record.certificates,
        claims=0,
        facts=record.facts,
        awaited=0,
        open=0,
        later=0,
        failed=0,
        documents=None,
        inspection=None,
        holds=0,
        draw=DrawOutcome.UNRESOLVED,
        overrides=0,
        cargo=CargoEvent(0),
        round=signing.block,
        registered_at=signing.now,
        rate=book.rates[country][record.rank - 1],
        registration=signing.digest,
    )


def amend(book: ClearanceBook, record: AmendmentRegister, signing: Signing) -> None:
    """Register an amendment; what a check found is not amended away."""
    signing.require_customs(record.object, record.amended_at)
    found = book.pending(record.object)
    demand(record.amendment == found.amendment + 1, "amendment")
    demand(record.amendment <= AMENDMENTS_LIMIT, "too many amendments")
    demand(record.content != ZEROS, "content")
    _require_counts(record.certificates, record.facts)
    demand(record.facts >= found.facts, "fewer facts than before")
    floor = channel_floor(found.channel or 0, found.documents or 0, found.inspection or 0)
    book.claims[record.object] = ()
    book.declarations[record.object] = replace(
        found,
        channel=Channel(floor) if floor else None,
        amendment=record.amendment,
        certificates=record.certificates,
        claims=0,
        facts=record.facts,
        documents=None,
        inspection=None,
    )


def decide(
    book: ClearanceBook, record: ChannelDecide, signing: Signing, elsewhere: Elsewhere
) -> None:
    """Decide the channel, never milder than the draw or than before."""
    signing.require_customs(record.object, record.decided_at)
    found = book.pending(record.object)
    demand(record.amendment == found.amendment, "not the amendment")
    demand(not found.is_decided, "channel is decided")
    demand(record.decision != ZEROS, "decision")
    demand(record.channel in set(Channel), "channel")
    demand(record.channel >= (found.channel or 0), "milder than before")
    draw = _draw(book, found, elsewhere)
    demand(draw is DrawOutcome.SPARED or record.channel == Channel.RED, "milder than the draw")
    book.declarations[record.object] = replace(
        found,
        channel=Channel(record.channel),
        decided=found.amendment,
        draw=draw,
        stage=max(found.stage, Stage.CHANNELLED),
    )


def check(book: ClearanceBook, record: CheckReport, signing: Signing) -> None:
    """Report what a check found; nobody reports it twice."""
    signing.require_customs(record.object, record.checked_at)
    found = book.channelled(record.object)
    demand(record.amendment == found.amendment, "not the amendment")
    demand(record.kind in set(CheckKind), "check kind")
    demand(record.outcome in set(CheckOutcome), "check outcome")
    demand(record.content != ZEROS, "content")
    outcome = CheckOutcome(record.outcome)
    if record.kind == CheckKind.DOCUMENTS:
        demand(found.documents is None, "reported already")
        after = replace(found, documents=outcome)
    else:
        demand(found.inspection is None, "reported already")
        after = replace(found, inspection=outcome)
    book.declarations[record.object] = after


def grant(
    book: ClearanceBook, record: ClearanceGrant, signing: Signing, elsewhere: Elsewhere
) -> None:
    """Store, release or clear, where everything that it takes is there."""
    signing.require_customs(record.object, record.granted_at)
    found = book.channelled(record.object)
    demand(record.amendment == found.amendment, "not the amendment")
    demand(record.kind in set(GrantKind), "grant kind")
    demand(record.kind > found.stage, "granted already")
    demand(not found.holds, "held")
    _require_ready(book, found, GrantKind(record.kind), elsewhere)
    book.declarations[record.object] = replace(found, stage=Stage(record.kind))


def hold(book: ClearanceBook, record: HoldPost, signing: Signing) -> None:
    """Hold the goods, lift a hold, or seize them."""
    signing.require_customs(record.object, record.posted_at)
    found = book.active(record.object)
    demand(record.reason != ZEROS, "reason")
    gone = found.stage is Stage.CLEARED and CargoEvent.EXITED in found.cargo
    demand(record.kind == HoldKind.LIFT or not gone, "goods have left")
    demand(record.kind in set(HoldKind), "hold kind")
    stands = (record.object, record.reason) in book.holds
    after = found
    match HoldKind(record.kind):
        case HoldKind.SEIZE:
            after = replace(found, stage=Stage.SEIZED)
        case HoldKind.PLACE:
            demand(not stands, "hold stands")
            demand(found.holds < COUNT_LIMIT, "too many holds")
            after = replace(found, holds=found.holds + 1)
            book.holds.add((record.object, record.reason))
        case HoldKind.LIFT:
            demand(stands, "no such hold")
            after = replace(found, holds=found.holds - 1)
            book.holds.remove((record.object, record.reason))
    book.declarations[record.object] = after


def cancel(
    book: ClearanceBook, record: DeclarationCancel, signing: Signing, elsewhere: Elsewhere
) -> None:
    """Cancel a declaration whose goods have not left; its draw is worked out."""
    signing.require_customs(record.object, record.cancelled_at)
    found = book.active(record.object)
    demand(CargoEvent.EXITED not in found.cargo, "goods have left")
    demand(record.reason != ZEROS, "reason")
    draw = _draw(book, found, elsewhere)
    book.declarations[record.object] = replace(found, draw=draw, stage=Stage.CANCELLED)


def _require_counts(certificates: int, facts: int) -> None:
    demand(certificates <= CLAIMS_LIMIT and facts <= FACTS_LIMIT, "too many to name")


def _draw(book: ClearanceBook, found: ClearanceState, elsewhere: Elsewhere) -> DrawOutcome:
    if found.draw is not DrawOutcome.UNRESOLVED:
        return found.draw
    if any(book.was_drawn(one) for one in book.priors[found.id]):
        return DrawOutcome.DRAWN
    seed = elsewhere.seed(found.id[:2].decode("ascii"), found.round, found.registered_at)
    demand(seed.standing is not SeedStanding.WAITING, "draw is not out")
    below = is_drawn(keccak256(seed.value + found.registration), found.rate)
    spared = seed.standing is SeedStanding.COMPLETE and not below
    return DrawOutcome.SPARED if spared else DrawOutcome.DRAWN


def _require_ready(
    book: ClearanceBook, found: ClearanceState, kind: GrantKind, elsewhere: Elsewhere
) -> None:
    channel = found.channel or Channel.GREEN
    _require_check(found.documents, needed=channel >= Channel.YELLOW)
    red = channel is Channel.RED
    _require_check(found.inspection, needed=red and kind is not GrantKind.STORE)
    demand(found.awaited >= found.facts, "facts are not asked for")
    demand(not found.failed, "a fact failed")
    if kind is GrantKind.STORE:
        return
    demand(elsewhere.assessed(found.id) == found.amendment, "amendment is not assessed")
    demand(elsewhere.is_settled(found.id), "dues are not settled")
    awaited = found.open - found.later if kind is GrantKind.RELEASE else found.open
    demand(not awaited, "a fact is awaited")
    if kind is GrantKind.CLEAR:
        require_accepted(book, found, elsewhere)


def _require_check(outcome: CheckOutcome | None, *, needed: bool) -> None:
    demand(outcome is not CheckOutcome.FINDING, "a check found something")
    demand(outcome is not None or not needed, "a check is missing")
