"""A modulus under which an input may have several outputs finds no proof."""

from math import gcd, prod

import pytest
from support.beacons import EXAMPLE_P as P
from support.beacons import EXAMPLE_Q as Q
from support.beacons import roots_of, secret_of

from contracts.beacon import vrf
from contracts.beacon.errors import BeaconKeyError
from contracts.beacon.permutation import (
    ROOTS,
    SMALL_PRIMES,
    challenge,
    prove_permutation,
    verify_permutation,
)

HOLDER = b"\1" * 32
LABEL = "of the permutation"
# A prime of 1,024 bits, one above a multiple of 65537.
AWKWARD = int(
    "ccb68b58e049b7ec41f5bb664f0714c49d0492e80598da980adc042cab3a80c413f9a177f7492f5b34cbb4be053c"
    "ab8d627727fa7c46b11ff42b05dba1c0470006bc40f45cf87f7044de549a301b34684abe340eb42879348dae1bb4"
    "442b5ffac3a528887beebf9964485512aedd4927dd8851f94637c2521ec5e74d6b15a925",
    16,
)
# Primes of 683 and 682 bits; the square of the first one times the second one has 2,048 bits.
SQUARED = int(
    "7c612535166a9a8290941505e53b2682cc56ec28c74e4df17bd3c2733dceae355400a6059460139ca0ccd1ad98d4"
    "aa78030be61436b40e8b26d06c64ac0a32eca262eeff76b30cb94e931b383698f3ecc8b6d623aa9",
    16,
)
BESIDE = int(
    "3e8a080fd99f9f5e92585d7f89d1996ea53bf3edff3a8bc7d7f1bd5004129b7fbf339cc6849316b34b5c524bdb40"
    "6cc2294483a66a5fb5c5663b828ba05a03dc74d8fcfe13a32288341c42851c08ef1f42e197756f5",
    16,
)


def modulus_of(n: int) -> bytes:
    assert n.bit_length() == 2048
    return n.to_bytes(256, "big")


def test_honest_key() -> None:
    key, roots = secret_of(LABEL), roots_of(LABEL, HOLDER)
    verify_permutation(HOLDER, key.modulus, roots)
    assert prove_permutation(key, HOLDER) == roots


def test_proof_of_another_organisation() -> None:
    with pytest.raises(BeaconKeyError, match="root 0 of the proof"):
        verify_permutation(b"\2" * 32, secret_of(LABEL).modulus, roots_of(LABEL, HOLDER))


@pytest.mark.parametrize("index", [0, 12])
def test_wrong_root(index: int) -> None:
    roots = bytearray(roots_of(LABEL, HOLDER))
    roots[256 * index + 200] ^= 1
    with pytest.raises(BeaconKeyError, match=f"root {index} of the proof"):
        verify_permutation(HOLDER, secret_of(LABEL).modulus, bytes(roots))


def test_root_has_one_form() -> None:
    # Its modulus lies well below 2^2048, so that a number may stay below that with it added.
    key = vrf.SecretKey(P, Q)
    roots = prove_permutation(key, HOLDER)
    found = [int.from_bytes(roots[at : at + 256], "big") for at in range(0, len(roots), 256)]
    place = next(at for at, root in enumerate(found) if root + key.n < 1 << 2048)
    twice = (found[place] + key.n).to_bytes(256, "big")
    changed = roots[: 256 * place] + twice + roots[256 * place + 256 :]
    with pytest.raises(BeaconKeyError, match=f"root {place} of the proof"):
        verify_permutation(HOLDER, key.modulus, changed)


@pytest.mark.parametrize(
    ("modulus", "rule"),
    [
        (b"\xff" * 255, "modulus size"),
        (b"\xff" * 255 + b"\xfe", "modulus"),
        (b"\x7f" + b"\xff" * 255, "modulus"),
        (modulus_of(2039 * ((1 << 2047) // 2039 + 2 | 1)), "small factor"),
        (modulus_of(3 * ((1 << 2047) // 3 + 2 | 1)), "small factor"),
    ],
)
def test_unusable_modulus(modulus: bytes, rule: str) -> None:
    with pytest.raises(BeaconKeyError) as caught:
        verify_permutation(HOLDER, modulus, bytes(ROOTS * 256))
    assert caught.value.rule == rule


def test_length_of_the_proof() -> None:
    with pytest.raises(BeaconKeyError) as caught:
        verify_permutation(HOLDER, secret_of(LABEL).modulus, roots_of(LABEL, HOLDER)[1:])
    assert caught.value.rule == "roots size"


def test_exponent_that_divides_a_group_finds_no_roots() -> None:
    key = secret_of(LABEL)
    n = AWKWARD * (key.p if (AWKWARD * key.p).bit_length() == 2048 else key.q)
    assert gcd(vrf.EXPONENT, AWKWARD - 1) == vrf.EXPONENT
    with pytest.raises(BeaconKeyError, match="no exponent"):
        vrf.SecretKey(AWKWARD, n // AWKWARD)
    # A number has an e-th root modulo the prime only if this power of it is 1.
    challenges = [challenge(HOLDER, modulus_of(n), index) for index in range(ROOTS)]
    assert any(pow(c, (AWKWARD - 1) // vrf.EXPONENT, AWKWARD) != 1 for c in challenges)
    # Roots of the power N alone are there, and do not suffice.
    undone = pow(n, -1, (AWKWARD - 1) * (n // AWKWARD - 1))
    roots = b"".join(pow(c, undone, n).to_bytes(256, "big") for c in challenges)
    with pytest.raises(BeaconKeyError, match="root 0 of the proof"):
        verify_permutation(HOLDER, modulus_of(n), roots)


def test_square_finds_no_roots() -> None:
    n = SQUARED * SQUARED * BESIDE
    challenges = [challenge(HOLDER, modulus_of(n), index) for index in range(ROOTS)]
    # A unit has a p-th root modulo p^2 only if its power p - 1 is 1.
    assert any(pow(c, SQUARED - 1, SQUARED * SQUARED) != 1 for c in challenges)


def test_small_primes_are_those_below_2048() -> None:
    primes = [n for n in range(3, 2048) if all(n % d for d in range(2, int(n**0.5) + 1))]
    assert prod(primes) == SMALL_PRIMES
    assert len(primes) == 308


def test_thirteen_roots_suffice() -> None:
    assert (1.5 / 2048) ** ROOTS < 2**-128
