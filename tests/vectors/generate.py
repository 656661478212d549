"""Write the bundle vectors: happy paths, and named mutations that must fail.

    .venv/bin/python tests/vectors/generate.py

`bundles/*.json` are whole bundles in canonical form; `bundles.json` holds the trust
file and the cases. A case takes a bundle, applies its patch (RFC 6902: add, remove,
replace) to the bundle and to the trust file, writes the bundle canonically, and
states the verdict, the step that decides it and words of its reason. `bytes` in
place of `patch` mutates the file itself. Regeneration gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from vectors.cases import cases  # noqa: E402
from vectors.parties import (  # noqa: E402
    CUSTOMS_ID,
    CUSTOMS_SG,
    FOUR,
    ISSUER,
    LATER,
    NEXT,
)
from vectors.world import (  # noqa: E402
    NS,
    World,
    make_seal,
    sealed_again,
    shown,
    validator_set,
)

from chain.proofs import comet  # noqa: E402
from chain.proofs.constants import TimeNs  # noqa: E402
from contracts.bundles import Bundle  # noqa: E402
from contracts.commitments.pedersen import Opening, commit  # noqa: E402
from contracts.documents.sd_jwt import document_hash  # noqa: E402
from contracts.membership import governance  # noqa: E402
from contracts.membership.keys import Role  # noqa: E402
from contracts.origin.records import MessageKind, VerificationKind  # noqa: E402


@cache
def build() -> tuple[dict[str, Bundle], dict[str, Any]]:
    """Run the network and return its bundles by name, and the trust file."""
    world = World()
    world.seal()
    bundles: dict[str, Bundle] = {}

    issued, document = world.issue("VN-ID-26-0001")
    bundles["issued"] = world.bundle(issued, shown(document, *every_box()))

    drawn, document = world.issue("VN-ID-26-0002")
    draw(world, drawn)
    part = shown(document, ("exporter",), ("items", 0, "hs_code"), ("items", 0, "quantity"))
    bundles["drawn"] = world.bundle(drawn, part)
    bundles["undisclosed"] = replace(bundles["drawn"], document=shown(document))

    cancelled, document = world.issue("VN-ID-26-0003")
    world.cancel(cancelled)
    bundles["cancelled"] = world.bundle(cancelled, shown(document))

    verified(world, bundles)
    withdrawn(world, bundles)
    descended(world, bundles)
    trust = world.trust().to_json()
    after(world, drawn, issued, document, bundles)
    world.close()
    return bundles, trust


def draw(world: World, certificate: bytes) -> None:
    """Receive a certificate, draw two thirds of an item, have one claim rejected."""
    world.tell(certificate, MessageKind.RECEIVE, CUSTOMS_ID)
    first, second = Opening(3_000_000_000, 11), Opening(3_000_000_000, 12)
    claim = world.claim(certificate, first, 1)
    world.accept(certificate, claim, 0, 3_334, commit(first))
    claim = world.claim(certificate, second, 2)
    world.accept(certificate, claim, 3_334, 6_667, commit(first + second))
    world.reject(certificate, world.claim(certificate, Opening(9, 13), 3))


def verified(world: World, bundles: dict[str, Bundle]) -> None:
    """A claim is doubted, answered and accepted."""
    certificate, document = world.issue("VN-ID-26-0011")
    world.tell(certificate, MessageKind.PAPER, CUSTOMS_ID)
    opening = Opening(9_000_000_000, 21)
    claim = world.claim(certificate, opening, 5)
    world.doubt(certificate, claim)
    bundles["doubted"] = world.bundle(certificate, shown(document))
    world.answer(certificate, claim, VerificationKind.INTERIM)
    world.answer(certificate, claim, VerificationKind.VALID)
    world.accept(certificate, claim, 0, 10_000, commit(opening))
    bundles["verified"] = world.bundle(certificate, shown(document))


def withdrawn(world: World, bundles: dict[str, Bundle]) -> None:
    """One document is erased, one certificate replaced."""
    certificate, document = world.issue("VN-ID-26-0012")
    world.tell(certificate, MessageKind.ERASE, ISSUER, document_hash(document))
    bundles["erased"] = world.bundle(certificate, None)
    bundles["erased-yet-shown"] = replace(bundles["erased"], document=shown(document))
    other, _ = world.issue("VN-ID-26-0013")
    world.tell(other, MessageKind.ERASE, ISSUER, bytes(31) + b"\1")
    bundles["another-erased"] = world.bundle(other, None)
    old, document = world.issue("VN-ID-26-0014")
    record, corrected = world.prepared("VN-ID-26-0015", supersedes=old)
    world.supersede(old, record.object)
    world.record(record, ISSUER.officer)
    bundles["superseded"] = world.bundle(old, shown(document))
    bundles["successor"] = world.bundle(record.object, shown(corrected))


def descended(world: World, bundles: dict[str, Bundle]) -> None:
    """A certificate is issued back-to-back in Singapore; then its parent falls."""
    record, document = world.prepared("VN-SG-26-0016", importing=b"SG")
    world.record(record, ISSUER.officer)
    world.tell(record.object, MessageKind.PAPER, CUSTOMS_SG)
    child, presented = world.prepared(
        "SG-ID-26-0001",
        issuer=CUSTOMS_SG,
        customs=CUSTOMS_SG,
        parent=record.object,
        issued_in="SG",
    )
    world.draw_and_issue(record.object, child, 1_000, 9_000)
    part = shown(presented, issuer=CUSTOMS_SG)
    bundles["parent"] = world.bundle(record.object, shown(document))
    bundles["child"] = world.bundle(child.object, part)
    world.tell(record.object, MessageKind.CONSENT, CUSTOMS_SG)
    world.cancel(record.object)
    bundles["orphan"] = world.bundle(child.object, part)


def after(
    world: World, drawn: bytes, issued: bytes, document: str, bundles: dict[str, Bundle]
) -> None:
    """What happens later: an upgrade, a role lost, and a key found compromised."""
    world.upgrade_origin()
    world.seal()
    bundles["upgraded-untouched"] = world.bundle(drawn, None)
    upgraded, document = world.issue("VN-ID-26-0004")
    world.claim(drawn, Opening(1_000_000_000, 14), 4)
    bundles["upgraded"] = world.bundle(drawn, bundles["drawn"].document)
    bundles["born-upgraded"] = world.bundle(upgraded, shown(document))
    lost = governance.change_organisation(ISSUER.id, Role.AGENCY, governing=True, active=True)
    world.decide(lost)
    bundles["role-lost"] = world.bundle(upgraded, shown(document))
    since = world.time - 100
    world.decide(governance.mark_compromised(CUSTOMS_ID.officer.key_id, since))
    bundles["compromised"] = world.bundle(drawn, bundles["drawn"].document)
    world.decide(governance.mark_compromised(ISSUER.document_key.key_id, world.time - 10_000))
    bundles["compromised-document"] = world.bundle(issued, bundles["issued"].document)
    resealed(bundles)


def resealed(bundles: dict[str, Bundle]) -> None:
    """The same facts under seals of four validators, and of their successors."""
    drawn = bundles["drawn"]
    header = comet.Header.from_bytes(drawn.seal.header)
    bundles["four"] = sealed_again(drawn, FOUR, height=90)
    bundles["four-one-absent"] = sealed_again(drawn, FOUR, absent=(2,), height=90)
    bundles["four-two-absent"] = sealed_again(drawn, FOUR, absent=(1, 2), height=90)
    bundles["next"] = sealed_again(drawn, NEXT, height=90)
    order = validator_set(NEXT).validators
    stranger = [item.public_key for item in order].index(NEXT[-1][0].public_key)
    absent = (stranger, (stranger + 1) % 4)
    bundles["next-weak"] = sealed_again(drawn, NEXT, absent=absent, height=90)
    bundles["later"] = sealed_again(drawn, LATER, height=90)
    change = make_seal(
        header,
        FOUR,
        height=40,
        time=TimeNs(header.time - 500 * NS),
        next_validators_hash=validator_set(LATER).hash(),
    )
    step = make_seal(header, LATER, height=41, time=TimeNs(header.time - 400 * NS))
    bundles["changes"] = replace(bundles["later"], changes=(change, step))
    weak = sealed_again(drawn, LATER, absent=(1, 2), height=90)
    bundles["changes-weak"] = replace(weak, changes=(change, step))


def every_box() -> list[tuple[str | int, ...]]:
    names = ("reference_no", "issuing_body", "consignment", "exporter", "consignee", "transport")
    more = ("items", "exporter_declaration", "certification", "flags")
    return [(name,) for name in names + more]


def main() -> None:
    """Write everything."""
    bundles, trust = build()
    folder = HERE / "bundles"
    folder.mkdir(exist_ok=True)
    for name, bundle in bundles.items():
        (folder / f"{name}.json").write_bytes(bundle.to_bytes())
    document = {
        "note": "Written by tests/vectors/generate.py, which explains the members.",
        "trust": trust,
        "cases": cases(bundles, trust),
    }
    (HERE / "bundles.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
