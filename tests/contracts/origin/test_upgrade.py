"""A vote replaces the origin contract: open certificates go on where they stood."""

import pytest
from support.network import (
    ID_CUSTOMS,
    ID_IMPORTER,
    VN_AUTHORITY,
    Network,
    salt,
)
from support.trade import Claimed, Trade
from web3.exceptions import Web3RPCError

from chain.proofs.heads import fold, initial_head
from contracts.artifacts import load_artifact
from contracts.commitments import Opening
from contracts.errors import RefusedError
from contracts.events import Recorded
from contracts.membership import governance
from contracts.membership.layout import object_slots
from contracts.origin.binding import OriginContract
from contracts.origin.state import CertificateStatus, ClaimStatus


def word(address: bytes) -> bytes:
    return address.rjust(32, b"\0")


class Upgrade:
    """An open certificate before the upgrade, and the two contracts after it."""

    def __init__(self, network: Network, trade: Trade) -> None:
        self.network, self.trade = network, trade
        self.old = network.origin
        self.certificate = trade.issue()
        self.drawn = trade.claim(self.certificate, 300)
        trade.accept(self.drawn)
        self.pending = trade.claim(self.certificate, 300)
        self.head = self.old.object_head(self.certificate)
        self.state = self.old.certificate(self.certificate)
        self.replace()

    def replace(self) -> None:
        network = self.network
        here = network.ledger.block_number()
        init_code = load_artifact("origin").init_code(
            word(network.membership.address), word(network.origin.address)
        )
        network.install("origin", init_code, here + 2)
        network.decide(governance.commit_consortium_key(salt().hex()[:20], salt()))
        version = network.membership.versions("origin")[-1]
        assert version.from_block == here + 2 == network.ledger.block_number()
        network.origin = OriginContract(network.ledger, version.contract)


@pytest.fixture
def upgrade(network: Network, trade: Trade) -> Upgrade:
    return Upgrade(network, trade)


def test_registry_says_which_contract_speaks_when(network: Network, upgrade: Upgrade) -> None:
    first, second = network.membership.versions("origin")
    assert first.contract == upgrade.old.address
    assert second.contract == network.origin.address
    expected = load_artifact("origin").code_hash(
        b"origin".ljust(32, b"\0"), word(first.contract), word(network.membership.address)
    )
    assert second.code_hash == expected
    assert network.membership.contract_of("origin", second.from_block - 1) == first.contract
    assert network.membership.contract_of("origin") == second.contract
    assert network.origin.predecessor() == first.contract


def test_untouched_objects_read_as_before(network: Network, upgrade: Upgrade) -> None:
    assert network.origin.certificate(upgrade.certificate) == upgrade.state
    assert network.origin.object_head(upgrade.certificate) == upgrade.head
    assert network.origin.item(upgrade.certificate, 1) == upgrade.old.item(upgrade.certificate, 1)
    claim = network.origin.claim(upgrade.certificate, upgrade.pending.digest)
    assert claim is not None
    assert claim.status is ClaimStatus.PENDING
    count, _ = object_slots(upgrade.certificate)
    assert network.ledger.storage(network.origin.address, count) == bytes(32)


def test_first_touch_imports_count_and_head(network: Network, upgrade: Upgrade) -> None:
    record = upgrade.trade.accept_record(upgrade.pending)
    outcome = network.run(record, ID_CUSTOMS.officer)
    digest = record.digest(network.origin.domain)
    recorded = outcome.only(Recorded)
    assert recorded.count == upgrade.head.count + 1
    assert recorded.head == fold(upgrade.head.head, [digest])
    assert network.origin.item(upgrade.certificate, 1).share == 6667
    assert upgrade.old.item(upgrade.certificate, 1).share == 3334


def test_accepted_claim_of_before_can_be_reversed(network: Network, upgrade: Upgrade) -> None:
    upgrade.trade.reverse(upgrade.drawn)
    assert network.origin.item(upgrade.certificate, 1).share == 0
    state = network.origin.certificate(upgrade.certificate)
    assert state is not None
    assert state.accepted == 0
    # An item restored to nothing does not fall back on what it was before the upgrade.
    upgrade.trade.accept(upgrade.pending)
    assert network.origin.item(upgrade.certificate, 1).share == 3334


