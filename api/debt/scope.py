"""Whose debts a caller may see."""

from api.tokens import Caller, Role
from node.debt.errors import TaxpayerUnknownError
from node.organisation import OrganisationNode


def organisation_of(node: OrganisationNode, caller: Caller) -> str | None:
    """Return whose taxpayers alone a caller sees; None for those that see all.

    Customs sees all; an auditor, what its organisation sees; everybody else, its own.
    """
    if caller.role is Role.CUSTOMS or (caller.role is Role.AUDITOR and node.is_authority()):
        return None
    return caller.organisation


def require_visible(node: OrganisationNode, caller: Caller, taxpayer: str) -> None:
    """Refuse a taxpayer that a caller may not see, as if there were none.

    Raises:
        TaxpayerUnknownError: It may not, or there is none.
    """
    owner = node.debt.organisation_of(taxpayer)
    wanted = organisation_of(node, caller)
    if wanted is not None and owner != wanted:
        raise TaxpayerUnknownError(taxpayer)
