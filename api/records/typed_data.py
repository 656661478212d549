"""Records as `eth_signTypedData_v4` takes them, for wallets that sign without our code."""

from contracts.records.record import Record, RecordDomain, record_fields


def typed_data(record: Record, domain: RecordDomain) -> dict[str, object]:
    """Return the EIP-712 object whose digest is the record's.

    Source: EIP-712, "Specification of the eth_signTypedData JSON RPC".
    """
    members = [
        {"name": field.name, "type": field.type.name} for field in record_fields(type(record))
    ]
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            record.TYPE_NAME: members,
        },
        "primaryType": record.TYPE_NAME,
        "domain": {
            "name": "Tradeseal",
            "version": "1",
            "chainId": str(domain.chain_id),
            "verifyingContract": "0x" + domain.contract.hex(),
        },
        "message": record.message(),
    }
