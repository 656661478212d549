"""What the SDK believes of a door that keeps documents: nothing that it cannot check."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.sdk import Client
from clients.sdk.errors import AnswerError, InputError, KeyFileError
from clients.sdk.keystore import create_encryption_key, load_encryption_key
from contracts.documents.cid import file_cid
from contracts.documents.hpke import EncryptionKey
from contracts.documents.sealed import document_commitment

KEY = EncryptionKey.new()
OWN, OTHER = "0x" + "22" * 32, "0x" + "33" * 32
CONTENT = b"%PDF-1.7"
DIGEST = document_commitment(CONTENT, "application/pdf")
CID = str(file_cid(b"something else"))


def key(**changes: Any) -> dict[str, Any]:
    sound = {
        "id": "0x" + KEY.key_id.hex(),
        "material": "0x" + KEY.material.hex(),
        "purposes": ["encrypt"],
        "revoked_at": None,
        "valid_until": None,
    }
    return sound | changes


def door(answers: dict[str, Any], asked: list[str] | None = None) -> Client:
    """Return a client of a door that answers each path with what a test says."""

    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request.url.path)
        value = answers[request.url.path]
        if isinstance(value, bytes):
            return httpx.Response(200, content=value)
        return httpx.Response(200, content=json.dumps(value))

    return Client("http://door", transport=httpx.MockTransport(answer))


def answers(*keys: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "/v1/vault": {"organisation": OWN},
        f"/v1/membership/organisations/{OWN}/keys": {"items": list(keys), "next": None},
        **more,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": ["document"]},
        {"revoked_at": "2026-01-01T00:00:00Z"},
        {"valid_until": "2026-01-01T00:00:00Z"},
        {
            "material": "0x" + ("ff" * 1_216),
            "id": "0x" + hashlib.sha256(b"\xff" * 1_216).hexdigest(),
        },
    ],
    ids=["purpose", "revoked", "over", "no key"],
)
def test_only_keys_in_force_are_sealed_for(changes: dict[str, Any]) -> None:
    with door(answers(key(**changes))) as client, pytest.raises(InputError, match="in force"):
        client.documents.put("a.b.c~")
    with door(answers(key(**changes), key())) as client:
        assert client.documents.encryption_keys(bytes.fromhex(OWN[2:])) == [KEY.material]


def test_customs_without_a_key_are_left_out() -> None:
    def organisation(identifier: str, **changes: Any) -> dict[str, Any]:
        return {"id": identifier, "roles": ["customs"], "country": "ID", "active": True} | changes

    listed = [
        organisation(OWN),
        organisation(OTHER),
        organisation("0x" + "44" * 32, active=False),
        organisation("0x" + "55" * 32, country="TH"),
        organisation("0x" + "66" * 32, roles=["port"]),
    ]
    all_answers = answers(key()) | {
        "/v1/membership/organisations": {"items": listed, "next": None},
        f"/v1/membership/organisations/{OTHER}/keys": {"items": [], "next": None},
    }
    with door(all_answers) as client:
        assert client.documents.customs_of("ID") == [bytes.fromhex(OWN[2:])]


def sealing(kept: Callable[[str], Any]) -> dict[str, Any]:
    return answers(key()) | {
        "/v1/vault/contents": kept("content"),
        "/v1/vault/manifests": kept("manifest"),
    }


def test_a_door_that_keeps_another_content() -> None:
    with (
        door(sealing(lambda _: {"content": CID, "size": 1})) as client,
        pytest.raises(AnswerError, match="another one's"),
    ):
        client.documents.put_file(CONTENT, "application/pdf")
    with (
        door(sealing(lambda _: {"content": "Qm", "size": 1})) as client,
        pytest.raises(AnswerError, match="no CID"),
    ):
        client.documents.put_file(CONTENT, "application/pdf")


def test_a_door_that_gives_another_file() -> None:
    path = f"/v1/documents/0x{DIGEST.hex()}"
    with door({path: CONTENT}) as client:
        assert client.documents.get_file(DIGEST, "a test") == CONTENT
    with door({path: b"other"}) as client, pytest.raises(AnswerError, match="another"):
        client.documents.get_file(DIGEST)


@pytest.mark.parametrize("value", [None, "true", 1])
def test_what_is_neither_true_nor_false(value: Any) -> None:
    listed = [{"id": OWN, "roles": ["customs"], "country": "ID", "active": value}]
    all_answers = {"/v1/membership/organisations": {"items": listed, "next": None}}
    with door(all_answers) as client, pytest.raises(AnswerError, match="active"):
        client.documents.customs_of("ID")


@pytest.mark.parametrize("value", [None, "customs", [1]])
def test_what_is_no_list_of_texts(value: Any) -> None:
    listed = [{"id": OWN, "roles": value, "country": "ID", "active": True}]
    all_answers = {"/v1/membership/organisations": {"items": listed, "next": None}}
    with door(all_answers) as client, pytest.raises(AnswerError, match="roles"):
        client.documents.customs_of("ID")


def test_key_files(tmp_path: Path) -> None:
    path = tmp_path / "encryption.pem"
    made = create_encryption_key(path, b"password")
    assert load_encryption_key(path, b"password").key_id == made.key_id
    with pytest.raises(KeyFileError, match="password"):
        load_encryption_key(path, b"another")
    with pytest.raises(KeyFileError, match="exists already"):
        create_encryption_key(path, b"password")
