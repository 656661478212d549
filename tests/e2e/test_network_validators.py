"""Validators join, leave and change their keys under load, and proofs made meanwhile hold."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.agreement import Loads, check_network, signers
from support.comet import (
    COMET_CHAIN_ID,
    CONTRACT,
    DOCUMENT_KEY,
    ISSUANCE,
    ISSUING,
    ORIGIN,
    CometNetwork,
    Organisation,
    validator_key,
)
from support.governing import Governance
from support.network import CHAIN_ID, DAY, ID_AUTHORITY, ID_CUSTOMS, VN_AUTHORITY, VN_CUSTOMS
from vectors.parties import sample_form

from chain.proofs.comet import (
    BlockID,
    BlockIDFlag,
    Commit,
    CommitSignature,
    Header,
    Validator,
    ValidatorSet,
    verify_commit,
)
from chain.proofs.comet.commit import canonical_vote
from chain.proofs.comet.header import PartSetHeader
from chain.proofs.constants import NANOSECONDS, Address20, Hash32, TimeNs
from chain.proofs.keccak import keccak256
from clients.auditor import Question, Report, Verdict, renew_trust, verify_bundle
from contracts.bundles import Bundle, Document, MembershipLayout, Seal, Trust
from contracts.bundles.collect import BundleRequest, collect_bundle
from contracts.bundles.rpc_source import RpcProofSource
from contracts.commitments import Opening, commit
from contracts.documents.sd_jwt import document_hash, issue_sd_jwt
from contracts.issuance.records import LineCertify
from contracts.membership.founding import membership_address
from contracts.membership.governance import replace_validator, set_validator
from contracts.origin import certificate as form_d
from contracts.origin.identifiers import certificate_id
from contracts.origin.records import CertificateIssue
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.trust import trust_of

pytestmark = pytest.mark.slow

MEMBERS = (VN_AUTHORITY, VN_CUSTOMS, ID_CUSTOMS, ID_AUTHORITY)
MANY = 10_000
"""Heights, more than there are."""

YEAR_NS = 366 * DAY * NANOSECONDS


def _line(certificate: bytes, item: int) -> SignedRecord:
    """Sign that customs certifies a line of its own, whole, for an item."""
    point = commit(Opening(1_000, 7 + item))
    now = int(time.time())
    record = LineCertify(
        object=certificate[:2] + keccak256(certificate + bytes([item]))[2:],
        certificate=certificate,
        item=item,
        share_before=0,
        share_after=10_000,
        commitment_x=point.x,
        commitment_y=point.y,
        quantity_x=point.x,
        quantity_y=point.y,
        certified_at=now,
        expires=now + DAY,
    )
    domain = RecordDomain(CHAIN_ID, ISSUANCE)
    return SignedRecord.sign(record, domain, VN_CUSTOMS.officer.secret)


@dataclass(frozen=True)
class Certificate:
    """A certificate that is on the ledger, and its document."""

    record: SignedRecord
    document: Document

    @classmethod
    def issue(cls, governance: Governance) -> Certificate:
        today = datetime.now(UTC).date()
        form = sample_form("NETWORK-1")
        form = replace(
            form,
            transport=replace(form.transport, departure_date=today),
            exporter_declaration=replace(form.exporter_declaration, date=today),
            certification=replace(form.certification, date=today),
        )
        identifier = certificate_id(b"\x42" * 32, "VN", "D", form.reference_no)
        text = issue_sd_jwt(
            form_d.certificate_claims(form, identifier, VN_AUTHORITY.id),
            cast("ec.EllipticCurvePrivateKey", DOCUMENT_KEY),
            {"typ": form_d.DOCUMENT_TYPE},
        )
        record = CertificateIssue(
            object=identifier,
            document=document_hash(text),
            document_key=DOCUMENT_KEY.key_id,
            form=b"D".ljust(8, b"\0"),
            issuing_country=b"VN",
            importing_country=b"ID",
            items=len(form.items),
            consignment=bytes(32),
            application=bytes(32),
            authorisation=bytes(32),
            parent=bytes(32),
            supersedes=bytes(32),
            issued_at=form.issued_at,
            expires_at=form.expires_at,
            expires=int(time.time()) + DAY,
        )
        for item in form.items:
            governance.send(ISSUING.carry(_line(identifier, item.item_no)))
        domain = RecordDomain(CHAIN_ID, ORIGIN)
        signed = SignedRecord.sign(record, domain, VN_AUTHORITY.officer.secret)
        block = governance.send(CONTRACT.carry(signed))
        governance.network.wait_until(
            lambda: all(is_sealed(each, block) for each in governance.network.organisations)
        )
        jws, *disclosures = text.split("~")
        return cls(signed, Document(jws, tuple(disclosures[:-1]), DOCUMENT_KEY.info))

    def bundle(self, organisation: Organisation, since_height: int = 0) -> Bundle:
        """Collect its proof at an organisation's newest seal, as a node does."""
        source = RpcProofSource(lambda method, given: organisation.request(method, *given))
        request = BundleRequest(
            domain="origin",
            object_id=Hash32(self.record.record.object),
            records=[self.record],
            document=self.document,
            key_ids=(DOCUMENT_KEY.key_id,),
            since_height=since_height,
        )
        membership = Address20(membership_address())
        return collect_bundle(source, membership, MembershipLayout(), request)


