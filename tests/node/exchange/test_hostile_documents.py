"""Whatever a member sends, the clerk answers or waits; its node goes on with the others."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from support.exchanging import (
    DAY_AFTER,
    EXAMPLE,
    Certified,
    certify,
    example_form,
    hand_over,
    issuer_keys,
    messages_of,
    row_of,
    transmitted,
)
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    IDENTIFIER_KEY,
    ISSUER,
    Network,
)

import node.vault.peers
from api.exchange.schemas import _refusal_of
from clients.sdk.origin.issuing import Links, issue_record
from contracts.documents.encoding import encode_base64url
from contracts.documents.sd_jwt import document_hash, issue_sd_jwt, present_sd_jwt
from contracts.documents.sealed import SD_JWT_TYPE, SealedDocument, seal_document
from contracts.origin.certificate import (
    CLAIM_TYPE,
    DOCUMENT_TYPE,
    CertificateForm,
    certificate_claims,
    importer_paths,
)
from contracts.origin.identifiers import certificate_id
from contracts.origin.records import MessageKind
from node.exchange.clerk import refusal_hash
from node.exchange.queries import ExchangeQueries, Receipt
from node.exchange.refusals import REFUSAL_FORMAT, UNUSABLE, read_refusal
from node.files import make_private_folder
from node.organisation import OrganisationNode
from node.origin.queries import OriginQueries, Scope
from node.origin.tables import Exchange
from node.vault.access import Access
from node.vault.errors import DocumentErasedError

REFUSED = [MessageKind.TRANSMIT, MessageKind.REFUSE]
HEADER = {"typ": DOCUMENT_TYPE}


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, time=DAY_AFTER, clerks=(CUSTOMS_ID,))
    yield network
    network.close()


@pytest.fixture
def customs(network: Network) -> OrganisationNode:
    node = network.node(network.organisation(CUSTOMS_ID))
    network.settle(node)
    return node


class HostileDoor:
    """A member's door that gives what it was handed, whatever that is."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        content = self.contents.get(request.url.path.rpartition("/")[2])
        return httpx.Response(404) if content is None else httpx.Response(200, content=content)

    def offer(self, sealed: SealedDocument) -> bytes:
        manifest = sealed.manifest
        self.contents |= {str(manifest.content): sealed.ciphertext}
        self.contents |= {str(manifest.cid): manifest.to_bytes()}
        return manifest.cid.digest


@pytest.fixture
def door(customs: OrganisationNode) -> HostileDoor:
    door = HostileDoor()
    transport = httpx.MockTransport(door.answer)
    customs.documents.peers.reach(ISSUER.hex_id, "http://hostile", transport)
    return door


def payload(boxes: CertificateForm | None = None) -> dict[str, Any]:
    form = boxes or example_form()
    name = certificate_id(IDENTIFIER_KEY, form.issued_in, form.form, form.reference_no)
    return certificate_claims(form, name, ISSUER.id)


def of_payload(**changes: Any) -> str:
    return issue_sd_jwt(payload() | changes, ISSUER.document_secret, HEADER)


def sealed_for_customs(document: str) -> SealedDocument:
    material = CUSTOMS_ID.encryption_key.material
    return seal_document(document.encode(), SD_JWT_TYPE, [material])


def send(
    network: Network, door: HostileDoor, document: str, sealed: SealedDocument | None = None
) -> Certified:
    """Put issue and transmission of a document on the ledger; offer it, or something else."""
    record = issue_record(example_form(), document, issuer_keys(), Links(), network.time)
    record = replace(record, expires=network.soon, document=document_hash(document))
    network.cover(record.object, record.items)
    reference = door.offer(sealed or sealed_for_customs(document))
    certified = Certified(network.sign(record, ISSUER.officer), document)
    sent = network.message(
        record.object, MessageKind.TRANSMIT, document=record.document, reference=reference
    )
    network.record(certified.signed)
    network.record(sent)
    return certified


def receipt_of(node: OrganisationNode, certified: Certified) -> Receipt:
    return ExchangeQueries(node.state).receipts([certified.name])[certified.name]


def sound() -> str:
    return issue_sd_jwt(payload(), ISSUER.document_secret, HEADER)


def test_a_sound_document_is_received_through_a_members_door(
    network: Network, customs: OrganisationNode, door: HostileDoor
) -> None:
    certified = send(network, door, sound())
    network.settle(customs)
    assert row_of(customs, certified.name).exchange == Exchange.RECEIVED


def test_of_text_makes_sound_documents_too(
    network: Network, customs: OrganisationNode, door: HostileDoor
) -> None:
    certified = send(network, door, of_text(lambda _: None))
    network.settle(customs)
    assert row_of(customs, certified.name).exchange == Exchange.RECEIVED


