"""Random lives of certificates: contract, pure replay and true quantities agree."""

from __future__ import annotations

import secrets
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.network import (
    DAY,
    HOUR,
    ID_CUSTOMS,
    ID_IMPORTER,
    VN_AUTHORITY,
    VN_CUSTOMS,
    Member,
    Network,
    Signer,
    salt,
)
from support.trade import Claimed, Trade

from chain.proofs.heads import fold, initial_head
from contracts.commitments import Opening, commit
from contracts.commitments.curve import ORDER
from contracts.errors import RefusedError
from contracts.origin.drawdown import share_of
from contracts.origin.history import CertificateHistory, HistoryEntry, refusal, replay
from contracts.origin.records import ClaimAccept, ClaimReverse, MessageKind
from contracts.origin.state import CertificateStatus, ClaimStatus
from contracts.records import Record

WHOLE = 900
ITEMS = 2


class CertificateLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.network = Network()
        self.trade = Trade(self.network, WHOLE)
        self.entries: list[HistoryEntry] = []
        self.history = CertificateHistory()
        self.claims: dict[bytes, tuple[int, Opening]] = {}
        self.drawn = {item: Opening(0, 0) for item in range(1, ITEMS + 1)}

    def teardown(self) -> None:
        self.network.close()

    @initialize(days=st.integers(1, 4), received=st.booleans())
    def issue(self, days: int, received: bool) -> None:
        record = self.trade.issue_record(items=ITEMS, expires_at=self.network.now + days * DAY)
        self.certificate = record.object
        assert self.put(record, VN_AUTHORITY)
        if received:
            record = self.trade.message_record(self.certificate, MessageKind.PAPER)
            assert self.put(record, ID_CUSTOMS)

    @rule(
        item=st.integers(0, ITEMS + 1),
        quantity=st.sampled_from([1, 100, 299, 300, 301, 450, 900]),
    )
    def claim(self, item: int, quantity: int) -> None:
        opening = Opening(quantity, secrets.randbelow(ORDER))
        record = self.trade.claim_record(self.certificate, opening, item=item)
        if self.put(record, ID_IMPORTER):
            self.claims[record.digest(self.network.origin.domain)] = (item, opening)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), lie=st.sampled_from([0, 0, 0, 0, -1, 1]))
    def accept(self, data: st.DataObject, lie: int) -> None:
        digest, (item, opening) = data.draw(st.sampled_from(list(self.claims.items())))
        before = self.drawn[item]
        after = before + opening
        share = max(0, share_of(after.value, WHOLE) + lie)
        record = self.settlement(ClaimAccept, digest, item, share, after)
        if self.put(record, ID_CUSTOMS):
            self.drawn[item] = after

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        digest = data.draw(st.sampled_from(list(self.claims)))
        item, opening = self.claims[digest]
        record = self.trade.reject_record(Claimed(digest, self.certificate, item, opening))
        self.put(record, ID_CUSTOMS)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        digest, (item, opening) = data.draw(st.sampled_from(list(self.claims.items())))
        before = self.drawn[item]
        if before.value < opening.value:
            return
        after = before - opening
        record = self.settlement(ClaimReverse, digest, item, share_of(after.value, WHOLE), after)
        if self.put(record, ID_CUSTOMS):
            self.drawn[item] = after

    @rule(kind=st.integers(0, 9), member=st.sampled_from([VN_AUTHORITY, ID_CUSTOMS, VN_CUSTOMS]))
    def tell(self, kind: int, member: Member) -> None:
        self.put(self.trade.message_record(self.certificate, kind), member)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), hours=st.integers(0, 60), more=st.integers(0, 60))
    def doubt(self, data: st.DataObject, hours: int, more: int) -> None:
        reply_by = self.network.now + hours * HOUR
        record = self.trade.doubt_record(
            self.some_claim(data), reply_by=reply_by, conclude_by=reply_by + more * HOUR
        )
        self.put(record, ID_CUSTOMS)

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        kind=st.integers(0, 8),
        hours=st.integers(0, 40),
        member=st.sampled_from([VN_AUTHORITY, ID_CUSTOMS]),
    )
    def step(self, data: st.DataObject, kind: int, hours: int, member: Member) -> None:
        reply_by = self.network.now + hours * HOUR if kind == 4 else hours // 40
        record = self.trade.step_record(self.some_claim(data), kind, reply_by=reply_by)
        self.put(record, member)

    def some_claim(self, data: st.DataObject) -> Claimed:
        digest, (item, opening) = data.draw(st.sampled_from(list(self.claims.items())))
        return Claimed(digest, self.certificate, item, opening)

    @rule(own=st.booleans())
    def supersede(self, own: bool) -> None:
        successor = self.certificate if own else salt()
        self.put(self.trade.supersede_record(self.certificate, successor), VN_AUTHORITY)

    @rule()
    def cancel(self) -> None:
        self.put(self.trade.cancel_record(self.certificate), VN_AUTHORITY)

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.network.wait(hours * 3600)

    @rule()
    def replay_of_an_old_record(self) -> None:
        entry = self.entries[0]
        signer = VN_AUTHORITY.officer
        try:
            self.network.attempt_record(entry.record, signer)
        except RefusedError as fault:
            assert fault.reason in {"records: used", "records: expired"}  # noqa: PT017
        else:
            raise AssertionError

    def settlement(
        self,
        kind: type[ClaimAccept | ClaimReverse],
        digest: bytes,
        item: int,
        share: int,
        after: Opening,
    ) -> Record:
        point = commit(after)
        values = {
            "object": self.certificate,
            "claim": digest,
            "share_before": self.history.item(item).share,
            "share_after": share,
            "commitment_x": point.x,
            "commitment_y": point.y,
            "expires": self.network.soon,
        }
        if kind is ClaimAccept:
            return ClaimAccept(**values, accepted_at=self.unique_time())
        return ClaimReverse(**values, reason=secrets.token_bytes(32), rejected_at=self.network.now)

    def unique_time(self) -> int:
        # Records that say the same are one record; honest signers differ in time.
        return self.network.now - len(self.entries)

    def put(self, record: Record, member: Member) -> bool:
        """Offer a record to both; they must agree on it."""
        self.network.seal()
        signer: Signer = member.officer
        entry = HistoryEntry(
            record=record,
            digest=record.digest(self.network.origin.domain),
            organisation=member.id,
            roles=member.roles,
            country=member.country,
            time=self.network.now,
            document_owner=VN_AUTHORITY.id,
        )
        expected = refusal(self.history, entry)
        signed = self.network.sign(record, signer)
        try:
            self.network.send(self.network.carry(signed))
        except RefusedError as fault:
            assert fault.reason == expected  # noqa: PT017
            return False
        assert expected is None
        self.entries.append(entry)
        self.history = replay(self.entries)
        return True

    @invariant()
    def replay_agrees_with_the_contract(self) -> None:
        origin = self.network.origin
        assert origin.certificate(self.certificate) == self.history.certificate
        for item in self.drawn:
            assert origin.item(self.certificate, item) == self.history.item(item)
        for digest in self.claims:
            assert origin.claim(self.certificate, digest) == self.history.claims[digest]

    @invariant()
    def head_seals_the_records(self) -> None:
        start = initial_head("origin", self.network.ledger.chain_id, self.certificate)
        head = self.network.origin.object_head(self.certificate)
        assert head.count == len(self.entries)
        assert head.head == fold(start, [entry.digest for entry in self.entries])

    @invariant()
    def nothing_is_drawn_beyond_the_whole(self) -> None:
        for item, opening in self.drawn.items():
            state = self.history.item(item)
            assert state.commitment == commit(opening)
            assert Fraction(opening.value, WHOLE) <= 1 or state.share < share_of(
                opening.value, WHOLE
            )
            assert state.share <= 10_000

    @invariant()
    def accepted_claims_are_counted(self) -> None:
        certificate = self.history.certificate
        assert certificate is not None
        accepted = [c for c in self.history.claims.values() if c.status is ClaimStatus.ACCEPTED]
        assert certificate.accepted == len(accepted)
        if certificate.status is not CertificateStatus.ISSUED:
            assert not accepted or certificate.consented


CertificateLife.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestCertificateLife = CertificateLife.TestCase
