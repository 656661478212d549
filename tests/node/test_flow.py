"""From records on the ledger to read models, and back to bundles."""

import dataclasses
from collections.abc import Callable

import pytest
from sqlalchemy import select
from support.comet_ledger import skip_on_network
from support.organisations import (
    CUSTOMS_ID,
    EXPORTER,
    ISSUER,
    MEMBERSHIP,
    Network,
    Signer,
    certificate_id,
    genesis_bytes,
)

from contracts.bundles.bundle import Bundle
from contracts.commitments.pedersen import Opening, commit
from contracts.documents.sd_jwt import Disclosable, document_hash, issue_sd_jwt
from contracts.membership.founding import DOMAINS, founded_address
from contracts.membership.keys import KeyPurpose, Role
from contracts.membership.records import KeyRevoke
from contracts.origin.records import MessageKind
from node.database.database import Purpose
from node.errors import (
    BundleUnavailableError,
    CertificateUnknownError,
    DocumentUncommittedError,
    OrganisationUnknownError,
    OtherLedgerError,
    RecordForeignError,
    RecordMalformedError,
)
from node.files import make_private_folder
from node.indexer.dump import dump_digest, dump_lines
from node.indexer.tables import LedgerRecord
from node.membership.queries import MembershipQueries
from node.organisation import OrganisationNode
from node.origin.queries import OriginQueries, Scope
from node.origin.tables import CertificateStatus, ClaimStatus
from node.outbox.outbox import hex32
from node.outbox.tables import EntryStatus
from node.vault.access import Access

READER = Access("officer-1", "customs", "VNHPH", "a test")

NOBODY = "0x" + "00" * 32
A, B = certificate_id("a"), certificate_id("b")


def scope(country: str | None = "ID", organisation: str = NOBODY, *held: str) -> Scope:
    return Scope(country, organisation, held)


@pytest.fixture
def node(network: Network, database_url: Callable[[Purpose], str]) -> OrganisationNode:
    folder = network.organisation(
        ISSUER, read=database_url(Purpose.READ), state=database_url(Purpose.STATE)
    )
    node = network.node(folder)
    network.settle(node)
    return node


@pytest.fixture
def lived(network: Network, node: OrganisationNode) -> OrganisationNode:
    """Give a node after a claim, an acceptance, a rejection and a cancellation."""
    openings = [Opening(4_000, 11), Opening(7_000, 12)]
    claims = [network.claim(A, opening, tag=tag) for tag, opening in enumerate(openings)]
    received = network.message(A, MessageKind.PAPER)
    for signed in (
        network.issue(A),
        network.issue(B, importing_country=b"TH"),
        received,
        *claims,
        network.accept(A, claims[0].digest, 0, 4_000, commit(openings[0])),
        network.reject(A, claims[1].digest),
        network.cancel(B),
    ):
        entry = node.submit(signed)
        network.settle(node)
        found = node.outbox.find(entry.digest)
        assert found.status is EntryStatus.FINAL, found.reason
    return node


def test_the_founders_are_read_from_the_genesis(node: OrganisationNode) -> None:
    with node.reading() as session:
        queries = MembershipQueries(session)
        assert len(queries.organisations(None, 100)) == 6
        issuer = queries.organisation(ISSUER.hex_id)
        assert (issuer.country, issuer.active, issuer.governing) == ("VN", True, True)
        assert Role(issuer.roles) == Role.ISSUING_AUTHORITY
        keys = {key.id: key for key in queries.keys(ISSUER.hex_id, None, 100)}
        assert len(keys) == 5
        document = keys[hex32(ISSUER.document_key)]
        assert document.purposes == KeyPurpose.DOCUMENT
        assert document.material == "0x" + ISSUER.document_material.hex()
        assert [(contract.domain, contract.address) for contract in queries.contracts()] == [
            (domain, "0x" + founded_address(domain).hex()) for domain in sorted(DOMAINS)
        ]
        assert [validator.power for validator in queries.validators()] == [10]


def test_what_is_read_is_what_membership_keeps(node: OrganisationNode, network: Network) -> None:
    from contracts.ledger import Ledger
    from contracts.membership.binding import MembershipContract

    contract = MembershipContract(Ledger(network.web3), MEMBERSHIP)
    with node.reading() as session:
        queries = MembershipQueries(session)
        for row in queries.organisations(None, 100):
            kept = contract.organisation(bytes.fromhex(row.id[2:]))
            assert kept is not None
            assert (kept.roles, kept.country, kept.governing, kept.active) == (
                row.roles,
                row.country,
                row.governing,
                row.active,
            )
            for key in queries.keys(row.id, None, 100):
                known = contract.key(bytes.fromhex(key.id[2:]))
                assert known is not None
                assert (known.purposes, known.valid_from, known.valid_until) == (
                    key.purposes,
                    key.valid_from,
                    key.valid_until,
                )


