"""Ed25519 signatures by the one rule that CometBFT applies: ZIP 215.

The rule: s < L; the encodings of A and R may be non-canonical and of any
order; [8][s]B = [8]R + [8][k]A with k = SHA-512(R ‖ A ‖ message) over the
bytes as given. What OpenSSL accepts is a subset (it compares R bytewise and
without the cofactor), so it goes first and the slow rule decides only what it
refuses.

Source: ZIP 215; CometBFT v0.38, crypto/ed25519 (VerifyOptionsZIP_215); RFC 8032.
"""

import hashlib
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chain.proofs.errors import SignatureError

_SCHEME = "Ed25519"
_KEY_SIZE = 32
_SIGNATURE_SIZE = 64
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_ONE = pow(2, (_P - 1) // 4, _P)

_Point: TypeAlias = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""

_IDENTITY: _Point = (0, 1, 1, 0)


def verify_signature(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Verify an Ed25519 signature by the rule of ZIP 215.

    Args:
        public_key: 32 bytes.
        message: The bytes that were signed.
        signature: 64 bytes, R ‖ s.

    Raises:
        SignatureError: The rule refuses it.
    """
    if len(public_key) != _KEY_SIZE:
        raise SignatureError(_SCHEME, "the public key is not 32 bytes long")
    if len(signature) != _SIGNATURE_SIZE:
        raise SignatureError(_SCHEME, "it is not 64 bytes long")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        _verify_zip215(public_key, message, signature)


def _verify_zip215(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Verify by ZIP 215 alone.

    Steps:
        (1) s < L.
        (2) A and R decode to points of the curve.
        (3) [8]([s]B - [k]A - R) is the identity.
    """
    # Step 1
    s = int.from_bytes(signature[32:], "little")
    if s >= _L:
        raise SignatureError(_SCHEME, "its s is not below the group order")
    # Step 2
    key = _decode(public_key)
    r = _decode(signature[:32])
    if key is None or r is None:
        raise SignatureError(_SCHEME, "the key or R is no point of the curve")
    # Step 3
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(digest, "little") % _L
    difference = _add(_multiply(s, _BASE), _multiply(k, _negate(key)))
    if not _is_identity(_multiply(8, _add(difference, _negate(r)))):
        raise SignatureError(_SCHEME, "it is not of this key and message")


def _decode(data: bytes) -> _Point | None:
    """Return the point of an encoding, which may be non-canonical."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, (number & (1 << 255) - 1) % _P
    x = _recover_x(y)
    if x is None:
        return None
    if x & 1 != sign:
        x = -x % _P  # x = 0 with the sign bit set stays 0, which ZIP 215 allows
    return x, y, 1, x * y % _P


def _recover_x(y: int) -> int | None:
    """Return a square root of (y^2 - 1) / (d y^2 + 1)."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_MINUS_ONE % _P
    return None if (x * x - square) % _P else x


def _add(left: _Point, right: _Point) -> _Point:
    """Return the sum by the complete formulas of RFC 8032, section 5.1.4."""
    a = (left[1] - left[0]) * (right[1] - right[0]) % _P
    b = (left[1] + left[0]) * (right[1] + right[0]) % _P
    c = 2 * left[3] * right[3] * _D % _P
    d = 2 * left[2] * right[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _negate(point: _Point) -> _Point:
    return -point[0] % _P, point[1], point[2], -point[3] % _P


def _multiply(scalar: int, point: _Point) -> _Point:
    result = _IDENTITY
    for bit in f"{scalar:b}":
        result = _add(result, result)
        if bit == "1":
            result = _add(result, point)
    return result


def _is_identity(point: _Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0


def _base_point() -> _Point:
    y = 4 * pow(5, -1, _P) % _P
    x = _recover_x(y)
    if x is None:
        raise AssertionError
    x = x if x & 1 == 0 else _P - x
    return x, y, 1, x * y % _P


_BASE = _base_point()
