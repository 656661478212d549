"""Whose vote counts, as the read models have Membership."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from contracts.membership.keys import KeyPurpose
from node.membership.tables import KeyRow, OrganisationRow


@dataclass(frozen=True, slots=True)
class Voter:
    """Who stands behind a vote.

    Attributes:
        key: Key id, 0x and 64 digits.
        organisation: Whose key it is; None for a stranger.
        refusal: Why the vote does not count, in Membership's words; None where it does.
    """

    key: str
    organisation: str | None
    refusal: str | None


def needed_votes(governing: int) -> int:
    """Return the least number that is more than two thirds of those who govern."""
    return 2 * governing // 3 + 1


def find_voter(session: Session, key: str) -> Voter:
    """Return who votes with a key, and whether it counts after the last block read."""
    row = session.get(KeyRow, key)
    if row is None:
        return Voter(key, None, "no organisation has this key")
    organisation = session.get(OrganisationRow, row.organisation)
    return Voter(key, row.organisation, _refusal(row, organisation))


def _refusal(key: KeyRow, organisation: OrganisationRow | None) -> str | None:
    # Admin keys never lapse, so that time decides nothing here.
    if not key.purposes & KeyPurpose.ADMIN:
        return "it is no admin key"
    if key.revoked_at:
        return "it is revoked"
    if organisation is None or not organisation.active:
        return "its organisation is not active"
    if not organisation.governing:
        return "its organisation does not govern"
    return None
