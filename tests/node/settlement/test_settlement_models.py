"""The read models of payments say what the contract says, and again after a rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.duties import Duties, opening
from support.network import DAY, VN_BANK, VN_CUSTOMS, Network, genesis, thing

from contracts.payments.records import CoverKind, CreditDecision, DrawDecision
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.indexer.dump import dump_digest
from node.indexer.indexer import Indexer
from node.ledger import LedgerGateway
from node.membership.founding import Founders
from node.membership.projection import MembershipProjection
from node.observability.metrics import NodeMetrics
from node.settlement.projection import SettlementProjection
from node.settlement.queries import Settlement, SettlementQueries
from node.settlement.tables import CreditRow, DrawRow, GuaranteeRow, SettlementRow


class Reader:
    """A read database that follows the ledger."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.network = network
        self.database = Database(f"sqlite:///{folder / 'read.db'}", Purpose.READ)
        migrate(self.database)
        gateway = LedgerGateway(network.web3, "in process", NodeMetrics())
        address = network.membership.address
        founders = Founders(genesis(), address, gateway)
        self.indexer = Indexer(
            self.database,
            gateway,
            (
                MembershipProjection(address, founders),
                SettlementProjection(),
            ),
        )

    def find(self, declaration: bytes) -> Settlement | None:
        self.indexer.follow()
        with self.database.read() as session:
            found = SettlementQueries(session).find("0x" + declaration.hex())
            session.expunge_all()
        return found

    def agrees(self, duties: Duties) -> None:
        """Compare everything that is kept with the contract."""
        self.indexer.follow()
        payments = self.network.payments
        with self.database.read() as session:
            for row in session.query(SettlementRow):
                state = payments.declaration(bytes.fromhex(row.object_id[2:]))
                assert state is not None
                assert (row.kind, row.sequence, row.amendment) == (
                    state.kind,
                    state.sequence,
                    state.amendment,
                )
                assert (row.paid_share, row.total_share) == (state.paid_share, state.total_share)
                assert (row.reversals, row.assessed) == (state.reversals, state.assessed)
                assert row.assessment == "0x" + state.assessment.hex()
                found = SettlementQueries(session).find(row.object_id)
                assert found is not None
                assert found.is_settled(self.network.now) == payments.is_settled(state.id)
            for credit in session.query(CreditRow):
                kept = payments.credit(bytes.fromhex(credit.notice[2:]))
                assert kept is not None
                assert (credit.status, credit.amount_x) == (kept.status, str(kept.amount.x))
                assert credit.object_id == "0x" + kept.declaration.hex()
            for draw in session.query(DrawRow):
                drawn = payments.draw(bytes.fromhex(draw.draw[2:]))
                assert drawn is not None
                assert draw.status == drawn.status
            for guarantee in session.query(GuaranteeRow):
                granted = payments.guarantee(bytes.fromhex(guarantee.object_id[2:]))
                assert granted is not None
                assert (guarantee.share, guarantee.valid_to) == (granted.share, granted.valid_to)
            assert session.query(SettlementRow).count() == len(duties.dues)


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


@pytest.fixture
def reader(network: Network, tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(network, tmp_path)
    yield reader
    reader.database.close()


def test_a_whole_life_is_read(network: Network, reader: Reader) -> None:
    duties = Duties(network)
    declaration, other = duties.assess(300), duties.assess(50)
    assert reader.find(thing()) is None
    refused = duties.credit(declaration, 10)
    duties.decide(declaration, refused, CreditDecision.REFUSE)
    withdrawn = duties.credit(declaration, 10)
    duties.run(duties.reverse_record(declaration, withdrawn), VN_BANK)
    paid = duties.pay(declaration, 100)
    draw = duties.guarantee(declaration, 200, valid_to=network.now + DAY)
    reader.agrees(duties)
    found = reader.find(declaration)
    assert found is not None
    assert found.is_settled(network.now)
    assert not found.is_settled(network.now + DAY)
    duties.run(duties.reverse_record(declaration, paid), VN_BANK)
    reader.agrees(duties)
    duties.decide(declaration, paid, CreditDecision.KEEP)
    duties.pay(declaration, 260)
    duties.cover(draw, CoverKind.RELEASE)
    duties.decide_draw(draw, DrawDecision.RESTORE)
    guarantee = duties.draws[draw][0]
    duties.run(duties.change_record(guarantee, network.now + 9 * DAY), VN_BANK)
    duties.decide_draw(duties.draw(guarantee, declaration, 5), DrawDecision.REFUSE)
    reader.agrees(duties)
    amount = opening(50)
    refund = duties.refund_record(declaration, amount, other)
    duties.run(refund, VN_CUSTOMS)
    duties.note_refund(refund, amount)
    duties.decide(other, duties.digest(refund))
    amount = opening(10)
    duties.run(duties.refund_record(declaration, amount), VN_CUSTOMS)
    duties.run(duties.amend_record(other, 1), VN_CUSTOMS)
    reader.agrees(duties)
    duties.assess(50, other, amendment=1)
    reader.agrees(duties)
    before = dump_digest(reader.database)
    reader.indexer.rebuild()
    assert dump_digest(reader.database) == before
