"""The proof that a modulus permits one output for each input.

A holder could choose a modulus under which an input has several outputs, and publish the one
it likes. Hence it shows that x -> x^e is a permutation of the numbers below N: for thirteen
challenges c_i, which hashing makes and nobody chooses, a root r_i with r_i^(e*N) = c_i.

Why thirteen suffice. Let N be odd without prime factor below 2048, and the map no
permutation. Then N is not square-free, or e divides q - 1 for a factor q of N. In the first
case p^2 | N: a number has an N-th root modulo p^k with a chance of at most 1/p. In the second
one a number has an e-th root modulo q with a chance of at most 1/e + 1/q. Asking for N-th roots
also shuts out p | N and p | q - 1, with 1/p + 1/q and q > 2p. Since p, q and e exceed 2048, the
chance is below 1.5/2048 < 2^-10.4, and that of thirteen below 2^-135.

The challenges name the organisation, so that nobody can pass another's key for its own.

Source: Goldberg, Reyzin, Sagga, Baldimtsi: Efficient Noninteractive Certification of RSA Moduli
and Beyond (ASIACRYPT 2019), theorem 2 and section 3.3.
"""

from math import gcd, prod
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.beacon.errors import BeaconKeyError
from contracts.beacon.vrf import EXPONENT, SIZE, SecretKey, mask

ROOTS: Final = 13
ROOTS_SIZE: Final = ROOTS * SIZE
_CHALLENGE: Final = keccak256(b"Tradeseal RSA permutation challenge")
_SMALL: Final = 2048
_DRAWS: Final = 64


def _odd_primes(limit: int) -> list[int]:
    found: list[int] = []
    for number in range(3, limit, 2):
        if all(number % prime for prime in found if prime * prime <= number):
            found.append(number)
    return found


SMALL_PRIMES: Final = prod(_odd_primes(_SMALL))
"""Product of the odd primes below 2048."""


def prove_permutation(key: SecretKey, organisation: bytes) -> bytes:
    """Return the roots that show a key's modulus to be acceptable.

    Args:
        key: The secret.
        organisation: Identifier of its holder, 32 bytes.

    Raises:
        BeaconKeyError: The modulus is not acceptable.
    """
    n = key.n
    roots = b"".join(
        key.root(challenge(organisation, key.modulus, index), EXPONENT * n).to_bytes(SIZE, "big")
        for index in range(ROOTS)
    )
    verify_permutation(organisation, key.modulus, roots)
    return roots


def verify_permutation(organisation: bytes, modulus: bytes, roots: bytes) -> None:
    """Refuse a modulus under which an input may have several outputs.

    Args:
        organisation: Identifier of the key's holder, 32 bytes.
        modulus: 256 bytes.
        roots: 13 times 256 bytes.

    Raises:
        BeaconKeyError: It is not shown that there is but one.
    """
    n = int.from_bytes(modulus, "big")
    _require_modulus(modulus, n)
    if len(roots) != ROOTS_SIZE:
        raise BeaconKeyError(
            "the proof is of another length", "give 13 roots of 256 bytes", "roots size"
        )
    for index in range(ROOTS):
        root = int.from_bytes(roots[index * SIZE : (index + 1) * SIZE], "big")
        if root >= n or pow(root, EXPONENT * n, n) != challenge(organisation, modulus, index):
            raise BeaconKeyError(
                f"root {index} of the proof is wrong", "let the key's holder prove it anew", "root"
            )


def _require_modulus(modulus: bytes, n: int) -> None:
    remedy = "make another key"
    if len(modulus) != SIZE:
        raise BeaconKeyError("the modulus is not of 256 bytes", remedy, "modulus size")
    if n.bit_length() != SIZE * 8 or not n & 1:
        raise BeaconKeyError("the modulus is not odd with 2048 bits", remedy, "modulus")
    if gcd(n, SMALL_PRIMES) != 1:
        raise BeaconKeyError("the modulus has a factor below 2048", remedy, "small factor")


def challenge(organisation: bytes, modulus: bytes, index: int) -> int:
    """Return a challenge: the first of a series of masks that is below the modulus.

    Args:
        organisation: Identifier of the key's holder, 32 bytes.
        modulus: 256 bytes, the first bit set.
        index: Number of the challenge, from 0.

    Raises:
        BeaconKeyError: None of the first 64 is, which no modulus of 2048 bits brings about.
    """
    seed = _CHALLENGE + organisation + modulus + index.to_bytes(32, "big")
    for draw in range(_DRAWS):
        found = mask(seed + draw.to_bytes(32, "big"), SIZE)
        if found < modulus:
            return int.from_bytes(found, "big")
    raise BeaconKeyError("its challenges are not below it", "make another key")
