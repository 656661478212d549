"""Sealed documents through the doors of several organisations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from support.doors import Doors
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    ISSUER,
    Member,
    Network,
    Signer,
    certificate_id,
)

from api.tokens import Role
from api.vault.members import ANSWERS_AT_ONCE, Allowance
from clients.sdk.errors import AnswerError, InputError, ServerFailedError, ServerRefusedError
from contracts.documents.cid import Cid, file_cid
from contracts.documents.sd_jwt import Disclosable, document_hash, issue_sd_jwt
from contracts.documents.sealed import SealedDocument, seal_document
from node.vault.access import Access
from node.vault.errors import PeerRefusedError
from node.vault.requests import NodeRequest

A = certificate_id("a")
INVOICE = b"%PDF-1.7 the commercial invoice " + bytes(range(256)) * 40
PDF = "application/pdf"


@pytest.fixture
def doors(network: Network) -> Doors:
    return Doors(network)


def form() -> str:
    payload = {
        "attachments": [{"sha256": "0x" + document_digest(INVOICE).hex()}],
        "goods": Disclosable("coffee"),
    }
    return issue_sd_jwt(payload, ISSUER.document_secret, {"typ": "test"})


def document_digest(content: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(content).digest()


@pytest.fixture
def issued(doors: Doors) -> tuple[Doors, str]:
    """Give doors that know a certificate, and its document."""
    return issue(doors)


def issue(doors: Doors) -> tuple[Doors, str]:
    text = form()
    doors[ISSUER].node.submit(doors.network.issue(A, document=document_hash(text)))
    doors.settle()
    return doors, text


@pytest.fixture(scope="module")
def resident(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Doors, str]]:
    """Give the issuer's door for tests that leave no trace which matters to others."""
    folder = tmp_path_factory.mktemp("organisations")
    folder.chmod(0o700)
    network = Network(folder)
    yield issue(Doors(network))
    network.close()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_document_goes_from_its_issuer_to_customs(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    issuer, customs = doors.sdk(ISSUER), doors.sdk(CUSTOMS_ID)
    readers = issuer.documents.customs_of("ID")
    assert readers == [CUSTOMS_ID.id]
    stored = issuer.documents.put_file(text.encode(), "application/sd-jwt", readers)
    assert issuer.documents.get(stored.digest) == text
    with pytest.raises(ServerRefusedError, match="not held here"):
        customs.documents.get(stored.digest)
    assert customs.documents.fetch(stored.manifest, ISSUER.id) == stored
    assert customs.documents.get(stored.digest, "import clearance") == text
    assert customs.documents.fetch(stored.manifest, ISSUER.id) == stored  # again: held
    log = list(doors.sdk(CUSTOMS_ID, Role.AUDITOR).documents.accesses())
    assert [(row.text("act"), row.text("purpose")) for row in log] == [
        ("fetch", "fetched on request"),
        ("read", "import clearance"),
        ("fetch", "fetched on request"),
    ]


def test_who_is_no_reader_gets_nothing(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    stored = doors.sdk(ISSUER).documents.put_file(text.encode(), "application/sd-jwt")
    for member in (CUSTOMS_TH, CUSTOMS_ID):
        with pytest.raises(ServerFailedError, match="status 404"):
            doors.sdk(member).documents.fetch(stored.manifest, ISSUER.id)
    # Shared with one, the same ciphertext opens to it; the other learns nothing still.
    wider = doors.sdk(ISSUER).documents.share(stored.digest, [CUSTOMS_ID.id])
    assert (wider.content, wider.digest) == (stored.content, stored.digest)
    assert doors.sdk(CUSTOMS_ID).documents.fetch(wider.manifest, ISSUER.id) == wider
    for cid in (wider.manifest, wider.content):
        with pytest.raises(PeerRefusedError, match="404"):
            fetch_block(doors, CUSTOMS_TH, cid)


def fetch_block(doors: Doors, member: Member, cid: Cid) -> None:
    node = doors[member].node
    with node.vault.intake() as intake:
        node.documents.peers.fetch(cid, ISSUER.hex_id, intake)


def test_attachments_of_any_type(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    issuer, customs = doors.sdk(ISSUER), doors.sdk(CUSTOMS_ID)
    with pytest.raises(ServerRefusedError) as refused:
        issuer.documents.put_file(INVOICE, PDF, [CUSTOMS_ID.id])
    assert refused.value.code == "document_uncommitted"
    form_ = issuer.documents.put_file(text.encode(), "application/sd-jwt", [CUSTOMS_ID.id])
    invoice = issuer.documents.put_file(INVOICE, PDF, [CUSTOMS_ID.id])
    customs.documents.fetch(form_.manifest, ISSUER.id)
    customs.documents.fetch(invoice.manifest, ISSUER.id)
    assert customs.documents.get_file(invoice.digest) == INVOICE
    with doors[CUSTOMS_ID].client(Role.CUSTOMS) as client:
        answer = client.get(f"/v1/documents/0x{invoice.digest.hex()}")
        assert answer.headers["content-type"] == PDF
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["x-content-type-options"] == "nosniff"
        (manifest,) = client.get(f"/v1/documents/0x{invoice.digest.hex()}/manifests").json()[
            "items"
        ]
    assert (manifest["size"], manifest["media_type"]) == (len(INVOICE), PDF)
    assert len(manifest["readers"]) == 2


def test_an_erased_document_stays_erased(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    issuer, customs = doors.sdk(ISSUER), doors.sdk(CUSTOMS_ID)
    stored = issuer.documents.put_file(text.encode(), "application/sd-jwt", [CUSTOMS_ID.id])
    customs.documents.fetch(stored.manifest, ISSUER.id)
    customs.documents.erase(stored.digest, "court order 7/2026")
    for attempt in (
        lambda: customs.documents.get(stored.digest),
        lambda: customs.documents.fetch(stored.manifest, ISSUER.id),
        lambda: customs.documents.put(text),
    ):
        with pytest.raises(ServerRefusedError) as refused:
            attempt()
        assert refused.value.status in {404, 410}
    with doors[CUSTOMS_ID].client(Role.CUSTOMS) as client:
        path = f"/v1/documents/0x{stored.digest.hex()}"
        assert code(client.get(path)) == (410, "document_erased")
        assert client.delete(path).status_code == 204
    assert issuer.documents.get(stored.digest) == text  # elsewhere it is as it was


def test_what_is_not_held_cannot_be_erased_beforehand(doors: Doors) -> None:
    with doors[ISSUER].client(Role.ISSUING_AUTHORITY) as client:
        path = f"/v1/documents/0x{document_hash(form()).hex()}"
        assert code(client.delete(path)) == (404, "document_unknown")
    doors, text = issue(doors)
    assert doors.sdk(ISSUER).documents.put(text)


def test_answers_are_no_longer_open_once_they_are_read(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    stored = doors.sdk(ISSUER).documents.put_file(
        text.encode(), "application/sd-jwt", [CUSTOMS_ID.id]
    )
    fetch = doors[CUSTOMS_ID].node.documents.peers.fetch
    for _ in range(ANSWERS_AT_ONCE + 1):
        with doors[CUSTOMS_ID].node.vault.intake() as intake:
            fetch(stored.manifest, ISSUER.hex_id, intake)


def test_a_sender_without_a_door(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    stored = doors.sdk(ISSUER).documents.put_file(text.encode(), "application/sd-jwt")
    doors[CUSTOMS_ID].node.documents.peers._doors.clear()
    with pytest.raises(ServerRefusedError, match=r"\[peers\]"):
        doors.sdk(CUSTOMS_ID).documents.fetch(stored.manifest, ISSUER.id)


def test_a_door_that_gives_other_bytes(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    stored = doors.sdk(ISSUER).documents.put_file(text.encode(), "application/sd-jwt")
    liar = httpx.MockTransport(lambda _: httpx.Response(200, content=b"something else"))
    doors[CUSTOMS_ID].node.documents.peers.reach(ISSUER.hex_id, "http://liar", liar)
    with pytest.raises(ServerFailedError, match="other bytes") as failed:
        doors.sdk(CUSTOMS_ID).documents.fetch(stored.manifest, ISSUER.id)
    assert failed.value.code == "content_foreign"
    endless = httpx.MockTransport(lambda _: httpx.Response(200, content=bytes(1 << 20)))
    doors[CUSTOMS_ID].node.documents.peers.reach(ISSUER.hex_id, "http://liar", endless)
    with pytest.raises(ServerRefusedError, match="more than") as refused:
        doors.sdk(CUSTOMS_ID).documents.fetch(stored.manifest, ISSUER.id)
    assert refused.value.status == 413
    assert doors[CUSTOMS_ID].node.vault.documents() == frozenset()


class TestMembers:
    """Requests of other members' nodes."""

    def ask(self, doors: Doors, signer: Signer, cid: Cid, **changes: Any) -> httpx.Response:
        path = f"/v1/vault/blocks/{cid}"
        request = NodeRequest("GET", path, ISSUER.hex_id, doors.network.time)
        header = replace(request, **changes).sign(signer.secret)
        with doors[ISSUER].client() as client:
            return client.get(path, headers={"Authorization": header})

    @pytest.fixture
    def doors(self, resident: tuple[Doors, str]) -> Doors:
        resident[0][ISSUER].app.state.allowance = Allowance()
        return resident[0]

    @pytest.fixture
    def cid(self, resident: tuple[Doors, str]) -> Cid:
        doors, text = resident
        documents = doors.sdk(ISSUER).documents
        return documents.put_file(text.encode(), "application/sd-jwt", [CUSTOMS_ID.id]).content

    def test_keys_that_sign_or_carry_will_do(self, doors: Doors, cid: Cid) -> None:
        for signer in (CUSTOMS_ID.carrier, CUSTOMS_ID.officer):
            answer = self.ask(doors, signer, cid)
            assert answer.status_code == 200
            assert file_cid(answer.content) == cid

    @pytest.mark.parametrize(
        "signer",
        [Signer("nobody"), Signer("customs-id admin")],
        ids=["stranger", "admin key"],
    )
    def test_other_keys_will_not(self, doors: Doors, cid: Cid, signer: Signer) -> None:
        assert code(self.ask(doors, signer, cid)) == (401, "member_unproven")

    @pytest.mark.parametrize(
        "changes",
        [
            {"method": "POST"},
            {"path": "/v1/vault/blocks/other"},
            {"organisation": CUSTOMS_TH.hex_id},
        ],
        ids=str,
    )
    def test_the_signature_is_over_this_request(
        self, doors: Doors, cid: Cid, changes: dict[str, Any]
    ) -> None:
        assert code(self.ask(doors, CUSTOMS_ID.carrier, cid, **changes))[0] == 401

    @pytest.mark.parametrize(("shift", "status"), [(-61, 401), (-60, 200), (60, 200), (61, 401)])
    def test_it_holds_for_a_minute(self, doors: Doors, cid: Cid, shift: int, status: int) -> None:
        time = int(doors[ISSUER].node.clock().timestamp()) + shift
        assert self.ask(doors, CUSTOMS_ID.carrier, cid, time=time).status_code == status

    @pytest.mark.parametrize(
        "header",
        ["", "Bearer x", "Tradeseal", 'Tradeseal time="1", signature="0x00"',
         'Tradeseal time="01", signature="0x' + "00" * 65 + '"',
         'Tradeseal time="1767225602", signature="0x' + "00" * 65 + '"'],
    )  # fmt: skip
    def test_headers_that_prove_nothing(self, doors: Doors, cid: Cid, header: str) -> None:
        with doors[ISSUER].client() as client:
            answer = client.get(f"/v1/vault/blocks/{cid}", headers={"Authorization": header})
        assert code(answer) == (401, "member_unproven")
        assert answer.headers["www-authenticate"].startswith("Tradeseal")

    def test_a_token_is_not_enough(self, doors: Doors, cid: Cid) -> None:
        with doors[ISSUER].client(Role.ISSUING_AUTHORITY) as client:
            assert code(client.get(f"/v1/vault/blocks/{cid}"))[0] == 401

    def test_too_much_at_once_is_refused(self, doors: Doors, cid: Cid) -> None:
        doors[ISSUER].app.state.allowance = Allowance(requests=2)
        for _ in range(2):
            assert self.ask(doors, CUSTOMS_ID.carrier, cid).status_code == 200
        refused = self.ask(doors, CUSTOMS_ID.carrier, cid)
        assert code(refused) == (429, "too_many_requests")
        assert refused.headers["retry-after"] == "60"
        # Each member has an allowance of its own.
        assert self.ask(doors, CUSTOMS_TH.carrier, cid).status_code == 404


def test_an_allowance_begins_anew_after_a_minute() -> None:
    from api.errors import TooManyRequestsError

    allowance = Allowance(requests=2, content=10)
    allowance.begin("a", 0.0)
    allowance.begin("a", 1.0)
    with pytest.raises(TooManyRequestsError):
        allowance.begin("a", 59.9)
    allowance.begin("a", 60.0)
    allowance.spend("a", 9)
    allowance.begin("b", 60.0)
    allowance.spend("b", 10)
    allowance.begin("a", 61.0)
    with pytest.raises(TooManyRequestsError):
        allowance.begin("b", 61.0)


def test_answers_that_nobody_reads_are_few() -> None:
    from api.errors import TooManyRequestsError

    allowance = Allowance()
    for _ in range(ANSWERS_AT_ONCE):
        allowance.begin("a", 0.0)
    with pytest.raises(TooManyRequestsError):
        allowance.begin("a", 61.0)  # another minute: they are still unread
    allowance.begin("b", 61.0)
    allowance.end("a")
    allowance.begin("a", 62.0)
    with pytest.raises(TooManyRequestsError):
        allowance.begin("a", 63.0)
    allowance.begin("a", 1_000.0)  # somebody forgot to say that they ended


def sealed_for(*members: Member, content: bytes) -> SealedDocument:
    keys = [member.encryption_key.material for member in members]
    return seal_document(content, "application/sd-jwt", keys)


class TestUploads:
    @pytest.fixture
    def client(self, resident: tuple[Doors, str]) -> Iterator[httpx.Client]:
        doors, _ = resident
        with doors[ISSUER].client(Role.ISSUING_AUTHORITY) as client:
            yield client

    def upload(self, client: httpx.Client, sealed: SealedDocument) -> httpx.Response:
        headers = {"Content-Type": "application/octet-stream"}
        kept = client.post("/v1/vault/contents", content=sealed.ciphertext, headers=headers)
        assert kept.status_code == 201
        assert kept.json()["content"] == str(sealed.manifest.content)
        return self.send(client, sealed.manifest.to_bytes())

    def send(self, client: httpx.Client, manifest: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return client.post("/v1/vault/manifests", content=manifest, headers=headers)

    def test_any_client_may_seal(self, client: httpx.Client, resident: tuple[Doors, str]) -> None:
        text = resident[1].encode()
        kept = self.upload(client, sealed_for(ISSUER, content=text))
        assert kept.status_code == 201
        assert client.get(kept.headers["Location"]).content == text

    def test_a_hundred_megabytes_are_refused_before_they_come(self, client: httpx.Client) -> None:
        sent = 0

        def parts() -> Iterator[bytes]:
            nonlocal sent
            for _ in range(100):
                sent += 1
                yield bytes(1 << 20)

        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(100 << 20)}
        answer = client.post("/v1/vault/contents", content=b"", headers=headers)
        assert code(answer) == (413, "body_too_large")
        del headers["Content-Length"]
        answer = client.post("/v1/vault/contents", content=parts(), headers=headers)
        assert code(answer) == (413, "body_too_large")

    def test_nothing_of_a_refused_upload_is_left(
        self, client: httpx.Client, resident: tuple[Doors, str]
    ) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        client.post("/v1/vault/contents", content=bytes((50 << 20) + 29), headers=headers)
        incoming = resident[0][ISSUER].node.folder.vault / "incoming"
        assert list(incoming.iterdir()) == []

    def test_for_another_reader_only(
        self, client: httpx.Client, resident: tuple[Doors, str]
    ) -> None:
        sealed = sealed_for(CUSTOMS_ID, content=resident[1].encode())
        assert code(self.upload(client, sealed)) == (422, "document_sealed")

    def test_without_its_content(self, client: httpx.Client, resident: tuple[Doors, str]) -> None:
        sealed = sealed_for(ISSUER, content=resident[1].encode())
        assert code(self.send(client, sealed.manifest.to_bytes())) == (404, "content_unknown")

    def test_no_manifest(self, client: httpx.Client, resident: tuple[Doors, str]) -> None:
        sealed = sealed_for(ISSUER, content=resident[1].encode())
        for bad in (b"", b"{}", b"[]", b"\xff", sealed.manifest.to_bytes() + b" "):
            assert code(self.send(client, bad)) == (422, "manifest_malformed")
        assert code(self.send(client, bytes(1 << 18))) == (413, "body_too_large")

    def test_another_media_type(self, client: httpx.Client) -> None:
        headers = {"Content-Type": "text/plain"}
        for path in ("/v1/vault/contents", "/v1/vault/manifests"):
            answer = client.post(path, content=b"x", headers=headers)
            assert code(answer) == (415, "media_type_unsupported")

    def test_who_may_not_write(self, resident: tuple[Doors, str]) -> None:
        doors, _ = resident
        headers = {"Content-Type": "application/octet-stream"}
        with doors[ISSUER].client(Role.AUDITOR) as auditor:
            answer = auditor.post("/v1/vault/contents", content=b"x", headers=headers)
            assert code(answer) == (403, "permission_missing")
            assert code(auditor.delete("/v1/documents/0x" + "00" * 32))[0] == 403


class TestLog:
    def test_only_auditors_and_operators_read_it(self, resident: tuple[Doors, str]) -> None:
        doors, _ = resident
        for role, status in {
            Role.AUDITOR: 200, Role.OPERATOR: 200, Role.ISSUING_AUTHORITY: 403
        }.items():  # fmt: skip
            with doors[ISSUER].client(role) as client:
                assert client.get("/v1/documents/accesses").status_code == status

    def test_it_comes_in_pages(self, resident: tuple[Doors, str]) -> None:
        doors, text = resident
        sdk = doors.sdk(ISSUER)
        digest = sdk.documents.put(text)
        for number in range(6):
            sdk.documents.get(digest, f"reading {number}")
        with doors[ISSUER].client(Role.AUDITOR) as client:
            first = client.get("/v1/documents/accesses", params={"limit": 4}).json()
            rest = client.get(
                "/v1/documents/accesses", params={"limit": 4, "cursor": first["next"]}
            ).json()
            purposes = [row["purpose"] for row in first["items"] + rest["items"]]
            assert purposes[:7] == [f"reading {n}" for n in (5, 4, 3, 2, 1, 0)] + ["handed in"]
            other = {"document": "0x" + "00" * 32}
            assert client.get("/v1/documents/accesses", params=other).json()["items"] == []

    @pytest.mark.parametrize("purpose", ["", "x" * 129, "two\nlines"])
    def test_a_purpose_must_be_one(self, resident: tuple[Doors, str], purpose: str) -> None:
        doors, text = resident
        digest = doors.sdk(ISSUER).documents.put(text)
        with doors[ISSUER].client(Role.ISSUING_AUTHORITY) as client:
            path = f"/v1/documents/0x{digest.hex()}"
            assert client.get(path, params={"purpose": purpose}).status_code == 422


class TestSdk:
    def test_a_reader_without_a_key(self, issued: tuple[Doors, str]) -> None:
        doors, text = issued
        with pytest.raises((InputError, ServerRefusedError)):
            doors.sdk(ISSUER).documents.put(text, [b"\7" * 32])

    @pytest.mark.parametrize("material", ["0x", "0xzz", "0x" + "ab" * 1_216])
    def test_a_door_that_lies_about_keys(self, material: str) -> None:
        from clients.sdk import Client

        key = {
            "id": "0x" + "11" * 32, "material": material, "purposes": ["encrypt"],
            "revoked_at": None, "valid_until": None,
        }  # fmt: skip
        answers = {"items": [key], "next": None, "organisation": "0x" + "22" * 32}
        transport = httpx.MockTransport(lambda _: httpx.Response(200, content=json.dumps(answers)))
        with Client("http://door", transport=transport) as door, pytest.raises(AnswerError):
            door.documents.put("a.b.c~")


def test_who_sees_no_certificate_sees_no_document(issued: tuple[Doors, str]) -> None:
    doors, text = issued
    node = doors[CUSTOMS_TH].node
    kept = node.vault.keep_document(b"written by the node", PDF, is_own=True)
    with pytest.raises(ServerRefusedError, match="not held here"):
        doors.sdk(CUSTOMS_TH).documents.get_file(bytes.fromhex(kept.document[2:]))
    assert node.vault.open(kept.document, Access("x", "node", "x", "x")).content
    digest = doors.sdk(ISSUER).documents.put(text)
    with doors[ISSUER].client(Role.OPERATOR) as operator:
        assert code(operator.get(f"/v1/documents/0x{digest.hex()}"))[0] == 403


class TestBodies:
    """Requests that cannot be used change nothing."""

    @pytest.mark.parametrize(
        "body",
        ["text", [], {}, {"organisations": []}, {"organisations": ["0x12"]},
         {"organisations": ["0x" + "11" * 32], "more": 1},
         {"organisations": ["0x" + "11" * 32] * 51}],
        ids=["text", "list", "empty", "nobody", "short", "surplus", "many"],
    )  # fmt: skip
    def test_readers(self, resident: tuple[Doors, str], body: Any) -> None:
        doors, text = resident
        digest = doors.sdk(ISSUER).documents.put(text)
        with doors[ISSUER].client(Role.ISSUING_AUTHORITY) as client:
            answer = client.post(f"/v1/documents/0x{digest.hex()}/readers", json=body)
        assert code(answer) == (400, "body_malformed")

    def test_a_reader_without_a_key(self, resident: tuple[Doors, str]) -> None:
        doors, text = resident
        digest = doors.sdk(ISSUER).documents.put(text)
        with doors[ISSUER].client(Role.ISSUING_AUTHORITY) as client:
            body = {"organisations": ["0x" + "11" * 32]}
            answer = client.post(f"/v1/documents/0x{digest.hex()}/readers", json=body)
        assert code(answer) == (422, "reader_unknown")

    @pytest.mark.parametrize(
        "body",
        ["text", {}, {"manifest": "Qm", "sender": ISSUER.hex_id},
         {"manifest": "b" + "a" * 58, "sender": "x"}],
        ids=["text", "empty", "CID", "sender"],
    )  # fmt: skip
    def test_fetches(self, resident: tuple[Doors, str], body: Any) -> None:
        with resident[0][ISSUER].client(Role.ISSUING_AUTHORITY) as client:
            assert code(client.post("/v1/vault/fetches", json=body)) == (400, "body_malformed")

    def test_a_cid_that_is_not_canonical(self, resident: tuple[Doors, str]) -> None:
        body = {"manifest": "b" + "a" * 58, "sender": ISSUER.hex_id}
        with resident[0][ISSUER].client(Role.ISSUING_AUTHORITY) as client:
            assert code(client.post("/v1/vault/fetches", json=body)) == (422, "cid_malformed")
            answer = client.get("/v1/vault")
        assert answer.json() == {"organisation": ISSUER.hex_id, "size_limit": 50 << 20}

    def test_a_strange_cursor(self, resident: tuple[Doors, str]) -> None:
        from api.paging import write_cursor

        with resident[0][ISSUER].client(Role.AUDITOR) as client:
            for cursor in (
                "x",
                write_cursor("accesses/", "-1"),
                write_cursor("accesses/", "1" * 30),
            ):
                answer = client.get("/v1/documents/accesses", params={"cursor": cursor})
                assert code(answer) == (400, "cursor_malformed")
