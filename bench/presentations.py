"""SD-JWT issued, presented and verified per second on one core, beside the bare signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from common import save
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from support.forms import form_json
from verification import per_second

from contracts.documents.chain import chain_header
from contracts.documents.key_binding import holder_claim
from contracts.documents.sd_jwt import (
    KeyBinding,
    bind_sd_jwt,
    issue_sd_jwt,
    present_sd_jwt,
    verify_sd_jwt,
)
from contracts.documents.x509 import Subject, certify_document_key, self_issued_authority
from contracts.origin.certificate import DOCUMENT_TYPE, certificate_claims, parse_certificate

ISSUER, HOLDER, ROOT = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
NOW = int(datetime.now(UTC).timestamp())
POLICY = KeyBinding("customs-id", "a nonce of this presentation", NOW)


def credential(items: int) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Return payload and header of a certificate bound to its holder, and its time."""
    value = form_json("D")
    first = value["items"][0]
    value["items"] = [first | {"item_no": number + 1} for number in range(items)]
    form = parse_certificate(value)
    payload = certificate_claims(form, bytes(32), bytes(32))
    payload["cnf"] = holder_claim(HOLDER.public_key())
    start = form.issued_at - int(timedelta(days=1).total_seconds())
    who, end = Subject("moit-vn", "documents", "VN"), form.expires_at
    authority = self_issued_authority(ROOT, who, start, end)
    leaf = certify_document_key(
        ROOT, authority, ISSUER.public_key(), who, not_before=start, not_after=end
    )
    header = {"typ": DOCUMENT_TYPE, "x5c": chain_header([leaf, authority])}
    return payload, header, form.issued_at


def signature_check() -> Callable[[], None]:
    """Return one ES256 check: the floor of a verification."""
    message, public = b"m" * 1_000, ISSUER.public_key()
    signature = ISSUER.sign(message, ec.ECDSA(SHA256()))
    return lambda: public.verify(signature, message, ec.ECDSA(SHA256()))


def verified_per_second(compact: str, at: int, policy: KeyBinding | None) -> int:
    """Return how many verifications one core does in a second."""
    public = ISSUER.public_key()
    return round(per_second(lambda: verify_sd_jwt(compact, public, DOCUMENT_TYPE, at, policy)))


def figures_of(items: int) -> dict[str, Any]:
    """Measure a certificate with so many items."""
    payload, header, at = credential(items)
    compact = issue_sd_jwt(payload, ISSUER, header)
    chosen = [("items", 0, "hs_code"), ("exporter",)]
    shown = present_sd_jwt(compact, chosen)
    bound = bind_sd_jwt(shown, HOLDER, POLICY.audience, POLICY.nonce, NOW)
    return {
        "disclosures": compact.count("~") - 1,
        "bytes": len(compact),
        "issued_per_second": round(per_second(lambda: issue_sd_jwt(payload, ISSUER, header))),
        "presented_per_second": round(per_second(lambda: present_sd_jwt(compact, chosen))),
        "verified_per_second": {
            "everything disclosed": verified_per_second(compact, at, None),
            "one item and the exporter": verified_per_second(shown, at, None),
            "the same with key binding": verified_per_second(bound, at, POLICY),
        },
    }


def main() -> None:
    """Measure, and keep the figures."""
    floor = per_second(signature_check())
    figures: dict[str, Any] = {"signature_checks_per_second": round(floor)}
    for items in (1, 10):
        figures[f"form_d_{items}_items"] = one = figures_of(items)
        least = min(one["verified_per_second"].values())
        one["slowest_to_bare_signature"] = round(least / floor, 2)
    save("presentations", figures)


if __name__ == "__main__":
    main()
