"""Identifiers of clearance: keyed hashes, which only holders of the key can guess; pure.

A declaration's own identifier is `contracts.payments.identifiers.declaration_id`, one for
its dues and its clearance.
"""

from typing import Final

from chain.proofs.keccak import keccak256
from contracts.origin.identifiers import keyed_id, of_country, require_country, require_reference

_FACT: Final = b"tradeseal/fact"


def consignment_key(first_key: bytes, country: str) -> bytes:
    """Return a country's key of consignments and transport documents.

    It is made of the first of the country's yearly keys and stays when those change: a consignment
    reference is unique over the years, and its declarations share their draw across the turn of a
    year. Nobody tests a guessed reference who does not hold that key.

    Args:
        first_key: The key of the first year of which the country has one, 32 bytes.
        country: ISO 3166 alpha-2.

    Raises:
        FormError: The country is none, or it is no identifier key.
    """
    require_country(country)
    return keyed_id(first_key, "consignments", country)


def consignment_id(key: bytes, country: str, ucr: str) -> bytes:
    """Return the identifier of a consignment: declarations of one UCR share their draw.

    Args:
        key: The country's key of `consignment_key`.
        country: Country of the declaration, ISO 3166 alpha-2.
        ucr: Unique consignment reference, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    require_country(country)
    require_reference("ucr", ucr)
    return keyed_id(key, "consignment", country, ucr)


def transport_id(key: bytes, country: str, kind: str, number: str) -> bytes:
    """Return the identifier of a transport document, such as a bill of lading.

    Args:
        key: As in `consignment_id`.
        country: Country of the declaration, ISO 3166 alpha-2.
        kind: Its UNCL 1001 code, such as 705.
        number: Its number, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    require_country(country)
    require_reference("kind", kind)
    require_reference("number", number)
    return keyed_id(key, "transport", country, kind, number)


def fact_id(declaration: bytes, kind: int, reference: str) -> bytes:
    """Return the identifier of a fact that a declaration awaits.

    Args:
        declaration: The declaration's identifier, 32 bytes, which hides the reference.
        kind: A `FactKind`.
        reference: What is asked for, such as a permit's number.
    """
    return keccak256(_FACT + declaration + bytes([kind]) + reference.encode())


def rates_id(country: str) -> bytes:
    """Return the object under which a country's rates of inspection are set.

    Args:
        country: ISO 3166 alpha-2.
    """
    require_country(country)
    return of_country(country, keccak256(b"tradeseal/rates/" + country.encode()))
