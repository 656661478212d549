import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.sd_jwt import (
    DEPTH_LIMIT,
    SIZE_LIMIT,
    Disclosable,
    document_hash,
    issue_sd_jwt,
    present_sd_jwt,
    verify_sd_jwt,
)
from contracts.errors import PresentationError

KEY = ec.derive_private_key(7, ec.SECP256R1())
TYPE = "test+sd-jwt"
NOW = 1_000
PAYLOAD: dict[str, Any] = {
    "iat": 900,
    "exp": 1_100,
    "issued_in": "VN",
    "exporter": Disclosable({"name": "A", "country": "VN"}),
    "items": Disclosable(
        [
            Disclosable({"hs": Disclosable("090111"), "fob": Disclosable("5.20")}),
            Disclosable({"hs": Disclosable("620520"), "fob": Disclosable("6.30")}),
        ]
    ),
}
SHOWN = {
    "iat": 900,
    "exp": 1_100,
    "issued_in": "VN",
    "exporter": {"name": "A", "country": "VN"},
    "items": [{"hs": "090111", "fob": "5.20"}, {"hs": "620520", "fob": "6.30"}],
}


def b64(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def issue(payload: dict[str, Any] | None = None, **header: Any) -> str:
    return issue_sd_jwt(payload or PAYLOAD, KEY, {"typ": TYPE, **header})


def sign(header: Any, payload: Any, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    """Sign anything, as a careless or hostile issuer would."""
    parts = [
        b64(part if isinstance(part, bytes) else json.dumps(part)) for part in (header, payload)
    ]
    text = ".".join(parts)
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def sound_header(**changes: Any) -> dict[str, Any]:
    return {"alg": "ES256", "typ": TYPE} | changes


def disclosure(*parts: Any) -> str:
    return b64(json.dumps(list(parts)))


def digest(text: str) -> str:
    return b64(hashlib.sha256(text.encode()).digest())


def verify(compact: str, at: int = NOW) -> Any:
    return verify_sd_jwt(compact, KEY.public_key(), TYPE, at)


def test_whole_document_shows_everything() -> None:
    compact = issue(kid="k")
    document = verify(compact)
    assert document.claims == SHOWN
    assert document.header == {"alg": "ES256", "typ": TYPE, "kid": "k"}
    assert document.hidden == 0
    assert document.document_hash == document_hash(compact)
    jws = compact.split("~", maxsplit=1)[0]
    assert document.document_hash == hashlib.sha256(jws.encode()).digest()


def test_nothing_disclosed_shows_what_is_always_shown() -> None:
    document = verify(present_sd_jwt(issue(), []))
    assert document.claims == {"iat": 900, "exp": 1_100, "issued_in": "VN"}
    assert document.hidden == 2
    assert document.disclosed == ()


def test_chosen_field_comes_with_what_holds_it() -> None:
    compact = issue()
    document = verify(present_sd_jwt(compact, [("items", 1, "hs")]))
    assert document.claims["items"] == [{"hs": "620520"}]
    assert "exporter" not in document.claims
    assert document.disclosed == (("items",), ("items", 1), ("items", 1, "hs"))
    assert document.document_hash == document_hash(compact)


def test_chosen_branch_comes_whole() -> None:
    document = verify(present_sd_jwt(issue(), [("items", 0)]))
    assert document.claims["items"] == [SHOWN["items"][0]]  # type: ignore[index]


def test_presentation_can_be_narrowed_again() -> None:
    wide = present_sd_jwt(issue(), [("items",)])
    document = verify(present_sd_jwt(wide, [("items", 0, "hs")]))
    assert document.claims["items"] == [{"hs": "090111"}]


@pytest.mark.parametrize(
    "path", [("nothing",), ("items", 2), ("issued_in",), ("exporter", "name")], ids=str
)
def test_nothing_to_disclose_there(path: tuple[str | int, ...]) -> None:
    with pytest.raises(PresentationError, match="not disclosable"):
        present_sd_jwt(issue(), [path])


def test_salts_differ() -> None:
    assert issue().split("~")[1:] != issue().split("~")[1:]


def test_digests_do_not_tell_their_order() -> None:
    body = json.loads(base64.urlsafe_b64decode(issue().split(".")[1] + "=="))
    assert body["_sd"] == sorted(body["_sd"])


@pytest.mark.parametrize(
    ("at", "sound"), [(899, False), (900, True), (1_099, True), (1_100, False)]
)
def test_validity(at: int, sound: bool) -> None:
    if sound:
        assert verify(issue(), at).claims == SHOWN
    else:
        with pytest.raises(PresentationError, match=r"valid before|expired"):
            verify(issue(), at)


def test_another_key() -> None:
    other = ec.derive_private_key(8, ec.SECP256R1()).public_key()
    with pytest.raises(PresentationError, match="not the key's"):
        verify_sd_jwt(issue(), other, TYPE, NOW)


def test_key_on_another_curve() -> None:
    other = ec.derive_private_key(8, ec.SECP384R1()).public_key()
    with pytest.raises(PresentationError, match="P-256"):
        verify_sd_jwt(issue(), other, TYPE, NOW)


def test_another_type() -> None:
    with pytest.raises(PresentationError, match="type"):
        verify_sd_jwt(issue(), KEY.public_key(), "other", NOW)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": TYPE},
        {"alg": "HS256", "typ": TYPE},
        {"alg": "es256", "typ": TYPE},
        {"typ": TYPE},
        {"alg": "ES256"},
        {"alg": "ES256", "typ": TYPE, "crit": ["exp"]},
        {"alg": "ES256", "typ": TYPE, "jwk": {}},
        b'{"alg":"none","alg":"ES256","typ":"test+sd-jwt"}',
        b'["ES256"]',
        b"not json",
        b"\xff",
    ],
    ids=lambda header: str(header)[-30:],
)
def test_header_outside_the_rule(header: Any) -> None:
    with pytest.raises(PresentationError, match=";"):
        verify(sign(header, {"_sd_alg": "sha-256"}) + "~")