@dataclass
class Story:
    """What the changes of validators left behind."""

    trust: Trust
    before: Bundle
    between: Bundle
    after: Bundle
    renewed: Trust
    since: Bundle
    """A bundle for those who have renewed their trust file: only changes since then."""
    removed: Ed25519PrivateKey

    @property
    def bundles(self) -> tuple[Bundle, Bundle, Bundle]:
        return self.before, self.between, self.after


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def judge(bundle: Bundle, trust: Trust, clock: TimeNs | None = None) -> Report:
    """Ask whether it holds now, by a clock that may be ahead."""
    at = TimeNs(time.time_ns())
    return verify_bundle(bundle.to_bytes(), trust, Question(at, YEAR_NS, clock or at))


def await_signers(
    network: CometNetwork, organisation: Organisation, is_so: Callable[[set[bytes]], bool]
) -> int:
    """Wait for a commit whose signers are as said; return its height."""
    found = 0

    def has_come() -> bool:
        nonlocal found
        height = organisation.height() or 0
        if height > found:
            found = height
            return is_so(signers(organisation, height))
        return False

    network.wait_until(has_come)
    return found


def is_sealed(organisation: Organisation, block: int) -> bool:
    seal = organisation.request("tradeseal_getSeal", "latest")
    return int(seal["evmBlockNumber"], 16) >= block


def in_force(organisation: Organisation) -> set[bytes]:
    """Return the public keys of the set that made the newest seal."""
    seal = organisation.request("tradeseal_getSeal", "latest")
    validators = ValidatorSet.from_bytes(bytes.fromhex(seal["validatorSet"][2:]))
    return {each.public_key for each in validators.validators}


def changes_of(organisation: Organisation) -> list[Seal]:
    answer = organisation.request("tradeseal_getValidatorChanges", "0x1", hex(MANY))
    return [
        Seal(*(bytes.fromhex(each[name][2:]) for name in ("header", "commit", "validatorSet")))
        for each in answer
    ]