def test_draw_down_goes_on_to_the_whole(network: Network, upgrade: Upgrade) -> None:
    upgrade.trade.accept(upgrade.pending)
    upgrade.trade.accept(upgrade.trade.claim(upgrade.certificate, 300))
    record = upgrade.trade.accept_record(upgrade.trade.claim(upgrade.certificate, 1))
    with pytest.raises(RefusedError, match="drawdown: beyond the whole"):
        network.attempt_record(record, ID_CUSTOMS.officer)


def test_certificate_of_before_cannot_be_issued_again(network: Network, upgrade: Upgrade) -> None:
    record = upgrade.trade.issue_record(object=upgrade.certificate)
    with pytest.raises(RefusedError, match="origin: certificate exists"):
        network.attempt_record(record, VN_AUTHORITY.officer)


def test_settled_claim_stays_settled(network: Network, upgrade: Upgrade) -> None:
    record = upgrade.trade.accept_record(upgrade.drawn)
    with pytest.raises(RefusedError, match="origin: claim is not pending"):
        network.attempt_record(record, ID_CUSTOMS.officer)


def test_certificate_of_before_cancels_here(network: Network, upgrade: Upgrade) -> None:
    upgrade.trade.reverse(upgrade.drawn)
    network.run(upgrade.trade.cancel_record(upgrade.certificate), VN_AUTHORITY.officer)
    state = network.origin.certificate(upgrade.certificate)
    assert state is not None
    assert state.status is CertificateStatus.CANCELLED


def test_new_objects_begin_here(network: Network, upgrade: Upgrade) -> None:
    record = upgrade.trade.issue_record()
    outcome = network.run(record, VN_AUTHORITY.officer)
    start = initial_head("origin", network.ledger.chain_id, record.object)
    digest = record.digest(network.origin.domain)
    assert outcome.only(Recorded).head == fold(start, [digest])
    assert upgrade.old.certificate(record.object) is None


def test_records_for_the_old_contract_are_refused(network: Network, upgrade: Upgrade) -> None:
    record = upgrade.trade.claim_record(upgrade.certificate, Opening(1, 1))
    stale = network.sign(record, ID_IMPORTER.officer, upgrade.old.address)
    assert not network.membership.may_call(upgrade.old.address)
    with pytest.raises(RefusedError, match="membership: contract not in force"):
        network.attempt(upgrade.old.carry(stale))
    with pytest.raises(Web3RPCError):
        network.send_refused(upgrade.old.carry(stale))


def test_old_contract_speaks_until_its_last_block(network: Network, trade: Trade) -> None:
    record = trade.issue_record()
    here = network.ledger.block_number()
    init_code = load_artifact("origin").init_code(
        word(network.membership.address), word(network.origin.address)
    )
    network.install("origin", init_code, here + 3)
    network.run(record, VN_AUTHORITY.officer)
    assert network.ledger.block_number() == here + 2


def test_an_upgrade_must_come_after_the_one_before(network: Network, upgrade: Upgrade) -> None:
    here = network.ledger.block_number()
    init_code = load_artifact("origin").init_code(word(network.membership.address), 0)
    network.install("origin", init_code, here + 50)
    proposal = network.proposal(governance.install_contract("origin", init_code, here + 50))
    call = network.membership.install(proposal, network.votes(proposal), init_code)
    with pytest.raises(RefusedError, match="membership: from block"):
        network.attempt(call)
    assert upgrade.old.address != network.origin.address


def test_second_upgrade_reads_through_both(network: Network, upgrade: Upgrade) -> None:
    claimed: Claimed = upgrade.pending
    upgrade.replace()
    assert network.origin.certificate(upgrade.certificate) == upgrade.state
    assert network.origin.object_head(upgrade.certificate) == upgrade.head
    upgrade.trade.accept(claimed)
    assert network.origin.item(upgrade.certificate, 1).share == 6667
