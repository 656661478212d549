"""A certificate issued on the strength of another one, by the intermediate country."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from support.doors import Doors
from support.exchanging import DAY_AFTER, example_form, issuer_keys
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    IDENTIFIER_KEY,
    IMPORTER,
    ISSUER,
    Member,
    Network,
    genesis_bytes,
)

from clients.sdk import Client
from clients.sdk.errors import InputError, RecordRefusedError, ServerRefusedError
from clients.sdk.keystore import SigningKey
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin import ParentDraw
from clients.sdk.origin.customs import LinePart
from contracts.errors import CommitmentError
from contracts.membership.keys import Role
from contracts.origin.certificate import CertificateForm, certificate_json, parse_certificate
from contracts.origin.identifiers import export_line_id
from node.files import make_private_folder

AUTHORITY_ID = Member("authority-id", Role.ISSUING_AUTHORITY, "ID", governing=False)
KEY = secrets.token_bytes(32)


@dataclass
class World:
    network: Network
    authority: Client
    customs: Client
    intermediate: Client
    importer: Client
    accepted: list[ClaimOpening] = field(default_factory=list)

    @property
    def now(self) -> int:
        return int(self.network.now().timestamp())

    def final(self, client: Client, digest: bytes) -> None:
        client.records.follow(digest, 30)

    def parent(self) -> bytes:
        form = example_form()
        certificate = self.authority.origin.identifier(form, IDENTIFIER_KEY)
        self.network.cover(certificate, len(form.items))
        issued = self.authority.origin.issue(form, issuer_keys(), self.now)
        self.final(self.authority, issued.signed.digest)
        self.network.receive(certificate)
        for client in (self.customs, self.intermediate, self.authority):
            seen(client, certificate, "received")
        return certificate

    def cover(self, child: bytes, quantity: str) -> None:
        """Let the intermediate country's customs certify a line for the child's one item."""
        line = export_line_id(KEY, "ID", "20612345678", 1)
        part = LinePart(line, child, 1, Decimal(quantity), Decimal(20_000))
        made = self.customs.origin.certify_line(part, [], officer(CUSTOMS_ID), self.now)
        self.final(self.customs, made.record)

    def issue(self, form: CertificateForm, parent: bytes, quantity: str) -> ClaimOpening:
        kept: list[ClaimOpening] = []
        issued = self.intermediate.origin.issue_back_to_back(
            form,
            issuer_keys(AUTHORITY_ID),
            parent,
            draws=[ParentDraw(1, Decimal(quantity), Decimal(20_000))],
            accepted=self.accepted,
            now=self.now,
            on_draws=kept.extend,
        )
        assert tuple(kept) == issued.draws
        self.final(self.intermediate, issued.signed.digest)
        self.accepted.extend(kept)
        return kept[0]


def officer(member: Member) -> SigningKey:
    return SigningKey(member.officer.secret)


def seen(client: Client, certificate: bytes, exchange: str) -> None:
    for _ in range(400):
        try:
            if client.origin.certificate(certificate).exchange == exchange:
                return
        except (ServerRefusedError, InputError):
            pass
        time.sleep(0.05)
    raise AssertionError(exchange)


def child_form(quantity: str, number: str = "ID-TH-26/02/000017") -> CertificateForm:
    form = example_form()
    value = certificate_json(form)
    item = value["items"][0] | {"quantity": {"value": quantity, "unit": "KGM"}}
    value |= {
        "reference_no": number,
        "issued_in": "ID",
        "consignee": {"name": "Thai importer", "address": "Bangkok", "country": "TH"},
        "exporter": {"name": "PT Nusantara", "address": "Jakarta", "country": "ID"},
        "items": [item],
        "flags": value["flags"] | {"back_to_back": True},
        "parent": {
            "issued_in": "VN",
            "reference_no": form.reference_no,
            "issued": form.certification.date.isoformat(),
            "expiry": form.expiry.isoformat(),
        },
    }
    value["exporter_declaration"] |= {"produced_in": "VN", "exported_to": "TH"}
    value["transport"] |= {"port_of_discharge": "THBKK"}
    return parse_certificate(value)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    genesis = genesis_bytes(more=(AUTHORITY_ID,))
    network = Network(folder, sealing=True, time=DAY_AFTER, genesis=genesis)
    doors = Doors(network)
    clients = [doors.sdk(member) for member in (ISSUER, CUSTOMS_ID, AUTHORITY_ID, IMPORTER)]
    for door in doors.doors.values():
        door.node.start()
    yield World(network, *clients)
    for client in clients:
        client.close()
    network.close()


def test_children_draw_on_their_parent(world: World) -> None:
    parent, form = world.parent(), child_form("5000")
    child = world.intermediate.origin.identifier(form, IDENTIFIER_KEY)
    world.cover(child, "5000")
    draw = world.issue(form, parent, "5000")
    seen(world.customs, child, "not_sent")
    view = world.customs.origin.certificate(parent)
    assert view.items[1].share == 2_500
    (claim,) = view.claims
    assert (claim.digest, claim.status) == (draw.claim, "accepted")
    assert view.answer["children"] == ["0x" + child.hex()]
    shown = world.intermediate.origin.certificate(child).answer["certificate"]
    assert isinstance(shown, dict)
    assert shown["parent"] == "0x" + parent.hex()


def test_a_second_child_takes_what_is_left_and_no_more(world: World) -> None:
    parent = world.parent()
    first, second = child_form("15000"), child_form("5001", "ID-TH-26/02/000018")
    world.cover(world.intermediate.origin.identifier(first, IDENTIFIER_KEY), "15000")
    world.issue(first, parent, "15000")
    seen(world.customs, world.intermediate.origin.identifier(first, IDENTIFIER_KEY), "not_sent")
    name = world.intermediate.origin.identifier(second, IDENTIFIER_KEY)
    line = export_line_id(KEY, "ID", "20612345678", 2)
    part = LinePart(line, name, 1, Decimal(5_001), Decimal(20_000))
    made = world.customs.origin.certify_line(part, [], officer(CUSTOMS_ID), world.now)
    world.final(world.customs, made.record)
    with pytest.raises(RecordRefusedError, match="beyond the whole"):
        world.issue(second, parent, "5001")
    with pytest.raises(ServerRefusedError):  # neither draw nor issue stands
        world.intermediate.origin.certificate(name)
    assert world.customs.origin.certificate(parent).items[1].share == 7_500


def test_an_unknown_draw_is_not_forgotten(world: World) -> None:
    parent, form = world.parent(), child_form("5000")
    world.cover(world.intermediate.origin.identifier(form, IDENTIFIER_KEY), "5000")
    world.issue(form, parent, "5000")
    seen(world.customs, world.intermediate.origin.identifier(form, IDENTIFIER_KEY), "not_sent")
    seen(world.intermediate, parent, "received")
    world.accepted.clear()  # the book lost an opening
    with pytest.raises(CommitmentError):
        world.issue(child_form("1", "ID-TH-26/02/000019"), parent, "1")


def test_another_country_issues_no_child(world: World) -> None:
    parent, form = world.parent(), child_form("5000")
    world.cover(world.intermediate.origin.identifier(form, IDENTIFIER_KEY), "5000")
    keys = issuer_keys(AUTHORITY_ID, CUSTOMS_TH.officer)

    def issue() -> None:
        issued = world.intermediate.origin.issue_back_to_back(
            form, keys, parent, draws=[ParentDraw(1, Decimal(5_000), Decimal(20_000))],
            accepted=[], now=world.now,
        )  # fmt: skip
        world.final(world.intermediate, issued.signed.digest)

    with pytest.raises(RecordRefusedError, match=": "):
        issue()
