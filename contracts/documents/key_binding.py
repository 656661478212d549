"""Key binding: the holder signs a presentation for one verifier, now; pure.

The issuer names the holder's key in `cnf`; the holder appends a KB-JWT over exactly the disclosures
that it shows, with the verifier's name and nonce. Replayed, or shown to another, it proves nothing.

Source: RFC 9901, section 4.3 and 7.3; RFC 7800, section 3.2; RFC 7517.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import ec

from contracts.documents.encoding import Json, decode_base64url, encode_base64url
from contracts.documents.jws import read_header, read_payload, sign_jws, verify_jws
from contracts.errors import PresentationError

TYPE: Final = "kb+jwt"
MAX_AGE_SECONDS: Final = 300
SKEW_SECONDS: Final = 60
"""How far a holder's clock may be ahead of the verifier's."""

_HALF: Final = 32
_HEADER: Final = frozenset({"alg", "typ"})
_CLAIMS: Final = frozenset({"iat", "aud", "nonce", "sd_hash"})
_JWK: Final = frozenset({"kty", "crv", "x", "y"})


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """What a verifier asks of a holder.

    Attributes:
        audience: The verifier's name.
        nonce: What the verifier chose for this presentation.
        now: The verifier's clock, seconds.
        max_age: Oldest signature that is taken, seconds.
    """

    audience: str
    nonce: str
    now: int
    max_age: int = MAX_AGE_SECONDS


def holder_claim(key: ec.EllipticCurvePublicKey) -> dict[str, Json]:
    """Return the member `cnf` of a payload that binds a credential to its holder's key.

    Args:
        key: The holder's P-256 key.
    """
    numbers = key.public_numbers()
    point = {name: encode_base64url(value.to_bytes(_HALF, "big"))
             for name, value in (("x", numbers.x), ("y", numbers.y))}  # fmt: skip
    return {"jwk": {"kty": "EC", "crv": "P-256", **point}}


def sign_binding(
    presentation: str, key: ec.EllipticCurvePrivateKey, audience: str, nonce: str, at: int
) -> str:
    """Return the KB-JWT of a presentation.

    Args:
        presentation: JWS ~ disclosure ~ … ~
        key: The holder's P-256 key.
        audience: The verifier's name.
        nonce: What the verifier chose.
        at: Now, seconds.
    """
    claims = {"iat": at, "aud": audience, "nonce": nonce, "sd_hash": _hash(presentation)}
    return sign_jws({"typ": TYPE}, claims, key)


def verify_binding(
    binding: str, presentation: str, claims: Mapping[str, Json], policy: KeyBinding
) -> None:
    """Check that the holder signed a presentation for this verifier, now.

    Args:
        binding: The KB-JWT.
        presentation: What comes before it.
        claims: The credential's verified claims.
        policy: What the verifier asks.

    Raises:
        PresentationError: It names another verifier, nonce, time or presentation, or another
            key than the credential's holder has signed it.
    """
    read_header(binding, TYPE, _HEADER)
    verify_jws(binding, _holder_key(claims))
    found = read_payload(binding, "key binding")
    if found.keys() != _CLAIMS:
        raise PresentationError("the key binding has other members", "sign it as RFC 9901 says")
    expected = {
        "aud": policy.audience,
        "nonce": policy.nonce,
        "sd_hash": _hash(presentation),
    }
    for name, value in expected.items():
        if found[name] != value:
            raise PresentationError(f"the key binding's {name} is another", "sign it for me, now")
    signed = found["iat"]
    if not isinstance(signed, int) or isinstance(signed, bool):
        raise PresentationError("the key binding's iat is no time", "sign it again")
    if not policy.now - policy.max_age <= signed <= policy.now + SKEW_SECONDS:
        raise PresentationError(f"the key binding is of {signed}", "sign it anew")


def _holder_key(claims: Mapping[str, Json]) -> ec.EllipticCurvePublicKey:
    confirmation = claims.get("cnf")
    jwk = (
        cast("dict[str, Json]", confirmation).get("jwk") if isinstance(confirmation, dict) else None
    )
    if not isinstance(jwk, dict):
        raise PresentationError("it names no holder's key", "have it issued to a holder")
    members = cast("dict[str, Json]", jwk)
    if members.keys() != _JWK or (members["kty"], members["crv"]) != ("EC", "P-256"):
        raise PresentationError("the holder's key is not on P-256", "have it issued again")
    x, y = _coordinate(members["x"]), _coordinate(members["y"])
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as fault:
        raise PresentationError("the holder's key is no point", "have it issued again") from fault


def _coordinate(value: Json) -> int:
    raw = decode_base64url(value, "holder's key") if isinstance(value, str) else b""
    if len(raw) != _HALF:
        raise PresentationError("the holder's key is not 32 bytes twice", "have it issued again")
    return int.from_bytes(raw, "big")


def _hash(presentation: str) -> str:
    return encode_base64url(hashlib.sha256(presentation.encode()).digest())
