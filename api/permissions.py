"""Who may do what. Every route declares exactly one permission; an application without is none."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.errors import (
    BodyUnguardedError,
    PermissionMissingError,
    PermissionUndeclaredError,
    TokenForeignError,
    TokenMissingError,
)
from api.tokens import Caller, Role, TokenVerifier
from contracts.membership.keys import Role as OrganisationRole
from node.errors import OrganisationUnknownError
from node.membership.queries import MembershipQueries
from node.organisation import OrganisationNode


class Permission(StrEnum):
    """What a route lets do."""

    PUBLIC = "public"
    LEDGER_READ = "ledger:read"
    MEMBERSHIP_READ = "membership:read"
    MEMBERSHIP_PROPOSE = "membership:propose"
    CERTIFICATES_READ = "certificates:read"
    CERTIFICATES_PREPARE = "certificates:prepare"
    EXCHANGE_READ = "exchange:read"
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_WRITE = "documents:write"
    DOCUMENTS_SHARE = "documents:share"
    DOCUMENTS_ERASE = "documents:erase"
    DOCUMENTS_AUDIT = "documents:audit"
    VAULT_FETCH = "vault:fetch"  # of other members' nodes, which no token has
    PROOFS_READ = "proofs:read"
    RECORDS_READ = "records:read"
    RECORDS_SUBMIT = "records:submit"
    ORIGIN_DETERMINE = "origin:determine"
    DEBT_READ = "debt:read"
    DEBT_DECIDE = "debt:decide"
    TAX_ASSESS = "tax:assess"
    EVENTS_READ = "events:read"
    EVENTS_SUBSCRIBE = "events:subscribe"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_ORDER = "payments:order"
    PAYMENTS_DECIDE = "payments:decide"
    CLEARANCE_READ = "clearance:read"
    CLEARANCE_DECLARE = "clearance:declare"
    CLEARANCE_DECIDE = "clearance:decide"
    PAYMENTS_NOTIFY = "payments:notify"  # of banks and enterprises, which no token has


_READER: Final = frozenset(
    {
        Permission.PUBLIC,
        Permission.LEDGER_READ,
        Permission.MEMBERSHIP_READ,
        Permission.CERTIFICATES_READ,
        Permission.DOCUMENTS_READ,
        Permission.PROOFS_READ,
        Permission.RECORDS_READ,
        Permission.ORIGIN_DETERMINE,
        Permission.TAX_ASSESS,
        Permission.EVENTS_READ,
    }
)
_ACTOR: Final = _READER | {
    Permission.RECORDS_SUBMIT,
    Permission.DOCUMENTS_WRITE,
    Permission.DOCUMENTS_SHARE,
    Permission.DOCUMENTS_ERASE,
    Permission.MEMBERSHIP_PROPOSE,
    Permission.EVENTS_SUBSCRIBE,
}

# What is signed, the ledger judges by its key; these say what a token opens at this door.
ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ISSUING_AUTHORITY: _ACTOR | {Permission.CERTIFICATES_PREPARE, Permission.EXCHANGE_READ},
    Role.CUSTOMS: _ACTOR
    | {
        Permission.EXCHANGE_READ,
        Permission.DEBT_READ,
        Permission.DEBT_DECIDE,
        Permission.PAYMENTS_READ,
        Permission.PAYMENTS_ORDER,
        Permission.PAYMENTS_DECIDE,
        Permission.CLEARANCE_READ,
        Permission.CLEARANCE_DECLARE,
        Permission.CLEARANCE_DECIDE,
    },
    Role.ENTERPRISE: _ACTOR | {Permission.DEBT_READ},
    Role.BANK: _ACTOR,
    Role.CARRIER: _ACTOR,
    Role.PORT: _ACTOR,
    Role.AGENCY: _ACTOR,
    Role.AUDITOR: _READER
    | {Permission.DOCUMENTS_AUDIT, Permission.DEBT_READ, Permission.CLEARANCE_READ},
    Role.OPERATOR: frozenset(
        {
            Permission.PUBLIC,
            Permission.LEDGER_READ,
            Permission.MEMBERSHIP_READ,
            Permission.MEMBERSHIP_PROPOSE,
            Permission.RECORDS_READ,
            Permission.DOCUMENTS_AUDIT,
            Permission.ORIGIN_DETERMINE,
            Permission.EVENTS_READ,
            Permission.EVENTS_SUBSCRIBE,
        }
    ),
}

# Roles within any organisation; the others must be the organisation's own in Membership.
_INTERNAL_ROLES: Final = frozenset({Role.AUDITOR, Role.OPERATOR})


class Requirement:
    """A dependency that lets a request pass when its token permits it."""

    def __init__(self, permission: Permission) -> None:
        """Demand one permission."""
        self.permission = permission

    def __call__(self, request: Request) -> Caller | None:
        """Return the caller; None for a public route.

        Raises:
            TokenMissingError: No token where one is needed.
            TokenInvalidError: It is not accepted.
            TokenForeignError: It is another organisation's, or for a role not held.
            PermissionMissingError: Its role does not permit it.
        """
        if self.permission is Permission.PUBLIC:
            return None
        caller = _identify(request)
        if self.permission not in ROLE_PERMISSIONS[caller.role]:
            raise PermissionMissingError(caller.role, self.permission)
        return caller


class RequiredCaller(Requirement):
    """As `Requirement`, for routes that need to know the caller."""

    def __call__(self, request: Request) -> Caller:
        """Return the caller; raises as `Requirement` does."""
        caller = super().__call__(request)
        if caller is None:
            raise AssertionError(self.permission)
        return caller


def node_of(request: Request) -> OrganisationNode:
    """Return the node that the application serves."""
    node: OrganisationNode = request.app.state.node
    return node


Node = Annotated[OrganisationNode, Depends(node_of)]


def check_routes(app: FastAPI) -> None:
    """Refuse an application with a route that is not guarded.

    Raises:
        PermissionUndeclaredError: A route does not declare exactly one permission.
        BodyUnguardedError: A route lets the framework parse its body.
    """
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, context.path or "?"
        if not isinstance(route, APIRoute):
            raise PermissionUndeclaredError(path, 0)
        if (number := len(list(requirements(route.dependant)))) != 1:
            raise PermissionUndeclaredError(path, number)
        if route.body_field is not None:
            # FastAPI would parse the body before it asks who calls, and to any depth.
            raise BodyUnguardedError(path)


def requirements(dependant: Dependant) -> Iterator[Requirement]:
    """Yield the permissions that a route's dependencies demand."""
    for inner in dependant.dependencies:
        if isinstance(inner.call, Requirement):
            yield inner.call
        yield from requirements(inner)


def _identify(request: Request) -> Caller:
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenMissingError
    verifier: TokenVerifier = request.app.state.tokens
    node = node_of(request)
    caller = verifier.verify(token, int(node.clock().timestamp()))
    if caller.organisation != node.folder.config.organisation:
        raise TokenForeignError(f"it was issued for organisation {caller.organisation}")
    if caller.role not in _INTERNAL_ROLES:
        _require_held(node, caller.role)
    return caller


def _require_held(node: OrganisationNode, role: Role) -> None:
    with node.reading() as session:
        try:
            row = MembershipQueries(session).organisation(node.folder.config.organisation)
        except OrganisationUnknownError as error:
            raise TokenForeignError("Membership does not know this organisation (yet)") from error
    if not row.roles & OrganisationRole[role.name]:
        raise TokenForeignError(f"Membership does not list this organisation as {role}")
