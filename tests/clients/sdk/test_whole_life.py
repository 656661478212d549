"""A certificate's whole life over several organisations, national nodes answering by themselves."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from support.doors import Doors
from support.exchanging import DAY_AFTER, example_form, issuer_keys
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    CUSTOMS_VN,
    EXPORTER,
    IMPORTER,
    ISSUER,
    Member,
    Network,
    certificate_id,
)

from clients.sdk import Client
from clients.sdk.errors import InputError, RecordRefusedError, ServerRefusedError
from clients.sdk.keystore import SigningKey
from clients.sdk.openings import ClaimOpening, LineOpening
from clients.sdk.origin import Links
from clients.sdk.origin.customs import LinePart
from contracts.documents.sd_jwt import issue_sd_jwt, present_sd_jwt
from contracts.origin.certificate import CertificateForm
from contracts.origin.identifiers import declaration_line_id, export_line_id
from contracts.origin.records import VerificationKind
from contracts.records.signed import SignedRecord
from node.files import make_private_folder

KEY = secrets.token_bytes(32)


@dataclass
class World:
    """Everybody's client; each door carries, follows and exchanges in the background."""

    network: Network
    authority: Client
    exporting: Client
    exporter: Client
    importing: Client
    importer: Client

    @property
    def now(self) -> int:
        return int(self.network.now().timestamp())

    def final(self, client: Client, signed: SignedRecord | bytes) -> None:
        client.records.follow(signed if isinstance(signed, bytes) else signed.digest, 30)

    def cover(self, form: CertificateForm, certificate: bytes) -> list[LineOpening]:
        """Let exporting customs certify a line for each item."""
        book: list[LineOpening] = []
        for item in form.items:
            line = export_line_id(KEY, "VN", "10612345678", item.item_no)
            whole = item.quantity.value
            part = LinePart(line, certificate, item.item_no, whole, whole)
            opening = self.exporting.origin.certify_line(part, book, officer(CUSTOMS_VN), self.now)
            self.final(self.exporting, opening.record)
            book.append(opening)
        return book

    def claim(
        self, certificate: bytes, quantity: str, item: int = 1, client: Client | None = None
    ) -> ClaimOpening:
        door = client or self.importer
        opening = door.origin.claim(
            certificate,
            item=item,
            quantity=Decimal(quantity),
            declaration=declaration_line_id(secrets.token_bytes(32), "30612345678", 1),
            key=officer(IMPORTER),
            now=self.now,
        )
        self.final(door, opening.claim)
        until(lambda: self.importing.origin.certificate(certificate).claim(opening.claim))
        return opening


def officer(member: Member) -> SigningKey:
    return SigningKey(member.officer.secret)


def until(ask: Callable[[], object], seconds: float = 20) -> None:
    """Ask until it does not fail, and is not false."""
    end = time.monotonic() + seconds
    while True:
        try:
            if ask() is not False:
                return
        except (ServerRefusedError, InputError):
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, sealing=True, time=DAY_AFTER, clerks=(ISSUER, CUSTOMS_ID))
    doors = Doors(network)
    members = (ISSUER, CUSTOMS_VN, EXPORTER, CUSTOMS_ID, IMPORTER)
    clients = [doors.sdk(member) for member in members]
    for door in doors.doors.values():
        door.node.start()
    yield World(network, *clients)
    for client in clients:
        client.close()
    network.close()


def received(world: World, form: CertificateForm) -> tuple[bytes, str]:
    """Issue a certificate and wait until importing customs' node received it."""
    certificate = world.authority.origin.identifier(form, issuer_keys().identifier)
    world.cover(form, certificate)
    issued = world.authority.origin.issue(form, issuer_keys(), world.now, [EXPORTER.id])
    world.final(world.authority, issued.signed)
    until(lambda: world.importing.origin.certificate(certificate).exchange == "received")
    until(lambda: world.authority.origin.certificate(certificate).exchange == "received")
    return certificate, issued.document


