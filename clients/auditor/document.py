"""Step 10: whether the document is the one that the ledger commits to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from clients.auditor.errors import BrokenLinkError, UndeterminedError
from clients.auditor.history import describe_doubt, require_valid_key
from clients.auditor.ledger import ProvedState
from clients.auditor.progress import Outcome
from clients.auditor.standing import Standing
from contracts.bundles import Document
from contracts.documents.sd_jwt import VerifiedDocument, document_hash, verify_sd_jwt
from contracts.documents.x509 import parse_public_key_info
from contracts.errors import KeyDocumentError, PresentationError
from contracts.membership.keys import KeyPurpose, material_key_id
from contracts.origin.certificate import CLAIM_TYPE, DOCUMENT_TYPE
from contracts.origin.records import CertificateIssue


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What the document shows.

    Attributes:
        claims: The payload with the disclosed fields in their places.
        hidden: How many fields and elements stay undisclosed.
    """

    claims: Mapping[str, object]
    hidden: int


def verify_document(
    document: Document | None, standing: Standing, state: ProvedState
) -> Outcome[Disclosed]:
    """Verify the document against the record that issued the certificate.

    Steps:
        (1) The SHA-256 of the signed part is the record's commitment.
        (2) The key given is the one that the record names.
        (3) Membership binds it to the issuing organisation, for documents, and
            it was valid when the record was anchored.
        (4) The signature is the key's; each disclosure is referenced once.
        (5) The signed fields agree with the record.

    Raises:
        BrokenLinkError: A step fails.
        UndeterminedError: There is no document, or no proof of its key.
        ProofError: A proof is wrong.
    """
    issue = cast("CertificateIssue", standing.issue.signed.record)
    if document is None:
        raise _absent(issue.document in standing.history.erased)
    compact = "~".join([document.jws, *document.disclosures, ""])
    # Step 1
    if "~" in "".join((document.jws, *document.disclosures)):
        raise BrokenLinkError("the document's parts are not kept apart")
    if document_hash(compact) != issue.document:
        raise BrokenLinkError(
            f"the document hashes to {document_hash(compact).hex()}, "
            f"the ledger holds {issue.document.hex()}"
        )
    # Step 2
    if material_key_id(document.key) != issue.document_key:
        raise BrokenLinkError("the key given is not the document key that the record names")
    # Step 3
    doubts = _require_key(standing, issue, state)
    # Step 4
    anchored = max(standing.issue.anchor.time, issue.issued_at)
    try:
        public_key = parse_public_key_info(document.key)
        verified = verify_sd_jwt(compact, public_key, DOCUMENT_TYPE, anchored)
    except (KeyDocumentError, PresentationError) as exc:
        raise BrokenLinkError(str(exc)) from exc
    # Step 5
    _require_agreement(verified, standing, issue)
    established = (
        f"the document is the one committed to, {len(verified.disclosed)} field(s) disclosed, "
        f"{verified.hidden} hidden"
    )
    return Outcome(Disclosed(verified.claims, verified.hidden), (established,), doubts)


def _absent(erased: bool) -> UndeterminedError:
    if erased:
        return UndeterminedError(
            "erased: the issuer declared on the ledger that the document was erased; "
            "what it said can no longer be proved"
        )
    return UndeterminedError(
        "missing: the bundle shows no document and no erasure stands on the ledger; ask the "
        "holder for the signed certificate, which may hide any of its fields"
    )


def _require_key(
    standing: Standing, issue: CertificateIssue, state: ProvedState
) -> tuple[str, ...]:
    """Demand that the issuer's document key counted; return what is in doubt."""
    what = "the document"
    key = state.key(issue.document_key)
    if key is None or key.organisation != standing.certificate.issuer:
        raise AssertionError(key)  # the rules of step 9 demand it
    anchor = standing.issue.anchor
    require_valid_key(what, key, KeyPurpose.DOCUMENT, anchor)
    return (describe_doubt(what, key, anchor),) if key.is_doubtful_at(anchor.time) else ()


def _require_agreement(
    verified: VerifiedDocument, standing: Standing, issue: CertificateIssue
) -> None:
    """Demand that what the document says agrees with the record."""
    certificate = standing.certificate
    expected: dict[str, object] = {
        "vct": CLAIM_TYPE,
        "certificate": "0x" + issue.object.hex(),
        "iss": "0x" + certificate.issuer.hex(),
        "issued_in": certificate.issuing_country,
        "iat": certificate.issued_at,
        "exp": certificate.expires_at,
    }
    claims: Mapping[str, object] = verified.claims
    for name, value in expected.items():
        if claims.get(name) != value:
            raise BrokenLinkError(f"the document's {name} is not the record's, {value}")
    items = claims.get("items", [])
    if isinstance(items, list) and len(cast("list[object]", items)) > certificate.items:
        raise BrokenLinkError(f"the document has more items than the record's {certificate.items}")
    consignee = claims.get("consignee")
    if isinstance(consignee, dict):
        country = cast("dict[str, object]", consignee).get("country")
        if country != certificate.importing_country:
            raise BrokenLinkError("the document's consignee is not in the importing country")
