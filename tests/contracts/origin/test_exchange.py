"""Messages between administrations, replacement and erasure: each rule with its twin."""

from __future__ import annotations

import pytest
from support.network import (
    DAY,
    ID_CUSTOMS,
    ID_IMPORTER,
    TH_CUSTOMS,
    VN_AUTHORITY,
    VN_CUSTOMS,
    VN_EXPORTER,
    Member,
    Network,
    salt,
    thing,
)
from support.trade import Trade

from contracts.errors import RefusedError
from contracts.origin.events import CertificateMessaged, CertificateSuperseded
from contracts.origin.records import MessageKind
from contracts.origin.state import CertificateStatus, ExchangeState


@pytest.fixture
def certificate(trade: Trade) -> bytes:
    return trade.issue(received=False)


def exchange(network: Network, certificate: bytes) -> ExchangeState:
    state = network.origin.certificate(certificate)
    assert state is not None
    return state.exchange


def refused(trade: Trade, certificate: bytes, kind: int, member: Member, reason: str) -> None:
    record = trade.message_record(certificate, kind)
    with pytest.raises(RefusedError) as caught:
        trade.network.attempt_record(record, member.officer)
    assert caught.value.reason == reason


def test_sent_acknowledged_received(network: Network, trade: Trade, certificate: bytes) -> None:
    steps = (
        (MessageKind.TRANSMIT, VN_CUSTOMS, ExchangeState.SENT),
        (MessageKind.ACKNOWLEDGE, ID_CUSTOMS, ExchangeState.ACKNOWLEDGED),
        (MessageKind.RECEIVE, ID_CUSTOMS, ExchangeState.RECEIVED),
    )
    for kind, member, after in steps:
        outcome = trade.tell(certificate, kind, member)
        assert outcome.only(CertificateMessaged).exchange == after
        assert outcome.only(CertificateMessaged).organisation == member.id
        assert exchange(network, certificate) is after


def test_refused_and_sent_again(network: Network, trade: Trade, certificate: bytes) -> None:
    trade.tell(certificate, MessageKind.TRANSMIT, VN_AUTHORITY)
    trade.tell(certificate, MessageKind.REFUSE, ID_CUSTOMS)
    assert exchange(network, certificate) is ExchangeState.FAILED
    refused(trade, certificate, MessageKind.RECEIVE, ID_CUSTOMS, "origin: not sent")
    trade.tell(certificate, MessageKind.TRANSMIT, VN_AUTHORITY)
    trade.tell(certificate, MessageKind.RECEIVE, ID_CUSTOMS)
    assert exchange(network, certificate) is ExchangeState.RECEIVED


def test_paper_stands_for_a_network_that_failed(
    network: Network, trade: Trade, certificate: bytes
) -> None:
    trade.tell(certificate, MessageKind.PAPER, ID_CUSTOMS)
    state = network.origin.certificate(certificate)
    assert state is not None
    assert (state.exchange, state.paper) == (ExchangeState.RECEIVED, True)
    refused(trade, certificate, MessageKind.PAPER, ID_CUSTOMS, "origin: already received")


@pytest.mark.parametrize(
    ("kind", "member", "reason"),
    [
        (MessageKind.TRANSMIT, ID_CUSTOMS, "origin: not of the issuing country"),
        (MessageKind.TRANSMIT, VN_EXPORTER, "members: role"),
        (MessageKind.ACKNOWLEDGE, ID_CUSTOMS, "origin: not sent"),
        (MessageKind.REFUSE, ID_CUSTOMS, "origin: not sent"),
        (MessageKind.RECEIVE, ID_CUSTOMS, "origin: not sent"),
        (MessageKind.PAPER, TH_CUSTOMS, "origin: not of the importing country"),
        (MessageKind.PAPER, ID_IMPORTER, "members: role"),
        (MessageKind.COPY, VN_CUSTOMS, "origin: not the issuer"),
        (MessageKind.CONSENT, VN_AUTHORITY, "members: role"),
        (MessageKind.ERASE, ID_CUSTOMS, "origin: not the issuer"),
        (9, ID_CUSTOMS, "origin: message kind"),
        (0, ID_CUSTOMS, "origin: message kind"),
    ],
)
def test_who_may_not_say_what(
    trade: Trade, certificate: bytes, kind: int, member: Member, reason: str
) -> None:
    refused(trade, certificate, kind, member, reason)


