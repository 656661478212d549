import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.documents.x509 import (
    Subject,
    certify_document_key,
    document_key_id,
    new_document_key,
    parse_public_key_info,
    public_key_info,
    self_issued_authority,
    verify_document_certificate,
)
from contracts.errors import KeyDocumentError

AUTHORITY = Subject("Ministry", "Document authority", "VN")
OFFICER = Subject("Ministry", "Document key 1", "VN")
START, END = 1_767_225_600, 1_798_761_600
AUTHORITY_KEY = new_document_key()
DOCUMENT_KEY = new_document_key()
ROOT = self_issued_authority(AUTHORITY_KEY, AUTHORITY, START, END)
LEAF = certify_document_key(
    AUTHORITY_KEY, ROOT, DOCUMENT_KEY.public_key(), OFFICER, not_before=START, not_after=END
)


def test_key_id_is_the_hash_of_the_public_key_info() -> None:
    material = public_key_info(DOCUMENT_KEY.public_key())
    assert len(material) == 91
    assert document_key_id(DOCUMENT_KEY.public_key()) == hashlib.sha256(material).digest()
    assert parse_public_key_info(material) == DOCUMENT_KEY.public_key()


@pytest.mark.parametrize("at", [START, END])
def test_certified_key(at: int) -> None:
    key = verify_document_certificate(LEAF, ROOT, at)
    assert key == DOCUMENT_KEY.public_key()


@pytest.mark.parametrize("at", [START - 1, END + 1])
def test_out_of_validity(at: int) -> None:
    with pytest.raises(KeyDocumentError, match="validity"):
        verify_document_certificate(LEAF, ROOT, at)


def test_another_authority() -> None:
    other = self_issued_authority(new_document_key(), AUTHORITY, START, END)
    with pytest.raises(KeyDocumentError, match="not the authority's"):
        verify_document_certificate(LEAF, other, START)


def test_another_name() -> None:
    other = self_issued_authority(AUTHORITY_KEY, OFFICER, START, END)
    with pytest.raises(KeyDocumentError, match="not the authority's"):
        verify_document_certificate(LEAF, other, START)


def test_leaf_certifies_nothing() -> None:
    below = certify_document_key(
        DOCUMENT_KEY,
        LEAF,
        new_document_key().public_key(),
        OFFICER,
        not_before=START,
        not_after=END,
    )
    with pytest.raises(KeyDocumentError, match="another use"):
        verify_document_certificate(below, LEAF, START)


def test_authority_signs_no_documents() -> None:
    with pytest.raises(KeyDocumentError, match="another use"):
        verify_document_certificate(ROOT, ROOT, START)


def test_certified_key_on_another_curve() -> None:
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    leaf = certify_document_key(
        AUTHORITY_KEY, ROOT, other, OFFICER, not_before=START, not_after=END
    )
    with pytest.raises(KeyDocumentError, match="P-256"):
        verify_document_certificate(leaf, ROOT, START)


def test_certified_key_of_another_kind() -> None:
    other = rsa.generate_private_key(65_537, 2048).public_key()
    leaf = certify_document_key(
        AUTHORITY_KEY,
        ROOT,
        other,  # type: ignore[arg-type]  # what the types forbid, files may hold
        OFFICER,
        not_before=START,
        not_after=END,
    )
    with pytest.raises(KeyDocumentError, match="P-256"):
        verify_document_certificate(leaf, ROOT, START)


def test_certificate_names_its_subject() -> None:
    assert LEAF.subject.rfc4514_string() == "CN=Document key 1,O=Ministry,C=VN"
    assert LEAF.issuer == ROOT.subject
    assert isinstance(LEAF.signature_hash_algorithm, SHA256)


def _other_key(name: str) -> bytes:
    if name == "P-384":
        key = ec.generate_private_key(ec.SECP384R1()).public_key()
        return public_key_info(key)
    if name == "RSA":
        public = rsa.generate_private_key(65_537, 2048).public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    sound = public_key_info(DOCUMENT_KEY.public_key())
    return {
        "nothing": b"",
        "cut": sound[:-1],
        "extended": sound + b"\0",
        "off the curve": sound[:-1] + bytes([sound[-1] ^ 1]),
        "compressed form": sound[:26] + b"\x02" + sound[27:],
        "another tag": b"\x31" + sound[1:],
        "no DER": bytes(91),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "cut",
        "extended",
        "off the curve",
        "compressed form",
        "another tag",
        "no DER",
        "P-384",
        "RSA",
    ],
)
def test_public_key_info_that_is_not_canonical(name: str) -> None:
    with pytest.raises(KeyDocumentError, match=";"):
        parse_public_key_info(_other_key(name))