def test_a_stranger_is_not_known(node: OrganisationNode) -> None:
    with node.reading() as session:
        queries = MembershipQueries(session)
        with pytest.raises(OrganisationUnknownError):
            queries.organisation(NOBODY)
        with pytest.raises(OrganisationUnknownError):
            queries.keys(NOBODY, None, 1)
        assert queries.contract_domain("0x" + "77" * 20) is None


def test_a_revoked_key_is_marked(network: Network, node: OrganisationNode) -> None:
    admin = Signer(f"{ISSUER.name} admin")
    record = KeyRevoke(ISSUER.id, 0, ISSUER.officer.key_id, network.soon)
    node.submit(network.sign(record, admin))
    network.settle(node)
    position = node.indexer.position()
    assert position is not None
    time = position.block_time
    with node.reading() as session:
        keys = {k.id: k for k in MembershipQueries(session).keys(ISSUER.hex_id, None, 100)}
    assert keys[hex32(ISSUER.officer.key_id)].revoked_at == time
    assert keys[hex32(ISSUER.carrier.key_id)].revoked_at == 0


def test_a_certificate_lives_in_the_read_models(lived: OrganisationNode) -> None:
    with lived.reading() as session:
        details = OriginQueries(session, scope()).certificate(hex32(A))
    assert details.certificate.status == CertificateStatus.ISSUED
    assert details.certificate.issuer == ISSUER.hex_id
    assert [(item.item, item.share) for item in details.items] == [(1, 4_000)]
    assert sorted(claim.status for claim in details.claims) == [
        ClaimStatus.ACCEPTED,
        ClaimStatus.REJECTED,
    ]
    assert details.count == 6
    with lived.reading() as session:
        cancelled = OriginQueries(session, scope("VN")).certificate(hex32(B))
    assert cancelled.certificate.status == CertificateStatus.CANCELLED
    assert cancelled.count == 2


def test_every_signed_record_is_recovered_from_the_ledger(lived: OrganisationNode) -> None:
    with lived.reading() as session:
        query = select(LedgerRecord).where(LedgerRecord.domain == "origin")
        rows = session.scalars(query).all()
    assert len(rows) == 8
    for row in rows:
        assert row.record is not None
        entry = lived.outbox.find(row.digest)
        assert row.block_number == entry.block_number
        assert row.signer_key.endswith(entry.signed.recover().hex())


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (scope("VN"), {A, B}),
        (scope("ID"), {A}),
        (scope("TH"), {B}),
        (scope("SG"), set()),
        (scope(None), set()),
        (scope(None, ISSUER.hex_id), {A, B}),
    ],
    ids=["issuing", "importing", "other importing", "stranger", "enterprise", "issuer"],
)
def test_each_sees_its_own(lived: OrganisationNode, view: Scope, expected: set[bytes]) -> None:
    with lived.reading() as session:
        queries = OriginQueries(session, view)
        seen = {row.object_id for row in queries.certificates(None, 100)}
        assert seen == {hex32(certificate) for certificate in expected}
        for certificate in {A, B} - expected:
            with pytest.raises(CertificateUnknownError):
                queries.certificate(hex32(certificate))
            with pytest.raises(CertificateUnknownError):
                queries.history(hex32(certificate))


def test_a_holder_of_the_document_sees_its_certificate(lived: OrganisationNode) -> None:
    with lived.reading() as session:
        document = OriginQueries(session, scope()).certificate(hex32(A)).certificate.document
        queries = OriginQueries(session, scope(None, NOBODY, document))
        assert [row.object_id for row in queries.certificates(None, 100)] == [hex32(A)]
        assert queries.sees_document(document)
        assert not OriginQueries(session, scope(None)).sees_document(document)


def test_pages_hold_each_certificate_once(lived: OrganisationNode) -> None:
    with lived.reading() as session:
        queries = OriginQueries(session, scope("VN"))
        first = queries.certificates(None, 1)
        second = queries.certificates(first[-1].object_id, 1)
        assert queries.certificates(second[-1].object_id, 1) == []
        assert {first[0].object_id, second[0].object_id} == {hex32(A), hex32(B)}
        issued = queries.certificates(None, 9, CertificateStatus.ISSUED)
        assert [row.object_id for row in issued] == [hex32(A)]