def test_sent_twice(trade: Trade, certificate: bytes) -> None:
    trade.tell(certificate, MessageKind.TRANSMIT, VN_AUTHORITY)
    refused(trade, certificate, MessageKind.TRANSMIT, VN_AUTHORITY, "origin: already sent")


def test_nothing_is_told_of_what_was_never_issued(trade: Trade) -> None:
    refused(trade, salt(), MessageKind.TRANSMIT, VN_AUTHORITY, "origin: unknown certificate")


def test_nothing_is_sent_of_what_is_cancelled(trade: Trade, certificate: bytes) -> None:
    trade.network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
    refused(trade, certificate, MessageKind.TRANSMIT, VN_AUTHORITY, "origin: certificate cancelled")
    trade.tell(certificate, MessageKind.ERASE, VN_AUTHORITY)  # erasure knows no end


def test_certified_true_copy_within_a_year(
    network: Network, trade: Trade, certificate: bytes
) -> None:
    trade.tell(certificate, MessageKind.COPY, VN_AUTHORITY)
    assert exchange(network, certificate) is ExchangeState.NOT_SENT
    empty = trade.message_record(certificate, MessageKind.COPY, document=bytes(32))
    with pytest.raises(RefusedError, match="origin: document"):
        network.attempt_record(empty, VN_AUTHORITY.officer)
    network.wait(366 * DAY)
    trade.tell(certificate, MessageKind.COPY, VN_AUTHORITY)
    network.wait(1)
    refused(trade, certificate, MessageKind.COPY, VN_AUTHORITY, "origin: too late for a copy")


def test_claim_waits_for_receipt(trade: Trade, certificate: bytes) -> None:
    with pytest.raises(RefusedError, match="origin: certificate not received"):
        trade.claim(certificate)
    trade.receive(certificate)
    trade.claim(certificate)


def test_used_certificate_falls_with_consent_alone(network: Network, trade: Trade) -> None:
    certificate = trade.issue()
    trade.accept(trade.claim(certificate))
    for record in (trade.cancel_record(certificate), trade.supersede_record(certificate, salt())):
        with pytest.raises(RefusedError, match="origin: claims are accepted"):
            network.attempt_record(record, VN_AUTHORITY.officer)
    trade.tell(certificate, MessageKind.CONSENT, ID_CUSTOMS)
    network.run(trade.cancel_record(certificate), VN_AUTHORITY.officer)
    state = network.origin.certificate(certificate)
    assert state is not None
    assert (state.status, state.accepted) == (CertificateStatus.CANCELLED, 1)


def test_replacement_names_and_is_named(network: Network, trade: Trade) -> None:
    old, new = trade.issue(), thing()
    record = trade.supersede_record(old, new)
    outcome = network.run(record, VN_AUTHORITY.officer)
    assert outcome.only(CertificateSuperseded).successor == new
    assert network.origin.link(old).successor == new
    with pytest.raises(RefusedError, match="origin: certificate superseded"):
        trade.claim(old)
    with pytest.raises(RefusedError, match="origin: successor"):
        trade.issue(supersedes=old)
    trade.issue(object=new, supersedes=old)
    assert network.origin.certificate(new) is not None


def test_replacement_by_itself_or_by_what_exists(network: Network, trade: Trade) -> None:
    old, other = trade.issue(), trade.issue()
    for successor in (old, other, bytes(32)):
        record = trade.supersede_record(old, successor)
        with pytest.raises(RefusedError, match="origin: successor"):
            network.attempt_record(record, VN_AUTHORITY.officer)
    record = trade.supersede_record(old, salt())
    with pytest.raises(RefusedError, match="origin: not the issuer"):
        network.attempt_record(record, VN_CUSTOMS.officer)
