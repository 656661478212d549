"""What a certificate stands on: the certificates that it was issued back-to-back from."""

from typing import Final

from clients.auditor.errors import BrokenLinkError
from clients.auditor.ledger import ProvedState, Registry
from clients.auditor.progress import Outcome
from contracts.bundles.members import write_data
from contracts.origin.layout import certificate_slots, parent_slot
from contracts.origin.state import CertificateState, CertificateStatus

LINEAGE_LIMIT: Final = 8
_NOBODY: Final = bytes(32)


def verify_lineage(
    parent: bytes, state: ProvedState, registry: Registry
) -> Outcome[tuple[CertificateState, ...]]:
    """Verify that every certificate that a child stands on is in force at the seal's block.

    Args:
        parent: What the child's issue names, zeros without a parent.
        state: The proved state.
        registry: The contracts that speak and spoke for the domain.

    Returns:
        The ancestors, the nearest first; an objection for each that is not in force.

    Raises:
        BrokenLinkError: An ancestor was never issued, or there are too many.
        UndeterminedError: The bundle lacks the proof of one.
    """
    ancestors: list[CertificateState] = []
    while parent != _NOBODY:
        if len(ancestors) == LINEAGE_LIMIT:
            raise BrokenLinkError(f"it stands on more than {LINEAGE_LIMIT} certificates")
        ancestors.append(_ancestor(parent, state, registry))
        parent = _parent_of(parent, state, registry)
    fallen = tuple(
        f"it stands on certificate {write_data(found.id)}, which is "
        f"{found.status.name.lower()}: it cannot be claimed"
        for found in ancestors
        if found.status is not CertificateStatus.ISSUED
    )
    established = tuple(
        f"it stands on certificate {write_data(found.id)}, which is in force"
        for found in ancestors
        if found.status is CertificateStatus.ISSUED
    )
    return Outcome(tuple(ancestors), established, objections=fallen)


def _ancestor(certificate: bytes, state: ProvedState, registry: Registry) -> CertificateState:
    what = f"certificate 0x{certificate.hex()}, which it stands on"
    owner, word = certificate_slots(certificate)
    for version in reversed(registry.versions):
        value = state.read(version.contract, word, what)
        if value:
            issuer = state.read(version.contract, owner, what).to_bytes(32, "big")
            found = CertificateState.from_words(certificate, issuer, value)
            if found is not None:
                return found
    raise BrokenLinkError(f"there is no {what}")


def _parent_of(certificate: bytes, state: ProvedState, registry: Registry) -> bytes:
    what = f"what certificate 0x{certificate.hex()} stands on"
    slot = parent_slot(certificate)
    for version in reversed(registry.versions):
        value = state.read(version.contract, slot, what)
        if value:
            return value.to_bytes(32, "big")
    return _NOBODY