def test_from_the_application_to_the_verified_claim(world: World) -> None:
    form, exporter, authority = example_form(), world.exporter.origin, world.authority.origin

    # Apply, be asked, answer, be approved.
    application = secrets.token_bytes(32)
    wanted = json.dumps({"reference": form.reference_no}).encode()
    applied = exporter.apply(application, ISSUER.id, wanted, officer(EXPORTER), world.now)
    world.final(world.exporter, applied.signed)
    until(lambda: authority.application(application))
    world.authority.documents.fetch(applied.stored.manifest, EXPORTER.id)
    assert world.authority.documents.get_file(applied.stored.digest) == wanted
    asked = authority.request_information(application, b'"cost sheet?"', officer(ISSUER), world.now)
    world.final(world.authority, asked.signed)
    until(lambda: [row.text("status") for row in exporter.applications()] != ["open"])
    supplied = exporter.supply(application, b'"62.5%"', officer(EXPORTER), world.now)
    world.final(world.exporter, supplied.signed)
    certificate = authority.identifier(form, issuer_keys().identifier)
    approved = authority.approve(application, certificate, officer(ISSUER), world.now)
    world.final(world.authority, approved)

    # Exporting customs countersigns the lines; then it is issued, sent, received.
    world.cover(form, certificate)
    issued = authority.issue(
        form, issuer_keys(), world.now, [EXPORTER.id], Links(application=application)
    )
    assert issued.id == certificate
    world.final(world.authority, issued.signed)
    until(lambda: world.importing.origin.certificate(certificate).exchange == "received")
    assert world.importing.origin.form(certificate, world.now) == form
    (incoming,) = world.importing.origin.inbox("received")
    assert incoming.part("receipt").text("state") in {"judged", "received"}

    # Claimed, doubted, verified, accepted.
    customs = world.importing.origin
    claim = world.claim(certificate, "1250.5")
    doubt = customs.doubt(certificate, claim.claim, b'"true?"', officer(CUSTOMS_ID), world.now)
    world.final(world.importing, doubt.signed)
    until(lambda: list(authority.claims(verification="requested")) != [])
    world.authority.documents.fetch(doubt.stored.manifest, CUSTOMS_ID.id)
    assert world.authority.documents.get_file(doubt.stored.digest) == b'"true?"'
    for kind in (VerificationKind.INTERIM, VerificationKind.VALID):
        step = authority.step_verification(
            certificate, claim.claim, kind, officer(ISSUER), world.now,
            content=f'"{kind.name}"'.encode(), readers=[CUSTOMS_ID.id],
        )  # fmt: skip
        world.final(world.authority, step.signed)
    until(lambda: customs.certificate(certificate).claims[0].verification == "valid")
    accepted = customs.accept(
        claim, [], form.items[0].quantity.value, officer(CUSTOMS_ID), world.now
    )
    world.final(world.importing, accepted)
    view = customs.certificate(certificate)
    assert (view.claims[0].status, view.items[1].share) == ("accepted", 626)

    # The holder shows two fields; whoever sees the certificate checks them.
    shown = present_sd_jwt(issued.document, [("exporter",), ("items", 0, "hs_code")])
    verified, of = customs.verify_presentation(shown, world.now)
    assert of.id == certificate
    assert verified.claims["exporter"]["name"] == form.exporter.name
    assert "consignee" not in verified.claims


def test_a_claim_found_invalid_is_not_accepted(world: World) -> None:
    certificate, _ = received(world, example_form())
    claim = world.claim(certificate, "10")
    customs, authority = world.importing.origin, world.authority.origin
    doubt = customs.doubt(certificate, claim.claim, b'"true?"', officer(CUSTOMS_ID), world.now)
    world.final(world.importing, doubt.signed)
    answer = authority.step_verification(
        certificate, claim.claim, VerificationKind.INVALID, officer(ISSUER), world.now,
        content=b'"forged"', readers=[CUSTOMS_ID.id],
    )  # fmt: skip
    world.final(world.authority, answer.signed)
    accepted = customs.accept(claim, [], Decimal(20_000), officer(CUSTOMS_ID), world.now)
    with pytest.raises(RecordRefusedError, match="origin: "):
        world.final(world.importing, accepted)
    rejected = customs.reject(certificate, claim.claim, "forged", officer(CUSTOMS_ID), world.now)
    world.final(world.importing, rejected.signed)


def test_the_importing_side_does_not_answer_its_own_doubt(world: World) -> None:
    certificate, _ = received(world, example_form())
    claim = world.claim(certificate, "10")
    customs = world.importing.origin
    doubt = customs.doubt(certificate, claim.claim, b'"true?"', officer(CUSTOMS_ID), world.now)
    world.final(world.importing, doubt.signed)

    def answer() -> None:
        step = customs.step_verification(
            certificate, claim.claim, VerificationKind.VALID, officer(CUSTOMS_ID), world.now,
            content=b'"yes"',
        )  # fmt: skip
        world.final(world.importing, step.signed)

    with pytest.raises(RecordRefusedError, match=": "):
        answer()


def test_only_the_named_authority_decides(world: World) -> None:
    application = secrets.token_bytes(32)
    applied = world.exporter.origin.apply(
        application, ISSUER.id, b"{}", officer(EXPORTER), world.now
    )
    world.final(world.exporter, applied.signed)
    foreign = world.authority.origin.approve(
        application, certificate_id("x"), officer(CUSTOMS_TH), world.now
    )
    with pytest.raises(RecordRefusedError, match=": "):
        world.final(world.authority, foreign)
    refused = world.authority.origin.refuse(application, "no origin", officer(ISSUER), world.now)
    world.final(world.authority, refused.signed)
    withdrawn = world.exporter.origin.withdraw(application, "late", officer(EXPORTER), world.now)
    with pytest.raises(RecordRefusedError, match="issuance: decided"):
        world.final(world.exporter, withdrawn.signed)