def test_a_rebuild_gives_the_same_bytes(lived: OrganisationNode) -> None:
    before = list(dump_lines(lived.read))
    progress: list[tuple[int, int]] = []
    last = lived.indexer.rebuild(lambda done, total: progress.append((done, total)))
    assert list(dump_lines(lived.read)) == before
    assert progress[-1] == (last, last)


def test_another_organisation_reads_the_same(lived: OrganisationNode, network: Network) -> None:
    other = network.node(network.organisation(CUSTOMS_ID))
    other.indexer.follow()
    assert dump_digest(other.read) == dump_digest(lived.read)


def test_another_ledger_is_told_apart(lived: OrganisationNode, network: Network) -> None:
    folder = network.folder / "other"
    make_private_folder(folder)
    other = Network(folder, genesis=genesis_bytes("tradeseal-other"), time=network.time + 7)
    node = OrganisationNode(lived.folder, other.web3, b"a password for tests", network.now)
    with pytest.raises(OtherLedgerError, match="another ledger"):
        node.indexer.follow()
    node.close()
    other.close()


def test_a_record_for_a_stranger_is_refused_at_once(
    node: OrganisationNode, network: Network
) -> None:
    signed = network.issue(A)
    foreign = network.sign(signed.record, ISSUER.officer, contract=b"\x77" * 20)
    with pytest.raises(RecordForeignError, match="0x7777"):
        node.submit(foreign)
    with pytest.raises(RecordForeignError):
        node.submit(network.sign(signed.record, ISSUER.officer, contract=MEMBERSHIP))
    assert sum(node.outbox.counts().values()) == 0


def test_a_proposal_needs_its_votes(node: OrganisationNode, network: Network) -> None:
    from contracts.membership.records import GOVERNANCE, Proposal

    proposal = Proposal(GOVERNANCE, 0, b"", network.soon)
    with pytest.raises(RecordMalformedError, match="Proposal"):
        node.submit(network.sign(proposal, ISSUER.officer))


def document(certificate: bytes) -> str:
    payload = {"certificate": hex32(certificate), "goods": Disclosable("shrimp")}
    return issue_sd_jwt(payload, ISSUER.document_secret, {"typ": "test"}, lambda n: b"\1" * n)


def keep(node: OrganisationNode, text: str) -> str:
    return node.vault.keep_document(text.encode(), "application/sd-jwt").document


def test_a_committed_document_is_kept(network: Network, node: OrganisationNode) -> None:
    text = document(A)
    digest = document_hash(text)
    with pytest.raises(DocumentUncommittedError):
        keep(node, text)
    node.submit(network.issue(A, document=digest))
    assert keep(node, text) == hex32(digest)  # promised is enough
    network.settle(node)
    assert keep(node, text) == hex32(digest)
    assert node.vault.open(hex32(digest), READER).content == text.encode()
    assert node.vault.documents() == {hex32(digest)}


def test_a_bundle_holds_history_and_document(network: Network, node: OrganisationNode) -> None:
    text = document(A)
    node.submit(network.issue(A, document=document_hash(text)))
    keep(node, text)
    network.settle(node)
    network.seal()
    with node.reading() as session:
        queries = OriginQueries(session, scope())
        bundle = node.bundles.build(session, queries, hex32(A), reader=READER)
        bare = node.bundles.build(session, queries, hex32(A))
    assert Bundle.parse(bundle.to_bytes()) == bundle
    assert len(bundle.records) == 1
    assert bundle.document is not None
    assert bundle.document.jws == text.split("~")[0]
    assert bundle.document.key == ISSUER.document_material
    assert bare == dataclasses.replace(bundle, document=None)
    assert [row.act for row in node.vault.log.page(None, 9)] == ["prove"]


def test_a_bundle_of_the_unknown_is_refused(node: OrganisationNode) -> None:
    with node.reading() as session:
        queries = OriginQueries(session, scope())
        with pytest.raises(CertificateUnknownError):
            node.bundles.build(session, queries, hex32(A))


def test_a_bundle_before_its_seal_is_unavailable(network: Network, node: OrganisationNode) -> None:
    skip_on_network("each block is sealed as soon as it is final")
    node.submit(network.issue(A))
    node.step()
    network.seal()
    node.step()
    with node.reading() as session, pytest.raises(BundleUnavailableError, match="try again"):
        node.bundles.build(session, OriginQueries(session, scope()), hex32(A))


@pytest.mark.usefixtures("lived")
def test_an_exporter_sees_nothing_it_does_not_hold(network: Network) -> None:
    other = network.node(network.organisation(EXPORTER))
    network.settle(other)
    with other.reading() as session:
        view = Scope(None, EXPORTER.hex_id, other.vault.documents())
        assert OriginQueries(session, view).certificates(None, 100) == []
