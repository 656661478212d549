"""One door's HTTP: requests out, typed answers or typed errors back."""

from collections.abc import Mapping
from typing import Final

import httpx

from clients.sdk.answers import Answer
from clients.sdk.errors import (
    AnswerError,
    ServerFailedError,
    ServerRefusedError,
    ServerUnreachableError,
)
from clients.sdk.json_input import parse_json

# Above the largest bundle (contracts.bundles: 32 MiB).
ANSWER_LIMIT: Final = 33 << 20
_ERROR: Final = 400
_SERVER_ERROR: Final = 500


class Connection:
    """Requests to one door; safe for many threads."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
    ) -> None:
        """Prepare a connection; nothing is asked yet.

        Args:
            url: Where the door is, without /v1.
            token: Bearer token.
            transport: Another way than a socket, such as an application in this process.
            timeout: Seconds without a byte after which a request fails.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url = url
        self._http = httpx.Client(
            base_url=url, headers=headers, transport=transport, timeout=timeout
        )

    def get(self, path: str, **parameters: str | int) -> Answer:
        """Ask for a JSON object."""
        return Answer(self._json(self._send("GET", path, parameters=parameters)))

    def get_bytes(self, path: str, **parameters: str | int) -> bytes:
        """Ask for bytes."""
        return self._send("GET", path, parameters=parameters)

    def post(
        self, path: str, content: bytes, media_type: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send bytes and return the JSON object that comes back."""
        sent = {"Content-Type": media_type, **(headers or {})}
        return Answer(self._json(self._send("POST", path, content=content, headers=sent)))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send one request and return the answer's bytes.

        Raises:
            ServerUnreachableError: No answer.
            ServerRefusedError: A problem that the caller can mend.
            ServerFailedError: A problem of the door.
            AnswerError: The answer is too large.
        """
        request = self._http.build_request(
            method,
            path,
            params=dict(parameters or {}),
            content=content,
            headers=dict(headers or {}),
        )
        try:
            answer = self._http.send(request, stream=True)
            body = self._read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachableError(self._url, str(error)) from error
        if answer.status_code >= _ERROR:
            raise _problem(answer.status_code, body)
        return body

    def _read(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        try:
            for part in answer.iter_bytes():
                body.extend(part)
                if len(body) > ANSWER_LIMIT:
                    raise AnswerError("body", f"has more than {ANSWER_LIMIT} bytes")
        finally:
            answer.close()
        return bytes(body)

    def _json(self, body: bytes) -> object:
        try:
            return parse_json(body)
        except ValueError as error:
            raise AnswerError("body", "is no JSON") from error


def _problem(status: int, body: bytes) -> ServerRefusedError:
    kind = ServerFailedError if status >= _SERVER_ERROR else ServerRefusedError
    try:
        answer = Answer(parse_json(body))
        return kind(status, answer.text("code"), answer.text("detail"))
    except (ValueError, AnswerError):
        return kind(status, "http", f"the server answered with HTTP status {status}")
