"""Banks and enterprises at customs' door: each request signed by a key in Membership.

Not a token but the member's own key says who asks (`contracts.member_requests`); the signature
covers the body, which is read only after it was checked who signed.
"""

import time
from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import Depends, Request

from api.bodies import parse_json, require_type
from api.errors import BodyTooLargeError
from api.permissions import Permission, Requirement, node_of
from api.tokens import Caller
from api.vault.members import Allowance, allowance_of
from contracts.errors import RecordSignatureError
from contracts.member_requests import SCHEME, body_hash, signed_request
from contracts.membership.keys import Role
from node.membership.tables import OrganisationRow
from node.vault.errors import CallerUnprovenError

MESSAGE_LIMIT: Final = 1 << 17


class MemberRequirement(Requirement):
    """A dependency that lets a request pass when a member of some roles has signed it."""

    def __init__(self, roles: Role, permission: Permission = Permission.PAYMENTS_NOTIFY) -> None:
        """Demand one of these roles."""
        super().__init__(permission)
        self._roles = roles

    def __call__(self, request: Request) -> Caller | None:
        """Note the asking organisation; there is no caller of this organisation.

        Raises:
            CallerUnprovenError: No key in force of an active organisation of these roles has
                signed it.
        """
        node = node_of(request)
        query = request.scope.get("query_string", b"").decode("latin-1")
        path = request.scope["path"] + (f"?{query}" if query else "")
        try:
            asked, key = signed_request(
                request.headers.get("authorization", ""),
                request.method,
                path,
                node.folder.config.organisation,
                int(node.clock().timestamp()),
            )
        except RecordSignatureError as error:
            raise CallerUnprovenError(error.problem) from error
        organisation = node.documents.directory.caller(key)
        if organisation is None:
            raise CallerUnprovenError(f"key 0x{key.hex()} is not in force for any member")
        with node.reading() as session:
            row = session.get(OrganisationRow, organisation)
        if row is None or not row.roles & self._roles:
            raise CallerUnprovenError(f"organisation {organisation} has no role for this")
        request.state.member = organisation
        request.state.body_hash = asked.body
        return None


class PayerRequirement(Requirement):
    """Lets an enterprise's own signed requests pass, and tokens of customs' desk."""

    def __init__(self) -> None:
        """Demand what payers may do."""
        super().__init__(Permission.PAYMENTS_ORDER)
        self._member = MemberRequirement(Role.ENTERPRISE, Permission.PAYMENTS_ORDER)

    def __call__(self, request: Request) -> Caller | None:
        """Note the paying member; none for customs' own desk.

        Raises:
            CallerUnprovenError: As `MemberRequirement`.
            TokenMissingError: As `Requirement`.
            PermissionMissingError: As `Requirement`.
        """
        if request.headers.get("authorization", "").startswith(f"{SCHEME} "):
            return self._member(request)
        request.state.member = request.state.body_hash = None
        return super().__call__(request)


def member_of(request: Request) -> str:
    """Return the asking organisation; after `MemberRequirement`."""
    organisation: str = request.state.member
    return organisation


def payer_of(request: Request) -> str | None:
    """Return the paying organisation, None for customs' desk; after `PayerRequirement`."""
    organisation: str | None = request.state.member
    return organisation


def allowed(
    request: Request, allowance: Annotated[Allowance, Depends(allowance_of)]
) -> Iterator[None]:
    """Count one request of a member.

    Raises:
        TooManyRequestsError: The minute's allowance is used up.
    """
    member = request.state.member
    if member is None:
        yield
        return
    allowance.begin(member, time.monotonic())
    try:
        yield
    finally:
        allowance.end(member)


async def read_signed_bytes(request: Request) -> bytes:
    """Return a body, which must be the one that was signed.

    Raises:
        CallerUnprovenError: It is another one.
    """
    content = await request.body()
    signed = request.state.body_hash
    if signed is not None and body_hash(content) != signed:
        raise CallerUnprovenError("its body is not the one that was signed")
    return content


async def read_signed_json(request: Request) -> object:
    """Return the JSON of a body that was signed.

    Raises:
        MediaTypeError: It is not declared as JSON.
        BodyTooLargeError: It is too large.
        BodyMalformedError: It is no strict JSON.
        CallerUnprovenError: It is another body.
    """
    require_type(request, "application/json")
    content = await read_signed_bytes(request)
    if len(content) > MESSAGE_LIMIT:
        raise BodyTooLargeError(MESSAGE_LIMIT)
    return parse_json(content)


Member = Annotated[str, Depends(member_of)]
Payer = Annotated[str | None, Depends(payer_of)]
SignedJson = Annotated[object, Depends(read_signed_json)]
SignedBytes = Annotated[bytes, Depends(read_signed_bytes)]
