"""Rules that every contract shares, shown on certificates."""

from dataclasses import replace

import pytest
from support.network import ID_CUSTOMS, VN_AUTHORITY, VN_CUSTOMS, Network, salt
from support.trade import Trade

from chain.proofs.heads import fold, initial_head
from chain.proofs.keccak import keccak256
from contracts.abi import compose, dynamic_bytes
from contracts.calls import Call
from contracts.errors import RefusedError
from contracts.events import Recorded, Refused
from contracts.origin.events import CertificateIssued
from contracts.origin.records import MessageKind
from contracts.records import RecordDomain, SignedRecord

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_record_is_accepted_once(network: Network, trade: Trade) -> None:
    signed = network.sign(trade.issue_record(), VN_AUTHORITY.officer)
    outcome = network.send(network.carry(signed))
    anchor = network.origin.anchor(signed.digest)
    assert anchor is not None
    assert anchor.block_number == outcome.block
    assert anchor.time == network.web3.eth.get_block(outcome.block)["timestamp"]


def test_replayed_record_is_refused(network: Network, trade: Trade) -> None:
    signed = network.sign(trade.issue_record(), VN_AUTHORITY.officer)
    network.send(network.carry(signed))
    with pytest.raises(RefusedError, match="records: used"):
        network.attempt(network.carry(signed))
    before = network.origin.object_head(signed.record.object)
    network.send_refused(network.carry(signed))
    assert network.origin.object_head(signed.record.object) == before


def test_unused_record_has_no_anchor(network: Network, trade: Trade) -> None:
    assert network.origin.anchor(trade.issue_record().digest(network.origin.domain)) is None


def test_record_is_accepted_in_its_last_second(network: Network, trade: Trade) -> None:
    network.wait(10)
    network.run(trade.issue_record(expires=network.now), VN_AUTHORITY.officer)


def test_expired_record_is_refused(network: Network, trade: Trade) -> None:
    network.wait(10)
    record = trade.issue_record(expires=network.now - 1)
    with pytest.raises(RefusedError, match="records: expired"):
        network.attempt_record(record, VN_AUTHORITY.officer)


@pytest.mark.parametrize("domain", ["chain", "contract"])
def test_record_for_elsewhere_is_refused(network: Network, trade: Trade, domain: str) -> None:
    home = network.origin.domain
    elsewhere = {
        "chain": RecordDomain(home.chain_id + 1, home.contract),
        "contract": RecordDomain(home.chain_id, network.membership.address),
    }[domain]
    signed = SignedRecord.sign(trade.issue_record(), elsewhere, VN_AUTHORITY.officer.secret)
    with pytest.raises(RefusedError, match="membership: unknown key"):
        network.attempt(network.carry(replace(signed, domain=home)))


def test_malleated_signature_is_refused(network: Network, trade: Trade) -> None:
    signed = network.sign(trade.issue_record(), VN_AUTHORITY.officer)
    high = ORDER - int.from_bytes(signed.signature[32:64], "big")
    v = 55 - signed.signature[64]
    twin = signed.signature[:32] + high.to_bytes(32, "big") + bytes([v])
    with pytest.raises(RefusedError, match="records: signature s"):
        network.attempt(network.carry(replace(signed, signature=twin)))


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (bytes(64), "records: signature size"),
        (bytes(65), "records: signature v"),
        (bytes(64) + b"\x1b", "records: signature r"),
        (ORDER.to_bytes(32, "big") + bytes(31) + b"\1\x1b", "records: signature r"),
        (bytes(31) + b"\1" + bytes(32) + b"\x1b", "records: signature s"),
        # No point of the curve has the abscissa 5.
        (bytes(31) + b"\5" + bytes(31) + b"\1\x1b", "records: signature"),
    ],
    ids=["short", "zeros", "r zero", "r of the order", "s zero", "no point"],
)
def test_signature_without_signer_is_refused(
    network: Network, trade: Trade, signature: bytes, reason: str
) -> None:
    signed = network.sign(trade.issue_record(), VN_AUTHORITY.officer)
    with pytest.raises(RefusedError) as caught:
        network.attempt(network.carry(replace(signed, signature=signature)))
    assert caught.value.reason == reason