def live_through(folder: Path) -> Story:
    """Add, remove and rotate validators while members send; check the network at the end."""
    with CometNetwork(folder, forked=True) as network:
        first, second, third, fourth = network.organisations
        trust = trust_of(network.parsed_genesis)
        governance = Governance(network, first)
        with Loads.of(MEMBERS, network.organisations, pause_s=0.3) as loads:
            certificate = Certificate.issue(governance)
            before = certificate.bundle(second)

            # a fifth organisation follows, then validates
            fifth = network.add("fifth")
            fifth.start()
            network.wait_until(fifth.is_ready)
            assert not fifth.status()["validating"]
            key = public(validator_key("fifth"))
            governance.decide(set_validator(key, 10, ID_AUTHORITY.id))
            await_signers(network, first, lambda found: fifth.address in found)
            assert fifth.status()["validating"]
            between = certificate.bundle(fifth)
            now = TimeNs(time.time_ns())
            renewed = renew_trust(between.to_bytes(), trust, Question(now, YEAR_NS, now))

            # the fourth leaves and follows from then on
            left = public(validator_key(fourth.name))
            governance.decide(set_validator(left, 0, ID_AUTHORITY.id))
            network.wait_until(lambda: left not in in_force(first))
            height = await_signers(network, first, lambda found: len(found) >= 3)
            assert fourth.address not in signers(first, height)
            network.wait_until(lambda: (fourth.height() or 0) > height)
            assert not fourth.status()["validating"]

            # the third changes its key
            old = third.address
            new = public(validator_key("third-renewed"))
            governance.decide(replace_validator(public(validator_key(third.name)), new))
            network.wait_until(lambda: new in in_force(first))
            third.kill()
            third.validator = "third-renewed"
            third.write_keys()
            third.revive()
            height = await_signers(network, first, lambda found: third.address in found)
            assert old not in signers(first, height)
            after = certificate.bundle(third)
            since = certificate.bundle(third, renewed.checkpoint.height)
            assert len(changes_of(first)) == 3
            for each in network.organisations:
                network.wait_until(lambda each=each: changes_of(each) == changes_of(first))
        check_network(network, loads)
    removed = validator_key(fourth.name)
    return Story(trust, before, between, after, renewed, since, removed)


def one_trust_file_from_the_genesis_serves_all(story: Story) -> None:
    for bundle in story.bundles:
        require_sealed(story, bundle)


def require_sealed(story: Story, bundle: Bundle) -> None:
    report = judge(bundle, story.trust)
    assert report.verdict is Verdict.VALID, report.reasons
    seal = bundle.seal
    header, commit = Header.from_bytes(seal.header), Commit.from_bytes(seal.commit)
    validators = ValidatorSet.from_bytes(seal.validator_set)
    verify_commit(story.trust.chain_id, validators, header, commit)


def the_bundles_cross_the_changes(story: Story) -> None:
    assert [len(each.changes) for each in story.bundles] == [0, 1, 3]
    assert len(story.since.changes) == 2


def a_renewed_trust_file_needs_only_what_came_since(story: Story) -> None:
    assert story.renewed.checkpoint.height > 0
    assert judge(story.since, story.renewed).verdict is Verdict.VALID
    assert judge(story.after, story.renewed).verdict is Verdict.VALID


def a_renewed_trust_file_does_not_serve_the_past(story: Story) -> None:
    """Going back is no rule: who needs old bundles keeps the trust file of then."""
    report = judge(story.before, story.renewed)
    assert report.verdict is Verdict.UNDETERMINED
    assert "an earlier checkpoint" in " ".join(report.reasons)


def with_votes(bundle: Bundle, change: Callable[[list[CommitSignature]], None]) -> Bundle:
    """Return the bundle with other votes in its seal."""
    commit = Commit.from_bytes(bundle.seal.commit)
    votes = list(commit.signatures)
    change(votes)
    changed = replace(commit, signatures=tuple(votes))
    return replace(bundle, seal=replace(bundle.seal, commit=changed.to_bytes()))


def forge_a_vote(votes: list[CommitSignature]) -> None:
    index = next(i for i, vote in enumerate(votes) if vote.flag is BlockIDFlag.COMMIT)
    signature = bytes([votes[index].signature[0] ^ 1]) + votes[index].signature[1:]
    votes[index] = replace(votes[index], signature=signature)


