"""Who reads documents, and why: what the log of accesses keeps of a request."""

from typing import Annotated, Final

from fastapi import Query

from api.origin.scope import issuance_scope_of, scope_of
from api.tokens import Caller, Role
from node.errors import DocumentUnknownError
from node.issuance.queries import IssuanceQueries
from node.organisation import OrganisationNode
from node.origin.queries import OriginQueries
from node.vault.access import Access

_WAITING: Final = frozenset({Role.ISSUING_AUTHORITY})
"""Roles that read what their organisation holds before the ledger commits to it."""

Purpose = Annotated[
    str,
    Query(
        min_length=1,
        max_length=128,
        description="Why: kept in the log of accesses.",
        examples=["import clearance"],
    ),
]


def access_of(caller: Caller, purpose: str) -> Access:
    """Return what the log says of a caller."""
    return Access(caller.subject, str(caller.role), caller.post, purpose)


def require_visible(node: OrganisationNode, caller: Caller, document: str) -> None:
    """Refuse a document that the caller may not see.

    Who sees a certificate, an application or a step of one sees its document, and who sees a
    document sees its attachments.

    Raises:
        DocumentUnknownError: It is not visible, or not there: an outsider cannot tell which.
    """
    if caller.role in _WAITING:
        return
    with node.reading() as session:
        origin = OriginQueries(session, scope_of(node, caller))
        issuance = IssuanceQueries(session, issuance_scope_of(node, caller))
        for digest in (document, *node.vault.parents(document)):
            if origin.sees_document(digest) or issuance.sees_document(digest):
                return
    raise DocumentUnknownError(document)
