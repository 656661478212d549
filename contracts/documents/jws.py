"""Compact JWS with ES256, the only algorithm here; pure.

Source: RFC 7515; RFC 7518, section 3.4.
"""

from collections.abc import Collection, Mapping
from typing import Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from contracts.documents.encoding import Json, decode_base64url, encode_base64url, parse_object
from contracts.errors import PresentationError

_HALF: Final = 32
_DOTS: Final = 2


def sign_jws(
    header: Mapping[str, Json], payload: Mapping[str, Json], key: ec.EllipticCurvePrivateKey
) -> str:
    """Return a compact JWS over a payload.

    Args:
        header: Protected header; `alg` is added.
        payload: JSON object, written in canonical form.
        key: P-256 key.
    """
    protected = encode_base64url(rfc8785.dumps({"alg": "ES256", **header}))
    signing_input = protected + "." + encode_base64url(rfc8785.dumps(dict(payload)))
    r, s = decode_dss_signature(key.sign(signing_input.encode(), ec.ECDSA(SHA256())))
    signature = encode_base64url(r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big"))
    return f"{signing_input}.{signature}"


def read_header(jws: str, typ: str, members: Collection[str]) -> dict[str, Json]:
    """Return the header of a compact JWS.

    Args:
        jws: Three parts.
        typ: The type that it must name.
        members: Names that it may hold.

    Raises:
        PresentationError: Another algorithm or type, an unknown member, or no JWS.
    """
    header = parse_object(_segment(jws, 0), "header")
    if header.get("alg") != "ES256":
        raise PresentationError("the algorithm is not ES256", "sign with P-256 and SHA-256")
    if header.get("typ") != typ:
        raise PresentationError(f"the type is not {typ}", "present a document of that type")
    for name in header.keys() - set(members):
        raise PresentationError(f"header member {name[:40]!r} is not known", "leave it out")
    return header


def read_payload(jws: str, what: str = "payload") -> dict[str, Json]:
    """Return the payload of a compact JWS, its signature unchecked.

    Raises:
        PresentationError: It is no JSON object, or there are not three parts.
    """
    return parse_object(_segment(jws, 1), what)


def verify_jws(jws: str, public_key: ec.EllipticCurvePublicKey) -> None:
    """Check the signature of a compact JWS.

    Raises:
        PresentationError: It is not the key's, or the key is not on P-256.
    """
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise PresentationError("the key is not on P-256", "give the signer's key")
    signing_input, _, text = jws.rpartition(".")
    raw = decode_base64url(text, "signature")
    if len(raw) != 2 * _HALF:
        raise PresentationError("the signature is not 64 bytes", "sign with ES256")
    r, s = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
    try:
        der = encode_dss_signature(r, s)
        public_key.verify(der, signing_input.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature as fault:
        remedy = "present the issuer's document unchanged"
        raise PresentationError("the signature is not the key's", remedy) from fault


def _segment(jws: str, index: int) -> bytes:
    if jws.count(".") != _DOTS:
        raise PresentationError("the signed part is no compact JWS", "send three parts")
    return decode_base64url(jws.split(".")[index], "signed part")
