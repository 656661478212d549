"""Replay without a ledger; its agreement with the contract is the stateful test's."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.commitments import Opening, commit
from contracts.errors import HistoryError
from contracts.membership.keys import Role
from contracts.membership.records import KeyRevoke
from contracts.origin.history import HistoryEntry, refusal, replay
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateIssue,
    CertificateMessage,
    ClaimAccept,
    ClaimReject,
    ClaimReverse,
    MessageKind,
)
from contracts.origin.state import CertificateStatus, ClaimStatus, ItemState
from contracts.records import Record

ISSUER, CUSTOMS, IMPORTER = b"\1" * 32, b"\2" * 32, b"\3" * 32
CERTIFICATE, CLAIM, REASON = b"VN" + b"\4" * 30, b"\5" * 32, b"\6" * 32
DAY = 86_400
NOW = 1_767_225_600
POINT = commit(Opening(300, 5))


def entry(record: Record, digest: bytes = b"\7" * 32, **changes: Any) -> HistoryEntry:
    who = {
        CertificateIssue: (ISSUER, Role.ISSUING_AUTHORITY, "VN"),
        CertificateCancel: (ISSUER, Role.ISSUING_AUTHORITY, "VN"),
        CertificateClaim: (IMPORTER, Role.ENTERPRISE, "ID"),
    }.get(type(record), (CUSTOMS, Role.CUSTOMS, "ID"))
    found = HistoryEntry(record, digest, *who, time=NOW, document_owner=ISSUER)
    return replace(found, **changes)


NONE = bytes(32)
ISSUE = CertificateIssue(
    object=CERTIFICATE,
    document=b"\x21" * 32,
    document_key=b"\x22" * 32,
    form=b"D".ljust(8, b"\0"),
    issuing_country=b"VN",
    importing_country=b"ID",
    items=2,
    consignment=b"\x23" * 32,
    application=NONE,
    authorisation=NONE,
    parent=NONE,
    supersedes=NONE,
    issued_at=NOW,
    expires_at=NOW + DAY,
    expires=NOW,
)
PAPER = CertificateMessage(CERTIFICATE, MessageKind.PAPER, NONE, NONE, NONE, NOW, NOW)
MAKE = CertificateClaim(CERTIFICATE, 1, b"\x24" * 32, POINT.x, POINT.y, NOW, NOW)
ACCEPT = ClaimAccept(CERTIFICATE, CLAIM, 0, 3334, POINT.x, POINT.y, NOW, NOW)
REJECT = ClaimReject(CERTIFICATE, CLAIM, REASON, NOW, NOW)
REVERSE = ClaimReverse(CERTIFICATE, CLAIM, 3334, 0, 0, 0, REASON, NOW, NOW)
CANCEL = CertificateCancel(CERTIFICATE, REASON, NOW, NOW)

issued, claimed = entry(ISSUE), entry(MAKE, CLAIM)
received = entry(PAPER)


def test_nothing_yet() -> None:
    history = replay([])
    assert history.certificate is None
    assert history.item(1) == ItemState()


def test_issue_claim_accept_reverse_cancel() -> None:
    history = replay([issued, received, claimed, entry(ACCEPT)])
    assert history.certificate is not None
    assert history.certificate.accepted == 1
    assert history.item(1) == ItemState(3334, POINT)
    assert history.item(2) == ItemState()
    assert history.issue == ISSUE
    history = replay([issued, received, claimed, entry(ACCEPT), entry(REVERSE), entry(CANCEL)])
    assert history.certificate is not None
    assert history.certificate.status is CertificateStatus.CANCELLED
    assert history.claims[CLAIM].status is ClaimStatus.REJECTED
    assert history.item(1) == ItemState()


def test_replay_does_not_change_what_it_returned_before() -> None:
    before = replay([issued, received, claimed])
    replay([issued, received, claimed, entry(REJECT)])
    assert before.claims[CLAIM].status is ClaimStatus.PENDING


BROKEN: dict[str, tuple[list[HistoryEntry], str]] = {
    "claim first": ([claimed], "origin: unknown certificate"),
    "issued twice": ([issued, issued], "origin: certificate exists"),
    "issued by customs": (
        [replace(issued, roles=Role.CUSTOMS)],
        "origin: not an issuing authority",
    ),
    "issued elsewhere": ([replace(issued, country="TH")], "origin: not of the issuing country"),
    "another country's identifier": (
        [entry(replace(ISSUE, object=b"ID" + bytes(30)))],
        "origin: identifier",
    ),
    "foreign document key": (
        [replace(issued, document_owner=CUSTOMS)],
        "origin: document key of another organisation",
    ),
    "expired record": ([replace(issued, time=NOW + 1)], "records: expired"),
    "claim elsewhere": (
        [issued, replace(claimed, country="VN")],
        "origin: not of the importing country",
    ),
    "claim by a bank": ([issued, replace(claimed, roles=Role.BANK)], "members: role"),
    "claim off the curve": (
        [issued, received, entry(replace(MAKE, commitment_x=5), CLAIM)],
        "origin: commitment",
    ),
    "claim of nothing": (
        [issued, received, entry(replace(MAKE, commitment_x=0, commitment_y=0), CLAIM)],
        "origin: commitment",
    ),
    "claim removed": ([issued, entry(ACCEPT)], "origin: unknown claim"),
    "accepted twice": (
        [issued, received, claimed, entry(ACCEPT), entry(ACCEPT)],
        "origin: claim is not pending",
    ),
    "beyond the whole": (
        [issued, received, claimed, entry(replace(ACCEPT, share_after=10_001))],
        "drawdown: beyond the whole",
    ),
    "no share": (
        [issued, received, claimed, entry(replace(ACCEPT, share_after=0))],
        "drawdown: share",
    ),
    "wrong sum": (
        [issued, received, claimed, entry(replace(ACCEPT, commitment_x=1))],
        "drawdown: commitment",
    ),
    "reversed before it was accepted": (
        [issued, received, claimed, entry(REVERSE)],
        "origin: claim is not accepted",
    ),
    "rejected after it was accepted": (
        [issued, received, claimed, entry(ACCEPT), entry(REJECT)],
        "origin: claim is not pending",
    ),
    "cancelled while drawn": (
        [issued, received, claimed, entry(ACCEPT), entry(CANCEL)],
        "origin: claims are accepted",
    ),
    "cancelled by customs": (
        [issued, entry(CANCEL, organisation=CUSTOMS)],
        "origin: not the issuer",
    ),
    "claimed after cancellation": (
        [issued, entry(CANCEL), claimed],
        "origin: certificate cancelled",
    ),
    "another certificate": (
        [issued, entry(replace(MAKE, object=b"\x55" * 32), CLAIM)],
        "origin: unknown certificate",
    ),
    "another domain": (
        [issued, entry(KeyRevoke(CERTIFICATE, 0, REASON, NOW))],
        "origin: no record of a certificate",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_history_that_the_contract_never_wrote(name: str) -> None:
    entries, reason = BROKEN[name]
    with pytest.raises(HistoryError) as caught:
        replay(entries)
    assert caught.value.index == len(entries) - 1
    assert caught.value.reason == reason
    assert reason in str(caught.value)


def test_refusal_tells_before_the_ledger_does() -> None:
    assert refusal(replay([issued]), claimed) == "origin: certificate not received"
    history = replay([issued, received])
    assert refusal(history, claimed) is None
    assert refusal(history, entry(ACCEPT)) == "origin: unknown claim"