def leave_two(votes: list[CommitSignature]) -> None:
    for index in range(2, len(votes)):
        votes[index] = CommitSignature()


def vote_twice(votes: list[CommitSignature]) -> None:
    index = next(i for i, vote in enumerate(votes) if vote.flag is BlockIDFlag.COMMIT)
    votes[(index + 1) % len(votes)] = votes[index]


def commits_that_do_not_count(story: Story) -> None:
    for bundle in story.bundles:
        for change, reason in (
            (forge_a_vote, "signature"),
            (leave_two, "two thirds"),
            (vote_twice, "of another validator"),
        ):
            report = judge(with_votes(bundle, change), story.trust)
            assert report.verdict is Verdict.INVALID
            assert reason in " ".join(report.reasons)


def sealed_by(bundle: Bundle, keys: list[Ed25519PrivateKey]) -> Bundle:
    """Return the bundle with its header sealed by others alone, and correctly."""
    validators = ValidatorSet.of(Validator(public(key), 10) for key in keys)
    header = replace(
        Header.from_bytes(bundle.seal.header),
        validators_hash=validators.hash(),
        next_validators_hash=validators.hash(),
    )
    block = BlockID(header.hash(), PartSetHeader(1, b"\x11" * 32))
    by_key = {public(key): key for key in keys}
    message = canonical_vote(COMET_CHAIN_ID, header.height, 0, block, header.time)
    votes = tuple(
        CommitSignature(
            BlockIDFlag.COMMIT, each.address, header.time, by_key[each.public_key].sign(message)
        )
        for each in validators.validators
    )
    commit = Commit(header.height, 0, block, votes)
    verify_commit(COMET_CHAIN_ID, validators, header, commit)  # nothing but its power is wrong
    return replace(bundle, seal=Seal(header.to_bytes(), commit.to_bytes(), validators.to_bytes()))


def a_set_that_the_rule_does_not_reach(story: Story) -> None:
    """Who has left, and whoever joins in, do not count for a third of those trusted."""
    stranger = validator_key("a stranger")
    for keys in ([stranger], [story.removed], [story.removed, stranger]):
        report = judge(sealed_by(story.after, keys), story.trust)
        assert report.verdict is not Verdict.VALID
        assert "changed too much" in " ".join(report.reasons)


def a_change_to_a_set_of_strangers(story: Story) -> None:
    """A set that the last change does not announce is no change."""
    *changes, last = story.after.changes
    strangers = sealed_by(replace(story.after, seal=last), [validator_key("a stranger")])
    forged = replace(story.after, changes=(*changes, strangers.seal))
    assert judge(forged, story.trust).verdict is not Verdict.VALID


def another_chain(story: Story) -> None:
    for bundle in story.bundles:
        report = judge(bundle, replace(story.trust, chain_id="tradeseal-other"))
        assert report.verdict is Verdict.INVALID


def a_trust_file_older_than_its_limit(story: Story) -> None:
    limit = story.trust.checkpoint.time + story.trust.trusting_period_ns()
    for bundle in story.bundles:
        assert judge(bundle, story.trust, TimeNs(limit - 1)).verdict is Verdict.VALID
        report = judge(bundle, story.trust, TimeNs(limit))
        assert report.verdict is Verdict.UNDETERMINED


def test_validators_change_under_load_and_every_proof_holds(tmp_path: Path) -> None:
    """One network, as it costs a minute; each check says what holds, or what must not."""
    story = live_through(tmp_path)
    one_trust_file_from_the_genesis_serves_all(story)
    the_bundles_cross_the_changes(story)
    a_renewed_trust_file_needs_only_what_came_since(story)
    a_renewed_trust_file_does_not_serve_the_past(story)
    commits_that_do_not_count(story)
    a_set_that_the_rule_does_not_reach(story)
    a_change_to_a_set_of_strangers(story)
    another_chain(story)
    a_trust_file_older_than_its_limit(story)
