from collections.abc import Callable
from dataclasses import replace

import pytest
from support.network import (
    GENESIS_TIME,
    ID_CUSTOMS,
    MEMBERS,
    VN_AUTHORITY,
    Network,
    SealingKey,
    Signer,
)

from chain.proofs.constants import FOUNDER
from contracts.artifacts import load_artifact
from contracts.calls import Call
from contracts.errors import FoundingError, RefusedError
from contracts.membership.founding import (
    DOMAINS,
    Founder,
    FoundingKey,
    FoundingValidator,
    IdentifierKeyCommitment,
    build_founding,
    created_address,
    founded_address,
    membership_address,
)
from contracts.membership.keys import NO_END, KeyPurpose, Role
from contracts.membership.state import Key, Validator, validator_address

VALIDATOR = FoundingValidator(SealingKey().public_key, 10, VN_AUTHORITY.id)
OWN = replace(VALIDATOR, organisation=b"\1" * 32)


def test_founders_are_members_from_block_zero(network: Network) -> None:
    for member in MEMBERS:
        organisation = network.membership.organisation(member.id, 0)
        assert organisation is not None
        assert organisation.roles == member.roles
        assert organisation.country == member.country
        assert organisation.governing == member.governing
        assert organisation.active
        assert organisation.admin_keys == 1
    assert network.membership.governing_count() == 4


def test_founders_keys_are_bound(network: Network) -> None:
    key = network.membership.key(VN_AUTHORITY.document_key)
    assert key == Key(
        id=VN_AUTHORITY.document_key,
        organisation=VN_AUTHORITY.id,
        purposes=KeyPurpose.DOCUMENT,
        valid_from=GENESIS_TIME,
        valid_until=NO_END,
        revoked_at=0,
        compromised_since=0,
    )


def test_strangers_are_unknown(network: Network) -> None:
    assert network.membership.organisation(b"\7" * 32) is None
    assert network.membership.key(b"\7" * 32) is None
    assert network.membership.versions("nothing") == ()
    assert network.membership.contract_of("nothing") is None
    assert network.membership.identifier_key(VN_AUTHORITY.id, "nothing") is None


def test_validators_and_identifier_keys_are_founded(network: Network) -> None:
    assert network.membership.validators() == (Validator(VALIDATOR.public_key, 10),)
    address = validator_address(VALIDATOR.public_key)
    assert network.membership.validator_organisation(address) == VN_AUTHORITY.id
    assert network.membership.validator_organisation(bytes(20)) is None
    commitment = network.membership.identifier_key(VN_AUTHORITY.id, "certificates-2026")
    assert commitment == b"\x11" * 32


def test_origin_speaks_from_block_zero(network: Network) -> None:
    (version,) = network.membership.versions("origin")
    assert version.contract == founded_address("origin") == network.origin.address
    assert version.from_block == 0
    assert network.membership.contract_of("origin") == version.contract
    assert network.membership.contract_of("origin", 0) == version.contract
    assert network.origin.predecessor() is None


def test_code_hash_follows_from_the_artifact(network: Network) -> None:
    membership = network.membership.address
    (version,) = network.membership.versions("origin")
    name = b"origin".ljust(32, b"\0")
    expected = load_artifact("origin").code_hash(name, bytes(32), membership.rjust(32, b"\0"))
    assert version.code_hash == expected


def test_carriers_and_admins_send_and_only_contracts_are_called(network: Network) -> None:
    membership = network.membership
    assert membership.may_send(VN_AUTHORITY.carrier.address)
    assert membership.sender(VN_AUTHORITY.carrier.address) == VN_AUTHORITY.id
    # An admin key never lapses: something can always be carried.
    assert membership.sender(VN_AUTHORITY.admin.address) == VN_AUTHORITY.id
    assert not membership.may_send(VN_AUTHORITY.officer.address)
    assert not membership.may_send(b"\7" * 20)
    assert membership.may_call(network.origin.address)
    assert membership.may_call(membership.address)
    assert not membership.may_call(VN_AUTHORITY.carrier.address)


def test_founding_is_over_after_block_zero(network: Network) -> None:
    late = replace(
        ID_CUSTOMS.founder(),
        organisation=b"\7" * 32,
        identifier_keys=(IdentifierKeyCommitment("late", b"\7" * 32),),
    )
    consortium = [IdentifierKeyCommitment("late", b"\7" * 32)]
    validator = replace(VALIDATOR, organisation=late.organisation)
    for entry in build_founding([late], [validator], ("origin",), consortium)[1:]:
        assert entry.to == network.membership.address
        with pytest.raises(RefusedError, match="membership: founding is over"):
            network.attempt(Call(entry.to, entry.data, 6_000_000))


def test_addresses_are_those_of_the_chain(network: Network) -> None:
    assert network.ledger.code(membership_address())
    assert created_address(FOUNDER, 0) == membership_address()
    assert founded_address("b", ("a", "b")) == created_address(membership_address(), 2)


def _founder(**changes: object) -> Founder:
    values: dict[str, object] = {
        "organisation": b"\1" * 32,
        "roles": Role.CUSTOMS,
        "country": "VN",
        "governing": True,
        "admin_key": Signer("founder").key_id,
    }
    return Founder(**(values | changes))  # type: ignore[arg-type]


NOT_VIABLE: dict[str, Callable[[], object]] = {
    "nobody governs": lambda: build_founding([_founder(governing=False)], [OWN]),
    "nobody": lambda: build_founding([], [OWN]),
    "an organisation twice": lambda: build_founding(
        [_founder(), _founder(admin_key=Signer("other").key_id)], [OWN]
    ),
    "nobody validates": lambda: build_founding([_founder()], []),
    "no power": lambda: build_founding([_founder()], [replace(OWN, power=0)]),
    "a validator that no founder runs": lambda: build_founding([_founder()], [VALIDATOR]),
    "a validator twice": lambda: build_founding([_founder()], [OWN, OWN]),
    "a key twice": lambda: build_founding(
        [_founder(keys=(FoundingKey(Signer("founder").key_id, KeyPurpose.SIGN),))], [OWN]
    ),
}


@pytest.mark.parametrize("name", NOT_VIABLE)
def test_network_that_could_not_run_is_refused(name: str) -> None:
    with pytest.raises(FoundingError, match=";"):
        NOT_VIABLE[name]()


def test_one_founder_and_one_validator_are_enough() -> None:
    assert len(build_founding([_founder()], [OWN])) == 3 + len(DOMAINS)
