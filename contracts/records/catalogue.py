"""Every record type by its name, over all domains."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.beacon.records import BEACON_RECORDS
from contracts.clearance.records import CLEARANCE_RECORDS
from contracts.issuance.records import ISSUANCE_RECORDS
from contracts.membership.records import MEMBERSHIP_RECORDS
from contracts.origin.records import ORIGIN_RECORDS
from contracts.payments.records import PAYMENTS_RECORDS
from contracts.records.record import Record
from contracts.records.signed import SignedRecord

RECORD_TYPES: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {
        record.TYPE_NAME: record
        for record in (
            *MEMBERSHIP_RECORDS,
            *ORIGIN_RECORDS,
            *ISSUANCE_RECORDS,
            *PAYMENTS_RECORDS,
            *BEACON_RECORDS,
            *CLEARANCE_RECORDS,
        )
    }
)


def parse_signed_record(value: object, chain_id: int) -> SignedRecord:
    """Parse the JSON form of a signed record of any domain.

    Args:
        value: The decoded JSON.
        chain_id: EIP-155 id of the chain the record is read for.

    Raises:
        RecordFormatError: A member or field is missing, unknown or not canonical.
        UnknownRecordTypeError: No domain has a record of this type.
    """
    return SignedRecord.from_json(value, chain_id, RECORD_TYPES)