def of_text(change: Callable[[dict[str, Any]], object]) -> str:
    """Sign a payload's text, which a canonical writer would not write."""
    form = example_form()
    value = json.loads(EXAMPLE.read_text()) | {"vct": CLAIM_TYPE, "iss": ISSUER.hex_id}
    name = certificate_id(IDENTIFIER_KEY, form.issued_in, form.form, form.reference_no)
    value |= {"certificate": "0x" + name.hex(), "iat": form.issued_at, "exp": form.expires_at}
    value |= {"form": "D", "_sd_alg": "sha-256"}
    change(value)
    parts = [json.dumps(HEADER | {"alg": "ES256"}), json.dumps(value)]
    text = ".".join(encode_base64url(part.encode()) for part in parts)
    der = ISSUER.document_secret.sign(text.encode(), ec.ECDSA(SHA256()))
    raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
    return f"{text}.{encode_base64url(raw)}~"


def dated(day: str) -> dict[str, Any]:
    value = json.loads(EXAMPLE.read_text())
    return {"certification": value["certification"] | {"date": day}}


HOSTILE: dict[str, Callable[[], str]] = {
    "a disclosure that is none": lambda: sound() + "!!!~",
    "a disclosure of nothing": lambda: sound() + "AAAA~",
    "half a surrogate pair in the identifier": lambda: of_text(
        lambda value: value.update(certificate="\ud800")
    ),
    "half a surrogate pair in a box": lambda: of_text(
        lambda value: value.update(reference_no="\ud800")
    ),
    "half a surrogate pair in a name": lambda: of_text(lambda value: value.update({"\ud800": 1})),
    "half a surrogate pair in an item": lambda: of_text(
        lambda value: value["items"][0].update({"\udfff": 1, "goods_description": "\ud800"})
    ),
    "another kind of document": lambda: of_payload(vct="something else"),
    "an identifier that is an object": lambda: of_payload(certificate={"a": ["b"] * 9}),
    "the last day of time": lambda: of_payload(**dated("9999-12-31")),
    "the first day of time": lambda: of_payload(**dated("0001-01-01")),
    "no text at all": lambda: "x",
    "a text of dots": lambda: "..~",
    "an end beyond all numbers": lambda: of_payload(exp=2**52),
    "a start before all numbers": lambda: of_payload(iat=-(2**52)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_document_does_not_stop_the_clerk(
    network: Network, customs: OrganisationNode, door: HostileDoor, case: str
) -> None:
    certified = send(network, door, HOSTILE[case]())
    network.settle(customs)
    assert messages_of(customs, certified.name) == REFUSED


def refusal(**changes: Any) -> tuple[bytes, str]:
    """Return what is sent of a refusal, and what its sender put on the ledger."""
    salt, codes = b"\x05" * 32, ["COO_EXPIRED"]
    value = {
        "format": REFUSAL_FORMAT,
        "certificate": "0x" + "01" * 32,
        "transmission": "0x" + "02" * 32,
        "codes": codes,
        "salt": "0x" + salt.hex(),
    }
    return json.dumps(value | changes).encode(), "0x" + refusal_hash(salt, codes).hex()


def test_a_refusal_is_kept_where_it_opens_what_the_ledger_holds() -> None:
    content, reason = refusal()
    assert read_refusal(content, "0x" + "01" * 32, reason) == content.decode()


UNSOUND: dict[str, bytes] = {
    "other codes": refusal(codes=["COO_EXPIRED", "COO_FORM"])[0],
    "no codes": refusal(codes=[])[0],
    "codes that are none": refusal(codes=["<script>"])[0],
    "another salt": refusal(salt="0x" + "06" * 32)[0],
    "a salt that is none": refusal(salt=7)[0],
    "another certificate": refusal(certificate="0x" + "03" * 32)[0],
    "another format": refusal(format="tradeseal-refusal/2")[0],
    "a zero byte": refusal()[0] + b"\0",
    "no UTF-8": b"\xff" + refusal()[0],
    "deep nesting": b"[" * 60_000,
    "megabytes": b'"' + b"a" * (1 << 20) + b'"',
    "nothing": b"",
}


@pytest.mark.parametrize("case", UNSOUND)
def test_a_refusal_that_opens_nothing_is_not_kept(case: str) -> None:
    assert read_refusal(UNSOUND[case], "0x" + "01" * 32, refusal()[1]) == UNUSABLE


@pytest.mark.parametrize("content", [UNUSABLE, "[" * 5_000, "\0", "{}", '{"codes": "all"}'])
def test_an_unusable_refusal_is_not_shown(content: str) -> None:
    assert _refusal_of(content) is None


def test_a_door_that_drips_is_left(
    network: Network, customs: OrganisationNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip() -> Iterator[bytes]:
        while True:
            yield b"."

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=drip())

    transport = httpx.MockTransport(answer)
    customs.documents.peers.reach(ISSUER.hex_id, "http://drips", transport)
    monkeypatch.setattr(node.vault.peers, "TOTAL_SECONDS", 0.05)
    certified = certify(network)
    transmitted(network, certified)
    network.settle(customs)
    assert "took longer than" in (receipt_of(customs, certified).problem or "")


def test_a_door_that_packs_is_refused(network: Network, customs: OrganisationNode) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        packed = gzip.compress(bytes(1 << 20))
        return httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})

    customs.documents.peers.reach(ISSUER.hex_id, "http://packs", httpx.MockTransport(answer))
    certified = certify(network)
    transmitted(network, certified)
    network.settle(customs)
    assert "packed" in (receipt_of(customs, certified).problem or "")


