"""Signed records: EIP-712 typed data in Python, and the book that keeps them on chain.

`contracts.records.catalogue` knows every record type by name.
"""

from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord

__all__ = ["Record", "RecordDomain", "SignedRecord"]
