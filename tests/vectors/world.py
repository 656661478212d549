"""A small network whose every byte is the same on each run, to make bundles from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ec
from eth_account import Account
from vectors.parties import (
    CUSTOMS_ID,
    CUSTOMS_SG,
    CUSTOMS_VN,
    IMPORTER,
    ISSUER,
    MEMBERS,
    Member,
    MemoryStore,
    SealingKey,
    Signer,
    sample_form,
)
from web3 import Web3

from chain.engine.solo import SoloEngine
from chain.genesis import parse_genesis
from chain.ledger import solo_ledger
from chain.proofs import comet
from chain.proofs.comet.commit import canonical_vote
from chain.proofs.constants import Address20, Hash32, TimeNs
from chain.proofs.keccak import keccak256
from chain.rpc.provider import connect
from contracts.artifacts import load_artifact
from contracts.bundles import Bundle, Checkpoint, Document, MembershipLayout, Seal, Trust
from contracts.bundles.collect import BundleRequest, collect_bundle
from contracts.bundles.rpc_source import RpcProofSource
from contracts.bundles.trust import NamedValidator
from contracts.calls import Call
from contracts.commitments.curve import Point
from contracts.commitments.pedersen import Opening, commit
from contracts.documents.sd_jwt import document_hash, issue_sd_jwt, present_sd_jwt
from contracts.issuance.binding import IssuanceContract
from contracts.issuance.records import LineCertify
from contracts.ledger import Ledger
from contracts.membership import governance
from contracts.membership.binding import MembershipContract
from contracts.membership.founding import (
    FoundingValidator,
    build_founding,
    founded_address,
    membership_address,
)
from contracts.membership.records import GOVERNANCE, Proposal
from contracts.origin import certificate as form_d
from contracts.origin.binding import OriginContract
from contracts.origin.drawdown import share_of
from contracts.origin.identifiers import certificate_id
from contracts.origin.records import (
    CertificateCancel,
    CertificateClaim,
    CertificateDraw,
    CertificateIssue,
    CertificateMessage,
    CertificateSupersede,
    ClaimAccept,
    ClaimDoubt,
    ClaimReject,
    MessageKind,
    VerificationKind,
    VerificationStep,
)
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord, sign_digest

CHAIN_ID = 7_741
CHAIN_NAME = "tradeseal-vectors"
GENESIS_TIME = 1_767_225_600  # 2026-01-01T00:00:00Z
START = 1_775_000_000  # 2026-03-31T23:33:20Z
NS = 1_000_000_000
IDENTIFIER_KEY = b"\x42" * 32
MEMBERSHIP = Address20(membership_address())
ORIGIN = founded_address("origin")


@cache
def genesis_bytes() -> bytes:
    founding = build_founding(
        [member.founder() for member in MEMBERS],
        [FoundingValidator(SealingKey().public_key, 10, MEMBERS[0].id)],
    )
    return json.dumps(
        {
            "format": "tradeseal-genesis/1",
            "chain_id": CHAIN_NAME,
            "evm_chain_id": str(CHAIN_ID),
            "genesis_time": "2026-01-01T00:00:00Z",
            "membership": "0x" + MEMBERSHIP.hex(),
            "founding": [
                {
                    "to": None if call.to is None else "0x" + call.to.hex(),
                    "data": "0x" + call.data.hex(),
                }
                for call in founding
            ],
            "validators": [
                {"name": "solo", "public_key": SealingKey().public_key.hex(), "power": "10"}
            ],
        }
    ).encode()


@dataclass
class World:
    """The network; `time` is its clock, in seconds."""

    time: int = START
    history: dict[bytes, list[SignedRecord]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chain = solo_ledger(
            MemoryStore(),
            parse_genesis(genesis_bytes()),
            SealingKey(),
            clock=lambda: self.time * NS,
            start=False,
        )
        self.web3 = connect(self.chain)
        self.ledger = Ledger(self.web3)
        self.membership = MembershipContract(self.ledger, MEMBERSHIP)
        self.origin = OriginContract(self.ledger, ORIGIN)
        self.issuance = IssuanceContract(self.ledger, founded_address("issuance"))

    def close(self) -> None:
        self.chain.close()

    def seal(self, seconds: int = 1) -> None:
        self.time += seconds
        assert isinstance(self.chain.engine, SoloEngine)
        self.chain.engine.seal_next()

    def send(self, call: Call) -> int:
        """Run a call that must succeed; return its block."""
        carrier = CUSTOMS_VN.carrier
        sender = Web3.to_checksum_address(carrier.address)
        transaction = {
            "chainId": CHAIN_ID,
            "nonce": self.web3.eth.get_transaction_count(sender),
            "gas": call.gas,
            "to": Web3.to_checksum_address(call.to),
            "value": 0,
            "data": call.data,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
            "type": 2,
        }
        signed = Account.sign_transaction(transaction, carrier.secret)
        sent = self.web3.eth.send_raw_transaction(signed.raw_transaction)
        self.seal()
        receipt = self.web3.eth.get_transaction_receipt(sent)
        assert receipt["status"] == 1, receipt
        return int(receipt["blockNumber"])

    def record(self, record: Record, signer: Signer) -> SignedRecord:
        """Sign a record for the newest origin contract and have it accepted."""
        domain = RecordDomain(CHAIN_ID, self.origin.address)
        signed = SignedRecord.sign(record, domain, signer.secret)
        self.send(self.origin.carry(signed))
        self.history.setdefault(record.object, []).append(signed)
        return signed

    @property
    def soon(self) -> int:
        return self.time + 3_600

    def decide(self, action: bytes) -> None:
        """Let all governing organisations decide an action."""
        proposal = self._proposal(action)
        self.send(self.membership.decide(proposal, self._votes(proposal)))

    def upgrade_origin(self) -> None:
        """Put a second origin contract in the place of the first."""
        init_code = load_artifact("origin").init_code(
            MEMBERSHIP.rjust(32, b"\0"), self.origin.address.rjust(32, b"\0")
        )
        block = self.ledger.block_number() + 2
        action = governance.install_contract("origin", init_code, block)
        proposal = self._proposal(action)
        self.send(self.membership.install(proposal, self._votes(proposal), init_code))
        self.origin = OriginContract(self.ledger, self.membership.versions("origin")[-1].contract)

    def _proposal(self, action: bytes) -> Proposal:
        sequence = self.membership.governance_sequence()
        return Proposal(GOVERNANCE, sequence, action, self.soon)

    def _votes(self, proposal: Proposal) -> list[bytes]:
        digest = proposal.digest(self.membership.domain)
        governors = sorted((m for m in MEMBERS if m.governing), key=lambda m: m.id)
        return [sign_digest(digest, member.admin.secret) for member in governors]

    # certificates

    def issue(self, reference: str, **claimed: Any) -> tuple[bytes, str]:
        """Issue a certificate; return its identifier and the whole document.

        `claimed` replaces what the document says, which the contract cannot see.
        """
        record, document = self.prepared(reference, **claimed)
        self.record(record, ISSUER.officer)
        self.tell(record.object, MessageKind.TRANSMIT, ISSUER)
        return record.object, document

    def prepared(
        self,
        reference: str,
        *,
        issuer: Member = ISSUER,
        customs: Member = CUSTOMS_VN,
        importing: bytes = b"ID",
        parent: bytes = bytes(32),
        supersedes: bytes = bytes(32),
        **claimed: Any,
    ) -> tuple[CertificateIssue, str]:
        """Countersign the lines of a certificate; return the record and the document."""
        form = sample_form(reference)
        identifier = certificate_id(IDENTIFIER_KEY, issuer.country, "D", reference)
        claims = form_d.certificate_claims(form, identifier, issuer.id) | claimed
        salts = (keccak256(b"%s %d" % (reference.encode(), n))[:16] for n in range(9_999))
        document = issue_sd_jwt(
            claims,
            cast("ec.EllipticCurvePrivateKey", issuer.document_key),
            {"typ": form_d.DOCUMENT_TYPE},
            lambda size: next(salts)[:size],
        )
        for item in range(1, len(form.items) + 1):
            self.cover(identifier, item, customs)
        record = CertificateIssue(
            object=identifier,
            document=document_hash(document),
            document_key=issuer.document_key.key_id,
            form=b"D".ljust(8, b"\0"),
            issuing_country=issuer.country.encode(),
            importing_country=importing,
            items=len(form.items),
            consignment=keccak256(b"consignment"),
            application=bytes(32),
            authorisation=bytes(32),
            parent=parent,
            supersedes=supersedes,
            issued_at=form.issued_at,
            expires_at=form.expires_at,
            expires=self.soon,
        )
        return record, document

    def cover(self, certificate: bytes, item: int, customs: Member) -> None:
        """Countersign an export line of its own for an item."""
        line = customs.country.encode() + keccak256(b"line %d " % item + certificate)[2:]
        point = commit(Opening(1, int.from_bytes(line[2:18], "big")))
        record = LineCertify(
            object=line,
            certificate=certificate,
            item=item,
            share_before=0,
            share_after=10_000,
            commitment_x=point.x,
            commitment_y=point.y,
            quantity_x=point.x,
            quantity_y=point.y,
            certified_at=self.time,
            expires=self.soon,
        )
        domain = RecordDomain(CHAIN_ID, self.issuance.address)
        signed = SignedRecord.sign(record, domain, customs.officer.secret)
        self.send(self.issuance.carry(signed))

    def tell(
        self, certificate: bytes, kind: int, member: Member, document: bytes = bytes(32)
    ) -> None:
        """Have one administration tell the other."""
        salt = keccak256(b"message %d" % kind)
        record = CertificateMessage(
            certificate, kind, salt, document, bytes(32), self.time, self.soon
        )
        self.record(record, member.officer)

    def draw_and_issue(
        self, parent: bytes, child: CertificateIssue, quantity: int, whole: int
    ) -> None:
        """Draw on the parent's first item for each item of a child, and issue the child."""
        drawn, records = Opening(0, 0), []
        domain = RecordDomain(CHAIN_ID, self.origin.address)
        for number in range(1, child.items + 1):
            part = Opening(quantity, 20 + number)
            before, drawn = drawn, drawn + part
            after, point = commit(drawn), commit(part)
            records.append(
                CertificateDraw(
                    object=parent,
                    item=1,
                    child=child.object,
                    child_item=number,
                    share_before=share_of(before.value, whole),
                    share_after=share_of(drawn.value, whole),
                    commitment_x=after.x,
                    commitment_y=after.y,
                    quantity_x=point.x,
                    quantity_y=point.y,
                    drawn_at=self.time,
                    expires=self.soon,
                )
            )
        secret = CUSTOMS_SG.officer.secret
        signed = [SignedRecord.sign(record, domain, secret) for record in (*records, child)]
        self.send(self.origin.submit_together([self.origin.carry(one) for one in signed]))
        for one in signed:
            self.history.setdefault(one.record.object, []).append(one)

    def doubt(self, certificate: bytes, claim: bytes) -> None:
        reply_by, conclude_by = self.time + 90 * 86_400, self.time + 180 * 86_400
        reason, request = keccak256(b"doubt"), keccak256(b"request")
        record = ClaimDoubt(
            certificate, claim, reason, request, reply_by, conclude_by, self.time, self.soon
        )
        self.record(record, CUSTOMS_ID.officer)

    def answer(self, certificate: bytes, claim: bytes, kind: VerificationKind) -> None:
        reply = keccak256(b"reply")
        record = VerificationStep(certificate, claim, kind, reply, 0, self.time, self.soon)
        self.record(record, ISSUER.officer)

    def supersede(self, certificate: bytes, successor: bytes) -> None:
        reason = keccak256(b"reason")
        record = CertificateSupersede(certificate, successor, reason, self.time, self.soon)
        self.record(record, ISSUER.officer)

    def claim(self, certificate: bytes, opening: Opening, number: int) -> bytes:
        point = commit(opening)
        declaration = keccak256(b"declaration %d" % number)
        record = CertificateClaim(
            certificate, 1, declaration, point.x, point.y, self.time, self.soon
        )
        return self.record(record, IMPORTER.officer).digest

    def accept(self, certificate: bytes, claim: bytes, before: int, after: int, at: Point) -> None:
        record = ClaimAccept(certificate, claim, before, after, at.x, at.y, self.time, self.soon)
        self.record(record, CUSTOMS_ID.officer)

    def reject(self, certificate: bytes, claim: bytes) -> None:
        record = ClaimReject(certificate, claim, keccak256(b"reason"), self.time, self.soon)
        self.record(record, CUSTOMS_ID.officer)

    def cancel(self, certificate: bytes) -> None:
        record = CertificateCancel(certificate, keccak256(b"reason"), self.time, self.soon)
        self.record(record, ISSUER.officer)

    # bundles

    def bundle(self, certificate: bytes, document: Document | None) -> Bundle:
        """Collect the bundle of a certificate at the newest seal."""
        self.seal()
        request = BundleRequest(
            "origin",
            Hash32(certificate),
            self.history[certificate],
            document,
            (ISSUER.document_key.key_id, CUSTOMS_SG.document_key.key_id),
        )
        return collect_bundle(self.source(), MEMBERSHIP, MembershipLayout(), request)

    def source(self) -> RpcProofSource:
        return RpcProofSource(self.request)

    def request(self, method: str, params: list[object]) -> object:
        response: Any = self.web3.provider.make_request(cast("Any", method), params)
        assert "result" in response, response
        return response["result"]

    def trust(self, **changes: Any) -> Trust:
        genesis_header: Any = self.web3.eth.get_block(0)
        values: dict[str, Any] = {
            "chain_id": CHAIN_NAME,
            "evm_chain_id": CHAIN_ID,
            "evm_genesis_hash": Hash32(bytes(genesis_header["hash"])),
            "membership": MEMBERSHIP,
            "membership_code_hash": keccak256(self.ledger.code(MEMBERSHIP)),
            "layout": MembershipLayout(),
            "validators": (NamedValidator("solo", comet.Validator(SealingKey().public_key, 10)),),
            "checkpoint": Checkpoint(0, TimeNs(GENESIS_TIME * NS), None),
            "trusting_period": 366 * 86_400,
        }
        return Trust(**(values | changes))


