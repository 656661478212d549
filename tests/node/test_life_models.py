"""Every event of a certificate's life, in the read models and again after a rebuild."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_VN,
    EXPORTER,
    ISSUER,
    WHOLE,
    Member,
    Network,
    certificate_id,
    genesis_bytes,
    line_id,
)

from chain.proofs.keccak import keccak256
from contracts.commitments.pedersen import Opening, commit
from contracts.issuance.records import (
    ApplicationKind,
    ApplicationStep,
    CertificateApply,
    ExporterAuthorise,
    ExporterWithdraw,
    LineRelease,
)
from contracts.membership.keys import Role
from contracts.origin.records import (
    CertificateDraw,
    CertificateSupersede,
    ClaimDoubt,
    MessageKind,
    VerificationKind,
    VerificationStep,
)
from contracts.records.record import Record
from node.files import make_private_folder
from node.indexer.dump import dump_digest
from node.issuance.tables import (
    ApplicationRow,
    ApplicationStatus,
    CertifiedLineRow,
    ExporterRow,
    LineRow,
)
from node.organisation import OrganisationNode
from node.origin.queries import OriginQueries, Scope
from node.origin.tables import CertificateStatus, Exchange, VerificationState
from node.outbox.outbox import hex32
from node.outbox.tables import EntryStatus

AUTHORITY_ID = Member("authority-id", Role.ISSUING_AUTHORITY, "ID", governing=False)
PARENT, OLD, NEW = (certificate_id(name) for name in ("parent", "old", "new"))
CHILD = certificate_id("child", "ID")
APPLICATION = keccak256(b"application")
CODE = b"VN" + keccak256(b"code")[2:]
DAY = 86_400
HALF = Opening(WHOLE // 2, 77)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, genesis=genesis_bytes(more=(AUTHORITY_ID,)))
    yield network
    network.close()


@pytest.fixture
def lived(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(ISSUER))
    network.settle(node)
    _issuance(network, node)
    _claims(network, node)
    _child(network, node)
    _replacement(network, node)
    return node


def submit(network: Network, node: OrganisationNode, record: Record, member: Member) -> bytes:
    signed = network.sign(record, member.officer)
    node.submit(signed)
    network.settle(node)
    found = node.outbox.find(hex32(signed.digest))
    assert found.status is EntryStatus.FINAL, found.reason
    return signed.digest


def _issuance(network: Network, node: OrganisationNode) -> None:
    now, soon = network.time, network.soon
    apply = CertificateApply(APPLICATION, ISSUER.id, keccak256(b"form"), now, soon)
    submit(network, node, apply, EXPORTER)
    step = ApplicationStep(
        APPLICATION, int(ApplicationKind.APPROVE), PARENT, bytes(32), bytes(32), now, soon
    )
    submit(network, node, step, ISSUER)
    authorise = ExporterAuthorise(CODE, EXPORTER.id, keccak256(b"goods"), now, now + DAY, now, soon)
    submit(network, node, authorise, ISSUER)
    submit(network, node, ExporterWithdraw(CODE, bytes(32), now, soon), ISSUER)


def _claims(network: Network, node: OrganisationNode) -> None:
    issue = network.issue(PARENT, items=1, application=APPLICATION).record
    submit(network, node, issue, ISSUER)
    for kind, member in (
        (MessageKind.TRANSMIT, ISSUER),
        (MessageKind.ACKNOWLEDGE, CUSTOMS_ID),
        (MessageKind.RECEIVE, CUSTOMS_ID),
        (MessageKind.CONSENT, CUSTOMS_ID),
    ):
        submit(network, node, network.message(PARENT, kind).record, member)
    claim = network.claim(PARENT, Opening(5, 9))
    node.submit(claim)
    network.settle(node)
    now = network.time
    doubt = ClaimDoubt(
        PARENT, claim.digest, bytes(32), keccak256(b"why"), now + 90 * DAY, now + 180 * DAY, now,
        network.soon,
    )  # fmt: skip
    submit(network, node, doubt, CUSTOMS_ID)
    step = VerificationStep(
        PARENT, claim.digest, int(VerificationKind.VISIT_NOTICE), keccak256(b"visit"),
        now + 30 * DAY, now, network.soon,
    )  # fmt: skip
    submit(network, node, step, CUSTOMS_ID)


def _child(network: Network, node: OrganisationNode) -> None:
    line = network.certify(CHILD, 1, HALF, signer=CUSTOMS_ID.officer)
    node.submit(line)
    network.settle(node)
    point = commit(HALF)
    draw = CertificateDraw(
        PARENT, 1, CHILD, 1, 0, 5_000, point.x, point.y, point.x, point.y, network.time,
        network.soon,
    )  # fmt: skip
    changes: dict[str, Any] = {
        "issuing_country": b"ID", "importing_country": b"TH", "items": 1, "parent": PARENT,
        "document_key": AUTHORITY_ID.document_key, "expires_at": network.time + 100 * DAY,
    }  # fmt: skip
    issue = network.issue(CHILD, AUTHORITY_ID.officer, covered=False, **changes)
    node.submit_together([network.sign(draw, AUTHORITY_ID.officer), issue])
    network.settle(node)
    assert node.outbox.find(hex32(issue.digest)).status is EntryStatus.FINAL


def _replacement(network: Network, node: OrganisationNode) -> None:
    submit(network, node, network.issue(OLD, items=1).record, ISSUER)
    supersede = CertificateSupersede(OLD, NEW, bytes(32), network.time, network.soon)
    submit(network, node, supersede, ISSUER)
    none = commit(Opening(0, 0))
    release = LineRelease(
        line_id(OLD, 1), OLD, 1, 10_000, 0, none.x, none.y, network.time, network.soon
    )
    submit(network, node, release, CUSTOMS_VN)
    submit(network, node, network.issue(NEW, items=1, supersedes=OLD).record, ISSUER)


def test_all_that_happened_is_read(lived: OrganisationNode) -> None:
    with lived.reading() as session:
        queries = OriginQueries(session, Scope("VN", ISSUER.hex_id, ()))
        parent = queries.certificate(hex32(PARENT))
        assert parent.certificate.exchange == Exchange.RECEIVED
        assert parent.certificate.consented
        assert parent.certificate.application == hex32(APPLICATION)
        assert [item.share for item in parent.items] == [5_000]
        by_child = {claim.child: claim for claim in parent.claims}
        assert by_child[hex32(CHILD)].child_item == 1
        assert by_child[None].verification == VerificationState.VISIT_NOTICED
        assert parent.children == [hex32(CHILD)]
        assert [step.kind for step in parent.steps] == [int(VerificationKind.VISIT_NOTICE)]
        old, new = (queries.certificate(hex32(name)).certificate for name in (OLD, NEW))
        assert (old.status, old.successor) == (CertificateStatus.SUPERSEDED, hex32(NEW))
        assert (new.status, new.supersedes) == (CertificateStatus.ISSUED, hex32(OLD))


def test_what_precedes_certificates_is_read(lived: OrganisationNode) -> None:
    with lived.reading() as session:
        application = session.get_one(ApplicationRow, hex32(APPLICATION))
        exporter = session.get_one(ExporterRow, hex32(CODE))
        line = session.get_one(LineRow, hex32(line_id(OLD, 1)))
        query = select(CertifiedLineRow).where(CertifiedLineRow.object_id == hex32(OLD))
        (part,) = session.scalars(query)
    assert (application.status, application.country) == (ApplicationStatus.APPROVED, "VN")
    assert exporter.withdrawn_at is not None
    assert line.share == 0
    assert part.released_at is not None


def test_an_intermediate_country_sees_parent_and_child(lived: OrganisationNode) -> None:
    nobody = "0x" + "00" * 32
    with lived.reading() as session:
        seen = {
            country: {row.object_id for row in queries.certificates(None, 100)}
            for country in ("ID", "TH", "SG")
            if (queries := OriginQueries(session, Scope(country, nobody, ())))
        }
    assert {hex32(PARENT), hex32(CHILD)} <= seen["ID"]
    assert seen["TH"] == {hex32(CHILD)}  # the parent is none of its business
    assert seen["SG"] == set()


def test_an_applicant_sees_what_its_application_led_to(lived: OrganisationNode) -> None:
    with lived.reading() as session:
        queries = OriginQueries(session, Scope(None, EXPORTER.hex_id, ()))
        assert [row.object_id for row in queries.certificates(None, 9)] == [hex32(PARENT)]


def test_a_rebuild_gives_the_same(lived: OrganisationNode) -> None:
    before = dump_digest(lived.read)
    lived.indexer.rebuild()
    assert dump_digest(lived.read) == before
