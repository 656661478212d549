"""Who validates: changed by decisions, one per block, and never into nothing."""

from collections.abc import Callable, Sequence

import pytest
from support.comet_ledger import is_network
from support.network import ID_CUSTOMS, TH_CUSTOMS, VN_AUTHORITY, VN_CUSTOMS, Network, SealingKey

from contracts.calls import Call
from contracts.errors import HistoryError, RefusedError
from contracts.events import Event, Refused
from contracts.membership import governance
from contracts.membership.events import Decided, ValidatorSet
from contracts.membership.state import Validator, validator_address
from contracts.membership.validators import ValidatorHistory, replay_validators

pytestmark = pytest.mark.skipif(
    is_network(), reason="not on a network: its decisions add validators that nobody runs"
)

FIRST = Validator(SealingKey().public_key, 10)
KEY, OTHER = b"\7" * 32, b"\6" * 32
LAST_BYTE = 0x80
# libsodium's list of the encodings of small order, without those that differ in the sign.
SMALL_ORDER = (
    bytes(32),
    b"\1" + bytes(31),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    b"\xec" + b"\xff" * 30 + b"\x7f",
    b"\xed" + b"\xff" * 30 + b"\x7f",
    b"\xee" + b"\xff" * 30 + b"\x7f",
)


def refused(network: Network, action: bytes, reason: str) -> None:
    proposal = network.proposal(action)
    # In a block of its own: in this one, another decision about validators may stand.
    network.decide(governance.commit_consortium_key(f"block-{proposal.sequence}", KEY))
    proposal = network.proposal(action)
    with pytest.raises(RefusedError) as caught:
        network.attempt(network.membership.decide(proposal, network.votes(proposal)))
    assert caught.value.reason == reason


def decide(network: Network, action: bytes) -> Sequence[Event]:
    """Decide without a rehearsal, which would run in the block before."""
    proposal = network.proposal(action)
    call = network.membership.decide(proposal, network.votes(proposal))
    return network.send(call, attempt=False).events


def test_validator_is_added_changed_and_removed(network: Network) -> None:
    events = decide(network, governance.set_validator(KEY, 5, VN_CUSTOMS.id))
    assert ValidatorSet(KEY, VN_CUSTOMS.id, 5) in events
    assert network.membership.validators() == (FIRST, Validator(KEY, 5))
    assert network.membership.validator_organisation(validator_address(KEY)) == VN_CUSTOMS.id
    decide(network, governance.set_validator(KEY, 6, VN_CUSTOMS.id))
    assert network.membership.validators() == (FIRST, Validator(KEY, 6))
    decide(network, governance.set_validator(FIRST.public_key, 0, VN_AUTHORITY.id))
    assert network.membership.validators() == (Validator(KEY, 6),)
    # What it signed before is still its organisation's.
    assert network.membership.validator_organisation(FIRST.address) == VN_AUTHORITY.id


def test_removed_validator_may_come_back(network: Network) -> None:
    decide(network, governance.set_validator(KEY, 5, VN_CUSTOMS.id))
    decide(network, governance.set_validator(KEY, 0, VN_CUSTOMS.id))
    decide(network, governance.set_validator(KEY, 3, VN_CUSTOMS.id))
    assert network.membership.validators() == (FIRST, Validator(KEY, 3))


