"""Each rule of the origin contract beside its negative twin."""

from dataclasses import replace
from typing import Any

import pytest
from support.comet_ledger import skip_on_network
from support.network import (
    DAY,
    HOUR,
    ID_AUTHORITY,
    ID_CUSTOMS,
    ID_IMPORTER,
    TH_CUSTOMS,
    VN_AUTHORITY,
    VN_CUSTOMS,
    Network,
    Signer,
    salt,
    thing,
)
from support.trade import Part, Trade

from contracts.abi import compose, selector, word
from contracts.commitments import IDENTITY, Opening, commit
from contracts.commitments.curve import FIELD
from contracts.errors import RefusedError, UnknownRecordTypeError
from contracts.events import Recorded
from contracts.membership import governance
from contracts.membership.keys import Role
from contracts.membership.records import KeyRevoke
from contracts.origin.events import (
    CertificateCancelled,
    CertificateIssued,
    ClaimAccepted,
    ClaimMade,
    ClaimRejected,
)
from contracts.origin.state import CertificateStatus, ClaimStatus, ItemState
from contracts.records import Record


@pytest.fixture
def certificate(trade: Trade) -> bytes:
    return trade.issue()


def refused(network: Network, record: Record, signer: Signer, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        network.attempt_record(record, signer)
    assert caught.value.reason == reason


def revoke(network: Network, member: Any, key: bytes) -> None:
    sequence = network.membership.object_head(member.id).count
    network.run(KeyRevoke(member.id, sequence, key, network.soon), member.admin)


class TestIssue:
    def test_certificate_is_in_force(self, network: Network, trade: Trade) -> None:
        record = trade.issue_record()
        outcome = network.run(record, VN_AUTHORITY.officer)
        state = network.origin.certificate(record.object)
        assert state is not None
        assert state.status is CertificateStatus.ISSUED
        assert state.issuer == VN_AUTHORITY.id
        assert (state.issuing_country, state.importing_country) == ("VN", "ID")
        assert (state.items, state.accepted) == (2, 0)
        assert (state.issued_at, state.expires_at) == (record.issued_at, record.expires_at)
        event = outcome.only(CertificateIssued)
        assert event.document == record.document
        assert event.document_key == VN_AUTHORITY.document_key
        assert event.consignment == record.consignment

    def test_unknown_certificate(self, network: Network) -> None:
        assert network.origin.certificate(salt()) is None

    def test_same_certificate_again(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        record = trade.issue_record(object=certificate)
        refused(network, record, VN_AUTHORITY.officer, "origin: certificate exists")

    @pytest.mark.parametrize(
        ("signer", "reason"),
        [
            (VN_CUSTOMS.officer, "origin: not an issuing authority"),
            (ID_AUTHORITY.officer, "origin: not of the issuing country"),
            (VN_AUTHORITY.admin, "membership: key purpose"),
            (VN_AUTHORITY.carrier, "membership: key purpose"),
            (Signer("stranger"), "membership: unknown key"),
        ],
        ids=["customs", "other country", "admin", "carrier", "stranger"],
    )
    def test_who_may_not_issue(
        self, network: Network, trade: Trade, signer: Signer, reason: str
    ) -> None:
        refused(network, trade.issue_record(), signer, reason)

    def test_revoked_officer(self, network: Network, trade: Trade) -> None:
        revoke(network, VN_AUTHORITY, VN_AUTHORITY.officer.key_id)
        refused(network, trade.issue_record(), VN_AUTHORITY.officer, "membership: key revoked")

    def test_suspended_authority(self, network: Network, trade: Trade) -> None:
        action = governance.change_organisation(
            VN_AUTHORITY.id, Role.ISSUING_AUTHORITY, governing=True, active=False
        )
        record = trade.issue_record()
        network.decide(action)
        with pytest.raises(RefusedError, match="membership: organisation not active"):
            network.ledger.attempt(
                network.carry(network.sign(record, VN_AUTHORITY.officer)),
                VN_CUSTOMS.carrier.address,
            )

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"issuing_country": b"ID"}, "origin: not of the issuing country"),
            ({"importing_country": b"VN"}, "origin: importing country"),
            ({"importing_country": b"id"}, "origin: importing country"),
            ({"importing_country": b"I\0"}, "origin: importing country"),
            ({"items": 0}, "origin: items"),
            ({"items": 1000}, "origin: items"),
            ({"document": bytes(32)}, "origin: document"),
            (
                {"document_key": ID_AUTHORITY.document_key},
                "origin: document key of another organisation",
            ),
            ({"document_key": VN_AUTHORITY.officer.key_id}, "membership: key purpose"),
            ({"document_key": bytes(32)}, "membership: unknown key"),
        ],
        ids=[
            "issuing country",
            "same country",
            "lower case",
            "one letter",
            "no items",
            "too many items",
            "no document",
            "foreign document key",
            "officer's key",
            "no document key",
        ],
    )
    def test_unsound(
        self, network: Network, trade: Trade, changes: dict[str, Any], reason: str
    ) -> None:
        refused(network, trade.issue_record(**changes), VN_AUTHORITY.officer, reason)

    def test_most_items(self, network: Network, trade: Trade) -> None:
        record = trade.issue_record(items=999)
        opening = Opening(trade.whole, 7)
        template = trade.certify_record(Part(record.object, 1, thing(), opening))
        for start in range(1, 1000, 50):
            lines = [
                replace(template, object=thing(), item=item)
                for item in range(start, min(start + 50, 1000))
            ]
            calls = [network.carry(network.sign(line, VN_CUSTOMS.officer)) for line in lines]
            network.send(network.issuance.submit(calls))
        network.run(record, VN_AUTHORITY.officer)
        assert network.issuance.covered_items(record.object) == 999

    def test_revoked_document_key(self, network: Network, trade: Trade) -> None:
        revoke(network, VN_AUTHORITY, VN_AUTHORITY.document_key)
        refused(network, trade.issue_record(), VN_AUTHORITY.officer, "membership: key revoked")

    @pytest.mark.parametrize(
        ("issued", "valid", "reason"),
        [
            (300, DAY, None),
            (301, DAY, "members: event time"),
            (-DAY, DAY, "origin: certificate expired"),
            (-DAY, DAY + 1, None),
            (0, 366 * DAY, None),
            (0, 366 * DAY + 1, "origin: validity"),
        ],
    )
    def test_times(
        self, network: Network, trade: Trade, issued: int, valid: int, reason: str | None
    ) -> None:
        skip_on_network("it moves or fixes the clock")
        issued_at = network.now + issued
        record = trade.issue_record(issued_at=issued_at, expires_at=issued_at + valid)
        if reason is None:
            network.run(record, VN_AUTHORITY.officer)
        else:
            refused(network, record, VN_AUTHORITY.officer, reason)

    def test_time_at_the_end_of_time(self, network: Network, trade: Trade) -> None:
        record = trade.issue_record(issued_at=2**64 - 1, expires_at=2**64 - 1)
        refused(network, record, VN_AUTHORITY.officer, "members: event time")

    def test_membership_record_is_none_of_origin(self, network: Network) -> None:
        record = KeyRevoke(VN_AUTHORITY.id, 0, salt(), 1)
        signed = network.sign(record, VN_AUTHORITY.admin)
        with pytest.raises(UnknownRecordTypeError, match="CertificateIssue"):
            network.origin.carry(signed)


