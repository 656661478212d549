"""Keys and certificates of strangers fail with an error of ours, whatever is in them."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from contracts.documents.chain import chain_header, verify_chain
from contracts.documents.x509 import (
    Subject,
    certify_document_key,
    parse_public_key_info,
    public_key_info,
    self_issued_authority,
)
from contracts.errors import KeyDocumentError, PresentationError

AT = 1_795_500_000
DAY = 86_400
KEY, ROOT = (ec.derive_private_key(number, ec.SECP256R1()) for number in (7, 8))
WHO = Subject("moit-vn", "documents", "VN")
AUTHORITY = self_issued_authority(ROOT, WHO, AT - DAY, AT + DAY)
LEAF = certify_document_key(
    ROOT, AUTHORITY, KEY.public_key(), WHO, not_before=AT - DAY, not_after=AT + DAY
)
P256 = bytes.fromhex("06082a8648ce3d030107")
ALGORITHM = bytes.fromhex("06072a8648ce3d0201")
KEY_USAGE, CONSTRAINTS = bytes.fromhex("0603551d0f"), bytes.fromhex("0603551d13")


def test_a_sound_key_parses() -> None:
    material = public_key_info(KEY.public_key())
    assert public_key_info(parse_public_key_info(material)) == material


@pytest.mark.parametrize("mark", [P256, ALGORITHM])
def test_a_key_of_an_unknown_kind_is_none(mark: bytes) -> None:
    material = public_key_info(KEY.public_key())
    assert mark in material
    with pytest.raises(KeyDocumentError, match="does not parse"):
        parse_public_key_info(material.replace(mark, mark[:-1] + b"\x42"))


def test_a_sound_chain_is_taken() -> None:
    at = datetime.fromtimestamp(AT, UTC)
    verify_chain(chain_header([LEAF, AUTHORITY]), KEY.public_key(), at)


@pytest.mark.parametrize(
    ("mark", "other"),
    [
        (bytes.fromhex("a003020102"), bytes.fromhex("a003020101")),
        (CONSTRAINTS, KEY_USAGE),
    ],
    ids=["another version", "an extension twice"],
)
def test_a_malformed_certificate_is_refused(mark: bytes, other: bytes) -> None:
    content = LEAF.public_bytes(Encoding.DER)
    assert mark in content
    header = [base64.b64encode(content.replace(mark, other)).decode()]
    with pytest.raises(PresentationError, match="x5c"):
        verify_chain(header, KEY.public_key(), datetime.fromtimestamp(AT, UTC))
