"""Records read back from calldata, however their carrier encoded it."""

from typing import Any

import pytest
from eth_account import Account
from sqlalchemy import select
from support.organisations import (
    CHAIN_ID,
    CUSTOMS_TH,
    ISSUER,
    MEMBERSHIP,
    ORIGIN,
    Network,
    Signer,
    certificate_id,
)
from web3 import Web3

from contracts.abi import WORD, array, compose, dynamic_bytes
from contracts.calls import SUBMIT
from contracts.ledger import Ledger
from contracts.membership.binding import MembershipContract
from contracts.membership.records import KeyRevoke
from contracts.origin.binding import OriginContract
from contracts.records import SignedRecord
from contracts.records.record import RecordDomain
from node.indexer.calldata import CalldataReader
from node.indexer.tables import LedgerRecord

A, B = certificate_id("a"), certificate_id("b")
DOMAIN = RecordDomain(CHAIN_ID, ORIGIN)
_LEDGER = Ledger(Web3())
BINDING = OriginContract(_LEDGER, ORIGIN)


@pytest.fixture(scope="module")
def reader() -> CalldataReader:
    return CalldataReader(MembershipContract(_LEDGER, MEMBERSHIP), BINDING)


def detour(signed: SignedRecord) -> bytes:
    """Encode a record so that its signature stands behind bytes that nobody asked for."""
    data = BINDING.carry(signed).data
    words = (len(data) - 4) // WORD
    signature_words = 1 + 3  # length, 65 bytes
    place = words - signature_words - 1
    head = data[: 4 + place * WORD]
    offset = (place + 1) * WORD + 64
    return head + offset.to_bytes(WORD, "big") + b"\xee" * 64 + data[4 + (place + 1) * WORD :]


def batch(*calls: bytes) -> bytes:
    """Encode a batch of any calls, longer ones than the binding would send included."""
    parts = [dynamic_bytes(data) for data in calls]
    return SUBMIT + compose([array(parts)])


def test_single_records_and_batches_are_read(network: Network, reader: CalldataReader) -> None:
    first, second = network.issue(A), network.cancel(A)
    calls = [BINDING.carry(signed).data for signed in (first, second)]
    assert list(reader.records_in(DOMAIN, calls[0])) == [first]
    assert list(reader.records_in(DOMAIN, batch(*calls))) == [first, second]
    assert list(reader.records_in(DOMAIN, batch(batch(calls[0]), calls[1]))) == [first, second]


def test_a_record_with_dynamic_fields_is_read(network: Network, reader: CalldataReader) -> None:
    record = KeyRevoke(ISSUER.id, 0, ISSUER.officer.key_id, network.soon)
    signed = network.sign(record, Signer(f"{ISSUER.name} admin"))
    contract = MembershipContract(_LEDGER, MEMBERSHIP)
    data = contract.carry(signed).data
    assert list(reader.records_in(RecordDomain(CHAIN_ID, MEMBERSHIP), data)) == [signed]


def test_a_detour_is_followed(network: Network, reader: CalldataReader) -> None:
    signed = network.issue(A)
    assert detour(signed) != BINDING.carry(signed).data
    assert list(reader.records_in(DOMAIN, detour(signed))) == [signed]


@pytest.mark.parametrize("size", [0, 3, 4, 5, 100, -32, -33, -97])
def test_what_is_cut_short_is_passed_over(
    network: Network, reader: CalldataReader, size: int
) -> None:
    data = BINDING.carry(network.issue(A)).data
    assert list(reader.records_in(DOMAIN, data[:size])) == []
    assert list(reader.records_in(DOMAIN, batch(data)[:size])) == []


def test_strange_numbers_are_passed_over(network: Network, reader: CalldataReader) -> None:
    data = bytearray(BINDING.carry(network.issue(A)).data)
    data[4 + 6 * WORD] = 0xFF  # a number of items beyond 16 bits
    assert list(reader.records_in(DOMAIN, bytes(data))) == []
    far = SUBMIT + (1 << 255).to_bytes(WORD, "big")
    assert list(reader.records_in(DOMAIN, far)) == []
    many = SUBMIT + (WORD).to_bytes(WORD, "big") + (1 << 200).to_bytes(WORD, "big")
    assert list(reader.records_in(DOMAIN, many)) == []
    assert list(reader.records_in(DOMAIN, b"\x12\x34\x56\x78" + bytes(320))) == []


def test_batches_within_batches_end(reader: CalldataReader) -> None:
    # Each of 256 calls is the batch itself again.
    looped = SUBMIT + (WORD).to_bytes(WORD, "big") + (256).to_bytes(WORD, "big")
    inner = looped + b"".join((256 * WORD).to_bytes(WORD, "big") for _ in range(256))
    data = inner + len(inner).to_bytes(WORD, "big") + inner
    assert list(reader.records_in(DOMAIN, data)) == []


def send(network: Network, data: bytes) -> None:
    carrier = CUSTOMS_TH.carrier
    address = Web3.to_checksum_address(carrier.address)
    transaction: dict[str, Any] = {
        "chainId": CHAIN_ID,
        "nonce": network.web3.eth.get_transaction_count(address),
        "gas": 20_000_000,
        "to": ORIGIN,
        "value": 0,
        "data": data,
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "type": 2,
    }
    raw = Account.sign_transaction(transaction, carrier.secret).raw_transaction
    sent = network.web3.eth.send_raw_transaction(raw)
    network.seal()
    assert network.web3.eth.get_transaction_receipt(sent)["status"] == 1


def test_what_another_carries_in_its_own_way_is_indexed(network: Network) -> None:
    first, second = network.issue(A), network.issue(B)
    forged = network.sign(second.record, CUSTOMS_TH.officer)  # the same fields, refused
    send(network, detour(first))
    calls = [BINDING.carry(forged).data, detour(second), b"nonsense"]
    send(network, batch(*calls))
    node = network.node(network.organisation(ISSUER))
    node.indexer.follow()
    with node.reading() as session:
        rows = {row.object_id: row for row in session.scalars(select(LedgerRecord))}
    for signed in (first, second):
        row = rows["0x" + signed.record.object.hex()]
        assert row.record is not None
        assert signed.signature.hex() in row.record