class TestClaim:
    @pytest.mark.parametrize(
        "signer", [ID_IMPORTER.officer, ID_CUSTOMS.officer], ids=lambda s: s.label
    )
    def test_claim_is_pending(
        self, network: Network, trade: Trade, certificate: bytes, signer: Signer
    ) -> None:
        opening = Opening(5, 77)
        signed = network.sign(trade.claim_record(certificate, opening, item=2), signer)
        outcome = network.send(network.carry(signed))
        claim = network.origin.claim(certificate, signed.digest)
        assert claim is not None
        assert claim.status is ClaimStatus.PENDING
        assert claim.item == 2
        assert claim.commitment == commit(opening)
        assert outcome.only(ClaimMade).claim == signed.digest
        assert network.origin.item(certificate, 2) == ItemState()

    def test_unknown_claim(self, network: Network, certificate: bytes) -> None:
        assert network.origin.claim(certificate, salt()) is None

    @pytest.mark.parametrize(
        ("signer", "reason"),
        [
            (ID_AUTHORITY.officer, "members: role"),
            (VN_CUSTOMS.officer, "origin: not of the importing country"),
            (TH_CUSTOMS.officer, "origin: not of the importing country"),
            (ID_IMPORTER.carrier, "membership: key purpose"),
        ],
        ids=lambda value: getattr(value, "label", value),
    )
    def test_who_may_not_claim(
        self, network: Network, trade: Trade, certificate: bytes, signer: Signer, reason: str
    ) -> None:
        refused(network, trade.claim_record(certificate, Opening(5, 77)), signer, reason)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"object": b"\7" * 32}, "origin: unknown certificate"),
            ({"item": 0}, "origin: no such item"),
            ({"item": 3}, "origin: no such item"),
            ({"claimed_at": 2**63}, "members: event time"),
            ({"commitment_x": 0, "commitment_y": 0}, "origin: commitment"),
            ({"commitment_x": 1, "commitment_y": 3}, "origin: commitment"),
            ({"commitment_x": 1 + FIELD, "commitment_y": 2}, "origin: commitment"),
            ({"commitment_x": 1, "commitment_y": 2 + FIELD}, "origin: commitment"),
        ],
        ids=["unknown", "item 0", "item 3", "future", "identity", "off curve", "x", "y"],
    )
    def test_unsound(
        self,
        network: Network,
        trade: Trade,
        certificate: bytes,
        changes: dict[str, Any],
        reason: str,
    ) -> None:
        record = trade.claim_record(certificate, Opening(5, 77), **changes)
        refused(network, record, ID_IMPORTER.officer, reason)

    def test_generator_is_a_commitment(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        record = trade.claim_record(certificate, Opening(5, 77), commitment_x=1, commitment_y=2)
        network.run(record, ID_IMPORTER.officer)

    def test_claim_in_the_last_second_of_validity(self, network: Network, trade: Trade) -> None:
        certificate = trade.issue(expires_at=network.now + DAY)
        network.wait(DAY - 1)
        trade.claim(certificate)
        network.wait(1)
        record = trade.claim_record(certificate, Opening(5, 77))
        refused(network, record, ID_IMPORTER.officer, "origin: certificate expired")

    def test_expired_certificate_still_settles_its_claims(
        self, network: Network, trade: Trade
    ) -> None:
        certificate = trade.issue(expires_at=network.now + DAY)
        claimed = trade.claim(certificate)
        network.wait(2 * DAY)
        trade.accept(claimed)

    def test_cancelled_certificate(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
        record = trade.claim_record(certificate, Opening(5, 77))
        refused(network, record, ID_IMPORTER.officer, "origin: certificate cancelled")


class TestAccept:
    def test_claim_is_drawn(self, network: Network, trade: Trade, certificate: bytes) -> None:
        claimed = trade.claim(certificate, 300)
        outcome = trade.accept(claimed)
        claim = network.origin.claim(certificate, claimed.digest)
        assert claim is not None
        assert claim.status is ClaimStatus.ACCEPTED
        assert network.origin.item(certificate, 1) == ItemState(3334, claimed.commitment)
        state = network.origin.certificate(certificate)
        assert state is not None
        assert state.accepted == 1
        event = outcome.only(ClaimAccepted)
        assert (event.item, event.share, event.customs) == (1, 3334, ID_CUSTOMS.id)

    def test_three_thirds_make_a_whole(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        shares = []
        for _ in range(3):
            trade.accept(trade.claim(certificate, 300))
            shares.append(network.origin.item(certificate, 1).share)
        assert shares == [3334, 6667, 10_000]

    def test_one_unit_more_is_refused(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        for _ in range(3):
            trade.accept(trade.claim(certificate, 300))
        record = trade.accept_record(trade.claim(certificate, 1))
        assert record.share_after == 10_012
        refused(network, record, ID_CUSTOMS.officer, "drawdown: beyond the whole")

    def test_items_are_drawn_apart(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        trade.accept(trade.claim(certificate, 900, item=1))
        trade.accept(trade.claim(certificate, 300, item=2))
        assert network.origin.item(certificate, 1).share == 10_000
        assert network.origin.item(certificate, 2).share == 3334

    @pytest.mark.parametrize(
        ("signer", "reason"),
        [
            (ID_IMPORTER.officer, "members: role"),
            (ID_AUTHORITY.officer, "members: role"),
            (VN_CUSTOMS.officer, "origin: not of the importing country"),
            (ID_CUSTOMS.admin, "membership: key purpose"),
        ],
        ids=lambda value: getattr(value, "label", None),
    )
    def test_who_may_not_accept(
        self, network: Network, trade: Trade, certificate: bytes, signer: Signer, reason: str
    ) -> None:
        refused(network, trade.accept_record(trade.claim(certificate)), signer, reason)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"object": b"\7" * 32}, "origin: unknown certificate"),
            ({"claim": b"\7" * 32}, "origin: unknown claim"),
            ({"accepted_at": 2**63}, "members: event time"),
            ({"share_before": 1}, "drawdown: share has changed"),
            ({"share_after": 0}, "drawdown: share"),
            ({"share_after": 10_001}, "drawdown: beyond the whole"),
            ({"share_after": 65_535}, "drawdown: beyond the whole"),
            ({"commitment_x": 1, "commitment_y": 2}, "drawdown: commitment"),
            ({"commitment_x": 0, "commitment_y": 0}, "drawdown: commitment"),
        ],
        ids=[
            "certificate",
            "claim",
            "future",
            "share before",
            "no share",
            "beyond",
            "far beyond",
            "other point",
            "identity",
        ],
    )
    def test_unsound(
        self,
        network: Network,
        trade: Trade,
        certificate: bytes,
        changes: dict[str, Any],
        reason: str,
    ) -> None:
        record = trade.accept_record(trade.claim(certificate), **changes)
        refused(network, record, ID_CUSTOMS.officer, reason)

    def test_share_never_falls(self, network: Network, trade: Trade, certificate: bytes) -> None:
        trade.accept(trade.claim(certificate, 300))
        record = trade.accept_record(trade.claim(certificate, 300), share_after=3333)
        refused(network, record, ID_CUSTOMS.officer, "drawdown: share falls")

    def test_claim_of_another_certificate(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        claimed = trade.claim(trade.issue())
        record = trade.accept_record(claimed, object=certificate)
        refused(network, record, ID_CUSTOMS.officer, "origin: unknown claim")

    def test_two_officers_cannot_draw_the_same_part(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        first, second = trade.claim(certificate, 300), trade.claim(certificate, 300)
        late = trade.accept_record(second)
        trade.accept(first)
        refused(network, late, ID_CUSTOMS.officer, "drawdown: share has changed")
        trade.accept(second)

    def test_commitment_is_compared_even_where_the_share_agrees(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        trade.whole = 10**9
        first, second = trade.claim(certificate, 1), trade.claim(certificate, 1)
        late = trade.accept_record(second, share_before=1)
        trade.accept(first)
        refused(network, late, ID_CUSTOMS.officer, "drawdown: commitment")

    @pytest.mark.parametrize("before", ["accept", "reject", "reverse"])
    def test_settled_claim(
        self, network: Network, trade: Trade, certificate: bytes, before: str
    ) -> None:
        claimed = trade.claim(certificate)
        if before == "reject":
            network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)
        else:
            trade.accept(claimed)
        if before == "reverse":
            trade.reverse(claimed)
        record = trade.accept_record(claimed, accepted_at=network.now - 1)
        refused(network, record, ID_CUSTOMS.officer, "origin: claim is not pending")

    def test_cancelled_certificate(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        claimed = trade.claim(certificate)
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
        record = trade.accept_record(claimed)
        refused(network, record, ID_CUSTOMS.officer, "origin: certificate cancelled")


class TestReject:
    def test_nothing_was_drawn(self, network: Network, trade: Trade, certificate: bytes) -> None:
        claimed = trade.claim(certificate)
        outcome = network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)
        claim = network.origin.claim(certificate, claimed.digest)
        assert claim is not None
        assert claim.status is ClaimStatus.REJECTED
        assert network.origin.item(certificate, 1) == ItemState()
        assert outcome.only(ClaimRejected).share == 0

    def test_cancelled_certificate_still_rejects(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        claimed = trade.claim(certificate)
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
        network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)

    def test_accepted_claim_is_reversed_instead(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        claimed = trade.claim(certificate)
        trade.accept(claimed)
        record = trade.reject_record(claimed)
        refused(network, record, ID_CUSTOMS.officer, "origin: claim is not pending")

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"object": b"\7" * 32}, "origin: unknown certificate"),
            ({"claim": b"\7" * 32}, "origin: unknown claim"),
            ({"rejected_at": 2**63}, "members: event time"),
        ],
        ids=["certificate", "claim", "future"],
    )
    def test_unsound(
        self,
        network: Network,
        trade: Trade,
        certificate: bytes,
        changes: dict[str, Any],
        reason: str,
    ) -> None:
        record = trade.reject_record(trade.claim(certificate), **changes)
        refused(network, record, ID_CUSTOMS.officer, reason)

    def test_importer_rejects_nothing(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        record = trade.reject_record(trade.claim(certificate))
        refused(network, record, ID_IMPORTER.officer, "members: role")


class TestReverse:
    def test_part_is_restored_whatever_came_after(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        first = trade.claim(certificate, 300)
        trade.accept(first)
        second = trade.claim(certificate, 600)
        trade.accept(second)
        outcome = trade.reverse(first)
        assert network.origin.item(certificate, 1) == ItemState(6667, second.commitment)
        assert outcome.only(ClaimRejected).share == 6667
        trade.accept(trade.claim(certificate, 300))
        assert network.origin.item(certificate, 1).share == 10_000

    def test_all_restored_is_nothing_drawn(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        claimed = trade.claim(certificate, 900)
        trade.accept(claimed)
        trade.reverse(claimed)
        assert network.origin.item(certificate, 1) == ItemState(0, IDENTITY)
        state = network.origin.certificate(certificate)
        assert state is not None
        assert state.accepted == 0
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)

    def test_nothing_drawn_has_no_share(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        claimed = trade.claim(certificate, 300)
        trade.accept(claimed)
        record = trade.reverse_record(claimed, share_after=1)
        refused(network, record, ID_CUSTOMS.officer, "drawdown: share")

    def test_something_drawn_has_a_share(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        claimed = trade.claim(certificate, 300)
        trade.accept(claimed)
        trade.accept(trade.claim(certificate, 300))
        record = trade.reverse_record(claimed, share_after=0)
        refused(network, record, ID_CUSTOMS.officer, "drawdown: share")

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"object": b"\7" * 32}, "origin: unknown certificate"),
            ({"claim": b"\7" * 32}, "origin: unknown claim"),
            ({"rejected_at": 2**63}, "members: event time"),
            ({"share_before": 3333}, "drawdown: share has changed"),
            ({"share_after": 3335}, "drawdown: share rises"),
            ({"commitment_x": 1, "commitment_y": 2}, "drawdown: commitment"),
        ],
        ids=["certificate", "claim", "future", "share before", "share rises", "other point"],
    )
    def test_unsound(
        self,
        network: Network,
        trade: Trade,
        certificate: bytes,
        changes: dict[str, Any],
        reason: str,
    ) -> None:
        claimed = trade.claim(certificate, 300)
        trade.accept(claimed)
        record = trade.reverse_record(claimed, **changes)
        refused(network, record, ID_CUSTOMS.officer, reason)

    @pytest.mark.parametrize("before", ["pending", "rejected", "reversed"])
    def test_claim_that_is_not_drawn(
        self, network: Network, trade: Trade, certificate: bytes, before: str
    ) -> None:
        claimed = trade.claim(certificate)
        if before == "rejected":
            network.run(trade.reject_record(claimed), ID_CUSTOMS.officer)
        if before == "reversed":
            trade.accept(claimed)
            trade.reverse(claimed)
        trade.openings[certificate, 1] = claimed.opening
        record = trade.reverse_record(claimed, share_before=0)
        refused(network, record, ID_CUSTOMS.officer, "origin: claim is not accepted")

    def test_other_customs(self, network: Network, trade: Trade, certificate: bytes) -> None:
        claimed = trade.claim(certificate)
        trade.accept(claimed)
        record = trade.reverse_record(claimed)
        refused(network, record, VN_CUSTOMS.officer, "origin: not of the importing country")


