"""The codes by which administrations tell each other what is wrong with a certificate."""

from enum import StrEnum


class Code(StrEnum):
    """One code for each fault that costs a certificate its preference."""

    EXPIRED = "COO_EXPIRED"
    DUPLICATE_REFERENCE = "COO_DUP_REF"
    QUANTITY_EXCEEDED = "COO_QTY_EXCEEDED"
    HS_MISMATCH = "COO_HS_MISMATCH"
    CRITERION_INVALID = "COO_CRITERION_INVALID"
    THIRD_COUNTRY_FLAG_MISSING = "COO_TCI_FLAG_MISSING"
    RETROACTIVE_FLAG_MISSING = "COO_RETRO_FLAG_MISSING"
    PARENT_INVALID = "COO_PARENT_INVALID"
    NOT_PARTY = "COO_NOT_PARTY"
    ISSUER_UNKNOWN = "COO_ISSUER_UNKNOWN"
    SIGNATURE_INVALID = "COO_SIG_INVALID"
    TRANSIT_PROOF_MISSING = "COO_TRANSIT_PROOF_MISSING"
