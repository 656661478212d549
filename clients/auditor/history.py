"""Steps 7 and 8: the object's whole history, and who signed each record of it."""

from dataclasses import dataclass

from chain.proofs.constants import NANOSECONDS, TimeNs
from chain.proofs.errors import SignatureError
from chain.proofs.evm import EvmHeader
from chain.proofs.heads import fold, initial_head
from chain.proofs.secp256k1 import recover_address
from clients.auditor.errors import BrokenLinkError
from clients.auditor.ledger import ProvedState, Registry, require_code
from clients.auditor.progress import Outcome
from contracts.bundles import Bundle, Trust
from contracts.bundles.members import write_time
from contracts.errors import RecordFormatError, UnknownRecordTypeError
from contracts.membership.keys import KeyPurpose, address_key_id
from contracts.membership.layout import object_slots, record_slot
from contracts.membership.state import Anchor, Key, Organisation, Version
from contracts.records.catalogue import parse_signed_record
from contracts.records.signed import SignedRecord


@dataclass(frozen=True, slots=True)
class DigestedRecord:
    """A signed record with its EIP-712 digest."""

    signed: SignedRecord
    digest: bytes


@dataclass(frozen=True, slots=True)
class ProvedRecord:
    """A record with all that the ledger proves about it.

    Attributes:
        index: Its place in the object's history, from 0.
        signed: The signed record.
        digest: Its EIP-712 digest.
        anchor: The block that accepted it.
        key: Membership's entry of the signer's key.
        organisation: Membership's entry of the signer's organisation.
    """

    index: int
    signed: SignedRecord
    digest: bytes
    anchor: Anchor
    key: Key
    organisation: Organisation


def verify_history(
    bundle: Bundle, trust: Trust, state: ProvedState, registry: Registry
) -> tuple[DigestedRecord, ...]:
    """Verify that the bundle's records are the object's whole history, in order.

    Steps:
        (1) Each record is canonical, of this object and for a contract that
            spoke for the domain and has the registry's code, older ones first.
        (2) The newest contract that knows the object holds its count and head.
        (3) The records are as many as the count, and fold to the head.

    Raises:
        BrokenLinkError: A step fails: a record was removed, added, altered or
            moved.
        UndeterminedError: The bundle lacks a proof of step 2.
        ProofError: A proof is wrong.
    """
    # Step 1
    records = _parse_records(bundle, trust, registry)
    contracts = {record.signed.domain.contract for record in records}
    for version in registry.versions:
        if version.contract in contracts:
            require_code(state, version, registry.domain)
    # Step 2
    count, head = _proved_head(bundle, state, registry)
    # Step 3
    if count != len(records):
        raise BrokenLinkError(
            f"the ledger holds {count} record(s) of this object, the bundle {len(records)}: "
            f"{'one or more were removed' if count > len(records) else 'records were added'}"
        )
    start = initial_head(bundle.domain, trust.evm_chain_id, bundle.object_id)
    if fold(start, [record.digest for record in records]) != head:
        raise BrokenLinkError(
            "the records do not lead to the object's head on the ledger: "
            "one was altered, exchanged or moved"
        )
    return records


def verify_signers(
    records: tuple[DigestedRecord, ...], state: ProvedState, registry: Registry
) -> Outcome[tuple[ProvedRecord, ...]]:
    """Verify where each record was anchored and that its signer's key counted then.

    Steps, for each record:
        (1) Its contract accepted it, in a block up to the seal's, while the
            contract spoke, not before the record before it, and in time.
        (2) Its signature is valid.
        (3) Membership has the signer's key, which may sign, and its organisation.
        (4) The key was valid at the block time that anchored the record.
        (5) The key was not compromised then.

    Returns:
        The records with what is proved of them; a doubt for each that fails
        step 5.

    Raises:
        BrokenLinkError: One of steps 1 to 4 fails.
        UndeterminedError: The bundle lacks a proof.
        ProofError: A proof is wrong.
    """
    proved: list[ProvedRecord] = []
    doubts: list[str] = []
    for index, record in enumerate(records):
        signed, digest = record.signed, record.digest
        what = f"record {index} ({signed.record.TYPE_NAME})"
        # Step 1
        word = state.read(signed.domain.contract, record_slot(digest), f"the anchor of {what}")
        anchor = Anchor.from_word(word)
        if anchor is None:
            raise BrokenLinkError(f"{what} was never accepted by its contract")
        _require_placed(what, signed, anchor, state.header, registry)
        if proved and _is_before(anchor, proved[-1].anchor):
            raise BrokenLinkError(f"{what} was anchored before the record before it")
        # Step 2
        try:
            signer = recover_address(digest, signed.signature)
        except SignatureError as exc:
            raise BrokenLinkError(f"{what}: {exc}") from exc
        # Steps 3 and 4
        key, organisation = _require_signer(what, address_key_id(signer), anchor, state)
        # Step 5
        if key.is_doubtful_at(anchor.time):
            doubts.append(describe_doubt(what, key, anchor))
        proved.append(ProvedRecord(index, signed, digest, anchor, key, organisation))
    signers = tuple(
        f"record {item.index} ({item.signed.record.TYPE_NAME}): block {item.anchor.block_number}, "
        f"{block_time(item.anchor.time)}, organisation 0x{item.organisation.id.hex()} "
        f"({item.organisation.country})"
        for item in proved
    )
    return Outcome(tuple(proved), signers, tuple(doubts))


