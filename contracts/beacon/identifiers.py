"""Identifiers of the beacon: keys, rounds, and what an output is the output of; pure."""

from dataclasses import dataclass
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.membership.keys import domain_word
from contracts.origin.identifiers import of_country, require_country

DOMAIN: Final = "beacon"


def country_number(country: str) -> int:
    """Return a country as contracts write it: its two letters as a number.

    Args:
        country: ISO 3166 alpha-2.

    Raises:
        FormError: It is none.
    """
    require_country(country)
    return int.from_bytes(country.encode("ascii"), "big")


def country_of(identifier: bytes) -> str:
    """Return the country that an identifier begins with.

    Args:
        identifier: Of a key or a round, 32 bytes.

    Raises:
        FormError: It begins with none.
    """
    country = identifier[:2].decode("latin-1")
    require_country(country)
    return country


def key_id(country: str, modulus: bytes) -> bytes:
    """Return the identifier of a beacon key.

    Args:
        country: In whose panel it is to sit, ISO 3166 alpha-2.
        modulus: 256 bytes.

    Raises:
        FormError: The country is none.
    """
    require_country(country)
    return of_country(country, keccak256(modulus))


def round_id(country: str, number: int) -> bytes:
    """Return the object whose history the outputs of a round are.

    Args:
        country: ISO 3166 alpha-2.
        number: Number of the block.

    Raises:
        FormError: The country is none.
    """
    require_country(country)
    return round_of(country.encode("ascii"), number)


def round_of(country: bytes, number: int) -> bytes:
    """Return the identifier of a round of a country that is given as two bytes."""
    text = domain_word(DOMAIN) + country.rjust(32, b"\0") + number.to_bytes(32, "big")
    return country + keccak256(text)[2:]


@dataclass(frozen=True, slots=True)
class Round:
    """A round as its outputs depend on it.

    Attributes:
        chain_id: EIP-155 id of the chain.
        country: ISO 3166 alpha-2.
        number: Number of the block.
        block_hash: The block's hash, 32 bytes.
    """

    chain_id: int
    country: str
    number: int
    block_hash: bytes

    @property
    def alpha(self) -> bytes:
        """The input whose output a key owes for the round, 160 bytes.

        It names the domain and no contract: an upgrade gives nobody a second output to choose.
        """
        words = (self.chain_id, country_number(self.country), self.number)
        text = b"".join(value.to_bytes(32, "big") for value in words)
        return domain_word(DOMAIN) + text + self.block_hash
