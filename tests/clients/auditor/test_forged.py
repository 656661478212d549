"""What no honest contract stores is refused by the verifier itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from vectors import reader
from vectors.forge import SLOTS, Forge
from vectors.parties import (
    CUSTOMS_ID,
    CUSTOMS_VN,
    ISSUER,
)
from vectors.world import (
    MEMBERSHIP,
)

from clients.auditor import Report, Verdict, verify_bundle
from contracts.bundles import Bundle
from contracts.membership.keys import KeyPurpose
from contracts.membership.layout import object_slots, record_slot
from contracts.records.signed import SignedRecord

CASE = next(case for case in reader.cases() if case["name"] == "drawn")
ORIGINAL = Bundle.parse(reader.bundle_bytes("drawn"))
UPGRADED = Bundle.parse(reader.bundle_bytes("upgraded"))
UPGRADED_CASE = next(case for case in reader.cases() if case["name"] == "upgraded")


def judge(bundle: Bundle, case: dict[str, str] = CASE) -> Report:
    return verify_bundle(bundle.to_bytes(), reader.case_trust({}), reader.case_question(case))


def test_the_unchanged_facts_pass() -> None:
    assert judge(Forge(ORIGINAL).bundle()).verdict is Verdict.VALID
    assert judge(Forge(UPGRADED).bundle(), UPGRADED_CASE).verdict is Verdict.VALID


def key_state(forge: Forge, key_id: bytes, change: Callable[[int], int]) -> None:
    _, state = SLOTS.key(key_id)
    forge.storage[MEMBERSHIP][state] = change(forge.storage[MEMBERSHIP][state])


def anchor(forge: Forge, index: int, change: Callable[[int], int]) -> None:
    slot = record_slot(forge.records[index].digest)
    forge.storage[forge.origin][slot] = change(forge.storage[forge.origin][slot])


def no_anchor(forge: Forge) -> None:
    anchor(forge, 3, lambda _: 0)


def anchored_backwards(forge: Forge) -> None:
    anchor(forge, 3, lambda word: word - (5 << 64))


def anchored_at_an_earlier_time(forge: Forge) -> None:
    anchor(forge, 3, lambda word: word - 30)


def anchored_later_than_sealed(forge: Forge) -> None:
    anchor(forge, 3, lambda word: word + (99 << 64))


def anchored_at_a_later_time(forge: Forge) -> None:
    anchor(forge, 3, lambda word: word + 99_999)


def anchored_too_late(forge: Forge) -> None:
    record = forge.records[0]
    early = replace(record.record, expires=record.record.expires - 7_200)
    signed = SignedRecord.sign(early, record.domain, ISSUER.officer.secret)
    forge.set_history([signed, *forge.records[1:]])


def signer_may_not_sign(forge: Forge) -> None:
    key_state(forge, ISSUER.officer.key_id, lambda word: word & ~KeyPurpose.SIGN)


def signer_not_yet_valid(forge: Forge) -> None:
    key_state(forge, ISSUER.officer.key_id, lambda word: word | (2_000_000_000 << 32))


def signer_revoked_before(forge: Forge) -> None:
    key_state(forge, ISSUER.officer.key_id, lambda word: word | (1_700_000_000 << 144))


def signer_without_organisation(forge: Forge) -> None:
    forge.storage[MEMBERSHIP][SLOTS.organisation(ISSUER.id)] = 0


def signature_out_of_range(forge: Forge) -> None:
    signed = forge.records[4]
    forge.records[4] = replace(signed, signature=bytes(64) + b"\x1b")


def foreign_document_key(forge: Forge) -> None:
    owner, _ = SLOTS.key(ISSUER.document_key.key_id)
    forge.storage[MEMBERSHIP][owner] = int.from_bytes(CUSTOMS_VN.id, "big")


def document_key_of_another_purpose(forge: Forge) -> None:
    key_state(forge, ISSUER.document_key.key_id, lambda word: word & ~KeyPurpose.DOCUMENT)


def accepted_claim_rejected(forge: Forge) -> None:
    last = forge.records[-1]
    again = replace(last.record, claim=forge.records[3].digest)
    signed = SignedRecord.sign(again, last.domain, CUSTOMS_ID.officer.secret)
    forge.set_history([*forge.records[:-1], signed])


def version_without_place(forge: Forge) -> None:
    forge.storage[MEMBERSHIP][SLOTS.version("origin", 0)[0]] = 0


def versions_beyond_counting(forge: Forge) -> None:
    forge.storage[MEMBERSHIP][SLOTS.version_count("origin")] = 1_001


def no_version(forge: Forge) -> None:
    forge.storage[MEMBERSHIP][SLOTS.version_count("origin")] = 0


def version_that_has_not_begun(forge: Forge) -> None:
    place, _ = SLOTS.version("origin", 0)
    forge.storage[MEMBERSHIP][place] |= 1_000 << 160


def other_code(forge: Forge) -> None:
    forge.accounts[forge.origin] = replace(forge.accounts[forge.origin], code_hash=bytes(32))


def object_of_count_zero(forge: Forge) -> None:
    count, head = object_slots(ORIGINAL.object_id)
    forge.storage[forge.origin] |= {count: 0, head: 0}


CHANGES: list[tuple[Callable[[Forge], None], str, str]] = [
    (no_anchor, "signers", "record 3 (CertificateClaim) was never accepted"),
    (anchored_backwards, "signers", "anchored before the record before it"),
    (anchored_at_an_earlier_time, "signers", "anchored before the record before it"),
    (anchored_later_than_sealed, "signers", "anchored after the block of the seal"),
    (anchored_at_a_later_time, "signers", "anchored after the block of the seal"),
    (anchored_too_late, "signers", "anchored after it had expired"),
    (signer_may_not_sign, "signers", "has not the purpose SIGN"),
    (signer_not_yet_valid, "signers", "was not valid at its block time"),
    (signer_revoked_before, "signers", "was not valid at its block time"),
    (signer_without_organisation, "signers", "of its signer is unknown"),
    (signature_out_of_range, "signers", "record 4 (ClaimAccept): "),
    (foreign_document_key, "standing", "document key of another organisation"),
    (document_key_of_another_purpose, "document", "has not the purpose DOCUMENT"),
    (accepted_claim_rejected, "standing", "record 8 breaks the rules"),
    (version_without_place, "registry", "has no version 0"),
    (versions_beyond_counting, "registry", "1001 versions"),
    (no_version, "registry", "no contract speaks"),
    (version_that_has_not_begun, "registry", "no contract speaks"),
    (other_code, "registry", "the registry names"),
    (object_of_count_zero, "history", "holds no object"),
]


@pytest.mark.parametrize(
    ("change", "step", "reason"),
    CHANGES,
    ids=lambda item: getattr(item, "__name__", str(item)[:30]),
)
def test_forged_facts(change: Callable[[Forge], None], step: str, reason: str) -> None:
    forge = Forge(ORIGINAL)
    change(forge)
    report = judge(forge.bundle())
    assert report.verdict is Verdict.INVALID
    decisive = [item for item in report.steps if item.verdict is Verdict.INVALID]
    assert decisive[0].name == step, report.reasons
    assert reason in " ".join(decisive[0].findings)


def test_versions_out_of_order() -> None:
    forge = Forge(UPGRADED)
    place, _ = SLOTS.version("origin", 0)
    forge.storage[MEMBERSHIP][place] |= 0xFFFF << 160
    report = judge(forge.bundle(), UPGRADED_CASE)
    assert "is not in order" in report.reasons[0]


def test_other_code_in_an_older_contract() -> None:
    forge = Forge(UPGRADED)
    forge.accounts[forge.origin] = replace(forge.accounts[forge.origin], code_hash=bytes(32))
    report = judge(forge.bundle(), UPGRADED_CASE)
    assert report.reasons[0].startswith("history: the contract of origin has code 0000")


def test_an_older_contract_after_a_newer_one() -> None:
    forge = Forge(UPGRADED)
    newest, first = forge.records[-1], forge.records[0]
    assert newest.domain != first.domain
    forge.records = [newest, *forge.records[:-1]]
    report = judge(forge.bundle(), UPGRADED_CASE)
    assert "for an older contract than the record before it" in report.reasons[0]


def test_a_contract_that_did_not_speak_then() -> None:
    forge = Forge(UPGRADED)
    slot = record_slot(forge.records[-1].digest)
    store = forge.storage[forge.records[-1].domain.contract]
    store[slot] = forge.storage[forge.origin][record_slot(forge.records[-2].digest)]
    report = judge(forge.bundle(), UPGRADED_CASE)
    assert "when its contract did not speak" in report.reasons[0]


def test_a_role_that_never_was_is_the_contracts_word() -> None:
    """The contract accepted the record, so a role missing today is noted, not refused."""
    forge = Forge(ORIGINAL)
    slot = SLOTS.organisation(CUSTOMS_ID.id)
    forge.storage[MEMBERSHIP][slot] &= ~0xFFFFFFFF
    report = judge(forge.bundle())
    assert report.verdict is Verdict.VALID
    assert "has lost, since, the role" in " ".join(report.steps[8].established)


def test_an_evm_header_later_than_its_seal() -> None:
    later = {"timestamp": Forge(ORIGINAL).header.timestamp + 60}
    report = judge(Forge(ORIGINAL).bundle(evm=later))
    assert "later than the header that seals it" in report.reasons[0]


def test_another_genesis() -> None:
    report = judge(Forge(ORIGINAL).bundle(evm={"number": 0}))
    assert report.reasons == ("state: block 0 is not the trusted genesis",)


def test_storage_of_an_account_that_is_not_shown() -> None:
    forge = Forge(ORIGINAL)
    bundle = forge.bundle()
    stranger = replace(bundle.storage[0], address=bytes(20), nodes=())  # type: ignore[arg-type]
    report = judge(replace(bundle, storage=(stranger, *bundle.storage)))
    assert report.verdict in {Verdict.UNDETERMINED, Verdict.VALID}