def test_customs_need_not_see_export_lines(
    network: Network, customs: OrganisationNode, door: HostileDoor
) -> None:
    shown = present_sd_jwt(of_payload(), importer_paths(example_form()))
    certified = send(network, door, shown)
    network.settle(customs)
    assert row_of(customs, certified.name).exchange == Exchange.RECEIVED


@pytest.mark.parametrize(
    "withheld", [{("replaces",)}, {("items", 0, "gross_weight"), ("items", 0, "marks_numbers")}]
)
def test_a_document_with_a_box_withheld_is_refused(
    network: Network,
    customs: OrganisationNode,
    door: HostileDoor,
    withheld: set[tuple[str | int, ...]],
) -> None:
    boxes = example_form(replaces="VN-ID-26/02/018841")
    whole = issue_sd_jwt(payload(boxes), ISSUER.document_secret, HEADER)
    paths = [path for path in importer_paths(boxes) if path not in withheld]
    certified = send(network, door, present_sd_jwt(whole, paths))
    network.settle(customs)
    assert messages_of(customs, certified.name) == REFUSED
    assert [each["code"] for each in receipt_of(customs, certified).findings] == ["COO_SCHEMA"]


def test_another_documents_manifest_acknowledges_nothing(
    network: Network, customs: OrganisationNode, door: HostileDoor
) -> None:
    first = sound()
    other = sealed_for_customs(sound())  # new salts: a document that nothing commits to
    certified = send(network, door, first, other)
    network.settle(customs)
    assert messages_of(customs, certified.name) == [MessageKind.TRANSMIT]
    assert "commits to" in (receipt_of(customs, certified).problem or "")
    assert customs.vault.documents() == frozenset()


def test_what_is_sealed_for_somebody_else_acknowledges_nothing(
    network: Network, customs: OrganisationNode, door: HostileDoor
) -> None:
    document = sound()
    sealed = seal_document(document.encode(), SD_JWT_TYPE, [CUSTOMS_TH.encryption_key.material])
    certified = send(network, door, document, sealed)
    network.settle(customs)
    assert messages_of(customs, certified.name) == [MessageKind.TRANSMIT]
    assert "not sealed for" in (receipt_of(customs, certified).problem or "")


def test_the_signed_part_under_another_type_is_refused(
    network: Network, customs: OrganisationNode, door: HostileDoor
) -> None:
    document = sound()
    material = CUSTOMS_ID.encryption_key.material
    signed = document.partition("~")[0].encode()  # its hash is the same
    certified = send(network, door, document, seal_document(signed, "application/pdf", [material]))
    network.settle(customs)
    assert messages_of(customs, certified.name) == REFUSED

    scope = Scope("ID", CUSTOMS_ID.hex_id, customs.vault.documents())
    with customs.reading() as session:
        bundle = customs.bundles.build(session, OriginQueries(session, scope), certified.name)
    assert bundle.document is None


def test_what_was_erased_is_not_taken_again(
    network: Network, customs: OrganisationNode, door: HostileDoor
) -> None:
    certified = send(network, door, sound())
    network.settle(customs)
    customs.vault.erase(certified.digest, Access("officer", "customs", "IDTPP", "court order"))
    network.record(
        network.message(
            certified.id, MessageKind.COPY, document=bytes.fromhex(certified.digest[2:])
        )
    )
    network.settle(customs)
    with pytest.raises(DocumentErasedError):
        hand_over(customs, certified)
    assert customs.vault.documents() == frozenset()
