"""Other members' nodes at this door: who asks, proved by a key in Membership, and how often."""

import threading
from collections import OrderedDict
from typing import Annotated, Final

from fastapi import Depends, Request

from api.errors import TooManyRequestsError
from api.permissions import Permission, Requirement, node_of
from api.tokens import Caller
from node.vault.errors import CallerUnprovenError
from node.vault.requests import caller_key

REQUESTS_PER_MINUTE: Final = 600
BYTES_PER_MINUTE: Final = 1 << 30
ANSWERS_AT_ONCE: Final = 8
"""Answers that one member takes at the same time: each holds up to 50 MB while it is read."""
_LONGEST_ANSWER_SECONDS: Final = 900.0
"""After it an answer no longer counts, in case nobody told that it ended."""
_SECONDS: Final = 60.0
_CALLERS: Final = 4_096


class Allowance:
    """What each member may take within a minute; full again a minute after it began."""

    def __init__(
        self, requests: int = REQUESTS_PER_MINUTE, content: int = BYTES_PER_MINUTE
    ) -> None:
        """Allow so many requests and bytes."""
        self._limits = (requests, content)
        self._open: dict[str, list[float]] = {}
        self._taken: OrderedDict[str, tuple[float, int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, organisation: str, now: float) -> None:
        """Count one request; `end` is due once it is answered.

        Args:
            organisation: Who asks.
            now: Seconds on any clock that only goes forward.

        Raises:
            TooManyRequestsError: The minute's allowance is used up, or it has too many answers
                to read; no `end` is due.
        """
        with self._lock:
            began, requests, content = self._taken.pop(organisation, (now, 0, 0))
            if now - began >= _SECONDS:
                began, requests, content = now, 0, 0
            is_over = requests >= self._limits[0] or content >= self._limits[1]
            oldest = now - _LONGEST_ANSWER_SECONDS
            answers = [began for began in self._open.pop(organisation, []) if began > oldest]
            is_over = is_over or len(answers) >= ANSWERS_AT_ONCE
            self._open[organisation] = answers if is_over else [*answers, now]
            self._taken[organisation] = (began, requests + 1, content)
            while len(self._taken) > _CALLERS:
                self._taken.popitem(last=False)
        if is_over:
            raise TooManyRequestsError(organisation)

    def end(self, organisation: str) -> None:
        """Note that an answer is read, or given up."""
        with self._lock:
            if answers := self._open.pop(organisation, [])[1:]:
                self._open[organisation] = answers

    def spend(self, organisation: str, size: int) -> None:
        """Count the bytes of an answer."""
        with self._lock:
            if organisation in self._taken:
                began, requests, content = self._taken[organisation]
                self._taken[organisation] = (began, requests, content + size)


class MemberRequirement(Requirement):
    """A dependency that lets a request pass when an active member's key has signed it."""

    def __init__(self) -> None:
        """Demand what members' nodes may do."""
        super().__init__(Permission.VAULT_FETCH)

    def __call__(self, request: Request) -> Caller | None:
        """Note the asking organisation; there is no caller of this organisation.

        Raises:
            CallerUnprovenError: No key in force of an active organisation has signed it.
        """
        node = node_of(request)
        query = request.scope.get("query_string", b"").decode("latin-1")
        path = request.scope["path"] + (f"?{query}" if query else "")
        key = caller_key(
            request.headers.get("authorization", ""),
            request.method,
            path,
            node.folder.config.organisation,
            int(node.clock().timestamp()),
        )
        organisation = node.documents.directory.caller(key)
        if organisation is None:
            raise CallerUnprovenError(f"key 0x{key.hex()} is not in force for any member")
        request.state.member = organisation
        return None


def member_of(request: Request) -> str:
    """Return the organisation whose node asks; after `MemberRequirement`."""
    organisation: str = request.state.member
    return organisation


def allowance_of(request: Request) -> Allowance:
    """Return what members may take."""
    allowance: Allowance = request.app.state.allowance
    return allowance


Member = Annotated[str, Depends(member_of)]
Allowed = Annotated[Allowance, Depends(allowance_of)]
