"""Identifiers of payments: keyed hashes, which only holders of the key can guess; pure.

Declarations are hashed under the country's key of their registration year; credits,
guarantees and refunds under the consortium's key of payments, which never rotates, so that
one bank credit cannot count under two names.
"""

from typing import Final

from chain.proofs.keccak import keccak256
from contracts.origin.identifiers import keyed_id, of_country, require_country, require_reference

CONSORTIUM_KEY: Final = "payments"


def declaration_id(key: bytes, country: str, declaration_no: str) -> bytes:
    """Return the identifier of a declaration whose dues are paid.

    Args:
        key: The country's key of the declaration's registration year.
        country: Country of the declaration, ISO 3166 alpha-2.
        declaration_no: The declaration's number without its amendment count, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    require_country(country)
    require_reference("declaration_no", declaration_no)
    return of_country(country, keyed_id(key, "declaration", country, declaration_no))


def credit_id(key: bytes, bank: str, payment_id: str) -> bytes:
    """Return the identifier of a bank's credit.

    Args:
        key: The consortium's key of payments.
        bank: The bank's code, such as its BIC, upper case.
        payment_id: The bank's number of the payment, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    require_reference("bank", bank)
    require_reference("payment_id", payment_id)
    return keyed_id(key, "credit", bank, payment_id)


def refund_id(key: bytes, office: str, number: str) -> bytes:
    """Return the identifier of a refund.

    Args:
        key: The consortium's key of payments.
        office: The customs office that decided it, upper case.
        number: The decision's number, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    require_reference("office", office)
    require_reference("refund_no", number)
    return keyed_id(key, "refund", office, number)


def guarantee_number(key: bytes, bank: str, number: str) -> bytes:
    """Return the keyed hash of a guarantee's number.

    Args:
        key: The consortium's key of payments.
        bank: The bank's code, upper case.
        number: The guarantee's number, upper case.

    Raises:
        FormError: A part is not in its one canonical spelling.
    """
    require_reference("bank", bank)
    require_reference("guarantee_no", number)
    return keyed_id(key, "guarantee", bank, number)


def guarantee_id(organisation: bytes, number: bytes) -> bytes:
    """Return the identifier of a guarantee, which no other bank can take.

    Args:
        organisation: The bank's organisation, 32 bytes.
        number: `guarantee_number` of its number.
    """
    return keccak256(organisation + number)
