"""Which certificates a caller may see."""

from api.tokens import Caller, Role
from node.issuance.queries import IssuanceScope
from node.organisation import OrganisationNode
from node.origin.queries import Scope

# Authorities see their country's certificates; everybody else what its organisation holds.
_AUTHORITIES = frozenset({Role.CUSTOMS, Role.ISSUING_AUTHORITY})


def scope_of(node: OrganisationNode, caller: Caller) -> Scope:
    """Return what a caller may see.

    An auditor sees what its organisation sees: the country's, where that is an authority.
    """
    return Scope(
        country=_country_of(node, caller),
        organisation=caller.organisation,
        held_documents=node.vault.documents(),
    )


def issuance_scope_of(node: OrganisationNode, caller: Caller) -> IssuanceScope:
    """Return which applications and export lines a caller may see; an auditor as above."""
    return IssuanceScope(organisation=caller.organisation, country=_country_of(node, caller))


def _country_of(node: OrganisationNode, caller: Caller) -> str | None:
    authority = caller.role in _AUTHORITIES
    if caller.role is Role.AUDITOR:
        authority = node.is_authority()
    return node.folder.config.country if authority else None
