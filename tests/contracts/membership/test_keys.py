"""What an organisation's admin key may do to its own keys, and what nobody may."""

import hashlib
from typing import Any

import pytest
from support.comet_ledger import skip_on_network
from support.network import (
    GOVERNORS,
    HOUR,
    ID_CUSTOMS,
    VN_AUTHORITY,
    VN_CUSTOMS,
    Member,
    Network,
    Signer,
)

from contracts.errors import RefusedError, UnknownRecordTypeError
from contracts.events import Recorded
from contracts.membership import governance
from contracts.membership.events import IdentifierKeySet, KeyRevoked, KeySet
from contracts.membership.keys import NO_END, KeyPurpose, Role, domain_word, material_key_id
from contracts.membership.records import IdentifierKeyCommit, KeyAdd, KeyRevoke, KeyRotate

NEW = Signer("new key")
OTHER = Signer("other key")
MATERIAL = b"public key in some form"


def add(network: Network, member: Member = VN_CUSTOMS, **changes: Any) -> KeyAdd:
    values: dict[str, Any] = {
        "object": member.id,
        "sequence": network.membership.object_head(member.id).count,
        "key": NEW.key_id,
        "purposes": int(KeyPurpose.SIGN),
        "valid_from": 0,
        "valid_until": NO_END,
        "material": b"",
        "expires": network.soon,
    }
    values |= changes
    if not values["material"]:
        values["material"] = network.possession(values["object"], NEW, values["expires"])
    return KeyAdd(**values)


def rotate(network: Network, member: Member, key: bytes, **changes: Any) -> KeyRotate:
    values: dict[str, Any] = {
        "object": member.id,
        "sequence": network.membership.object_head(member.id).count,
        "key": key,
        "successor": NEW.key_id,
        "valid_until": NO_END,
        "material": network.possession(member.id, NEW, network.soon),
        "expires": network.soon,
    }
    return KeyRotate(**(values | changes))


def revoke(network: Network, member: Member, key: bytes, **changes: Any) -> KeyRevoke:
    values: dict[str, Any] = {
        "object": member.id,
        "sequence": network.membership.object_head(member.id).count,
        "key": key,
        "expires": network.soon,
    }
    return KeyRevoke(**(values | changes))


def refused(network: Network, record: Any, reason: str, signer: Signer = VN_CUSTOMS.admin) -> None:
    with pytest.raises(RefusedError) as caught:
        network.attempt_record(record, signer)
    assert caught.value.reason == reason


