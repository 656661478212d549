"""From evidence in a block to one report of this organisation, whatever crashes in between."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from support.organisations import (
    CHAIN_ID,
    CUSTOMS_TH,
    CUSTOMS_VN,
    ISSUER,
    MEMBERSHIP,
    Member,
    Network,
    SealingKey,
)

from contracts.membership.misbehaviour import Misbehaviour, misbehaviour_id
from contracts.membership.state import validator_address
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.errors import LedgerAnswerError, LedgerUnavailableError, MethodUnknownError
from node.ledger import LedgerGateway
from node.membership.queries import MembershipQueries
from node.misbehaviour.reporter import REPORT_SECONDS, MisbehaviourReporter
from node.organisation import OrganisationNode
from node.outbox.outbox import Entry

ADDRESS = validator_address(SealingKey().public_key)
DOUBLE = misbehaviour_id(Misbehaviour.DUPLICATE_VOTE, ADDRESS, 5)


@dataclass
class Witness(LedgerGateway):
    """The real ledger, whose engine also found evidence."""

    inner: LedgerGateway
    height: int = 9
    found: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)

    def request(self, method: str, *parameters: Any) -> Any:
        if method == "tradeseal_status":
            return {"height": hex(self.height)}
        if method == "tradeseal_getMisbehaviour":
            first, last = (int(parameter, 16) for parameter in parameters)
            self.asked.append((first, last))
            return [e for e in self.found if first <= int(e["seenAtHeight"], 16) <= last]
        return self.inner.request(method, *parameters)


def evidence(network: Network, **changes: Any) -> dict[str, Any]:
    return {
        "seenAtHeight": "0x7",
        "kind": "duplicate-vote",
        "validatorAddress": "0x" + ADDRESS.hex(),
        "height": "0x5",
        "time": hex(network.time * 1_000_000_000 + 5),
        "totalVotingPower": "0xa",
        "power": "0xa",
    } | changes


@dataclass
class Watch:
    network: Network
    node: OrganisationNode
    member: Member
    witness: Witness

    @classmethod
    def of(cls, network: Network, member: Member, *found: dict[str, Any]) -> "Watch":
        node = network.node(network.organisation(member))
        node.step()
        return cls(network, node, member, Witness(node.ledger, found=list(found)))

    def reporter(self) -> MisbehaviourReporter:
        domain = RecordDomain(CHAIN_ID, MEMBERSHIP)
        secret = self.member.carrier.secret
        return MisbehaviourReporter(self.node.state, self.witness, self.member.id, domain, secret)

    def report(self) -> list[Entry]:
        """Report once, as after a restart; return what was promised."""
        promised: list[Entry] = []

        def submit(signed: SignedRecord) -> Entry:
            promised.append(self.node.submit(signed))
            return promised[-1]

        self.reporter().step(submit, self.network.time)
        return promised


def test_several_organisations_report_the_same(network: Network) -> None:
    watches = [Watch.of(network, member, evidence(network)) for member in (ISSUER, CUSTOMS_VN)]
    for watch in watches:
        (entry,) = watch.report()
        assert entry.object_id == "0x" + DOUBLE.hex()
    network.settle(*(watch.node for watch in watches))
    for watch in watches:
        with watch.node.reading() as session:
            ((first, second),) = MembershipQueries(session).misbehaviour(None, 10)
        assert {first.organisation, second.organisation} == {ISSUER.hex_id, CUSTOMS_VN.hex_id}
        assert (first.kind, first.validator, first.height) == (1, "0x" + ADDRESS.hex(), 5)


def test_once_however_often_it_is_seen(network: Network) -> None:
    watch = Watch.of(network, ISSUER, evidence(network))
    assert len(watch.report()) == 1
    assert watch.reporter().position() == 9
    assert watch.report() == []
    network.settle(watch.node)
    # A node restored from a backup asks again; the ledger has the report.
    watch.reporter()._move(0, must_keep=True)
    assert watch.reporter().position() == 0
    assert watch.report() == []


def test_a_crash_before_the_position_moves_makes_no_second_report(network: Network) -> None:
    watch = Watch.of(network, ISSUER, evidence(network))
    (first,) = watch.report()
    watch.reporter()._move(0, must_keep=True)
    network.time += 7
    (again,) = watch.report()
    assert again.digest == first.digest
    assert again.accepted_at == first.accepted_at
    network.settle(watch.node)
    assert sum(watch.node.outbox.counts().values()) == 1


def test_a_crash_before_the_promise_loses_nothing(network: Network) -> None:
    watch = Watch.of(network, ISSUER, evidence(network))

    def fail(_: SignedRecord) -> Entry:
        raise LedgerUnavailableError("here", "killed")

    with pytest.raises(LedgerUnavailableError):
        watch.reporter().step(fail, network.time)
    assert watch.reporter().position() == 0
    assert len(watch.report()) == 1


def test_who_does_not_govern_reports_nothing(network: Network) -> None:
    watch = Watch.of(network, CUSTOMS_TH, evidence(network))
    assert watch.report() == []
    assert watch.reporter().position() == 9


def test_evidence_of_long_ago_is_left(network: Network) -> None:
    old = evidence(network)
    network.time += REPORT_SECONDS + 1
    assert Watch.of(network, ISSUER, old).report() == []


def test_two_kinds_are_two_reports(network: Network) -> None:
    attack = evidence(network, kind="light-client-attack")
    watch = Watch.of(network, ISSUER, evidence(network), attack)
    assert len({entry.object_id for entry in watch.report()}) == 2


def test_a_height_without_evidence_needs_no_write(network: Network) -> None:
    watch = Watch.of(network, ISSUER)
    reporter = watch.reporter()
    reporter.step(watch.node.submit, network.time)
    watch.witness.height = 12
    reporter.step(watch.node.submit, network.time)
    assert watch.witness.asked == [(1, 9), (10, 12)]
    assert watch.reporter().position() == 0


def test_far_behind_in_steps(network: Network) -> None:
    watch = Watch.of(network, ISSUER)
    watch.witness.height = 25_000
    reporter = watch.reporter()
    steps = [reporter.step(watch.node.submit, network.time) for _ in range(4)]
    assert steps == [True, True, False, False]
    assert watch.witness.asked == [(1, 10_000), (10_001, 20_000), (20_001, 25_000)]
    assert watch.reporter().position() == 25_000


MALFORMED: dict[str, dict[str, Any]] = {
    "kind": {"kind": "rudeness"},
    "address": {"validatorAddress": "0x12"},
    "height": {"height": 5},
    "time": {"time": "0xzz"},
    "power": {"totalVotingPower": None},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_evidence_that_is_none(network: Network, name: str) -> None:
    watch = Watch.of(network, ISSUER, evidence(network, **MALFORMED[name]))
    with pytest.raises(LedgerAnswerError, match="getMisbehaviour"):
        watch.report()
    assert watch.reporter().position() == 0


def test_a_ledger_of_another_kind(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch.of(network, ISSUER, evidence(network))
    provider = watch.node.ledger.web3.provider
    unknown = {"error": {"code": -32601, "message": "the method does not exist"}}
    monkeypatch.setattr(provider, "make_request", lambda *_: unknown)
    with pytest.raises(MethodUnknownError):
        watch.node.ledger.request("tradeseal_status")
    own = MisbehaviourReporter(
        watch.node.state,
        watch.node.ledger,
        ISSUER.id,
        RecordDomain(CHAIN_ID, MEMBERSHIP),
        ISSUER.carrier.secret,
    )
    assert own.step(watch.node.submit, network.time) is False
