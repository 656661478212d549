"""Bundles verified per second on one core, beside the bare signature checks inside them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from common import peak_memory_mb, save
from vectors import reader

from chain.proofs import comet, ed25519, secp256k1
from clients.auditor import Verdict, verify_bundle
from contracts.bundles import Bundle
from contracts.documents.x509 import parse_public_key_info
from contracts.records.catalogue import parse_signed_record

SECONDS = 3.0
ROUNDS = 6
BUNDLES = ("issued", "drawn", "upgraded", "changes")


def per_second(work: Callable[[], Any]) -> float:
    """Return how often `work` runs in a second of this process, best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        count, started = 0, time.process_time()
        while time.process_time() - started < SECONDS / ROUNDS:
            work()
            count += 1
        best = max(best, count / (time.process_time() - started))
    return best


def verification(name: str) -> Callable[[], None]:
    """Return the whole verification of a bundle, from its bytes."""
    case = next(case for case in reader.cases() if case["name"] == name)
    data, trust, question = (
        reader.case_bundle(case),
        reader.case_trust(case),
        reader.case_question(case),
    )

    def run() -> None:
        assert verify_bundle(data, trust, question).verdict is Verdict.VALID

    return run


def signatures(name: str) -> Callable[[], None]:
    """Return the signature checks of a bundle alone, all of them: the floor."""
    bundle = Bundle.parse(reader.bundle_bytes(name))
    header = comet.Header.from_bytes(bundle.seal.header)
    evm_chain_id = int(reader.document()["trust"]["evmChainId"])
    records = [parse_signed_record(item, evm_chain_id) for item in bundle.records]
    pairs = [(record.digest, record.signature) for record in records]
    seals = [
        (seal, comet.Commit.from_bytes(seal.commit)) for seal in (bundle.seal, *bundle.changes)
    ]
    votes = [
        (
            validator.public_key,
            comet.vote_sign_bytes(header.chain_id, commit, index),
            commit.signatures[index].signature,
        )
        for seal, commit in seals
        for index, validator in enumerate(
            comet.ValidatorSet.from_bytes(seal.validator_set).validators
        )
    ]
    assert bundle.document is not None
    document = document_check(bundle.document.jws, bundle.document.key)

    def run() -> None:
        for key, message, signature in votes:
            ed25519.verify_signature(key, message, signature)
        for digest, signature in pairs:
            secp256k1.recover_address(digest, signature)
        document()

    return run


def document_check(jws: str, key: bytes) -> Callable[[], None]:
    """Return the ES256 check of a document."""
    import base64  # noqa: PLC0415

    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    public_key = parse_public_key_info(key)
    signed, _, text = jws.rpartition(".")
    raw = base64.urlsafe_b64decode(text + "==")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    der = utils.encode_dss_signature(r, s)

    def run() -> None:
        public_key.verify(der, signed.encode(), ec.ECDSA(SHA256()))

    return run


def main() -> None:
    """Measure each bundle and keep the figures."""
    figures: dict[str, Any] = {}
    for name in BUNDLES:
        value = json.loads(reader.bundle_bytes(name))
        whole, floor = per_second(verification(name)), per_second(signatures(name))
        figures[name] = {
            "bytes": len(reader.bundle_bytes(name)),
            "records": len(value["records"]),
            "verified_per_second": round(whole),
            "signatures_alone_per_second": round(floor),
            "ratio": round(whole / floor, 2),
        }
    figures["peak_memory_mb"] = round(peak_memory_mb())
    save("verification", figures)


if __name__ == "__main__":
    main()