class TestCancel:
    def test_issuer_cancels(self, network: Network, trade: Trade, certificate: bytes) -> None:
        record = trade.cancel_record(certificate)
        outcome = network.run(record, VN_AUTHORITY.officer)
        state = network.origin.certificate(certificate)
        assert state is not None
        assert state.status is CertificateStatus.CANCELLED
        assert state.importing_country == "ID"
        assert outcome.only(CertificateCancelled).reason == record.reason
        assert outcome.only(Recorded).count == 4

    def test_pending_claims_do_not_hinder(
        self, network: Network, trade: Trade, certificate: bytes
    ) -> None:
        trade.claim(certificate)
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)

    def test_accepted_claims_do(self, network: Network, trade: Trade, certificate: bytes) -> None:
        trade.accept(trade.claim(certificate))
        record = trade.cancel_record(certificate)
        refused(network, record, VN_AUTHORITY.officer, "origin: claims are accepted")

    def test_once(self, network: Network, trade: Trade, certificate: bytes) -> None:
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
        record = trade.cancel_record(certificate)
        refused(network, record, VN_AUTHORITY.officer, "origin: certificate cancelled")

    @pytest.mark.parametrize(
        "signer", [ID_CUSTOMS.officer, ID_AUTHORITY.officer], ids=lambda s: s.label
    )
    def test_somebody_else(
        self, network: Network, trade: Trade, certificate: bytes, signer: Signer
    ) -> None:
        refused(network, trade.cancel_record(certificate), signer, "origin: not the issuer")

    def test_unknown_certificate(self, network: Network, trade: Trade) -> None:
        record = trade.cancel_record(salt())
        refused(network, record, VN_AUTHORITY.officer, "origin: unknown certificate")

    def test_future(self, network: Network, trade: Trade, certificate: bytes) -> None:
        record = trade.cancel_record(certificate, cancelled_at=network.now + HOUR)
        refused(network, record, VN_AUTHORITY.officer, "members: event time")


def test_only_contracts_in_force_learn_who_may_act(network: Network) -> None:
    arguments = compose([word(VN_AUTHORITY.officer.key_id), word(2)])
    data = selector("authorise(bytes32,uint256)") + arguments
    with pytest.raises(RefusedError, match="membership: contract not in force"):
        network.ledger.read(network.membership.address, data)


def test_claims_that_cancel_out_are_no_draw(
    network: Network, trade: Trade, certificate: bytes
) -> None:
    claimed = trade.claim(certificate)
    trade.accept(claimed)
    opposite = -claimed.commitment
    record = trade.claim_record(
        certificate, Opening(5, 7), commitment_x=opposite.x, commitment_y=opposite.y
    )
    signed = network.sign(record, ID_IMPORTER.officer)
    network.send(network.carry(signed))
    accept = trade.accept_record(
        claimed,
        claim=signed.digest,
        share_before=3334,
        share_after=3334,
        commitment_x=0,
        commitment_y=0,
    )
    refused(network, accept, ID_CUSTOMS.officer, "drawdown: share")
