"""What a declaration needs next, by its file and by what the ledger says of it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.beacon.state import WINDOW_SECONDS, Seed, SeedStanding
from contracts.clearance.declaration import Declaration, require_declaration
from contracts.clearance.identifiers import consignment_id, fact_id, transport_id
from contracts.clearance.records import (
    AmendmentRegister,
    Channel,
    ChannelDecide,
    CheckOutcome,
    ClaimName,
    ClearanceGrant,
    DeclarationRegister,
    Direction,
    FactAwait,
    GrantKind,
    HoldKind,
    HoldPost,
)
from contracts.clearance.state import DrawOutcome, Stage
from contracts.origin.records import CertificateClaim
from contracts.records.catalogue import parse_signed_record
from contracts.records.record import Record
from node.clearance.assessor import Assessor, CaseFile, Decided, Drawing
from node.clearance.tables import (
    ClearanceFactRow,
    ClearanceMarkRow,
    ClearanceRow,
    DeclarationFile,
    DeclarationVersion,
)
from node.database.database import Database
from node.indexer.tables import LedgerRecord
from node.origin.tables import ClaimRow, ClaimStatus
from node.payments.identifiers import PaymentKeys
from node.settlement.queries import SettlementQueries
from node.settlement.tables import SettlementRow

LIFETIME_SECONDS: Final = 86_400
_FACTS_AT_ONCE: Final = 16
_MARGIN_SECONDS: Final = 5
_ENDED: Final = (Stage.CANCELLED, Stage.SEIZED, Stage.CLEARED)
_NOTHING: Final = bytes(32)
RULE_HOLD: Final = "RULE"
"""Reason of a hold that a rule of risk placed; the decision document names the rule."""

SeedOf = Callable[[int, int], Seed]
Kept = tuple[DeclarationFile, DeclarationVersion]


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next.

    Attributes:
        records: To be signed and carried, in this order.
        decided: The decision that they rest on.
        waiting: Why nothing moves, for people; empty where something does.
        ended: Whether nothing comes any more.
        draws: Whether it waits for the draw, which any block may bring.
    """

    records: list[Record] = field(default_factory=list)
    decided: Decided | None = None
    waiting: str = ""
    ended: bool = False
    draws: bool = False


