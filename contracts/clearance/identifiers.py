"""Identifiers of clearance: keyed hashes, which only holders of the key can guess; pure.

A declaration's own identifier is `contracts.payments.identifiers.declaration_id`, one for
its dues and its clearance.
"""

from typing import Final

from chain.proofs.keccak import keccak256
from contracts.origin.identifiers import keyed_id, of_country, require_country, require_reference

_FACT: Final = b"tradeseal/fact"


def consignment_id(key: bytes, country: str, ucr: str) -> bytes:
    """Return the identifier of a consignment: declarations of one UCR share their draw.

    Args:
        key: The country's key of the registration year.
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