class TestAdd:
    def test_admin_adds_a_key_at_once(self, network: Network) -> None:
        skip_on_network("it moves or fixes the clock")
        outcome = network.run(add(network), VN_CUSTOMS.admin)
        event = outcome.only(KeySet)
        assert (event.key, event.organisation) == (NEW.key_id, VN_CUSTOMS.id)
        key = network.membership.key(NEW.key_id)
        assert key is not None
        assert key.purposes == KeyPurpose.SIGN
        assert key.is_valid_at(network.now)
        assert outcome.only(Recorded).object == VN_CUSTOMS.id

    @pytest.mark.parametrize(
        "purpose", [KeyPurpose.DOCUMENT, KeyPurpose.DEVICE, KeyPurpose.ENCRYPT]
    )
    def test_key_known_by_its_hash(self, network: Network, purpose: KeyPurpose) -> None:
        record = add(
            network, key=material_key_id(MATERIAL), purposes=int(purpose), material=MATERIAL
        )
        outcome = network.run(record, VN_CUSTOMS.admin)
        assert outcome.only(KeySet).material == MATERIAL

    def test_longest_material_fits(self, network: Network) -> None:
        material = b"k" * 2048
        record = add(
            network,
            key=material_key_id(material),
            purposes=int(KeyPurpose.ENCRYPT),
            material=material,
        )
        network.run(record, VN_CUSTOMS.admin)

    def test_hash_of_other_material(self, network: Network) -> None:
        record = add(
            network,
            key=hashlib.sha256(b"another").digest(),
            purposes=int(KeyPurpose.DOCUMENT),
            material=MATERIAL,
        )
        refused(network, record, "membership: key material")

    @pytest.mark.parametrize(
        "purposes",
        [
            0,
            KeyPurpose.DOCUMENT | KeyPurpose.ENCRYPT,
            64,
            KeyPurpose.ENCRYPT | 64,
        ],
    )
    def test_purposes_of_no_kind(self, network: Network, purposes: int) -> None:
        record = add(
            network, key=material_key_id(MATERIAL), purposes=int(purposes), material=MATERIAL
        )
        refused(network, record, "membership: key purposes")

    def test_purposes_of_two_kinds(self, network: Network) -> None:
        record = add(network, purposes=int(KeyPurpose.SIGN | KeyPurpose.DOCUMENT))
        refused(network, record, "membership: key purposes")

    def test_account_key_that_is_no_address(self, network: Network) -> None:
        record = add(network, key=b"\1" + NEW.key_id[1:])
        refused(network, record, "membership: possession")

    def test_someone_elses_key_cannot_be_bound(self, network: Network) -> None:
        record = add(network, key=OTHER.key_id)
        refused(network, record, "membership: possession")

    @pytest.mark.parametrize("what", ["organisation", "expiry", "length"])
    def test_possession_of_something_else(self, network: Network, what: str) -> None:
        material = {
            "organisation": network.possession(VN_AUTHORITY.id, NEW, network.soon),
            "expiry": network.possession(VN_CUSTOMS.id, NEW, network.soon + 1),
            "length": network.possession(VN_CUSTOMS.id, NEW, network.soon) + b"\0",
        }[what]
        refused(network, add(network, material=material), "membership: possession")

    def test_binding_never_changes(self, network: Network) -> None:
        network.run(add(network), VN_CUSTOMS.admin)
        record = add(network, VN_AUTHORITY)
        refused(network, record, "membership: key bound", VN_AUTHORITY.admin)

    def test_revoked_key_cannot_come_back(self, network: Network) -> None:
        network.run(add(network), VN_CUSTOMS.admin)
        network.run(revoke(network, VN_CUSTOMS, NEW.key_id), VN_CUSTOMS.admin)
        refused(network, add(network), "membership: key bound")

    def test_validity_in_block_time(self, network: Network) -> None:
        start, end = network.now + HOUR, network.now + 2 * HOUR
        purposes = int(KeyPurpose.CARRY)
        record = add(network, purposes=purposes, valid_from=start, valid_until=end)
        network.run(record, VN_CUSTOMS.admin)
        answers = []
        for time in (start - 1, start, end - 1, end):
            network.wait(time - network.now)
            answers.append(network.membership.may_send(NEW.address))
        assert answers == [False, True, True, False]

    def test_validity_never_begins_in_the_past(self, network: Network) -> None:
        network.wait(HOUR)
        network.run(add(network, valid_from=1), VN_CUSTOMS.admin)
        key = network.membership.key(NEW.key_id)
        assert key is not None
        assert key.valid_from == network.now

    def test_validity_that_is_over(self, network: Network) -> None:
        network.wait(HOUR)
        refused(network, add(network, valid_until=network.now), "membership: validity")

    def test_validity_beyond_its_width(self, network: Network) -> None:
        refused(network, add(network, valid_until=NO_END + 1), "membership: validity")

    @pytest.mark.parametrize(
        "changes", [{"valid_from": 1 << 40}, {"valid_until": NO_END - 1}], ids=["later", "ending"]
    )
    def test_admin_keys_never_lapse(self, network: Network, changes: dict[str, int]) -> None:
        record = add(network, purposes=int(KeyPurpose.ADMIN), **changes)
        refused(network, record, "membership: admin validity")

    def test_organisation_counts_its_admin_keys(self, network: Network) -> None:
        network.run(add(network, purposes=int(KeyPurpose.ADMIN)), VN_CUSTOMS.admin)
        organisation = network.membership.organisation(VN_CUSTOMS.id)
        assert organisation is not None
        assert organisation.admin_keys == 2
        assert organisation.country == "VN"