class Planner:
    """Works out what declarations of one customs organisation need."""

    def __init__(
        self, read: Database, keys: PaymentKeys, country: str, chain_id: int, seed_of: SeedOf
    ) -> None:
        """Read from the read models.

        Args:
            read: Read models.
            keys: The country's identifier keys.
            country: The country of customs.
            chain_id: Chain id of records.
            seed_of: Asks the beacon for the seed of a round whose time began at a second.
        """
        self._read = read
        self._keys = keys
        self._country = country
        self._chain_id = chain_id
        self._seed_of = seed_of
        self._seeds: dict[tuple[int, int], Seed] = {}

    def begin(self) -> None:
        """Ask for seeds anew from now on; declarations of one round ask once."""
        self._seeds.clear()

    def _seed(self, number: int, since: int) -> Seed:
        known = self._seeds.get((number, since))
        if known is None:
            known = self._seeds[number, since] = self._seed_of(number, since)
        return known

    def next(self, cases: Sequence[Kept], assessor: Assessor, now: int) -> list[Next]:
        """Return what each of some declarations needs next.

        Args:
            cases: Their files, each as it reads under the file's amendment count; not more than
                one statement of SQL can name.
            assessor: Decides channels.
            now: The time in seconds.
        """
        with self._read.read() as session:
            rows = _rows(session, [file for file, _ in cases])
            return [
                self._next(session, rows.get(file.object_id), (file, version), assessor, now)
                for file, version in cases
            ]

    def assessable(self, files: Sequence[DeclarationFile]) -> set[str]:
        """Return the numbers of those of which all that taxes depend on is known.

        They are registered, every claim of a certificate is accepted, and nobody assessed them
        as they read now: what an officer assessed stands.
        """
        names = [file.object_id for file in files]
        query = select(SettlementRow).where(SettlementRow.object_id.in_(names))
        with self._read.read() as session:
            rows = _rows(session, files)
            assessed = {row.object_id: row.amendment for row in session.scalars(query)}
        return {
            file.declaration_no
            for file in files
            if (row := rows.get(file.object_id)) is not None
            and row.amendment == file.amendment
            and row.claims == row.certificates
            and assessed.get(file.object_id) != file.amendment
        }

    def _next(
        self,
        session: Session,
        row: ClearanceRow | None,
        case: Kept,
        assessor: Assessor,
        now: int,
    ) -> Next:
        file, version = case
        if row is None:
            return Next([self._registration(file, version, now)])
        if row.stage in _ENDED:
            return Next(ended=True)
        if row.amendment < file.amendment:
            return Next([self._amendment(file, version, row, now)])
        return self._advance(session, row, case, assessor, now)

    def _advance(
        self,
        session: Session,
        row: ClearanceRow,
        case: Kept,
        assessor: Assessor,
        now: int,
    ) -> Next:
        file, version = case
        asked = self._facts(session, file, now)
        named = self._claims(session, row, now)
        if asked or named:
            return Next([*asked, *named])
        if row.decided == row.amendment + 1:
            missing = _missing(session, row, now)
            if missing:
                return Next(waiting="; ".join(missing))
            return Next([_clearance(row, now)])
        drawing = self._drawing(session, row, now)
        if drawing is None:
            return Next(waiting="the draw is not out yet", draws=True)
        decided = assessor.decide(case_of(file, version), drawing, now)
        records: list[Record] = [_decision(row, decided, now)]
        if decided.held:
            return Next([*records, _hold(row, now)], decided)
        if decided.channel == Channel.GREEN and not _missing(session, row, now, Channel.GREEN):
            records.append(_clearance(row, now))
        return Next(records, decided)

    def _registration(
        self, file: DeclarationFile, version: DeclarationVersion, now: int
    ) -> DeclarationRegister:
        declaration = require_declaration(json.loads(version.content))
        key = self._keys.consignments()
        documents = declaration.transport.documents
        intake = json.loads(file.intake)
        return DeclarationRegister(
            object=_bytes(file.object_id),
            direction=Direction[declaration.direction.upper()],
            procedure=_code(declaration.procedure, 8),
            office=_code(declaration.office, 32),
            rank=intake["rank"],
            content=_bytes(version.digest),
            consignment=(
                consignment_id(key, self._country, declaration.ucr) if declaration.ucr else _NOTHING
            ),
            transport=(
                transport_id(key, self._country, documents[0].type, documents[0].number)
                if documents
                else _NOTHING
            ),
            certificates=_claimed(declaration),
            facts=len(intake["facts"]),
            registered_at=file.registered_at,
            expires=now + LIFETIME_SECONDS,
        )

    @staticmethod
    def _amendment(
        file: DeclarationFile, version: DeclarationVersion, row: ClearanceRow, now: int
    ) -> AmendmentRegister:
        declaration = require_declaration(json.loads(version.content))
        return AmendmentRegister(
            object=_bytes(file.object_id),
            amendment=row.amendment + 1,
            content=_bytes(version.digest),
            certificates=_claimed(declaration),
            facts=max(row.facts, len(json.loads(file.intake)["facts"])),
            amended_at=version.received_at,
            expires=now + LIFETIME_SECONDS,
        )

    @staticmethod
    def _facts(session: Session, file: DeclarationFile, now: int) -> list[Record]:
        declaration = _bytes(file.object_id)
        found: list[Record] = []
        for need in json.loads(file.intake)["facts"]:
            fact = fact_id(declaration, need["kind"], need["reference"])
            if session.get(ClearanceFactRow, (file.object_id, "0x" + fact.hex())) is None:
                found.append(
                    FactAwait(
                        object=declaration,
                        fact=fact,
                        kind=need["kind"],
                        agency=_bytes(need["agency"]),
                        due_at=need["due_at"],
                        awaited_at=now,
                        expires=now + LIFETIME_SECONDS,
                    )
                )
        return found[:_FACTS_AT_ONCE]

    def _claims(self, session: Session, row: ClearanceRow, now: int) -> list[Record]:
        """Return records that name accepted claims on this declaration."""
        if row.claims >= row.certificates:
            return []
        named = _named(session, row)
        query = (
            select(LedgerRecord)
            .join(ClaimRow, ClaimRow.digest == LedgerRecord.digest)
            .where(ClaimRow.declaration == row.object_id, ClaimRow.status == ClaimStatus.ACCEPTED)
            .order_by(LedgerRecord.position, LedgerRecord.digest)
        )
        found = [one for one in session.scalars(query) if one.digest not in named]
        return [self._claim_name(row, one, now) for one in found[: row.certificates - row.claims]]

    def _claim_name(self, row: ClearanceRow, kept: LedgerRecord, now: int) -> ClaimName:
        signed = parse_signed_record(json.loads(kept.record or ""), self._chain_id)
        claim = signed.record
        if not isinstance(claim, CertificateClaim):
            raise AssertionError(kept.digest)
        return ClaimName(
            object=_bytes(row.object_id),
            certificate=claim.object,
            claim=signed.digest,
            origin=signed.domain.contract,
            item=claim.item,
            commitment_x=claim.commitment_x,
            commitment_y=claim.commitment_y,
            claimed_at=claim.claimed_at,
            claim_expires=claim.expires,
            named_at=now,
            expires=now + LIFETIME_SECONDS,
        )

    def _drawing(self, session: Session, row: ClearanceRow, now: int) -> Drawing | None:
        """Return a declaration's draw, None while it is not out.

        A ledger without transactions makes no blocks, and answers as of its last one: past the
        beacon's time and a margin, this clock says that outputs are missing.
        """
        zeros = "0x" + "00" * 32
        for key, value in (("consignment", row.consignment), ("transport", row.transport)):
            if value is None:
                continue
            prior = _prior(session, row, key, value)
            if prior is None:
                continue
            if prior.stage == Stage.SEIZED or prior.draw == DrawOutcome.DRAWN:
                return Drawing(
                    row.round, row.registration, zeros, row.rate, inherited_from=prior.object_id
                )
            if prior.draw == DrawOutcome.UNRESOLVED:
                return None
        seed = self._seed(row.round, row.round_time)
        is_late = now > row.round_time + WINDOW_SECONDS + _MARGIN_SECONDS
        if seed.standing == SeedStanding.WAITING and not is_late:
            return None
        withheld = seed.standing != SeedStanding.COMPLETE
        value = zeros if withheld else "0x" + seed.value.hex()
        return Drawing(row.round, row.registration, value, row.rate, withheld=withheld)


