"""Applications, certified exporters and export lines: each rule with its twin."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest
from support.network import (
    DAY,
    ID_AUTHORITY,
    ID_CUSTOMS,
    VN_AUTHORITY,
    VN_CUSTOMS,
    VN_EXPORTER,
    Member,
    Network,
    salt,
    thing,
)
from support.trade import Part, Trade

from contracts.commitments import Opening
from contracts.commitments.curve import ORDER
from contracts.errors import RefusedError
from contracts.issuance.events import (
    ApplicationStepped,
    ExporterAuthorised,
    LineCertified,
    LineReleased,
)
from contracts.issuance.records import (
    ApplicationKind,
    ApplicationStep,
    CertificateApply,
    ExporterAuthorise,
    ExporterWithdraw,
)
from contracts.issuance.state import ApplicationStatus
from contracts.origin.records import MessageKind
from contracts.records import Record


def refused(network: Network, record: Record, member: Member, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        network.attempt_record(record, member.officer)
    assert caught.value.reason == reason


class TestApplications:
    def apply(self, network: Network, **changes: Any) -> CertificateApply:
        values = {
            "object": salt(),
            "authority": VN_AUTHORITY.id,
            "document": salt(),
            "applied_at": network.now,
            "expires": network.soon,
        }
        return CertificateApply(**(values | changes))

    def step(self, network: Network, application: bytes, kind: int, **changes: Any) -> Any:
        values = {
            "object": application,
            "kind": kind,
            "reference": thing() if kind == ApplicationKind.APPROVE else bytes(32),
            "document": salt(),
            "reason": salt(),
            "stated_at": network.now,
            "expires": network.soon,
        }
        return ApplicationStep(**(values | changes))

    def made(self, network: Network) -> bytes:
        record = self.apply(network)
        network.run(record, VN_EXPORTER.officer)
        return record.object

    def test_information_is_asked_supplied_and_the_certificate_approved(
        self, network: Network, trade: Trade
    ) -> None:
        application = self.made(network)
        steps = (
            (ApplicationKind.REQUEST_INFORMATION, VN_AUTHORITY, "INFORMATION_REQUESTED"),
            (ApplicationKind.SUPPLY_INFORMATION, VN_EXPORTER, "OPEN"),
        )
        for kind, member, status in steps:
            network.run(self.step(network, application, kind), member.officer)
            state = network.issuance.application(application)
            assert state is not None
            assert state.status.name == status
        approval = self.step(network, application, ApplicationKind.APPROVE)
        outcome = network.run(approval, VN_AUTHORITY.officer)
        assert outcome.only(ApplicationStepped).reference == approval.reference
        state = network.issuance.application(application)
        assert state is not None
        assert state.status is ApplicationStatus.APPROVED
        assert (state.applicant, state.authority) == (VN_EXPORTER.id, VN_AUTHORITY.id)
        trade.issue(object=approval.reference, application=application)

    def test_approval_is_for_one_certificate(self, network: Network, trade: Trade) -> None:
        application = self.made(network)
        record = trade.issue_record(application=application)
        refused(network, record, VN_AUTHORITY, "origin: application")
        approval = self.step(network, application, ApplicationKind.APPROVE)
        network.run(approval, VN_AUTHORITY.officer)
        refused(network, record, VN_AUTHORITY, "origin: application")

    @pytest.mark.parametrize(
        ("before", "kind", "member", "reason"),
        [
            ([], ApplicationKind.SUPPLY_INFORMATION, VN_EXPORTER, "issuance: step"),
            ([], ApplicationKind.APPROVE, ID_AUTHORITY, "issuance: not the authority"),
            ([], ApplicationKind.APPROVE, VN_CUSTOMS, "members: role"),
            ([], ApplicationKind.WITHDRAW, VN_AUTHORITY, "members: role"),
            ([], 0, VN_AUTHORITY, "issuance: step"),
            ([], 6, VN_AUTHORITY, "issuance: step"),
            (
                [(ApplicationKind.REQUEST_INFORMATION, VN_AUTHORITY)],
                ApplicationKind.APPROVE,
                VN_AUTHORITY,
                "issuance: step",
            ),
            (
                [(ApplicationKind.REFUSE, VN_AUTHORITY)],
                ApplicationKind.APPROVE,
                VN_AUTHORITY,
                "issuance: decided",
            ),
            (
                [(ApplicationKind.WITHDRAW, VN_EXPORTER)],
                ApplicationKind.REFUSE,
                VN_AUTHORITY,
                "issuance: decided",
            ),
            (
                [(ApplicationKind.APPROVE, VN_AUTHORITY)],
                ApplicationKind.APPROVE,
                VN_AUTHORITY,
                "issuance: decided",
            ),
        ],
    )
    def test_steps_that_do_not_fit(
        self,
        network: Network,
        before: list[tuple[int, Member]],
        kind: int,
        member: Member,
        reason: str,
    ) -> None:
        application = self.made(network)
        for earlier, who in before:
            network.run(self.step(network, application, earlier), who.officer)
        refused(network, self.step(network, application, kind), member, reason)

    def test_reference_belongs_to_an_approval_alone(self, network: Network) -> None:
        application = self.made(network)
        for kind, reference in ((ApplicationKind.APPROVE, bytes(32)), (3, salt())):
            record = self.step(network, application, kind, reference=reference)
            refused(network, record, VN_AUTHORITY, "issuance: reference")

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"authority": bytes(32)}, "issuance: authority"),
            ({"document": bytes(32)}, "issuance: document"),
        ],
    )
    def test_unsound_applications(
        self, network: Network, changes: dict[str, Any], reason: str
    ) -> None:
        refused(network, self.apply(network, **changes), VN_EXPORTER, reason)

    def test_application_is_made_once_and_by_an_enterprise(self, network: Network) -> None:
        application = self.made(network)
        again = self.apply(network, object=application)
        refused(network, again, VN_EXPORTER, "issuance: application exists")
        refused(network, self.apply(network), VN_CUSTOMS, "members: role")
        unknown = self.step(network, salt(), ApplicationKind.APPROVE)
        refused(network, unknown, VN_AUTHORITY, "issuance: unknown application")


class TestExporters:
    def authorise(self, network: Network, **changes: Any) -> ExporterAuthorise:
        values = {
            "object": thing(),
            "organisation": VN_EXPORTER.id,
            "goods": salt(),
            "valid_from": network.now,
            "valid_to": network.now + DAY,
            "authorised_at": network.now,
            "expires": network.soon,
        }
        return ExporterAuthorise(**(values | changes))

    def declare(self, trade: Trade, authorisation: bytes, **changes: Any) -> Any:
        values = {"authorisation": authorisation, "document_key": VN_EXPORTER.document_key}
        return trade.issue_record(**(values | changes))

    def test_certified_exporter_declares_origin(self, network: Network, trade: Trade) -> None:
        record = self.authorise(network)
        outcome = network.run(record, VN_AUTHORITY.officer)
        assert outcome.only(ExporterAuthorised).country == b"VN"
        state = network.issuance.exporter(record.object)
        assert state is not None
        assert (state.organisation, state.goods) == (VN_EXPORTER.id, record.goods)
        assert (state.country, state.withdrawn) == ("VN", False)
        declared = self.declare(trade, record.object)
        network.run(declared, VN_EXPORTER.officer)
        found = network.origin.certificate(declared.object)
        assert found is not None
        assert found.issuer == VN_EXPORTER.id

    def test_nobody_else_and_not_without(self, network: Network, trade: Trade) -> None:
        record = self.authorise(network)
        network.run(record, VN_AUTHORITY.officer)
        refused(
            network,
            self.declare(trade, record.object),
            VN_AUTHORITY,
            "origin: not the certified exporter",
        )
        refused(
            network,
            self.declare(trade, bytes(32)),
            VN_EXPORTER,
            "origin: not an issuing authority",
        )
        refused(network, self.declare(trade, thing()), VN_EXPORTER, "issuance: unknown exporter")

    def test_authorisation_has_its_time(self, network: Network, trade: Trade) -> None:
        record = self.authorise(
            network, valid_from=network.now + DAY, valid_to=network.now + 2 * DAY
        )
        network.run(record, VN_AUTHORITY.officer)
        declared = self.declare(trade, record.object)
        refused(network, declared, VN_EXPORTER, "issuance: not yet authorised")
        network.wait(DAY)
        declared = self.declare(trade, record.object)
        network.attempt_record(declared, VN_EXPORTER.officer)
        network.wait(DAY)
        declared = self.declare(trade, record.object)
        refused(network, declared, VN_EXPORTER, "issuance: authorisation expired")

    def test_withdrawn_at_once_and_renewed(self, network: Network, trade: Trade) -> None:
        record = self.authorise(network)
        network.run(record, VN_AUTHORITY.officer)
        withdrawal = ExporterWithdraw(record.object, salt(), network.now, network.soon)
        refused(network, withdrawal, ID_AUTHORITY, "issuance: exporter of another country")
        network.run(withdrawal, VN_AUTHORITY.officer)
        declared = self.declare(trade, record.object)
        refused(network, declared, VN_EXPORTER, "issuance: withdrawn")
        again = ExporterWithdraw(record.object, salt(), network.now, network.soon)
        refused(network, again, VN_AUTHORITY, "issuance: withdrawn")
        renewal = self.authorise(network, object=record.object)
        refused(network, renewal, ID_AUTHORITY, "issuance: exporter of another country")
        other = self.authorise(network, object=record.object, organisation=salt())
        refused(network, other, VN_AUTHORITY, "issuance: organisation")
        network.run(renewal, VN_AUTHORITY.officer)
        network.attempt_record(declared, VN_EXPORTER.officer)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"valid_from": 5, "valid_to": 5}, "issuance: validity"),
            ({"organisation": bytes(32)}, "issuance: organisation"),
            ({"goods": bytes(32)}, "issuance: goods"),
        ],
    )
    def test_unsound(self, network: Network, changes: dict[str, Any], reason: str) -> None:
        refused(network, self.authorise(network, **changes), VN_AUTHORITY, reason)
        refused(network, self.authorise(network), VN_CUSTOMS, "members: role")
        unknown = ExporterWithdraw(thing(), salt(), network.now, network.soon)
        refused(network, unknown, VN_AUTHORITY, "issuance: unknown exporter")


def part(certificate: bytes, item: int, line: bytes, quantity: int = 900) -> Part:
    return Part(certificate, item, line, Opening(quantity, secrets.randbelow(ORDER)))


class TestLines:
    def test_goods_are_certified_once(self, network: Network, trade: Trade) -> None:
        line = thing()
        outcome = trade.certify(part(thing(), 1, line))
        assert outcome.only(LineCertified).share == 10_000
        state = network.issuance.line(line)
        assert state is not None
        assert state.share == 10_000
        more = trade.certify_record(part(thing(), 1, line, 1))
        refused(network, more, VN_CUSTOMS, "drawdown: beyond the whole")

    def test_three_thirds_of_a_line(self, network: Network, trade: Trade) -> None:
        line, certificate = thing(), thing()
        trade.certify(part(certificate, 1, line, 300))
        trade.certify(part(certificate, 2, line, 300))
        trade.certify(part(thing(), 1, line, 300))
        assert network.issuance.covered_items(certificate) == 2
        state = network.issuance.line(line)
        assert state is not None
        assert state.share == 10_000

    def test_issue_needs_a_line_for_each_item(self, network: Network, trade: Trade) -> None:
        record = trade.issue_record(covered=False)
        refused(network, record, VN_AUTHORITY, "origin: export lines")
        trade.certify(part(record.object, 1, thing()))
        refused(network, record, VN_AUTHORITY, "origin: export lines")
        trade.certify(part(record.object, 2, thing()))
        network.attempt_record(record, VN_AUTHORITY.officer)
        trade.certify(part(record.object, 3, thing()))
        refused(network, record, VN_AUTHORITY, "origin: export lines")

    def test_nobody_takes_what_is_another_countrys(self, network: Network, trade: Trade) -> None:
        for certificate, line, reason in (
            (thing("VN"), thing("ID"), "issuance: certificate of another country"),
            (thing("ID"), thing("VN"), "issuance: line of another country"),
        ):
            record = trade.certify_record(part(certificate, 1, line))
            refused(network, record, ID_CUSTOMS, reason)
        own = trade.certify_record(part(thing("ID"), 1, thing("ID")))
        network.attempt_record(own, ID_CUSTOMS.officer)
        taken = trade.issue_record(covered=False, object=thing("ID"))
        refused(network, taken, VN_AUTHORITY, "origin: identifier")

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"item": 0}, "issuance: no such item"),
            ({"item": 1000}, "issuance: no such item"),
            ({"item": 2}, "issuance: certify the items in their order"),
            ({"quantity_x": 0, "quantity_y": 0}, "issuance: commitment"),
            ({"quantity_x": 1, "quantity_y": 2}, "drawdown: commitment"),
            ({"share_before": 1}, "drawdown: share has changed"),
            ({"share_after": 10_001}, "drawdown: beyond the whole"),
            ({"share_after": 0}, "drawdown: share"),
        ],
    )
    def test_unsound(
        self, network: Network, trade: Trade, changes: dict[str, Any], reason: str
    ) -> None:
        record = trade.certify_record(part(thing(), 1, thing()), **changes)
        refused(network, record, VN_CUSTOMS, reason)

    def test_same_line_for_the_same_item_again(self, network: Network, trade: Trade) -> None:
        one = part(thing(), 1, thing(), 300)
        trade.certify(one)
        again = trade.certify_record(part(one.certificate, 1, one.line, 300))
        refused(network, again, VN_CUSTOMS, "issuance: line certified")
        trade.certify(part(one.certificate, 1, thing(), 300))
        assert network.issuance.covered_items(one.certificate) == 1

    def test_nothing_is_added_to_an_issued_certificate(
        self, network: Network, trade: Trade
    ) -> None:
        record = trade.certify_record(part(trade.issue(), 3, thing()))
        refused(network, record, VN_CUSTOMS, "issuance: certificate exists")
        refused(network, record, VN_AUTHORITY, "members: role")

    def test_cancellation_restores_the_shares(self, network: Network, trade: Trade) -> None:
        certificate = trade.issue()
        first, second = trade.parts
        early = trade.release_record(second)
        refused(network, early, VN_CUSTOMS, "issuance: certificate in force")
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
        wrong = trade.release_record(first)
        refused(network, wrong, VN_CUSTOMS, "issuance: release the last items first")
        refused(
            network, trade.release_record(second), ID_CUSTOMS, "issuance: line of another country"
        )
        assert trade.release(second).only(LineReleased).share == 0
        trade.release(first)
        assert network.issuance.covered_items(certificate) == 0
        gone = replace(wrong, released_at=wrong.released_at - 7)
        refused(network, gone, VN_CUSTOMS, "issuance: line not certified")
        trade.certify(part(thing(), 1, first.line))  # for another certificate

    def test_replacement_takes_the_goods_over(self, network: Network, trade: Trade) -> None:
        old, new = trade.issue(items=1), thing()
        (one,) = trade.parts
        again = trade.certify_record(part(new, 1, one.line))
        refused(network, again, VN_CUSTOMS, "drawdown: beyond the whole")
        network.run(trade.supersede_record(old, new), VN_AUTHORITY.officer)
        trade.release(one)
        trade.certify(part(new, 1, one.line))
        trade.issue(object=new, items=1, supersedes=old)

    def test_drawn_items_keep_their_goods(self, network: Network, trade: Trade) -> None:
        certificate = trade.issue(items=1)
        (one,) = trade.parts
        trade.accept(trade.claim(certificate))
        trade.tell(certificate, MessageKind.CONSENT, ID_CUSTOMS)
        network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
        refused(network, trade.release_record(one), VN_CUSTOMS, "issuance: item is drawn")

    def test_released_before_the_issue_and_certified_again(
        self, network: Network, trade: Trade
    ) -> None:
        record = trade.issue_record(items=1)
        (one,) = trade.parts
        trade.release(one)
        refused(network, record, VN_AUTHORITY, "origin: export lines")
        trade.certify(part(record.object, 1, one.line))
        network.run(record, VN_AUTHORITY.officer)
