"""The X.509 chain in a document's header."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.documents.chain import chain_header
from contracts.documents.sd_jwt import issue_sd_jwt, verify_sd_jwt
from contracts.documents.x509 import Subject, certify_document_key, self_issued_authority
from contracts.errors import PresentationError

KEY, ROOT, OTHER = (ec.derive_private_key(n, ec.SECP256R1()) for n in (7, 8, 9))
TYPE = "test+sd-jwt"
START, END = 1_700_000_000, 1_800_000_000
WHO = Subject("moit-vn", "documents", "VN")
AUTHORITY = self_issued_authority(ROOT, Subject("moit-vn", "authority", "VN"), START, END)


def certificate(
    key: ec.EllipticCurvePrivateKey = KEY, authority: ec.EllipticCurvePrivateKey = ROOT,
    not_before: int = START, not_after: int = END,
) -> x509.Certificate:  # fmt: skip
    return certify_document_key(
        authority, AUTHORITY, key.public_key(), WHO, not_before=not_before, not_after=not_after
    )


def verify(x5c: Any, iat: int = START, at: int = START) -> Any:
    compact = issue_sd_jwt({"iat": iat}, KEY, {"typ": TYPE, "x5c": x5c})
    return verify_sd_jwt(compact, KEY.public_key(), TYPE, at)


def test_a_sound_chain_is_taken() -> None:
    for chain in ([certificate(), AUTHORITY], [certificate()]):
        assert verify(chain_header(chain)).header["x5c"] == chain_header(chain)


def test_what_counts_is_when_it_signed() -> None:
    chain = chain_header([certificate(not_after=START + 10), AUTHORITY])
    assert verify(chain, iat=START + 5, at=START + 1_000)
    for iat in (START + 11, START - 1):
        with pytest.raises(PresentationError, match="validity"):
            verify(chain, iat=iat, at=START + 1_000)
    with pytest.raises(PresentationError, match="validity"):
        verify(chain, iat=-(1 << 50))


GOOD = chain_header([certificate(), AUTHORITY])
BAD: dict[str, Any] = {
    "another key": chain_header([certificate(OTHER), AUTHORITY]),
    "another authority": chain_header([certificate(authority=OTHER), AUTHORITY]),
    "other order": chain_header([AUTHORITY, certificate()]),
    "issuer is no authority": chain_header([certificate(), certificate()]),
    "authority alone": chain_header([AUTHORITY]),
    "empty": [],
    "too many": GOOD * 3,
    "a text": GOOD[0],
    "a number": [5],
    "no base64": ["%%%"],
    "no certificate": ["AAAA"],
    "with a newline": [GOOD[0] + "\n"],
    "too long": ["A" * 10_000],
}


@pytest.mark.parametrize("name", BAD)
def test_other_chains_are_refused(name: str) -> None:
    with pytest.raises(PresentationError, match="x5c"):
        verify(BAD[name])
