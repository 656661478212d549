"""Step 9: whether a certificate's history follows the rules, and what it leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from chain.proofs.constants import NANOSECONDS, TimeNs
from clients.auditor.errors import BrokenLinkError
from clients.auditor.history import ProvedRecord, block_time
from clients.auditor.ledger import ProvedState, Registry
from clients.auditor.lineage import verify_lineage
from clients.auditor.progress import Outcome
from contracts.bundles.members import write_data, write_time
from contracts.errors import HistoryError
from contracts.membership.keys import Role
from contracts.origin.history import CertificateHistory, HistoryEntry, replay
from contracts.origin.records import CertificateIssue
from contracts.origin.state import CertificateState, CertificateStatus

_EVERY_ROLE = Role(sum(Role))


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as its history made it by the time asked about.

    Attributes:
        certificate: Its state.
        history: Items and claims with it.
        issue: The record that issued it, with its proof.
        ancestors: What it was issued back-to-back from, the nearest first.
    """

    certificate: CertificateState
    history: CertificateHistory
    issue: ProvedRecord
    ancestors: tuple[CertificateState, ...] = ()

    def facts(self, at: TimeNs) -> dict[str, object]:
        """Return what is proved of the certificate, for the report."""
        certificate, children = self.certificate, self.history.children
        return {
            "status": describe_status(certificate, at),
            "issuer": write_data(certificate.issuer),
            "issuingCountry": certificate.issuing_country,
            "importingCountry": certificate.importing_country,
            "issuedAt": block_time(certificate.issued_at),
            "expiresAt": block_time(certificate.expires_at),
            "items": str(certificate.items),
            "exchange": _word(certificate.exchange),
            "paper": certificate.paper,
            "parents": [write_data(found.id) for found in self.ancestors],
            "successor": write_data(self.history.successor) if self.history.successor else None,
            "shares": {
                str(number): str(item.share) for number, item in sorted(self.history.items.items())
            },
            "claims": [
                {
                    "id": write_data(digest),
                    "item": str(claim.item),
                    "status": _word(claim.status),
                    "verification": _word(claim.verification),
                    "child": write_data(children[digest]) if digest in children else None,
                }
                for digest, claim in self.history.claims.items()
            ],
        }


def verify_standing(
    records: Sequence[ProvedRecord], state: ProvedState, registry: Registry, at: TimeNs
) -> Outcome[Standing]:
    """Verify a certificate's history by the rules, and say how it stands at a time.

    Steps:
        (1) The whole history follows the contract's rules. Roles are those of the
            seal's block; where an organisation has lost a role since, the
            contract's acceptance stands for the role it had.
        (2) What was anchored after the time asked about is left aside.
        (3) The certificate exists by then; it is neither cancelled nor replaced nor
            expired.
        (4) So is every certificate that it was issued back-to-back from, at the
            seal's block.

    Returns:
        The standing; a certificate that is not in force carries an objection,
        so that nobody takes a proved cancellation for a certificate in force.

    Raises:
        BrokenLinkError: Step 1 fails, or there was no certificate yet.
        UndeterminedError: The bundle lacks the document key's entry.
    """
    # Step 1
    entries = [_entry(record, state) for record in records]
    history, notes = _require_rules(entries)
    # Step 2
    seconds = at // NANOSECONDS
    if any(entry.time > seconds for entry in entries):
        history = replay(_every_role(entry) for entry in entries if entry.time <= seconds)
    # Step 3
    certificate = history.certificate
    if certificate is None:
        raise BrokenLinkError(f"there was no such certificate yet at {write_time(at)}")
    # Step 4
    issue = next(one for one in records if isinstance(one.signed.record, CertificateIssue))
    lineage = verify_lineage(_parent(issue), state, registry)
    standing = Standing(certificate, history, issue, lineage.result)
    status = describe_status(certificate, at)
    established = f"the certificate is {status} at {write_time(at)}"
    known = (established, *_describe_items(history), *lineage.established, *notes)
    if certificate.status is CertificateStatus.ISSUED and seconds < certificate.expires_at:
        return Outcome(standing, known, objections=lineage.objections)
    objection = f"{established}: it is not in force"
    return Outcome(standing, notes, objections=(objection, *lineage.objections))


def _parent(issue: ProvedRecord) -> bytes:
    return cast("CertificateIssue", issue.signed.record).parent


def describe_status(certificate: CertificateState, at: TimeNs) -> str:
    """Return one word for how a certificate stands at a time."""
    if certificate.status is not CertificateStatus.ISSUED:
        return _word(certificate.status)
    return "expired" if at // NANOSECONDS >= certificate.expires_at else "in force"


def _word(value: IntEnum) -> str:
    return value.name.lower().replace("_", " ")


def _entry(proved: ProvedRecord, state: ProvedState) -> HistoryEntry:
    record = proved.signed.record
    owner = b""
    if isinstance(record, CertificateIssue):
        key = state.key(record.document_key)
        owner = b"" if key is None else key.organisation
    return HistoryEntry(
        record,
        proved.digest,
        proved.organisation.id,
        proved.organisation.roles,
        proved.organisation.country,
        proved.anchor.time,
        owner,
    )


def _require_rules(entries: list[HistoryEntry]) -> tuple[CertificateHistory, tuple[str, ...]]:
    """Replay all records; return the outcome, and a note where a role was lost since."""
    try:
        return replay(entries), ()
    except HistoryError as exc:
        fault = exc
    try:
        history = replay(_every_role(entry) for entry in entries)
    except HistoryError as exc:
        raise BrokenLinkError(
            f"record {exc.index} breaks the rules of its contract: {exc.reason}"
        ) from exc
    note = (
        f"the organisation that signed record {fault.index} has lost, since, the role it needed; "
        "the contract accepted the record while it had it"
    )
    return history, (note,)


def _every_role(entry: HistoryEntry) -> HistoryEntry:
    return HistoryEntry(
        entry.record,
        entry.digest,
        entry.organisation,
        _EVERY_ROLE,
        entry.country,
        entry.time,
        entry.document_owner,
    )


def _describe_items(history: CertificateHistory) -> tuple[str, ...]:
    return tuple(
        f"item {number} is drawn to {item.share} of 10,000 parts"
        for number, item in sorted(history.items.items())
    )