class TestAuthority:
    def test_officer_is_no_admin(self, network: Network) -> None:
        refused(network, add(network), "membership: key purpose", VN_CUSTOMS.officer)

    def test_another_organisations_admin(self, network: Network) -> None:
        refused(network, add(network), "membership: foreign organisation", VN_AUTHORITY.admin)

    def test_stranger(self, network: Network) -> None:
        refused(network, add(network), "membership: unknown key", OTHER)

    def test_revoked_admin(self, network: Network) -> None:
        network.run(add(network, purposes=int(KeyPurpose.ADMIN)), VN_CUSTOMS.admin)
        network.run(revoke(network, VN_CUSTOMS, VN_CUSTOMS.admin.key_id), VN_CUSTOMS.admin)
        record = revoke(network, VN_CUSTOMS, VN_CUSTOMS.officer.key_id)
        refused(network, record, "membership: key revoked")
        network.run(record, NEW)

    @pytest.mark.parametrize("sequence", [1, 2**63])
    def test_wrong_sequence(self, network: Network, sequence: int) -> None:
        refused(network, add(network, sequence=sequence), "membership: sequence")

    def test_each_record_moves_the_sequence(self, network: Network) -> None:
        network.run(add(network), VN_CUSTOMS.admin)
        stale = revoke(network, VN_CUSTOMS, NEW.key_id, sequence=0)
        refused(network, stale, "membership: sequence")
        network.run(revoke(network, VN_CUSTOMS, NEW.key_id, sequence=1), VN_CUSTOMS.admin)
        assert network.membership.object_head(VN_CUSTOMS.id).count == 2

    def test_suspended_organisation(self, network: Network) -> None:
        network.decide(
            governance.change_organisation(
                VN_CUSTOMS.id, Role.CUSTOMS, governing=False, active=False
            )
        )
        refused(network, add(network), "membership: organisation not active")

    def test_proposals_go_another_way(self, network: Network) -> None:
        with pytest.raises(UnknownRecordTypeError, match="KeyAdd"):
            network.membership.carry(network.sign(network.proposal(b""), VN_CUSTOMS.admin))


class TestRevoke:
    def test_revocation_works_at_once(self, network: Network) -> None:
        skip_on_network("it moves or fixes the clock")
        record = revoke(network, ID_CUSTOMS, ID_CUSTOMS.carrier.key_id)
        outcome = network.run(record, ID_CUSTOMS.admin)
        event = outcome.only(KeyRevoked)
        assert (event.revoked_at, event.compromised_since) == (network.now, 0)
        assert not network.membership.may_send(ID_CUSTOMS.carrier.address)
        key = network.membership.key(ID_CUSTOMS.carrier.key_id)
        assert key is not None
        assert key.is_valid_at(network.now)
        assert not key.is_valid_at(network.now + 1)
        assert not key.is_doubtful_at(network.now + 1)

    def test_key_is_revoked_once(self, network: Network) -> None:
        network.run(revoke(network, VN_CUSTOMS, VN_CUSTOMS.officer.key_id), VN_CUSTOMS.admin)
        again = revoke(network, VN_CUSTOMS, VN_CUSTOMS.officer.key_id)
        refused(network, again, "membership: key revoked")

    def test_foreign_key(self, network: Network) -> None:
        record = revoke(network, VN_CUSTOMS, ID_CUSTOMS.officer.key_id)
        refused(network, record, "membership: foreign key")

    def test_unknown_key(self, network: Network) -> None:
        record = revoke(network, VN_CUSTOMS, OTHER.key_id)
        refused(network, record, "membership: foreign key")

    def test_last_admin_key_stays(self, network: Network) -> None:
        record = revoke(network, VN_CUSTOMS, VN_CUSTOMS.admin.key_id)
        refused(network, record, "membership: last admin key")