class TestReplacement:
    def test_key_changes_and_power_stays(self, network: Network) -> None:
        events = decide(network, governance.replace_validator(FIRST.public_key, KEY))
        assert [event for event in events if isinstance(event, ValidatorSet)] == [
            ValidatorSet(FIRST.public_key, VN_AUTHORITY.id, 0),
            ValidatorSet(KEY, VN_AUTHORITY.id, 10),
        ]
        assert network.membership.validators() == (Validator(KEY, 10),)
        assert network.membership.validator_organisation(validator_address(KEY)) == VN_AUTHORITY.id

    def test_unknown_validator(self, network: Network) -> None:
        refused(network, governance.replace_validator(KEY, OTHER), "membership: unknown validator")

    def test_by_itself(self, network: Network) -> None:
        action = governance.replace_validator(FIRST.public_key, FIRST.public_key)
        refused(network, action, "membership: validator key used")

    def test_by_another_validator(self, network: Network) -> None:
        decide(network, governance.set_validator(KEY, 5, VN_CUSTOMS.id))
        action = governance.replace_validator(FIRST.public_key, KEY)
        refused(network, action, "membership: validator key used")

    def test_by_a_former_key(self, network: Network) -> None:
        decide(network, governance.replace_validator(FIRST.public_key, KEY))
        action = governance.replace_validator(KEY, FIRST.public_key)
        refused(network, action, "membership: validator key used")

    def test_by_a_key_that_anybody_has(self, network: Network) -> None:
        action = governance.replace_validator(FIRST.public_key, SMALL_ORDER[1])
        refused(network, action, "membership: validator key")


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "last validator": (
        lambda: governance.set_validator(FIRST.public_key, 0, VN_AUTHORITY.id),
        "membership: last validator",
    ),
    "stranger removed": (
        lambda: governance.set_validator(OTHER, 0, VN_AUTHORITY.id),
        "membership: unknown validator",
    ),
    "too much power": (
        lambda: governance.set_validator(OTHER, 1_000_000_001, VN_CUSTOMS.id),
        "membership: power",
    ),
    "run by nobody": (
        lambda: governance.set_validator(OTHER, 5, KEY),
        "membership: unknown organisation",
    ),
    "run by the consortium": (
        lambda: governance.set_validator(OTHER, 5, bytes(32)),
        "membership: unknown organisation",
    ),
    "run by another": (
        lambda: governance.set_validator(FIRST.public_key, 5, VN_CUSTOMS.id),
        "membership: foreign validator",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_vote_may_do(network: Network, name: str) -> None:
    action, reason = REFUSED[name]
    refused(network, action(), reason)


def test_power_reaches_its_bound(network: Network) -> None:
    decide(network, governance.set_validator(OTHER, 1_000_000_000, VN_CUSTOMS.id))
    assert network.membership.validators()[1].power == 1_000_000_000


def test_former_key_stays_its_organisations(network: Network) -> None:
    decide(network, governance.set_validator(KEY, 5, VN_CUSTOMS.id))
    decide(network, governance.set_validator(KEY, 0, VN_CUSTOMS.id))
    action = governance.set_validator(KEY, 5, ID_CUSTOMS.id)
    refused(network, action, "membership: foreign validator")


def test_suspended_organisation_gets_no_validator(network: Network) -> None:
    roles = TH_CUSTOMS.roles
    network.decide(
        governance.change_organisation(TH_CUSTOMS.id, roles, governing=False, active=False)
    )
    action = governance.set_validator(OTHER, 5, TH_CUSTOMS.id)
    refused(network, action, "membership: organisation not active")


@pytest.mark.parametrize("sign", [0, LAST_BYTE], ids=["even", "odd"])
@pytest.mark.parametrize("key", SMALL_ORDER, ids=lambda key: key.hex()[:8])
def test_key_of_small_order(network: Network, key: bytes, sign: int) -> None:
    action = governance.set_validator(key[:31] + bytes([key[31] | sign]), 5, VN_CUSTOMS.id)
    refused(network, action, "membership: validator key")


@pytest.mark.slow
def test_list_is_bounded_and_works_when_full(network: Network) -> None:
    keys = [bytes([number]) * 32 for number in range(2, 129)]
    for key in keys:
        decide(network, governance.set_validator(key, 1_000_000_000, VN_CUSTOMS.id))
    assert len(network.membership.validators()) == 128
    # Far below the 2**60 at which CometBFT would stop.
    assert sum(validator.power for validator in network.membership.validators()) < 1 << 37
    action = governance.set_validator(b"\xf0" * 32, 1, VN_CUSTOMS.id)
    refused(network, action, "membership: too many validators")
    decide(network, governance.replace_validator(keys[-1], b"\xf0" * 32))
    decide(network, governance.set_validator(b"\xf0" * 32, 0, VN_CUSTOMS.id))
    assert len(network.membership.validators()) == 127


class TestOnePerBlock:
    def test_second_change_in_a_block(self, network: Network) -> None:
        one = governance.set_validator(KEY, 5, VN_CUSTOMS.id)
        two = governance.set_validator(OTHER, 5, VN_CUSTOMS.id)
        calls = [Call(network.membership.address, a, 300_000) for a in (one, two)]
        batch = network.membership.submit(calls).data
        events = decide(network, batch)
        assert [type(event) for event in events].count(Refused) == 1
        assert network.membership.validators() == (FIRST, Validator(KEY, 5))

    def test_replacement_counts_as_a_change(self, network: Network) -> None:
        one = governance.replace_validator(FIRST.public_key, KEY)
        two = governance.set_validator(KEY, 9, VN_AUTHORITY.id)
        calls = [Call(network.membership.address, a, 300_000) for a in (one, two)]
        decide(network, network.membership.submit(calls).data)
        assert network.membership.validators() == (Validator(KEY, 10),)

    def test_reason_and_the_next_block(self, network: Network) -> None:
        decide(network, governance.set_validator(KEY, 5, VN_CUSTOMS.id))
        proposal = network.proposal(governance.set_validator(OTHER, 5, VN_CUSTOMS.id))
        call = network.membership.decide(proposal, network.votes(proposal))
        # The ledger rehearses in the newest block, in which a validator has changed.
        with pytest.raises(RefusedError, match="membership: one validator per block"):
            network.ledger.attempt(call, VN_AUTHORITY.carrier.address)
        events = network.send(call, attempt=False).events
        assert [type(event) for event in events].count(Decided) == 1


class TestHistory:
    def test_set_at_each_block(self, network: Network) -> None:
        actions = [
            governance.set_validator(KEY, 5, VN_CUSTOMS.id),
            governance.replace_validator(FIRST.public_key, OTHER),
            governance.set_validator(KEY, 7, VN_CUSTOMS.id),
            governance.set_validator(OTHER, 0, VN_AUTHORITY.id),
        ]
        entries = [(0, ValidatorSet(FIRST.public_key, VN_AUTHORITY.id, 10))]
        expected = {0: network.membership.validators(0)}
        for action in actions:
            events = decide(network, action)
            block = network.ledger.block_number()
            entries += [(block, event) for event in events if isinstance(event, ValidatorSet)]
            expected[block] = network.membership.validators()
        history = replay_validators(entries)
        for block, validators in expected.items():
            assert set(history.at(block)) == set(validators), block
        assert history.at(max(expected) + 100) == history.at(max(expected))

    @pytest.mark.parametrize(
        ("entries", "reason"),
        [
            ([(3, ValidatorSet(KEY, VN_CUSTOMS.id, 0))], "removes a stranger"),
            (
                [
                    (3, ValidatorSet(KEY, VN_CUSTOMS.id, 1)),
                    (2, ValidatorSet(OTHER, VN_CUSTOMS.id, 1)),
                ],
                "goes back",
            ),
            (
                [
                    (3, ValidatorSet(KEY, VN_CUSTOMS.id, 1)),
                    (4, ValidatorSet(KEY, ID_CUSTOMS.id, 2)),
                ],
                "another organisation",
            ),
            (
                [
                    (0, ValidatorSet(KEY, VN_CUSTOMS.id, 1)),
                    (4, ValidatorSet(OTHER, ID_CUSTOMS.id, 2)),
                    (4, ValidatorSet(KEY, VN_CUSTOMS.id, 2)),
                ],
                "twice in one block",
            ),
        ],
    )
    def test_what_no_contract_says(
        self, entries: list[tuple[int, ValidatorSet]], reason: str
    ) -> None:
        with pytest.raises(HistoryError, match=reason):
            replay_validators(entries)

    def test_nothing_before_the_first(self) -> None:
        assert ValidatorHistory(()).at(5) == ()