A = disclosure("salt", "name", "value")
ELEMENT = disclosure("salt", "value")
BAD_PAYLOADS: dict[str, tuple[Any, list[str]]] = {
    "no hash algorithm": ({}, []),
    "another hash algorithm": ({"_sd_alg": "sha-512"}, []),
    "no object": ([], []),
    "name twice": (b'{"_sd_alg":"sha-256","a":1,"a":2}', []),
    "floating point": (b'{"_sd_alg":"sha-256","a":1.5}', []),
    "not a number": (b'{"_sd_alg":"sha-256","a":NaN}', []),
    "_sd no array": ({"_sd_alg": "sha-256", "_sd": digest(A)}, [A]),
    "digest no text": ({"_sd_alg": "sha-256", "_sd": [5]}, []),
    "digest too short": ({"_sd_alg": "sha-256", "_sd": ["AAAA"]}, []),
    "digest twice": ({"_sd_alg": "sha-256", "_sd": [digest(A), digest(A)]}, [A]),
    "undisclosed digest twice": ({"_sd_alg": "sha-256", "_sd": [digest(A), digest(A)]}, []),
    "disclosure twice": ({"_sd_alg": "sha-256", "_sd": [digest(A)]}, [A, A]),
    "disclosure referenced nowhere": ({"_sd_alg": "sha-256"}, [A]),
    "name taken": ({"_sd_alg": "sha-256", "name": "x", "_sd": [digest(A)]}, [A]),
    "element as member": ({"_sd_alg": "sha-256", "_sd": [digest(ELEMENT)]}, [ELEMENT]),
    "member as element": ({"_sd_alg": "sha-256", "list": [{"...": digest(A)}]}, [A]),
    "reserved in an object": ({"_sd_alg": "sha-256", "...": digest(A)}, []),
    "element with more": ({"_sd_alg": "sha-256", "list": [{"...": digest(A), "x": 1}]}, [A]),
    "hash algorithm below": ({"_sd_alg": "sha-256", "a": {"_sd_alg": "sha-256"}}, []),
    "iat no number": ({"_sd_alg": "sha-256", "iat": "900"}, []),
    "exp a truth": ({"_sd_alg": "sha-256", "exp": True}, []),
    "nbf later": ({"_sd_alg": "sha-256", "nbf": 1_001}, []),
    **{
        f"disclosed {name}": (
            {"_sd_alg": "sha-256", "_sd": [digest(disclosure("salt", name, 2_000))]},
            [disclosure("salt", name, 2_000)],
        )
        for name in ("_sd", "...", "_sd_alg", "exp", "iat", "nbf", "iss", "vct", "cnf")
    },
    **{
        f"disclosure {name}": (
            {"_sd_alg": "sha-256", "_sd": [digest(b64(json.dumps(value)))]},
            [b64(json.dumps(value))],
        )
        for name, value in {
            "no array": {"a": 1},
            "empty": [],
            "without salt": [5, "name", "value"],
            "of one": ["salt"],
            "of four": ["salt", "name", "value", "more"],
            "with another name": ["salt", 5, "value"],
        }.items()
    },
}


