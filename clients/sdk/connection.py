"""One door's HTTP: requests out, typed answers or typed errors back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Final, Self

import httpx

from clients.sdk.answers import Answer
from clients.sdk.errors import (
    AnswerError,
    InputError,
    ServerFailedError,
    ServerRefusedError,
    ServerUnreachableError,
)
from clients.sdk.event_stream import STREAM_TYPE, events_in
from clients.sdk.json_input import parse_json

# Above the largest document (contracts.documents.manifest: 50 MiB).
ANSWER_LIMIT: Final = 51 << 20
_HEADER: Final = "X-Request-ID"
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
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
        self._request_id: str | None = None
        self._http = httpx.Client(
            base_url=url, headers=headers, transport=transport, timeout=timeout
        )

    def traced(self, request_id: str) -> Self:
        """Return this connection with an id that its requests carry; both close together.

        Raises:
            InputError: The id has another form than doors take.
        """
        if _REQUEST_ID.fullmatch(request_id) is None:
            form = "must be 1 to 64 letters, digits and ._:- and begin with a letter or digit"
            raise InputError("the request id", form)
        traced = copy(self)
        traced._request_id = request_id  # noqa: SLF001  its own class
        return traced

    def get(self, path: str, **parameters: str | int | Sequence[str]) -> Answer:
        """Ask for a JSON object."""
        return Answer(self._json(self._send("GET", path, parameters=parameters)))

    def get_bytes(self, path: str, **parameters: str | int) -> bytes:
        """Ask for bytes."""
        return self._send("GET", path, parameters=parameters)

    def post(
        self,
        path: str,
        content: bytes,
        media_type: str,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Send bytes and return the JSON object that comes back."""
        sent = {"Content-Type": media_type, **(headers or {})}
        body = self._send("POST", path, parameters=parameters, content=content, headers=sent)
        return Answer(self._json(body))

    def delete(self, path: str, **parameters: str | int) -> None:
        """Ask that something be removed."""
        self._send("DELETE", path, parameters=parameters)

    def stream(
        self, path: str, **parameters: str | int | Sequence[str]
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the id and data of each server-sent event, until the stream ends.

        Raises:
            ServerUnreachableError: No answer, or the stream broke.
            ServerRefusedError: A problem that the caller can mend.
            ServerFailedError: A problem of the door.
            AnswerError: An event is too large, or the answer is no stream.
        """
        headers = self._traced_headers({"Accept": STREAM_TYPE})
        try:
            with self._http.stream("GET", path, params=parameters, headers=headers) as answer:
                if answer.status_code >= _ERROR:
                    raise _problem(answer, self._read(answer))
                if not answer.headers.get("content-type", "").startswith(STREAM_TYPE):
                    raise AnswerError("body", "is no stream of events")
                yield from events_in(answer.iter_bytes())
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachableError(self._url, str(error), self._request_id) from error

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str | int | Sequence[str]] | None = None,
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
            headers=self._traced_headers(headers),
        )
        try:
            answer = self._http.send(request, stream=True)
            body = self._read(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachableError(self._url, str(error), self._request_id) from error
        if answer.status_code >= _ERROR:
            raise _problem(answer, body)
        return body

    def _traced_headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        identity = {} if self._request_id is None else {_HEADER: self._request_id}
        return {**(headers or {}), **identity}

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


def _problem(answer: httpx.Response, body: bytes) -> ServerRefusedError:
    status = answer.status_code
    kind = ServerFailedError if status >= _SERVER_ERROR else ServerRefusedError
    named = answer.headers.get(_HEADER, "")
    request_id = named if _REQUEST_ID.fullmatch(named) else None  # no text of a door's choosing
    try:
        problem = Answer(parse_json(body))
        code, detail = problem.text("code"), problem.text("detail")
        return kind(status, code, detail, request_id, problem.members())
    except (ValueError, AnswerError):
        text = f"the server answered with HTTP status {status}"
        return kind(status, "http", text, request_id)