class TestRotate:
    def test_successor_takes_the_purposes(self, network: Network) -> None:
        record = rotate(network, VN_CUSTOMS, VN_CUSTOMS.carrier.key_id)
        outcome = network.run(record, VN_CUSTOMS.admin)
        assert outcome.only(KeySet).purposes == KeyPurpose.CARRY
        assert outcome.only(KeyRevoked).key == VN_CUSTOMS.carrier.key_id
        assert network.membership.may_send(NEW.address)
        assert not network.membership.may_send(VN_CUSTOMS.carrier.address)

    def test_last_admin_key_rotates_itself(self, network: Network) -> None:
        network.run(rotate(network, VN_CUSTOMS, VN_CUSTOMS.admin.key_id), VN_CUSTOMS.admin)
        organisation = network.membership.organisation(VN_CUSTOMS.id)
        assert organisation is not None
        assert organisation.admin_keys == 1
        network.run(revoke(network, VN_CUSTOMS, VN_CUSTOMS.officer.key_id), NEW)

    def test_document_key_rotates(self, network: Network) -> None:
        record = rotate(
            network,
            VN_AUTHORITY,
            VN_AUTHORITY.document_key,
            successor=material_key_id(MATERIAL),
            material=MATERIAL,
        )
        network.run(record, VN_AUTHORITY.admin)
        assert network.membership.key(material_key_id(MATERIAL)) is not None

    def test_successor_must_be_held(self, network: Network) -> None:
        record = rotate(network, VN_CUSTOMS, VN_CUSTOMS.carrier.key_id, successor=OTHER.key_id)
        refused(network, record, "membership: possession")

    def test_foreign_key(self, network: Network) -> None:
        record = rotate(network, VN_CUSTOMS, ID_CUSTOMS.carrier.key_id)
        refused(network, record, "membership: foreign key")

    def test_revoked_key(self, network: Network) -> None:
        network.run(revoke(network, VN_CUSTOMS, VN_CUSTOMS.carrier.key_id), VN_CUSTOMS.admin)
        record = rotate(network, VN_CUSTOMS, VN_CUSTOMS.carrier.key_id)
        refused(network, record, "membership: key revoked")


class TestIdentifierKeys:
    def commit(self, network: Network, name: str, commitment: bytes) -> IdentifierKeyCommit:
        sequence = network.membership.object_head(VN_CUSTOMS.id).count
        return IdentifierKeyCommit(
            VN_CUSTOMS.id, sequence, domain_word(name), commitment, network.soon
        )

    def test_commitment_stands(self, network: Network) -> None:
        record = self.commit(network, "certificates-2027", b"\5" * 32)
        outcome = network.run(record, VN_CUSTOMS.admin)
        assert outcome.only(IdentifierKeySet).commitment == b"\5" * 32
        found = network.membership.identifier_key(VN_CUSTOMS.id, "certificates-2027")
        assert found == b"\5" * 32

    def test_commitment_is_set_once(self, network: Network) -> None:
        record = self.commit(network, "certificates-2026", b"\5" * 32)
        refused(network, record, "membership: identifier key set")

    def test_nothing_is_no_commitment(self, network: Network) -> None:
        record = self.commit(network, "certificates-2027", bytes(32))
        refused(network, record, "membership: identifier key")

    def test_name_is_needed(self, network: Network) -> None:
        record = self.commit(network, "", b"\5" * 32)
        refused(network, record, "membership: identifier key")


def test_membership_is_nobodys_successor(network: Network) -> None:
    assert network.membership.predecessor() is None


def test_record_is_anchored(network: Network) -> None:
    record = add(network)
    digest = record.digest(network.membership.domain)
    assert network.membership.anchor(digest) is None
    network.run(record, VN_CUSTOMS.admin)
    assert network.membership.anchor(digest) is not None


def test_too_many_admin_keys(network: Network) -> None:
    for number in range(63):
        signer = Signer(f"admin {number}")
        action = governance.grant_admin_key(VN_CUSTOMS.id, signer.key_id)
        network.send(
            network.membership.decide(proposal := network.proposal(action), network.votes(proposal))
        )
    assert len(GOVERNORS) == 4
    record = add(network, purposes=int(KeyPurpose.ADMIN))
    refused(network, record, "membership: too many admin keys")