def _rows(session: Session, files: Sequence[DeclarationFile]) -> dict[str, ClearanceRow]:
    names = [file.object_id for file in files]
    query = select(ClearanceRow).where(ClearanceRow.object_id.in_(names))
    return {row.object_id: row for row in session.scalars(query)}


def _prior(session: Session, row: ClearanceRow, key: str, value: str) -> ClearanceRow | None:
    """Return the declaration registered before of the same consignment or document."""
    column = getattr(ClearanceRow, key)
    query = (
        select(ClearanceRow)
        .join(LedgerRecord, LedgerRecord.digest == ClearanceRow.registration)
        .where(column == value, ClearanceRow.customs == row.customs)
        .order_by(LedgerRecord.block_number, LedgerRecord.log_index)
    )
    before: ClearanceRow | None = None
    for one in session.scalars(query):
        if one.object_id == row.object_id:
            return before
        before = one
    return before


def _named(session: Session, row: ClearanceRow) -> set[str]:
    query = select(ClearanceMarkRow.detail).where(
        ClearanceMarkRow.object_id == row.object_id, ClearanceMarkRow.event == "ClaimNamed"
    )
    return {json.loads(detail)["claim"] for detail in session.scalars(query)}


def _missing(
    session: Session, row: ClearanceRow, now: int, channel: int | None = None
) -> list[str]:
    """Return what clearance waits for, in words; the contract looks again."""
    strict = row.channel if channel is None else channel
    found: list[str] = []
    if row.holds:
        found.append("the goods are held")
    if strict >= Channel.YELLOW and row.documents != CheckOutcome.CONSISTENT:
        found.append("the check of documents")
    if strict == Channel.RED and row.inspection != CheckOutcome.CONSISTENT:
        found.append("the inspection of goods")
    if row.failed:
        found.append(f"{row.failed} failed facts")
    if row.open:
        found.extend(_awaited(session, row, now))
    if row.claims < row.certificates:
        found.append(f"{row.certificates - row.claims} accepted certificate claims")
    settlement = SettlementQueries(session).find(row.object_id)
    if settlement is None or settlement.row.amendment != row.amendment:
        found.append("an assessment of duties")
    elif not settlement.is_settled(now):
        found.append("the payment of duties")
    return found


def _awaited(session: Session, row: ClearanceRow, now: int) -> list[str]:
    query = select(ClearanceFactRow).where(
        ClearanceFactRow.object_id == row.object_id, ClearanceFactRow.status == 0
    )
    late = ", past its deadline"
    return [
        f"a fact of agency {fact.agency}{late if fact.due_at < now else ''}"
        for fact in session.scalars(query.order_by(ClearanceFactRow.due_at))
    ]


def case_of(file: DeclarationFile, version: DeclarationVersion) -> CaseFile:
    """Return what an assessor is asked about.

    Args:
        file: A declaration's file.
        version: As it reads under the file's amendment count.
    """
    intake: Mapping[str, Any] = json.loads(file.intake)
    return CaseFile(
        declaration_no=file.declaration_no,
        amendment=version.amendment,
        content=version.content,
        digest=version.digest,
        office=file.office,
        rank=intake["rank"],
        registered_at=file.registered_at,
        found=intake["found"],
    )


def _decision(row: ClearanceRow, decided: Decided, now: int) -> ChannelDecide:
    return ChannelDecide(
        object=_bytes(row.object_id),
        amendment=row.amendment,
        channel=max(decided.channel, row.channel),
        decision=decided.content,
        decided_at=now,
        expires=now + LIFETIME_SECONDS,
    )


def _hold(row: ClearanceRow, now: int) -> HoldPost:
    return HoldPost(
        object=_bytes(row.object_id),
        kind=HoldKind.PLACE,
        reason=_code(RULE_HOLD, 32),
        posted_at=now,
        expires=now + LIFETIME_SECONDS,
    )


def _clearance(row: ClearanceRow, now: int) -> ClearanceGrant:
    return ClearanceGrant(
        object=_bytes(row.object_id),
        kind=GrantKind.CLEAR,
        amendment=row.amendment,
        granted_at=now,
        expires=now + LIFETIME_SECONDS,
    )


def _claimed(declaration: Declaration) -> int:
    """Return how many items of certificates the declaration's lines claim."""
    return len(
        {
            (claim.reference_no, claim.item)
            for line in declaration.lines
            for claim in line.certificates
        }
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _code(text: str, size: int) -> bytes:
    return text.encode("ascii").ljust(size, b"\0")
