"""Key binding: a presentation that only its holder can make, for one verifier, now."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.documents.jws import sign_jws
from contracts.documents.key_binding import holder_claim
from contracts.documents.sd_jwt import (
    Disclosable,
    KeyBinding,
    bind_sd_jwt,
    issue_sd_jwt,
    present_sd_jwt,
    verify_sd_jwt,
)
from contracts.errors import PresentationError

ISSUER, HOLDER, THIEF = (ec.derive_private_key(n, ec.SECP256R1()) for n in (7, 8, 9))
TYPE = "test+sd-jwt"
NOW = 1_000
POLICY = KeyBinding("customs-id", "nonce-1", NOW)


def issue(**changes: Any) -> str:
    payload = {"iat": 900, "cnf": holder_claim(HOLDER.public_key()), "goods": Disclosable("tea"),
               "fob": Disclosable("5.20")}  # fmt: skip
    return issue_sd_jwt(payload | changes, ISSUER, {"typ": TYPE})


SHOWN = present_sd_jwt(issue(), [("goods",)])


def bound(
    presentation: str = SHOWN, key: ec.EllipticCurvePrivateKey = HOLDER, **changes: Any
) -> str:
    values = {"audience": "customs-id", "nonce": "nonce-1", "at": NOW} | changes
    return bind_sd_jwt(presentation, key, **values)


def verify(compact: str, policy: KeyBinding | None = POLICY) -> Any:
    return verify_sd_jwt(compact, ISSUER.public_key(), TYPE, NOW, policy)


def test_its_holder_presents_it() -> None:
    document = verify(bound())
    assert document.is_bound
    assert document.claims["goods"] == "tea"
    assert "fob" not in document.claims
    assert not verify(SHOWN, None).is_bound


def test_it_is_required_where_it_is_asked_for() -> None:
    with pytest.raises(PresentationError, match="no key binding"):
        verify(SHOWN)
    with pytest.raises(PresentationError, match="without key binding"):
        verify(bound(), None)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"audience": "customs-th"}, "aud"),
        ({"nonce": "nonce-2"}, "nonce"),
        ({"at": NOW - 301}, "key binding is of"),
        ({"at": NOW + 61}, "key binding is of"),
        ({"key": THIEF}, "not the key's"),
        ({"key": ISSUER}, "not the key's"),
    ],
    ids=["verifier", "nonce", "old", "future", "thief", "issuer"],
)
def test_another_binding_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(PresentationError, match=match):
        verify(bound(**changes))


@pytest.mark.parametrize("at", [NOW - 300, NOW + 60])
def test_clocks_may_differ_a_little(at: int) -> None:
    assert verify(bound(at=at)).is_bound


def test_it_is_over_exactly_what_is_shown() -> None:
    binding = bound().rpartition("~")[2]
    for other in (issue(), present_sd_jwt(SHOWN, []), present_sd_jwt(issue(), [("goods",)])):
        with pytest.raises(PresentationError):
            verify(other + binding)


def test_a_replay_is_refused_by_its_nonce() -> None:
    with pytest.raises(PresentationError, match="nonce"):
        verify(bound(), replace(POLICY, nonce="nonce-2"))


def signed(header: dict[str, Any] | None = None, **changes: Any) -> str:
    """Sign any key binding, as a careless or hostile holder would."""
    claims = json.loads(base64.urlsafe_b64decode(bound().rpartition("~")[2].split(".")[1] + "=="))
    for name, value in changes.items():
        claims[name] = value
        if value is None:
            del claims[name]
    return SHOWN + sign_jws({"typ": "kb+jwt"} if header is None else header, claims, HOLDER)


BAD: dict[str, Callable[[], str]] = {
    "typ": lambda: signed({"typ": "JWT"}),
    "no typ": lambda: signed({}),
    "alg": lambda: signed({"typ": "kb+jwt", "alg": "none"}),
    "surplus header": lambda: signed({"typ": "kb+jwt", "jwk": {}}),
    "surplus claim": lambda: signed(exp=5),
    "no nonce": lambda: signed(nonce=None),
    "no hash": lambda: signed(sd_hash=None),
    "hash": lambda: signed(sd_hash="AAAA"),
    "iat a text": lambda: signed(iat="1000"),
    "iat a truth": lambda: signed(iat=True),
    "aud a list": lambda: signed(aud=["customs-id"]),
    "two parts": lambda: SHOWN + "e30.e30",
    "garbage": lambda: SHOWN + "x",
    "empty object": lambda: SHOWN + "e30.e30.AA",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_key_binding_is_refused(name: str) -> None:
    with pytest.raises(PresentationError, match=";"):
        verify(BAD[name]())


def test_what_is_one_is_not() -> None:
    assert verify(signed()).is_bound


def jwk(**changes: Any) -> dict[str, Any]:
    return {"jwk": holder_claim(HOLDER.public_key())["jwk"] | changes}


@pytest.mark.parametrize(
    "cnf",
    [None, "key", {}, {"jwk": "key"}, {"kid": "1"}, jwk(kty="OKP"), jwk(crv="P-384"),
     jwk(x="AAAA"), jwk(x=5), jwk(d="AA"), jwk(y=holder_claim(THIEF.public_key())["jwk"]["y"])],
    ids=str,
)  # fmt: skip
def test_a_credential_that_names_no_key(cnf: Any) -> None:
    with pytest.raises(PresentationError, match="holder"):
        verify(bound(present_sd_jwt(issue(cnf=cnf), [])))