def shown(document: str, *paths: tuple[str | int, ...], issuer: Member = ISSUER) -> Document:
    """Return a presentation of chosen fields."""
    jws, *disclosures = present_sd_jwt(document, paths).split("~")
    return Document(jws, tuple(disclosures[:-1]), issuer.document_key.info)


def sealed_again(
    bundle: Bundle,
    keys: Sequence[tuple[SealingKey, int]],
    *,
    absent: Sequence[int] = (),
    **changes: Any,
) -> Bundle:
    """Return the bundle under a seal of other validators, with changes to its header."""
    old = comet.Header.from_bytes(bundle.seal.header)
    return replace(bundle, seal=make_seal(old, keys, absent=absent, **changes))


def make_seal(
    header: comet.Header,
    keys: Sequence[tuple[SealingKey, int]],
    *,
    absent: Sequence[int] = (),
    **changes: Any,
) -> Seal:
    """Return a seal over a header, with changes, by validators with their powers."""
    validators = validator_set(keys)
    secrets = {comet.validator_address(key.public_key): key for key, _ in keys}
    values: dict[str, Any] = {
        "validators_hash": validators.hash(),
        "next_validators_hash": validators.hash(),
        "proposer_address": validators.validators[0].address,
    }
    header = replace(header, **(values | changes))
    block_id = comet.BlockID(header.hash(), comet.PartSetHeader(1, b"\x11" * 32))
    votes = []
    for index, validator in enumerate(validators.validators):
        if index in absent:
            votes.append(comet.CommitSignature())
            continue
        message = canonical_vote(CHAIN_NAME, header.height, 0, block_id, header.time)
        signature = secrets[validator.address].sign(message)
        votes.append(
            comet.CommitSignature(
                comet.BlockIDFlag.COMMIT, validator.address, header.time, signature
            )
        )
    commit_ = comet.Commit(header.height, 0, block_id, tuple(votes))
    return Seal(header.to_bytes(), commit_.to_bytes(), validators.to_bytes())


def validator_set(keys: Sequence[tuple[SealingKey, int]]) -> comet.ValidatorSet:
    return comet.ValidatorSet.of(comet.Validator(key.public_key, power) for key, power in keys)
