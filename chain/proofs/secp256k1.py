"""secp256k1 signatures by one strict rule, the one that the contracts apply.

The rule: 65 bytes r ‖ s ‖ v; 0 < r < n; 0 < s <= n / 2; v is 27 or 28; a
public key can be recovered. An r of n or more (v 29 or 30 elsewhere) does not
exist here.

Source: SEC 1, section 4.1.6; EIP-2 (low s); Ethereum Yellow Paper, appendix F.
"""

from coincurve import PublicKey

from chain.proofs.constants import HASH_SIZE, Address20
from chain.proofs.errors import SignatureError
from chain.proofs.keccak import keccak256

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of the group, n."""

_SCHEME = "secp256k1"
_SIGNATURE_SIZE = 65
_RECOVERY_OFFSET = 27


def recover_address(digest: bytes, signature: bytes) -> Address20:
    """Return the address of the key that signed `digest`.

    Args:
        digest: The 32 bytes that were signed.
        signature: 65 bytes, r ‖ s ‖ v.

    Raises:
        SignatureError: The rule refuses it.
    """
    if len(digest) != HASH_SIZE:
        raise SignatureError(_SCHEME, "the digest is not 32 bytes long")
    _require_strict(signature)
    compact = signature[:64] + bytes((signature[64] - _RECOVERY_OFFSET,))
    try:
        key = PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except ValueError as exc:  # coincurve wraps every refusal of libsecp256k1 in it
        raise SignatureError(_SCHEME, "no key can be recovered from it") from exc
    return Address20(keccak256(key.format(compressed=False)[1:])[12:])


def _require_strict(signature: bytes) -> None:
    if len(signature) != _SIGNATURE_SIZE:
        raise SignatureError(_SCHEME, "it is not 65 bytes long")
    if signature[64] not in {27, 28}:
        raise SignatureError(_SCHEME, f"its v is {signature[64]} instead of 27 or 28")
    if not 0 < int.from_bytes(signature[:32], "big") < ORDER:
        raise SignatureError(_SCHEME, "its r is not between 1 and the group order")
    if not 0 < int.from_bytes(signature[32:64], "big") <= ORDER // 2:
        raise SignatureError(_SCHEME, "its s is zero or above half the group order")