def test_a_line_is_certified_once_and_given_back(world: World) -> None:
    form, customs = example_form(), world.exporting.origin
    certificate = world.authority.origin.identifier(form, issuer_keys().identifier)
    book = world.cover(form, certificate)
    other = replace(form, reference_no="VN-ID-26/02/018843")
    second = world.authority.origin.identifier(other, issuer_keys().identifier)
    whole = form.items[0].quantity.value
    part = LinePart(book[0].line, second, 1, Decimal(1), whole)
    again = customs.certify_line(part, book, officer(CUSTOMS_VN), world.now)
    with pytest.raises(RecordRefusedError, match=": "):
        world.final(world.exporting, again.record)
    for opening in reversed(book):
        size = form.items[opening.item - 1].quantity.value
        released = customs.release_line(opening, book, size, officer(CUSTOMS_VN), world.now)
        world.final(world.exporting, released)
    freed = customs.certify_line(part, book, officer(CUSTOMS_VN), world.now)
    world.final(world.exporting, freed.record)
    assert customs.line(book[0].line).share == 1


def test_a_corrected_certificate_replaces_another(world: World) -> None:
    form = example_form()
    authority, customs = world.authority.origin, world.exporting.origin
    old = authority.identifier(form, issuer_keys().identifier)
    book = world.cover(form, old)
    issued = authority.issue(form, issuer_keys(), world.now)
    world.final(world.authority, issued.signed)
    corrected = replace(form, reference_no="VN-ID-26/02/018843", replaces=form.reference_no)
    new = authority.identifier(corrected, issuer_keys().identifier)
    replaced = authority.supersede(old, new, "wrong weight", officer(ISSUER), world.now)
    world.final(world.authority, replaced.signed)
    until(lambda: world.exporting.origin.certificate(old).status == "superseded")
    for opening in reversed(book):
        size = form.items[opening.item - 1].quantity.value
        released = customs.release_line(opening, book, size, officer(CUSTOMS_VN), world.now)
        world.final(world.exporting, released)
    world.cover(corrected, new)
    again = authority.issue(corrected, issuer_keys(), world.now, links=Links(supersedes=old))
    world.final(world.authority, again.signed)
    until(lambda: authority.certificate(new).status == "issued")
    assert authority.certificate(old).status == "superseded"


def test_an_erased_document_is_gone_and_said_to_be(world: World) -> None:
    certificate, _ = received(world, example_form())
    stated = world.authority.origin.state_erasure(certificate, officer(ISSUER), world.now)
    world.final(world.authority, stated)
    digest = world.authority.origin.erase(certificate)
    with pytest.raises(ServerRefusedError) as caught:
        world.authority.documents.get(digest)
    assert caught.value.code == "document_erased"


def test_a_stranger_checks_no_presentation(world: World) -> None:
    certificate, document = received(world, example_form())
    shown = present_sd_jwt(document, [("exporter",)])
    with pytest.raises(ServerRefusedError, match="certificate_unknown"):
        world.importer.origin.verify_presentation(shown, world.now)
    assert world.importing.origin.verify_presentation(shown, world.now)[1].id == certificate
    other = issue_sd_jwt({"iss": "x"}, ISSUER.document_secret, {"typ": "test"})
    with pytest.raises(InputError, match="names no certificate"):
        world.importing.origin.verify_presentation(other, world.now)


def test_two_ports_race_for_one_item(world: World) -> None:
    form = example_form()
    certificate, _ = received(world, form)
    whole = form.items[1].quantity.value
    ports = (world.importer, world.importing)  # two doors
    accepted: list[ClaimOpening] = []
    for quantity in ("1440", "1"):  # both halves of 2,880 fit, then nothing does
        with ThreadPoolExecutor(2) as pool:
            parts = [quantity] * 2
            claims = list(
                pool.map(lambda port, part: world.claim(certificate, part, 2, port), ports, parts)
            )
        # Customs puts both in order: what it posted before, it knows.
        for claim in claims:
            signed = world.importing.origin.accept(
                claim, accepted, whole, officer(CUSTOMS_ID), world.now
            )
            with suppress(RecordRefusedError):
                world.final(world.importing, signed)
                accepted.append(claim)
    view = world.importing.origin.certificate(certificate)
    assert view.items[2].share == 10_000
    statuses = [claim.status for claim in view.claims]
    assert sorted(statuses) == ["accepted", "accepted", "pending", "pending"]


def test_two_officers_race_to_accept(world: World) -> None:
    form = example_form()
    certificate, _ = received(world, form)
    whole = form.items[1].quantity.value
    claims = [world.claim(certificate, "2000", 2) for _ in range(2)]

    def accept(claim: ClaimOpening) -> bool:
        signed = world.importing.origin.accept(claim, [], whole, officer(CUSTOMS_ID), world.now)
        try:
            world.final(world.importing, signed)
        except RecordRefusedError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(accept, claims))
    assert won.count(True) == 1
    assert world.importing.origin.certificate(certificate).items[2].share == 6_945


def test_an_importer_cannot_read_the_applications(world: World) -> None:
    assert list(world.importer.origin.applications()) == []
    with pytest.raises(ServerRefusedError, match="application_unknown"):
        world.importer.origin.application(secrets.token_bytes(32))
