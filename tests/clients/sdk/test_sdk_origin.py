"""A certificate's life through the SDK, against doors in this process."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from support.doors import Door
from support.organisations import CUSTOMS_ID, CUSTOMS_TH, IMPORTER, ISSUER, Member, Network

from api.tokens import Role
from chain.genesis import parse_genesis
from chain.proofs.constants import TimeNs
from clients.auditor import Question, Verdict, verify_bundle
from clients.sdk import Client
from clients.sdk.errors import (
    InputError,
    RecordRefusedError,
    ServerFailedError,
    ServerRefusedError,
)
from clients.sdk.keystore import SigningKey
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin import IssuerKeys
from contracts.bundles.bundle import Bundle
from contracts.errors import CommitmentError, DrawdownError
from contracts.origin.certificate import CertificateForm, parse_certificate
from contracts.origin.identifiers import declaration_line_id
from node.files import make_private_folder
from node.trust import trust_of

FORM = Path(__file__).parents[3] / "examples" / "form_d.json"
IDENTIFIER_KEY = b"\x11" * 32
DAY_AFTER = 1_795_500_000  # 2026-11-24: a day after the example was certified


@dataclass
class World:
    """Two doors, one network, and everybody's keys."""

    network: Network
    issuer: Client
    customs: Client
    importer: Client

    @property
    def now(self) -> int:
        return int(self.network.now().timestamp())

    def keys(self, member: Member = ISSUER) -> IssuerKeys:
        return IssuerKeys(officer(member), member.document_secret, IDENTIFIER_KEY, member.id)

    def issue(self, form: CertificateForm) -> bytes:
        identifier = self.issuer.origin.identifier(form, IDENTIFIER_KEY)
        self.network.cover(identifier, len(form.items))
        issued = self.issuer.origin.issue(form, self.keys(), self.now)
        self.issuer.records.follow(issued.signed.digest, 30)
        self.network.receive(issued.id)
        for client in (self.issuer, self.customs):  # each door follows at its own pace
            until(lambda client=client: client.origin.certificate(issued.id))
        self.customs.documents.put(issued.document)
        return issued.id

    def claim(self, certificate: bytes, quantity: str, item: int = 1) -> ClaimOpening:
        opening = self.importer.origin.claim(
            certificate,
            item=item,
            quantity=Decimal(quantity),
            declaration=declaration_line_id(secrets.token_bytes(32), "10612345678", 1),
            key=officer(IMPORTER),
            now=self.now,
        )
        self.importer.records.follow(opening.claim, 30)
        until(lambda: self.customs.origin.certificate(certificate).claim(opening.claim))
        return opening

    def accept(self, opening: ClaimOpening, before: list[ClaimOpening], whole: str) -> None:
        signed = self.customs.origin.accept(
            opening, before, Decimal(whole), officer(CUSTOMS_ID), self.now
        )
        self.customs.records.follow(signed.digest, 30)
        before.append(opening)


def until(ask: Callable[[], object]) -> None:
    for _ in range(200):
        try:
            ask()
        except (ServerRefusedError, InputError):
            time.sleep(0.02)
        else:
            return
    ask()


def officer(member: Member) -> SigningKey:
    return SigningKey(member.officer.secret)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, sealing=True, time=DAY_AFTER)
    doors = [Door(network, member) for member in (ISSUER, CUSTOMS_ID, IMPORTER)]
    for door in doors:
        door.node.start()
    roles = (Role.ISSUING_AUTHORITY, Role.CUSTOMS, Role.ENTERPRISE)
    clients = [door.sdk(role) for door, role in zip(doors, roles, strict=True)]
    yield World(network, *clients)
    for client in clients:
        client.close()
    network.close()


@pytest.fixture(scope="module")
def form() -> CertificateForm:
    return parse_certificate(json.loads(FORM.read_text()))


