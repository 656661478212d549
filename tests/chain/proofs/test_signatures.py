import coincurve
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.proofs.ed25519 import _verify_zip215, verify_signature
from chain.proofs.errors import SignatureError
from chain.proofs.keccak import keccak256
from chain.proofs.secp256k1 import ORDER, recover_address

DIGEST = keccak256(b"digest")
SECRET = coincurve.PrivateKey(b"\x05" * 32)


def signature() -> bytes:
    raw = SECRET.sign_recoverable(DIGEST, hasher=None)
    return raw[:64] + bytes([raw[64] + 27])


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_recovers_the_signer() -> None:
    expected = keccak256(SECRET.public_key.format(compressed=False)[1:])[12:]
    assert recover_address(DIGEST, signature()) == expected
    assert recover_address(keccak256(b"other"), signature()) != expected


def test_high_s_is_refused() -> None:
    good = signature()
    s = int.from_bytes(good[32:64], "big")
    flipped = good[:32] + word(ORDER - s) + bytes([55 - good[64]])
    with pytest.raises(SignatureError, match="above half the group order"):
        recover_address(DIGEST, flipped)


@pytest.mark.parametrize("v", [0, 1, 26, 29, 30, 255])
def test_other_recovery_ids_are_refused(v: int) -> None:
    with pytest.raises(SignatureError, match="instead of 27 or 28"):
        recover_address(DIGEST, signature()[:64] + bytes([v]))


@pytest.mark.parametrize("r", [0, ORDER, ORDER + 1, 2**256 - 1])
def test_r_out_of_range_is_refused(r: int) -> None:
    with pytest.raises(SignatureError, match="its r"):
        recover_address(DIGEST, word(r) + signature()[32:])


@pytest.mark.parametrize("s", [0, ORDER // 2 + 1, ORDER, 2**256 - 1])
def test_s_out_of_range_is_refused(s: int) -> None:
    with pytest.raises(SignatureError, match="its s"):
        recover_address(DIGEST, signature()[:32] + word(s) + signature()[64:])


def test_the_greatest_s_is_accepted() -> None:
    recover_address(DIGEST, signature()[:32] + word(ORDER // 2) + signature()[64:])


@pytest.mark.parametrize("data", [b"", b"\1" * 64, b"\1" * 66])
def test_other_sizes_are_refused(data: bytes) -> None:
    with pytest.raises(SignatureError, match="65 bytes"):
        recover_address(DIGEST, data)
    with pytest.raises(SignatureError, match="digest"):
        recover_address(data, signature())


def test_an_r_off_the_curve_is_refused() -> None:
    with pytest.raises(SignatureError, match="no key can be recovered"):
        recover_address(DIGEST, word(5) + word(1) + b"\x1b")


def test_ed25519_sizes() -> None:
    with pytest.raises(SignatureError, match="public key is not 32"):
        verify_signature(bytes(31), b"", bytes(64))
    with pytest.raises(SignatureError, match="not 64"):
        verify_signature(bytes(32), b"", bytes(63))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=50), st.data())
@settings(max_examples=15, deadline=None)
def test_ed25519_paths_agree(seed: bytes, message: bytes, data: st.DataObject) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    good = private.sign(message)
    verify_signature(public, message, good)
    _verify_zip215(public, message, good)
    bad = bytearray(good)
    bad[data.draw(st.integers(0, 63))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SignatureError):
        verify_signature(public, message, bytes(bad))
    with pytest.raises(SignatureError):
        verify_signature(public, message + b"x", good)
