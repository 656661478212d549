"""The cases of bundles.json: what each alters, and how it must end."""

from __future__ import annotations

from typing import Any

from vectors.parties import (
    FOUR,
    ISSUER,
)
from vectors.world import (
    MEMBERSHIP,
    NS,
)

from chain.proofs import comet
from chain.proofs.constants import TimeNs
from contracts.bundles import Bundle
from contracts.bundles.members import write_time

DAY = 86_400


def sealed_time(bundle: Bundle) -> int:
    return comet.Header.from_bytes(bundle.seal.header).time


def four_trust() -> list[dict[str, Any]]:
    """Patch the trust file to the four validators at height 10."""
    validators = [
        {"name": key.label, "publicKey": "0x" + key.public_key.hex(), "power": str(power)}
        for key, power in FOUR
    ]
    point = {
        "height": "10",
        "time": "2026-03-31T00:00:00Z",
        "headerHash": "0x" + "77" * 32,
    }
    return [
        {"op": "replace", "path": "/validators", "value": validators},
        {"op": "replace", "path": "/checkpoint", "value": point},
    ]


class Cases:
    """Collects cases; times default to the seal's own."""

    def __init__(self, bundles: dict[str, Bundle]) -> None:
        self.bundles = bundles
        self.cases: list[dict[str, Any]] = []

    def add(
        self, name: str, desc: str, bundle: str, expected: tuple[str, str, str], **options: Any
    ) -> None:
        at = options.pop("at", sealed_time(self.bundles[bundle]) + 5 * NS)
        verdict, step, reason = expected
        case = {
            "name": name,
            "desc": desc,
            "bundle": bundle,
            "at": write_time(TimeNs(at)),
            "now": write_time(
                TimeNs(options.pop("now", max(at, sealed_time(self.bundles[bundle]))))
            ),
            "maxAge": str(options.pop("max_age", 3_600)),
            "expected": {"verdict": verdict, "step": step, "reason": reason},
        }
        self.cases.append(case | options)

    def patch(
        self, name: str, desc: str, bundle: str, expected: tuple[str, str, str], *patch: Any
    ) -> None:
        self.add(name, desc, bundle, expected, patch=list(patch))


