"""How blocks, transactions, receipts and logs look in JSON-RPC.

Source: Ethereum execution APIs, schemas of Block, Transaction, Receipt and Log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chain.machine.receipt import Log, Receipt
from chain.machine.transaction import DYNAMIC_FEE, Transaction
from chain.proofs.evm import EvmHeader


def hex_data(value: bytes) -> str:
    """Return bytes in the form of JSON-RPC."""
    return "0x" + value.hex()


def block_view(
    header: EvmHeader, transactions: Sequence[Transaction], raw_size: int, *, full: bool
) -> dict[str, Any]:
    """Return a block, with whole transactions or their hashes."""
    block_hash = header.hash()
    return {
        "number": hex(header.number),
        "hash": hex_data(block_hash),
        "parentHash": hex_data(header.parent_hash),
        "sha3Uncles": hex_data(header.ommers_hash),
        "miner": hex_data(header.coinbase),
        "stateRoot": hex_data(header.state_root),
        "transactionsRoot": hex_data(header.transactions_root),
        "receiptsRoot": hex_data(header.receipts_root),
        "logsBloom": hex_data(header.logs_bloom),
        "difficulty": hex(header.difficulty),
        "totalDifficulty": "0x0",
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": hex_data(header.extra_data),
        "mixHash": hex_data(header.mix_hash),
        "nonce": hex_data(header.nonce),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "withdrawalsRoot": hex_data(header.withdrawals_root),
        "withdrawals": [],
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "parentBeaconBlockRoot": hex_data(header.parent_beacon_block_root),
        "requestsHash": hex_data(header.requests_hash),
        "size": hex(raw_size),
        "uncles": [],
        "transactions": [
            transaction_view(transaction, header, index) if full else hex_data(transaction.hash)
            for index, transaction in enumerate(transactions)
        ],
    }


def transaction_view(
    transaction: Transaction, header: EvmHeader | None, index: int | None
) -> dict[str, Any]:
    """Return a transaction; header and index are None while it waits."""
    v, r, s = transaction.signature
    view: dict[str, Any] = {
        "blockHash": None if header is None else hex_data(header.hash()),
        "blockNumber": None if header is None else hex(header.number),
        "transactionIndex": None if index is None else hex(index),
        "hash": hex_data(transaction.hash),
        "type": hex(transaction.type_id),
        "nonce": hex(transaction.nonce),
        "gas": hex(transaction.gas),
        "gasPrice": "0x0",
        "from": hex_data(transaction.sender),
        "to": hex_data(transaction.to),
        "value": "0x0",
        "input": hex_data(transaction.data),
        "chainId": hex(transaction.chain_id),
        "v": hex(v),
        "r": hex(r),
        "s": hex(s),
    }
    if transaction.type_id == DYNAMIC_FEE:
        view |= {
            "maxFeePerGas": "0x0",
            "maxPriorityFeePerGas": "0x0",
            "yParity": hex(v),
            "accessList": [
                {
                    "address": hex_data(address),
                    "storageKeys": [hex_data(slot.to_bytes(32, "big")) for slot in slots],
                }
                for address, slots in transaction.access_list
            ],
        }
    return view


def receipt_views(
    header: EvmHeader, transactions: Sequence[Transaction], receipts: Sequence[Receipt]
) -> list[dict[str, Any]]:
    """Return the receipts of a block."""
    views = []
    gas_before = first_log = 0
    for index, (transaction, receipt) in enumerate(zip(transactions, receipts, strict=True)):
        views.append(
            {
                "transactionHash": hex_data(transaction.hash),
                "transactionIndex": hex(index),
                "blockHash": hex_data(header.hash()),
                "blockNumber": hex(header.number),
                "from": hex_data(transaction.sender),
                "to": hex_data(transaction.to),
                "type": hex(receipt.type_id),
                "status": "0x1" if receipt.succeeded else "0x0",
                "gasUsed": hex(receipt.cumulative_gas_used - gas_before),
                "cumulativeGasUsed": hex(receipt.cumulative_gas_used),
                "effectiveGasPrice": "0x0",
                "contractAddress": None,
                "logsBloom": hex_data(receipt.bloom.to_bytes(256, "big")),
                "logs": [
                    log_view(header, transaction, index, first_log + i, log)
                    for i, log in enumerate(receipt.logs)
                ],
            }
        )
        gas_before = receipt.cumulative_gas_used
        first_log += len(receipt.logs)
    return views


def log_view(
    header: EvmHeader, transaction: Transaction, index: int, log_index: int, log: Log
) -> dict[str, Any]:
    """Return a log with its place in the ledger."""
    return {
        "address": hex_data(log.address),
        "topics": [hex_data(topic) for topic in log.topics],
        "data": hex_data(log.data),
        "blockNumber": hex(header.number),
        "blockHash": hex_data(header.hash()),
        "blockTimestamp": hex(header.timestamp),
        "transactionHash": hex_data(transaction.hash),
        "transactionIndex": hex(index),
        "logIndex": hex(log_index),
        "removed": False,
    }