def describe_doubt(what: str, key: Key, anchor: Anchor) -> str:
    """Return the sentence for a record or document that a compromised key may have made."""
    return (
        f"{what} was anchored {block_time(anchor.time)} (block {anchor.block_number}) by key "
        f"0x{key.id.hex()} of organisation 0x{key.organisation.hex()}, which is reported "
        f"compromised since {block_time(key.compromised_since)}; ask the organisation to confirm it"
    )


def block_time(seconds: int) -> str:
    """Return a block time as RFC 3339."""
    return write_time(TimeNs(seconds * NANOSECONDS))


def require_valid_key(what: str, key: Key, purpose: KeyPurpose, anchor: Anchor) -> None:
    """Demand that a key may do something and was valid at an anchor.

    Raises:
        BrokenLinkError: It may not, or was not.
    """
    name = f"key 0x{key.id.hex()} of organisation 0x{key.organisation.hex()}"
    if purpose not in key.purposes:
        raise BrokenLinkError(f"{what}: {name} has not the purpose {purpose.name}")
    if not key.is_valid_at(anchor.time):
        raise BrokenLinkError(
            f"{what}: {name} was not valid at its block time {block_time(anchor.time)}"
        )


def _parse_records(bundle: Bundle, trust: Trust, registry: Registry) -> tuple[DigestedRecord, ...]:
    ages = {version.contract: age for age, version in enumerate(registry.versions)}
    records: list[DigestedRecord] = []
    newest = 0
    for index, value in enumerate(bundle.records):
        what = f"record {index}"
        try:
            signed = parse_signed_record(value, trust.evm_chain_id)
        except (RecordFormatError, UnknownRecordTypeError) as exc:
            raise BrokenLinkError(f"{what}: {exc}") from exc
        if bundle.domain != signed.record.DOMAIN or signed.record.object != bundle.object_id:
            raise BrokenLinkError(f"{what} is of another object")
        age = ages.get(signed.domain.contract)
        if age is None:
            raise BrokenLinkError(
                f"{what} is for contract 0x{signed.domain.contract.hex()}, "
                f"which never spoke for domain {bundle.domain}"
            )
        if age < newest:
            raise BrokenLinkError(f"{what} is for an older contract than the record before it")
        newest = age
        records.append(DigestedRecord(signed, signed.digest))
    return tuple(records)


def _proved_head(bundle: Bundle, state: ProvedState, registry: Registry) -> tuple[int, bytes]:
    """Return count and head from the newest contract that knows the object."""
    count_slot, head_slot = object_slots(bundle.object_id)
    for version in reversed(registry.versions):
        require_code(state, version, registry.domain)
        count = state.read(version.contract, count_slot, "the object's count")
        if count:
            head = state.read(version.contract, head_slot, "the object's head")
            return count, head.to_bytes(32, "big")
    raise BrokenLinkError("the ledger holds no object of this identifier")


def _is_before(anchor: Anchor, other: Anchor) -> bool:
    return anchor.block_number < other.block_number or anchor.time < other.time


def _require_placed(
    what: str, signed: SignedRecord, anchor: Anchor, header: EvmHeader, registry: Registry
) -> None:
    """Demand that the anchor fits the seal, the contract's time and the record's expiry."""
    if anchor.block_number > header.number or anchor.time > header.timestamp:
        raise BrokenLinkError(f"{what} was anchored after the block of the seal")
    speaker: Version | None = registry.speaker_at(anchor.block_number)
    if speaker is None or speaker.contract != signed.domain.contract:
        raise BrokenLinkError(
            f"{what} was anchored in block {anchor.block_number}, when its contract did not speak"
        )
    if anchor.time > signed.record.expires:
        raise BrokenLinkError(f"{what} was anchored after it had expired")


def _require_signer(
    what: str, key_id: bytes, anchor: Anchor, state: ProvedState
) -> tuple[Key, Organisation]:
    key = state.key(key_id)
    if key is None:
        raise BrokenLinkError(f"{what} is signed by 0x{key_id[12:].hex()}, which nobody registered")
    require_valid_key(what, key, KeyPurpose.SIGN, anchor)
    organisation = state.organisation(key.organisation)
    if organisation is None:
        raise BrokenLinkError(
            f"{what}: organisation 0x{key.organisation.hex()} of its signer is unknown"
        )
    return key, organisation
