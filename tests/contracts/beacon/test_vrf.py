"""The verifiable random function against its specification."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from support.beacons import EXAMPLE_P as P
from support.beacons import EXAMPLE_Q as Q
from support.beacons import secret_of

from contracts.beacon import vrf
from contracts.beacon.errors import BeaconKeyError, BeaconProofError

# RFC 9381, appendix A: what example 1 gives for no input under the key of 2048 bits.
PROOF = bytes.fromhex(
    "14234ff8a9487e1b36a23086e258135b8a8a7ff2e23f19c0dfeca0c0a943f119ebd336fdc292ef67b56e32ba06f9"
    "941893754a8b97c82f68974b2b34c17f6d43bfd55eb110cd7ea3452d59a24e4ddb8d4cdf040c814e22e3537ca09c"
    "2e2dc5dd8ea281e6492ad335378f9f437eed30c51eeeee66ef14efb4000c75c802e9c5a6bb8039c0258d43479811"
    "59d0ef6990b5e9c8ac2fb03915d7ff1ffa0626e2e11714a63342e59124c1fcea8e2816c1d9a7751feaaa66cf6c82"
    "cd3c58ffde66460d98246ab358cc33baefae4dfb0d191e9b6d6c0e3f92c35200408925dc8bef39b78d1259f8163a"
    "5003a693555f05290ef2e68345f27c6e2a8847c5c919d92e7505"
)
OUTPUT = bytes.fromhex("79f0615d4677fb72571889453644013f1a31b08d222e3cee349d64ce1c41045a")
KEY = vrf.SecretKey(P, Q)


def test_specified_example() -> None:
    assert vrf.prove(KEY, b"") == PROOF
    assert vrf.verify(KEY.modulus, b"", PROOF) == OUTPUT


def test_proof_is_of_one_input_and_one_key() -> None:
    with pytest.raises(BeaconProofError, match="another round"):
        vrf.verify(KEY.modulus, b"\0", PROOF)
    with pytest.raises(BeaconProofError, match="another key"):
        vrf.verify(secret_of("another").modulus, b"", PROOF)


def test_proof_has_one_form() -> None:
    twice = int.from_bytes(PROOF, "big") + KEY.n
    assert pow(twice, vrf.EXPONENT, KEY.n) == vrf.encode(KEY.modulus, b"")
    with pytest.raises(BeaconProofError, match="below the modulus"):
        vrf.verify(KEY.modulus, b"", twice.to_bytes(256, "big"))
    for other in (PROOF[1:], b"\0" + PROOF, KEY.modulus):
        with pytest.raises(BeaconProofError, match="below the modulus"):
            vrf.verify(KEY.modulus, b"", other)


@settings(max_examples=10, deadline=None)
@given(alpha=st.binary(max_size=200), bit=st.integers(0, 2039))
def test_every_input_has_one_output(alpha: bytes, bit: int) -> None:
    proof = vrf.prove(KEY, alpha)
    assert vrf.verify(KEY.modulus, alpha, proof) == hashlib.sha256(b"\1\2" + proof).digest()
    other = (int.from_bytes(proof, "big") ^ 1 << bit).to_bytes(256, "big")
    with pytest.raises(BeaconProofError):
        vrf.verify(KEY.modulus, alpha, other)


@pytest.mark.parametrize("password", [None, b"a password"])
def test_key_file(password: bytes | None) -> None:
    pem = KEY.to_pem(password)
    assert vrf.SecretKey.from_pem(pem, password) == KEY
    with pytest.raises(BeaconKeyError):
        vrf.SecretKey.from_pem(pem, b"another" if password else b"none needed")
    assert "14234" not in repr(KEY)
    assert str(P) not in repr(KEY)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_keys_of_another_kind() -> None:
    with pytest.raises(BeaconKeyError, match="no RSA key"):
        vrf.SecretKey.from_pem(_pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(BeaconKeyError, match="2048 bits"):
        vrf.SecretKey.from_pem(_pem(rsa.generate_private_key(65_537, 2056)))
    with pytest.raises(BeaconKeyError, match="exponent is not 65537"):
        vrf.SecretKey.from_pem(_pem(rsa.generate_private_key(3, 2048)))
    with pytest.raises(BeaconKeyError, match="give the file"):
        vrf.SecretKey.from_pem(b"no key")
