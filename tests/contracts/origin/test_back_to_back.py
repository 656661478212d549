"""Certificates issued back-to-back: drawn and issued in one transaction, or not at all."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from support.network import (
    DAY,
    ID_CUSTOMS,
    ID_IMPORTER,
    SG_CUSTOMS,
    TH_CUSTOMS,
    VN_AUTHORITY,
    Member,
    Network,
    salt,
    thing,
)
from support.trade import Claimed, Trade

from contracts.calls import Call
from contracts.commitments import Opening
from contracts.commitments.curve import ORDER
from contracts.errors import RefusedError
from contracts.origin.events import CertificateDrawn, CertificateIssued
from contracts.origin.records import CertificateDraw, CertificateIssue, MessageKind
from contracts.origin.state import CertificateStatus
from contracts.records import Record


@pytest.fixture
def parent(trade: Trade) -> bytes:
    certificate = trade.issue(importing_country=b"SG", received=False)
    trade.receive(certificate, VN_AUTHORITY, SG_CUSTOMS)
    return certificate


def child_record(trade: Trade, parent: bytes, **changes: Any) -> CertificateIssue:
    values: dict[str, Any] = {
        "object": thing("SG"),
        "document_key": SG_CUSTOMS.document_key,
        "issuing_country": b"SG",
        "importing_country": b"ID",
        "parent": parent,
        "items": 1,
        "expires_at": trade.network.now + 200 * DAY,  # below the parent's, whatever the clock
    }
    record = trade.issue_record(covered=False, **(values | changes))
    trade.cover(record.object, record.items, SG_CUSTOMS)
    return record


def draws(
    trade: Trade, child: CertificateIssue, quantity: int = 300
) -> list[tuple[CertificateDraw, Opening]]:
    opening = Opening(quantity, secrets.randbelow(ORDER))
    return [(trade.draw_record(child.parent, child.object, opening), opening)]


def together(network: Network, *records: Record, member: Member = SG_CUSTOMS) -> Call:
    calls = [network.carry(network.sign(record, member.officer)) for record in records]
    return network.origin.submit_together(calls)


def issue_child(trade: Trade, parent: bytes, quantity: int = 300, **changes: Any) -> bytes:
    child = child_record(trade, parent, **changes)
    ((draw, opening),) = draws(trade, child, quantity)
    trade.network.send(together(trade.network, draw, child))
    place = (parent, 1)
    trade.openings[place] = trade.openings.get(place, Opening(0, 0)) + opening
    trade.receive(child.object, SG_CUSTOMS, ID_CUSTOMS)
    return child.object


def refused(network: Network, call: Call, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        network.attempt(call)
    assert caught.value.reason == reason


def test_child_draws_on_its_parent(network: Network, trade: Trade, parent: bytes) -> None:
    child = child_record(trade, parent)
    ((draw, _),) = draws(trade, child)
    outcome = network.send(together(network, draw, child))
    drawn = outcome.only(CertificateDrawn)
    assert (drawn.certificate, drawn.child, drawn.share) == (parent, child.object, 3334)
    assert outcome.only(CertificateIssued).parent == parent
    assert network.origin.link(child.object).parent == parent
    assert network.origin.child(drawn.claim) == child.object
    claim = network.origin.claim(parent, drawn.claim)
    assert claim is not None
    assert claim.draw
    state = network.origin.certificate(parent)
    assert state is not None
    assert state.accepted == 1
    assert network.origin.item(parent, 1).share == 3334


def test_child_is_claimed_like_any_certificate(trade: Trade, parent: bytes) -> None:
    child = issue_child(trade, parent)
    trade.accept(trade.claim(child, 900))


def test_children_never_exceed_their_parent(network: Network, trade: Trade, parent: bytes) -> None:
    for _ in range(3):
        issue_child(trade, parent)
    child = child_record(trade, parent)
    ((draw, _),) = draws(trade, child, 1)
    refused(network, together(network, draw, child), "drawdown: beyond the whole")
    assert network.origin.item(parent, 1).share == 10_000


def test_neither_draw_nor_issue_alone(network: Network, trade: Trade, parent: bytes) -> None:
    child = child_record(trade, parent)
    ((draw, _),) = draws(trade, child)
    signed = network.carry(network.sign(draw, SG_CUSTOMS.officer))
    refused(network, signed, "origin: draw and issue together")
    signed = network.carry(network.sign(child, SG_CUSTOMS.officer))
    refused(network, signed, "origin: nothing drawn on the parent")
    refused(network, together(network, draw), "origin: drawn for no child")
    refused(network, together(network, child, draw), "origin: nothing drawn on the parent")
    batch = network.origin.submit(
        [network.carry(network.sign(record, SG_CUSTOMS.officer)) for record in (draw, child)]
    )
    network.send(batch)  # reports both as refused
    assert network.origin.certificate(child.object) is None
    assert network.origin.item(parent, 1).share == 0


def test_all_or_nothing(network: Network, trade: Trade, parent: bytes) -> None:
    child = child_record(trade, parent, expires_at=network.now + 301 * DAY)
    ((draw, _),) = draws(trade, child)
    call = together(network, draw, child)
    refused(network, call, "origin: outlives its parent")
    network.send_refused(call)
    assert network.origin.item(parent, 1).share == 0
    assert network.origin.anchor(draw.digest(network.origin.domain)) is None


def test_draw_for_each_item(network: Network, trade: Trade, parent: bytes) -> None:
    child = child_record(trade, parent, items=2)
    ((first, opening),) = draws(trade, child)
    refused(network, together(network, first, child), "origin: draws and items")
    trade.openings[parent, 1] = opening
    twin = trade.draw_record(parent, child.object, Opening(300, 7), child_item=1)
    refused(network, together(network, first, twin, child), "origin: draw the items in their order")
    second = trade.draw_record(parent, child.object, Opening(300, 7), child_item=2)
    network.send(together(network, first, second, child))
    assert network.origin.item(parent, 1).share == 6667


def test_draws_for_one_child_on_one_parent(network: Network, trade: Trade, parent: bytes) -> None:
    other = trade.issue(importing_country=b"SG", received=False)
    trade.receive(other, VN_AUTHORITY, SG_CUSTOMS)
    child = child_record(trade, parent, items=2)
    ((first, _),) = draws(trade, child)
    for second, reason in (
        (trade.draw_record(other, child.object, Opening(1, 7), child_item=2), "on one parent"),
        (trade.draw_record(parent, salt(), Opening(1, 7), child_item=2), "for one child at a time"),
    ):
        refused(network, together(network, first, second, child), f"origin: draws {reason}")


@pytest.mark.parametrize(
    ("changes", "member", "reason"),
    [
        ({}, TH_CUSTOMS, "origin: not of the importing country"),
        ({}, VN_AUTHORITY, "origin: not of the importing country"),
        ({}, ID_IMPORTER, "members: role"),
        ({"item": 3}, SG_CUSTOMS, "origin: no such item"),
        ({"quantity_x": 0, "quantity_y": 0}, SG_CUSTOMS, "origin: commitment"),
        ({"commitment_x": 1, "commitment_y": 2}, SG_CUSTOMS, "drawdown: commitment"),
        ({"share_before": 1}, SG_CUSTOMS, "drawdown: share has changed"),
        ({"child": bytes(32)}, SG_CUSTOMS, "origin: child"),
    ],
)
def test_unsound_draws(
    trade: Trade, parent: bytes, changes: dict[str, Any], member: Member, reason: str
) -> None:
    values = {"child": salt()} | changes
    child = values.pop("child")
    record = trade.draw_record(parent, child, Opening(300, 7), **values)
    refused(trade.network, together(trade.network, record, member=member), reason)


def test_parent_must_be_received_and_unexpired(network: Network, trade: Trade) -> None:
    parent = trade.issue(importing_country=b"SG", received=False)
    draw = trade.draw_record(parent, salt(), Opening(300, 7))
    refused(network, together(network, draw), "origin: certificate not received")
    trade.receive(parent, VN_AUTHORITY, SG_CUSTOMS)
    network.wait(300 * DAY)
    draw = trade.draw_record(parent, salt(), Opening(300, 7))
    refused(network, together(network, draw), "origin: certificate expired")


def test_country_of_the_child(network: Network, trade: Trade, parent: bytes) -> None:
    child = trade.issue_record(parent=parent, items=1)
    ((draw, _),) = draws(trade, child)
    calls = [
        network.carry(network.sign(draw, SG_CUSTOMS.officer)),
        network.carry(network.sign(child, VN_AUTHORITY.officer)),
    ]
    call = network.origin.submit_together(calls)
    refused(network, call, "origin: not the parent's importing country")


def test_invalid_ancestor_blocks_claims(network: Network, trade: Trade, parent: bytes) -> None:
    child = issue_child(trade, parent)
    pending = trade.claim(child, 100)
    trade.tell(parent, MessageKind.CONSENT, SG_CUSTOMS)
    network.run(trade.cancel_record(parent), VN_AUTHORITY.officer)
    for record, member in (
        (trade.claim_record(child, Opening(1, 5)), ID_IMPORTER),
        (trade.accept_record(pending), ID_CUSTOMS),
    ):
        with pytest.raises(RefusedError, match="origin: parent not in force"):
            network.attempt_record(record, member.officer)
    network.run(trade.reject_record(pending), ID_CUSTOMS.officer)


def test_draw_is_restored_once_its_child_fell_unused(
    network: Network, trade: Trade, parent: bytes
) -> None:
    child = child_record(trade, parent)
    ((draw, opening),) = draws(trade, child)
    outcome = network.send(together(network, draw, child))
    trade.openings[parent, 1] = opening
    drawn = Claimed(outcome.only(CertificateDrawn).claim, parent, 1, opening)
    with pytest.raises(RefusedError, match="origin: child in force"):
        network.attempt_record(trade.reverse_record(drawn), SG_CUSTOMS.officer)
    network.run(trade.cancel_record(child.object), SG_CUSTOMS.officer)
    network.run(trade.reverse_record(drawn), SG_CUSTOMS.officer)
    assert network.origin.item(parent, 1).share == 0


def test_draw_of_a_used_child_stands(network: Network, trade: Trade, parent: bytes) -> None:
    child = child_record(trade, parent)
    ((draw, opening),) = draws(trade, child)
    outcome = network.send(together(network, draw, child))
    trade.openings[parent, 1] = opening
    trade.receive(child.object, SG_CUSTOMS, ID_CUSTOMS)
    trade.accept(trade.claim(child.object))
    trade.tell(child.object, MessageKind.CONSENT, ID_CUSTOMS)
    network.run(trade.cancel_record(child.object), SG_CUSTOMS.officer)
    drawn = Claimed(outcome.only(CertificateDrawn).claim, parent, 1, opening)
    with pytest.raises(RefusedError, match="origin: child was drawn"):
        network.attempt_record(trade.reverse_record(drawn), SG_CUSTOMS.officer)
    state = network.origin.certificate(child.object)
    assert state is not None
    assert state.status is CertificateStatus.CANCELLED