def test_a_certificate_is_issued_claimed_and_cancelled(world: World, form: CertificateForm) -> None:
    certificate = world.issue(form)
    view = world.customs.origin.certificate(certificate)
    assert (view.status, view.issuer) == ("issued", ISSUER.id)
    assert world.customs.origin.form(certificate, world.now) == form

    accepted: list[ClaimOpening] = []
    whole = form.items[1].quantity.value
    for part in (whole / 3, whole / 3, whole - 2 * (whole / 3)):
        world.accept(world.claim(certificate, f"{part:f}", 2), accepted, f"{whole:f}")
    shares = world.customs.origin.certificate(certificate).items
    assert shares[2].share == 10_000

    one_more = world.claim(certificate, "1", 2)
    with pytest.raises(RecordRefusedError, match=": "):
        world.accept(one_more, accepted, f"{whole:f}")
    rejected = world.customs.origin.reject(
        certificate, one_more.claim, "beyond the whole", officer(CUSTOMS_ID), world.now
    )
    world.customs.records.follow(rejected.signed.digest, 30)

    # One issue; one receipt; four claims; three of them accepted, one rejected.
    bundle = Bundle.parse(sealed_bundle(world.issuer, certificate, records=10))
    assert bundle.document is not None


def test_a_bundle_convinces_an_auditor(world: World, form: CertificateForm) -> None:
    certificate = world.issue(form)
    opening = world.claim(certificate, "1250.5")
    world.accept(opening, [], "20000")
    content = sealed_bundle(world.customs, certificate, records=4)
    trust = trust_of(parse_genesis(world.network.genesis))
    bundle = Bundle.parse(content)
    assert bundle.document is not None
    now = TimeNs((world.now + 60) * 10**9)
    report = verify_bundle(content, trust, Question(now, 3_600 * 10**9, now))
    assert report.verdict is Verdict.VALID, report
    shorter = replace(bundle, records=bundle.records[:-1]).to_bytes()
    report = verify_bundle(shorter, trust, Question(now, 3_600 * 10**9, now))
    assert report.verdict is Verdict.INVALID


def sealed_bundle(client: Client, certificate: bytes, records: int) -> bytes:
    for _ in range(200):
        try:
            content = client.proofs.certificate_bundle(certificate)
        except ServerFailedError:
            time.sleep(0.02)
            continue
        if len(Bundle.parse(content).records) == records:
            return content
        time.sleep(0.02)
    raise AssertionError(records)


def test_a_cancelled_certificate_takes_no_claim(world: World, form: CertificateForm) -> None:
    certificate = world.issue(form)
    cancelled = world.issuer.origin.cancel(certificate, "error", officer(ISSUER), world.now)
    world.issuer.records.follow(cancelled.signed.digest, 30)
    with pytest.raises(RecordRefusedError, match=": "):
        world.claim(certificate, "1")


def test_a_foreign_officer_issues_nothing(world: World, form: CertificateForm) -> None:
    keys = world.keys()
    foreign = IssuerKeys(officer(CUSTOMS_TH), keys.document, keys.identifier, keys.organisation)

    def issue() -> None:
        issued = world.issuer.origin.issue(form, foreign, world.now)
        world.issuer.records.follow(issued.signed.digest, 30)

    with pytest.raises(RecordRefusedError, match="not an issuing authority"):
        issue()


def test_a_wrong_opening_is_not_accepted(world: World, form: CertificateForm) -> None:
    certificate = world.issue(form)
    first, second = world.claim(certificate, "10"), world.claim(certificate, "20")
    crossed = ClaimOpening(certificate, first.claim, 1, second.opening)
    with pytest.raises(CommitmentError):
        world.accept(crossed, [], "20000")
    accepted: list[ClaimOpening] = []
    world.accept(first, accepted, "20000")
    with pytest.raises(CommitmentError):
        world.accept(second, [], "20000")  # what was accepted before is left out
    world.accept(second, accepted, "20000")
    unknown = ClaimOpening(certificate, b"\0" * 32, 1, first.opening)
    with pytest.raises(InputError):
        world.accept(unknown, accepted, "20000")


def test_a_quantity_that_is_none_is_not_claimed(world: World, form: CertificateForm) -> None:
    certificate = world.issue(form)
    with pytest.raises(DrawdownError):
        world.claim(certificate, "-1")


def test_the_importer_sees_no_certificate_it_does_not_hold(
    world: World, form: CertificateForm
) -> None:
    certificate = world.issue(form)
    assert list(world.importer.origin.certificates()) == []
    with pytest.raises(ServerRefusedError) as caught:
        world.importer.origin.certificate(certificate)
    assert caught.value.code == "certificate_unknown"
    assert [row.bytes32("id") for row in world.customs.origin.certificates("issued")] == [
        certificate
    ]
