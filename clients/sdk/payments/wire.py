"""Requests that a member's key signs, in the place of a token."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import httpx

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.keystore import SigningKey
from contracts.member_requests import MemberRequest, body_hash

JSON_TYPE: Final = "application/json"


class MemberConnection(Connection):
    """A connection to another organisation's door; each request is signed."""

    def __init__(
        self,
        url: str,
        organisation: str,
        key: SigningKey,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare a connection; nothing is asked yet.

        Args:
            url: Where the door is, without /v1.
            organisation: Whose door it is: 0x and 64 digits. Known from elsewhere, so that
                nobody else uses what is signed.
            key: The member's key, of purpose SIGN or CARRY.
            transport: Another way than a socket.
            clock: Seconds since 1970.
        """
        super().__init__(url, transport=transport)
        self._organisation = organisation
        self._key = key
        self._clock = clock

    def post_json(self, path: str, value: Mapping[str, object]) -> Answer:
        """Send a JSON object and return the one that comes back."""
        return self.post(path, json.dumps(value).encode(), JSON_TYPE)

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int | Sequence[str]] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        chosen = dict(parameters or {})
        # As it is sent: the signature is over the path with its query.
        asked = httpx.URL(f"http://door{path}", params=chosen).raw_path.decode() if chosen else path
        request = MemberRequest(
            method, asked, self._organisation, int(self._clock()), body_hash(content or b"")
        )
        signed = {**(headers or {}), "Authorization": request.sign(self._key.secret)}
        return super()._send(method, path, parameters=parameters, content=content, headers=signed)