@pytest.mark.parametrize("name", BAD_PAYLOADS)
def test_payload_outside_the_rule(name: str) -> None:
    payload, disclosures = BAD_PAYLOADS[name]
    with pytest.raises(PresentationError, match=";"):
        verify("~".join([sign(sound_header(), payload), *disclosures, ""]))


def test_payload_within_the_rule() -> None:
    payload = {"_sd_alg": "sha-256", "_sd": [digest(A)], "list": [{"...": digest(ELEMENT)}, 1]}
    document = verify("~".join([sign(sound_header(), payload), A, ELEMENT, ""]))
    assert document.claims == {"name": "value", "list": ["value", 1]}


def test_nesting_is_bounded() -> None:
    deep: Any = 1
    for _ in range(DEPTH_LIMIT + 2):
        deep = {"a": deep}
    with pytest.raises(PresentationError, match="deeply"):
        verify(sign(sound_header(), {"_sd_alg": "sha-256", "a": deep}) + "~")


def test_absurd_nesting_is_no_crash() -> None:
    payload = b'{"_sd_alg":"sha-256","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(PresentationError, match="deeply"):
        verify(sign(sound_header(), payload) + "~")


def test_brackets_in_texts_are_no_nesting() -> None:
    payload = {"iat": 900, "marks": "[" * 1_000 + '\\"]]' + "{" * 1_000}
    assert verify(issue(payload)).claims == payload


MALFORMED: dict[str, Callable[[str], str]] = {
    "no end": lambda text: text.removesuffix("~"),
    "key binding": lambda text: text + "e30.e30.AA",
    "nothing": lambda _: "",
    "no JWS": lambda _: "~",
    "two parts": lambda text: text.split(".", 1)[1],
    "empty disclosure": lambda text: text + "~",
    "padded": lambda text: text.replace("~", "=~", 1),
    "standard alphabet": lambda text: text.replace("~", "~+/", 1),
    "space": lambda text: text.replace("~", " ~", 1),
    "too long": lambda text: text + "A" * SIZE_LIMIT + "~",
    "letters of another script": lambda text: text.replace("~", "~\u0430", 1),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str) -> None:
    with pytest.raises(PresentationError, match=";"):
        verify(MALFORMED[name](issue()))


def test_unused_bits_must_be_zero() -> None:
    jws, *rest = issue().split("~")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes leave four unused bits in the last character.
    twin = jws[:-1] + alphabet[alphabet.index(jws[-1]) | 1]
    with pytest.raises(PresentationError, match="canonical"):
        verify("~".join([twin, *rest]))


@pytest.mark.parametrize("size", [0, 63, 65, 72])
def test_signature_of_another_size(size: int) -> None:
    signing_input = issue().split("~", maxsplit=1)[0].rpartition(".")[0]
    with pytest.raises(PresentationError, match=";"):
        verify(f"{signing_input}.{b64(bytes(size))}~")


def test_zero_signature() -> None:
    signing_input = issue().split("~", maxsplit=1)[0].rpartition(".")[0]
    with pytest.raises(PresentationError, match="not the key's"):
        verify(f"{signing_input}.{b64(bytes(64))}~")


@given(st.data())
def test_any_changed_character_is_noticed(data: st.DataObject) -> None:
    compact = issue()
    place = data.draw(st.integers(0, len(compact) - 1))
    letter = data.draw(st.sampled_from("AbC019-_~."))
    if compact[place] == letter:
        return
    changed = compact[:place] + letter + compact[place + 1 :]
    with pytest.raises(PresentationError):
        verify(changed)


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_reserved_names_are_not_issued(name: str) -> None:
    with pytest.raises(PresentationError, match="reserved"):
        issue({name: 1})


@pytest.mark.parametrize("name", ["exp", "iss"])
def test_frame_is_always_shown(name: str) -> None:
    with pytest.raises(PresentationError, match="always shown"):
        issue({name: Disclosable(1)})
