"""A draw as anybody recomputes it, without a ledger; pure.

(1) Each key's modulus permits one output (`contracts.beacon.permutation`), which the key's
    registration showed.
(2) Each key's proof shows its output for the round's input (`output_of_round`).
(3) The seed is the hash of all outputs in the order of the panel.
(4) The draw is the hash of the seed and the digest of the declaration's registration; it is
    drawn where its upper 128 bits, as a part of 2^128, are below the rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.beacon import vrf
from contracts.beacon.errors import BeaconDrawError
from contracts.beacon.identifiers import Round, country_number
from contracts.beacon.state import SEATS

MILLION: Final = 1_000_000
_WORD: Final = 32


@dataclass(frozen=True, slots=True)
class Draw:
    """What a round drew for a declaration.

    Attributes:
        seed: The round's seed, 32 bytes.
        value: The draw, 32 bytes.
        drawn: Whether it falls below the rate.
    """

    seed: bytes
    value: bytes
    drawn: bool


def output_of_round(modulus: bytes, of: Round, proof: bytes) -> bytes:
    """Return the output that a key's proof shows for a round, 32 bytes.

    Args:
        modulus: Of the key, 256 bytes.
        of: The round.
        proof: 256 bytes.

    Raises:
        BeaconProofError: The proof is of another key or another round.
        FormError: The country is none.
    """
    return vrf.verify(modulus, of.alpha, proof)


def seed_of(country: str, number: int, outputs: Sequence[bytes]) -> bytes:
    """Return the seed of a round, 32 bytes.

    Args:
        country: ISO 3166 alpha-2.
        number: Number of the block.
        outputs: One output of 32 bytes for each key, in the order of the panel.

    Raises:
        BeaconDrawError: There are fewer than two outputs, more than eight, or odd ones.
        FormError: The country is none.
    """
    if not 1 < len(outputs) <= SEATS or any(len(output) != _WORD for output in outputs):
        raise BeaconDrawError("no panel gives such outputs", "give two to eight of 32 bytes")
    head = (country_number(country), number, len(outputs))
    text = b"".join(value.to_bytes(_WORD, "big") for value in head)
    return keccak256(text + b"".join(outputs).ljust(SEATS * _WORD, b"\0"))


def draw_of(seed: bytes, digest: bytes, rate_ppm: int) -> Draw:
    """Return what a seed draws for a declaration.

    Args:
        seed: Of the round, 32 bytes.
        digest: Of the declaration's registration, 32 bytes.
        rate_ppm: How many of a million declarations are drawn, 0 to 1,000,000.

    Raises:
        BeaconDrawError: The rate is none.
    """
    if not 0 <= rate_ppm <= MILLION:
        raise BeaconDrawError(f"{rate_ppm} is no rate", "give 0 to 1000000")
    value = keccak256(seed + digest)
    upper = int.from_bytes(value[:16], "big")
    return Draw(seed, value, upper * MILLION < rate_ppm << 128)


def recompute(
    country: str, number: int, outputs: Sequence[bytes], digest: bytes, rate_ppm: int
) -> Draw:
    """Return what a round drew for a declaration.

    Args:
        country: ISO 3166 alpha-2.
        number: Number of the block in which the declaration was registered.
        outputs: One output for each key, in the order of the panel.
        digest: Of the declaration's registration, 32 bytes.
        rate_ppm: How many of a million declarations are drawn.

    Raises:
        BeaconDrawError: The outputs or the rate cannot be.
        FormError: The country is none.
    """
    return draw_of(seed_of(country, number, outputs), digest, rate_ppm)