def put(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def drop(path: str) -> dict[str, Any]:
    return {"op": "remove", "path": path}


def insert(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


VALID = ("valid", "", "")


def cases(bundles: dict[str, Bundle], trust: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all cases."""
    found = Cases(bundles)
    happy(found)
    times(found)
    seals(found, bundles)
    states(found, bundles, trust)
    lives(found)
    histories(found, bundles)
    documents(found, bundles)
    files(found)
    return found.cases


def happy(found: Cases) -> None:
    found.add("issued", "issued, every box disclosed", "issued", VALID)
    found.add("drawn", "two thirds drawn, three fields disclosed", "drawn", VALID)
    found.add("undisclosed", "no field disclosed", "undisclosed", VALID)
    found.add("upgraded", "history across two contracts", "upgraded", VALID)
    found.add("born-upgraded", "issued by the second contract", "born-upgraded", VALID)
    found.add("role-lost", "the issuer lost its role afterwards", "role-lost", VALID)
    trust = four_trust()
    found.add("four", "sealed by four validators", "four", VALID, trust_patch=trust)
    found.add(
        "four-one-absent", "three of four sealed", "four-one-absent", VALID, trust_patch=trust
    )
    found.add("next", "three of four known, by the skipping rule", "next", VALID, trust_patch=trust)
    found.add("changes", "all validators changed, shown", "changes", VALID, trust_patch=trust)


def times(found: Cases) -> None:
    sealed = sealed_time(found.bundles["drawn"])
    stale = ("undetermined", "age", "what happened since is unknown")
    found.add("age-limit", "as old as allowed", "drawn", VALID, at=sealed + 3_600 * NS)
    found.add("too-old", "a nanosecond older", "drawn", stale, at=sealed + 3_600 * NS + 1)
    found.add("max-age-1s", "asked for now", "drawn", stale, at=sealed + 2 * NS, max_age=1)
    early = ("invalid", "standing", "no such certificate yet")
    found.add("before-issue", "asked before it was issued", "drawn", early, at=sealed - 60 * NS)
    found.add("past", "asked for an earlier time", "drawn", VALID, at=sealed - 3 * NS)
    gone = ("invalid", "standing", "is cancelled")
    found.add("cancelled", "proved to be cancelled", "cancelled", gone)
    before = sealed_time(found.bundles["cancelled"]) - 2 * NS
    found.add("before-cancelled", "in force before that", "cancelled", VALID, at=before)
    over = ("invalid", "standing", "is expired")
    year = sealed + 366 * DAY * NS
    long = 400 * DAY
    patient = [put("/trustingPeriod", str(long * 2))]
    options: dict[str, Any] = {"at": year, "max_age": long, "trust_patch": patient}
    found.add("expired", "a year later", "drawn", over, **options)
    ahead = ("undetermined", "seal", "ahead of this clock")
    behind = sealed - 11 * NS
    found.add("ahead", "the clock is behind the seal", "drawn", ahead, at=behind, now=behind)


def seals(found: Cases, bundles: dict[str, Bundle]) -> None:
    trust = four_trust()
    drawn = bundles["drawn"]
    weak = ("invalid", "seal", "20 of 40 voting power")
    found.add("two-of-four", "half the power signed", "four-two-absent", weak, trust_patch=trust)
    found.add("next-weak", "skipped to, half signed", "next-weak", weak, trust_patch=trust)
    found.add(
        "changes-weak", "half the later power signed", "changes-weak", weak, trust_patch=trust
    )
    gap = ("undetermined", "seal", "ask for a bundle with the changes in between")
    found.add("gap", "all validators changed, not shown", "later", gap, trust_patch=trust)
    found.add("strangers", "sealed by validators nobody trusts", "later", gap)
    old = ("undetermined", "seal", "renew the checkpoint")
    period = [put("/trustingPeriod", "60")]
    found.add("trust-expired", "the checkpoint is too old", "drawn", old, trust_patch=period)
    passed = [*trust, put("/checkpoint/height", "95")]
    past = ("undetermined", "seal", "an earlier checkpoint")
    found.add("before-checkpoint", "others sealed earlier", "later", past, trust_patch=passed)
    found.add("same-set-earlier", "the same sealed earlier", "four", VALID, trust_patch=passed)
    fork = [*trust, put("/checkpoint/height", "90")]
    other = ("invalid", "seal", "is not the checkpoint's")
    found.add("fork", "another header at the checkpoint", "four", other, trust_patch=fork)
    chain = ("invalid", "seal", "trusted is 'elsewhere'")
    named = [put("/chainId", "elsewhere")]
    found.add("other-chain", "a seal of another chain", "drawn", chain, trust_patch=named)
    commit_ = drawn.seal.commit
    forged = "0x" + (commit_[:-1] + bytes([commit_[-1] ^ 1])).hex()
    signature = ("invalid", "seal", "Ed25519 signature refused")
    found.patch(
        "forged", "one bit of the signature", "drawn", signature, put("/seal/commit", forged)
    )
    four = "0x" + bundles["four"].seal.commit.hex()
    mixed = ("invalid", "seal", "commit refused")
    found.patch("mixed", "the commit of another seal", "drawn", mixed, put("/seal/commit", four))
    padded = "0x" + (drawn.seal.header + bytes.fromhex("7800")).hex()
    form = ("invalid", "seal", "unknown field 15")
    found.patch("padded", "a field too many", "drawn", form, put("/seal/header", padded))
    zero = "0x" + (commit_.replace(bytes.fromhex("1a48"), bytes.fromhex("10001a48"), 1)).hex()
    spelt = ("invalid", "seal", "not in canonical form")
    found.patch("spelt", "a default written out", "drawn", spelt, put("/seal/commit", zero))
    skipped = bundles["changes"].to_json()["validatorChanges"]
    assert isinstance(skipped, list)
    jump = ("undetermined", "seal", "the validators changed too much")
    options: dict[str, Any] = {"trust_patch": trust, "patch": [drop("/validatorChanges/0")]}
    found.add("change-missing", "one change left out", "changes", jump, **options)
    announced: dict[str, Any] = {"trust_patch": trust, "patch": [drop("/validatorChanges/1")]}
    found.add("change-announced", "the change is enough", "changes", VALID, **announced)
    swapped = [put("/validatorChanges", skipped[::-1])]
    order: dict[str, Any] = {"trust_patch": trust, "patch": swapped}
    found.add("changes-swapped", "changes in another order", "changes", jump, **order)


def states(found: Cases, bundles: dict[str, Bundle], trust: dict[str, Any]) -> None:
    drawn = bundles["drawn"]
    named = ("invalid", "state", "app_hash of the sealed header")
    flipped = drawn.evm_header[:-1] + bytes([drawn.evm_header[-1] ^ 1])
    found.patch(
        "evm-header", "another EVM header", "drawn", named, put("/evmHeader", "0x" + flipped.hex())
    )
    short = ("invalid", "state", "malformed RLP")
    cut = "0x" + drawn.evm_header[:-1].hex()
    found.patch("evm-header-cut", "an EVM header cut off", "drawn", short, put("/evmHeader", cut))
    code = [put("/membership/codeHash", "0x" + "00" * 32)]
    unlike = ("invalid", "membership", "Membership has code")
    found.add("membership-code", "another Membership", "drawn", unlike, trust_patch=code)
    place = [put("/membership/address", "0x" + "12" * 20)]
    nowhere = ("invalid", "membership", "there is no account of Membership")
    found.add("membership-place", "Membership elsewhere", "drawn", nowhere, trust_patch=place)
    layout = [put("/membership/layout/versionCounts", "0")]
    lacks = ("undetermined", "registry", "lacks the proof of the registry")
    found.add("layout", "another layout", "drawn", lacks, trust_patch=layout)
    extra = ("invalid", "membership", "nothing above refers to")
    found.patch(
        "extra-node",
        "a node that belongs nowhere",
        "drawn",
        extra,
        insert("/state/nodes/0", "0x00"),
    )
    code_hash = bytes.fromhex(trust["membership"]["codeHash"][2:])
    account = next(i for i, node in enumerate(drawn.state) if code_hash in node)
    gone = ("undetermined", "membership", "lacks the proof of")
    found.patch(
        "account-missing", "an account left out", "drawn", gone, drop(f"/state/nodes/{account}")
    )
    at = next(i for i, item in enumerate(drawn.storage) if item.address == MEMBERSHIP)
    found.patch(
        "membership-unproved",
        "nothing of Membership",
        "drawn",
        gone,
        drop(f"/state/nodes/{account}"),
        drop(f"/storage/{at}"),
    )
    found.patch(
        "membership-storage",
        "no storage of Membership",
        "drawn",
        ("undetermined", "registry", "lacks the proof of the registry"),
        drop(f"/storage/{at}"),
    )


def lives(found: Cases) -> None:
    found.add("doubted", "a claim is under verification", "doubted", VALID)
    found.add("verified", "doubted, found valid, accepted", "verified", VALID)
    erased = ("undetermined", "document", "erased: the issuer declared")
    missing = ("undetermined", "document", "missing: the bundle shows no document")
    found.add("erased", "the document was erased", "erased", erased)
    found.add("another-erased", "another document was erased", "another-erased", missing)
    found.add("erased-yet-shown", "erased, but the holder has it", "erased-yet-shown", VALID)
    over = ("invalid", "standing", "is superseded")
    found.add("superseded", "replaced by another", "superseded", over)
    found.add("successor", "the one that replaced it", "successor", VALID)
    found.add("parent", "drawn by a child", "parent", VALID)
    found.add("child", "issued back-to-back", "child", VALID)
    fallen = ("invalid", "standing", "which is cancelled: it cannot be claimed")
    found.add("orphan", "what it stands on was cancelled", "orphan", fallen)
    told = put("/records/0/message/parent", "0x" + "00" * 32)
    moved = ("invalid", "history", "altered, exchanged or moved")
    found.patch("disowned", "its parent left out", "child", moved, told)


def histories(found: Cases, bundles: dict[str, Bundle]) -> None:
    json_ = bundles["drawn"].to_json()
    records = json_["records"]
    assert isinstance(records, list)
    removed = ("invalid", "history", "one or more were removed")
    found.patch("removed-last", "the last record removed", "drawn", removed, drop("/records/8"))
    found.patch("removed-middle", "a record removed", "drawn", removed, drop("/records/4"))
    found.patch("removed-all", "all records removed", "drawn", removed, put("/records", []))
    added = ("invalid", "history", "records were added")
    found.patch("repeated", "a record twice", "drawn", added, insert("/records/3", records[3]))
    moved = ("invalid", "history", "altered, exchanged or moved")
    swap = (put("/records/3", records[5]), put("/records/5", records[3]))
    found.patch("reordered", "two records exchanged", "drawn", moved, *swap)
    share = put("/records/4/message/shareAfter", "3333")
    found.patch("altered", "a share altered", "drawn", moved, share)
    other = put("/records/0/message/object", "0x" + "01" * 32)
    strange = ("invalid", "history", "is of another object")
    found.patch("other-object", "a record of another object", "drawn", strange, other)
    contract = put("/records/0/contract", "0x" + "01" * 20)
    never = ("invalid", "history", "which never spoke")
    found.patch("other-contract", "for a contract that never spoke", "drawn", never, contract)
    form = ("invalid", "history", "record 0: record field items")
    items = put("/records/0/message/items", "02")
    found.patch("number-form", "a number with a leading zero", "drawn", form, items)
    kind = ("invalid", "history", "unknown record type")
    found.patch(
        "unknown-type", "a record of no type", "drawn", kind, put("/records/0/type", "Gift")
    )
    nothing = ("invalid", "history", "the ledger holds no object of this identifier")
    found.patch(
        "other-id", "of another certificate", "drawn", strange, put("/object/id", "0x" + "02" * 32)
    )
    both = (put("/object/id", "0x" + "02" * 32), put("/records", []))
    found.patch("unproved-object", "of no certificate", "drawn", nothing, *both)
    signature = records[3]
    assert isinstance(signature, dict)
    text = str(signature["signature"])
    high = ("invalid", "signers", "record 3 (CertificateClaim)")
    found.patch(
        "high-s", "the other half of s", "drawn", high, put("/records/3/signature", _high(text))
    )
    stranger = ("invalid", "signers", "which nobody registered")
    third = records[4]
    assert isinstance(third, dict)
    taken = put("/records/3/signature", third["signature"])
    found.patch("exchanged-signature", "the signature of another", "drawn", stranger, taken)
    doubt = ("undetermined", "signers", "is reported compromised since")
    found.add("compromised", "a signer's key was compromised", "compromised", doubt)
    untouched = ("undetermined", "document", "missing: the bundle shows no document")
    found.add("upgraded-untouched", "not touched since an upgrade", "upgraded-untouched", untouched)


def _high(text: str) -> str:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    r, s, v = text[2:66], int(text[66:130], 16), int(text[130:], 16)
    return f"0x{r}{order - s:064x}{55 - v:02x}"


def documents(found: Cases, bundles: dict[str, Bundle]) -> None:
    drawn, issued = bundles["drawn"].document, bundles["issued"].document
    assert drawn is not None
    assert issued is not None
    absent = ("undetermined", "document", "missing: the bundle shows no document")
    found.patch("no-document", "the document is not shown", "drawn", absent, put("/document", None))
    other = ("invalid", "document", "the document hashes to")
    found.patch(
        "other-document", "another document", "drawn", other, put("/document/jws", issued.jws)
    )
    unknown = ("invalid", "document", "referenced nowhere")
    disclosure = insert("/document/disclosures/0", issued.disclosures[0])
    found.patch("other-disclosure", "a field of another", "drawn", unknown, disclosure)
    twice = insert("/document/disclosures/0", drawn.disclosures[0])
    again = ("invalid", "document", "comes twice")
    found.patch("same-disclosure", "a field twice", "drawn", again, twice)
    hidden = drop(f"/document/disclosures/{len(drawn.disclosures) - 1}")
    found.patch("fewer", "a field less is still valid", "drawn", VALID, hidden)
    key = put("/document/key", "0x" + ISSUER.document_key.info[:-1].hex() + "00")
    wrong = ("invalid", "document", "the key given is not")
    found.patch("other-key", "another key", "drawn", wrong, key)
    apart = put("/document/jws", drawn.jws + "~" + drawn.disclosures[0])
    joined = ("invalid", "document", "not kept apart")
    found.patch("joined", "a disclosure in the signed part", "drawn", joined, apart)
    doubt = ("undetermined", "document", "is reported compromised since")
    name = "compromised-document"
    found.add(name, "the document key was compromised", name, doubt)


def files(found: Cases) -> None:
    def unusable(reason: str) -> tuple[str, str, str]:
        return ("unusable", "form", reason)

    def broken(name: str, desc: str, reason: str, **bytes_: Any) -> None:
        found.add(name, desc, "drawn", unusable(reason), bytes=bytes_)

    broken("truncated", "cut off", "not a usable file", truncate="1000")
    broken("empty", "nothing", "not a usable file", truncate="0")
    broken("newline", "a line end at the end", "canonical form", append="0a")
    broken("space", "a space in between", "canonical form", replace=['":', '": '])
    broken("not-utf-8", "a byte that is not UTF-8", "not UTF-8", append="ff")
    broken(
        "twice", "a member twice", "same member twice", replace=['"state":', '"seal":{},"state":']
    )
    broken("number", "a number", "must be a string", replace=['"id":', '"n":1,"id":'])
    patches: dict[str, tuple[str, Any]] = {
        "unknown-member": ("colour: it is unknown", insert("/colour", "red")),
        "missing-member": ("evmHeader: it is missing", drop("/evmHeader")),
        "upper-case": ("lower-case", put("/object/id", "0x" + "AB" * 32)),
        "other-format": ("format: it must be", put("/format", "tradeseal-bundle/2")),
        "short-id": ("31 bytes instead of 32", put("/object/id", "0x" + "ab" * 31)),
        "other-domain": ("cannot be verified", put("/object/domain", "custody")),
        "storage-null": ("storage: it must be a list", put("/storage", None)),
        "record-text": ("records[0]: it must be", put("/records/0", "text")),
    }
    for name, (reason, patch) in patches.items():
        found.patch(name, name.replace("-", " "), "drawn", unusable(reason), patch)
