"""Who comes to customs' door about declarations: by customs' token, or by a member's own key."""

from typing import Annotated, Final

from fastapi import Depends, Path, Request

from api.bodies import parse_json, require_type
from api.errors import BodyTooLargeError
from api.payments.members import MemberRequirement, payer_of, read_signed_bytes
from api.permissions import Permission, Requirement
from api.tokens import Caller
from contracts.clearance.declaration.reading import SIZE_LIMIT
from contracts.member_requests import SCHEME
from contracts.membership.keys import Role

DECLARATION_LIMIT: Final = SIZE_LIMIT + 1_024
"""Bytes of a declaration with what names it."""


class DoorRequirement(Requirement):
    """Lets requests pass that a member of some roles signed, and tokens of customs itself."""

    def __init__(self, permission: Permission, roles: Role) -> None:
        """Demand one permission of tokens, one of some roles of members."""
        super().__init__(permission)
        self._member = MemberRequirement(roles, permission)

    def __call__(self, request: Request) -> Caller | None:
        """Note the asking member; none for customs' own desk.

        Raises:
            CallerUnprovenError: No key in force of a member of these roles has signed it.
            TokenMissingError: As `Requirement`.
            PermissionMissingError: As `Requirement`.
        """
        if request.headers.get("authorization", "").startswith(f"{SCHEME} "):
            return self._member(request)
        request.state.member = request.state.body_hash = None
        return super().__call__(request)


async def read_declaration_body(request: Request) -> object:
    """Return the JSON of a body that may hold a declaration of many lines.

    Raises:
        MediaTypeError: It is not declared as JSON.
        BodyTooLargeError: It is too large.
        BodyMalformedError: It is no strict JSON.
        CallerUnprovenError: It is another body than the one that was signed.
    """
    require_type(request, "application/json")
    content = await read_signed_bytes(request)
    if len(content) > DECLARATION_LIMIT:
        raise BodyTooLargeError(DECLARATION_LIMIT)
    return parse_json(content)


Asking = Annotated[str | None, Depends(payer_of)]
"""The member that asks, None for customs itself; after `DoorRequirement`."""
DeclarationBody = Annotated[object, Depends(read_declaration_body)]
Name = Annotated[
    str,
    Path(
        pattern=r"^([0-9]{11,12}|0x[0-9a-f]{64})$",
        description="The number, with or without its last digit, or the identifier.",
        examples=["107000000010"],
    ),
]
"""How a path names a declaration."""