def test_signature_longer_than_its_size_is_refused(network: Network, trade: Trade) -> None:
    signed = network.sign(trade.issue_record(), VN_AUTHORITY.officer)
    long = replace(signed, signature=signed.signature + b"\0")
    with pytest.raises(RefusedError) as caught:
        network.attempt(network.carry(long))
    assert caught.value.reason == ""
    assert "gas" in str(caught.value)


def test_any_member_may_carry_any_record(network: Network, trade: Trade) -> None:
    record = trade.issue_record()
    outcome = network.run(record, VN_AUTHORITY.officer, carrier=ID_CUSTOMS.carrier)
    assert outcome.only(Recorded).signer == VN_AUTHORITY.officer.key_id


def test_head_chains_the_digests(network: Network, trade: Trade) -> None:
    record = trade.issue_record()
    first = record.digest(network.origin.domain)
    network.run(record, VN_AUTHORITY.officer)
    receipt = trade.message_record(record.object, MessageKind.PAPER)
    network.run(receipt, ID_CUSTOMS.officer)
    claimed = trade.claim(record.object)
    accept = trade.accept_record(claimed)
    outcome = network.run(accept, ID_CUSTOMS.officer)
    start = initial_head("origin", network.ledger.chain_id, record.object)
    domain = network.origin.domain
    digests = [first, receipt.digest(domain), claimed.digest, accept.digest(domain)]
    head = network.origin.object_head(record.object)
    assert head.head == fold(start, digests)
    assert head.count == 4
    recorded = outcome.only(Recorded)
    assert (recorded.object, recorded.count, recorded.head) == (record.object, 4, head.head)
    assert recorded.digest == digests[3]


def test_untouched_object_has_no_head(network: Network) -> None:
    head = network.origin.object_head(salt())
    assert (head.count, head.head) == (0, bytes(32))


def test_batch_carries_many_records(network: Network, trade: Trade) -> None:
    records = [trade.issue_record() for _ in range(5)]
    calls = [network.carry(network.sign(record, VN_AUTHORITY.officer)) for record in records]
    outcome = network.send(network.origin.submit(calls), carrier=VN_CUSTOMS.carrier)
    issued = [event for event in outcome.events if isinstance(event, CertificateIssued)]
    assert [event.certificate for event in issued] == [record.object for record in records]


def test_refused_record_does_not_undo_its_batch(network: Network, trade: Trade) -> None:
    sound, twin = trade.issue_record(), trade.issue_record()
    bad = replace(twin, importing_country=b"VN")
    calls = [network.carry(network.sign(record, VN_AUTHORITY.officer)) for record in (bad, sound)]
    outcome = network.send(network.origin.submit(calls))
    with pytest.raises(RefusedError) as caught:
        network.attempt(calls[0])
    text = caught.value.reason.encode()
    revert = bytes.fromhex("08c379a0") + compose([dynamic_bytes(text)])
    assert outcome.only(Refused) == Refused(0, keccak256(revert))
    assert outcome.only(CertificateIssued).certificate == sound.object
    assert network.origin.certificate(bad.object) is None


def test_record_twice_in_one_batch_counts_once(network: Network, trade: Trade) -> None:
    call = network.carry(network.sign(trade.issue_record(), VN_AUTHORITY.officer))
    outcome = network.send(network.origin.submit([call, call]))
    assert outcome.only(Refused).index == 1
    assert outcome.only(Recorded).count == 1


def test_garbage_in_a_batch_is_reported(network: Network) -> None:
    garbage = Call(network.origin.address, b"\xff" * 100, 50_000)
    empty = Call(network.origin.address, b"", 50_000)
    outcome = network.send(network.origin.submit([garbage, empty]))
    assert [event.index for event in outcome.events if isinstance(event, Refused)] == [0, 1]


def test_batch_must_fit(network: Network, trade: Trade) -> None:
    call = network.carry(network.sign(trade.issue_record(), VN_AUTHORITY.officer))
    with pytest.raises(ValueError, match="128"):
        network.origin.submit([])
    with pytest.raises(ValueError, match="128"):
        network.origin.submit([call] * 129)
    with pytest.raises(ValueError, match="one contract"):
        network.origin.submit([call, replace(call, to=network.membership.address)])
    with pytest.raises(ValueError, match="by itself"):
        network.origin.submit([replace(call, data=bytes(769))])
