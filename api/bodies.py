"""Reading requests' bodies: bounded while they stream in, strict when they are parsed."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import KINDS as _KINDS
from api.errors import BodyMalformedError, BodyTooLargeError, MediaTypeError, problem
from contracts.documents.manifest import MANIFEST_LIMIT

# The largest thing a caller sends but for sealed contents is a document
# (contracts.documents.sd_jwt: 1 MiB).
BODY_LIMIT: Final = (1 << 20) + 1_024
JSON_LIMIT: Final = 1 << 18
_DEPTH_LIMIT: Final = 32
_Model = TypeVar("_Model", bound=BaseModel)
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]')


class BodyLimit:
    """Middleware that ends a request whose body grows too large, before it is kept."""

    def __init__(
        self, app: ASGIApp, limit: int = BODY_LIMIT, others: Mapping[str, int] | None = None
    ) -> None:
        """Wrap an application.

        Args:
            app: The application.
            limit: Most bytes of a body.
            others: Paths with limits of their own; `{name}` stands for one part of a path.
        """
        self._app = app
        self._limit = limit
        self._others = [(_path_form(path), size) for path, size in (others or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        limit = self._limit_of(scope["path"])
        length = request.headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > limit:
            error = BodyTooLargeError(limit)
            answer = problem(request, _KINDS[BodyTooLargeError], str(error))
            await answer(scope, receive, send)
            return
        await self._app(scope, self._counted(receive, limit), send)

    def _limit_of(self, path: str) -> int:
        for form, limit in self._others:
            if form.fullmatch(path):
                return limit
        return self._limit

    def _counted(self, receive: Receive, limit: int) -> Receive:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLargeError(limit)
            return message

        return counted


def _path_form(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", path)))


async def read_json_body(request: Request) -> object:
    """Return the JSON of a request's body, read strictly.

    Raises:
        MediaTypeError: It is not declared as JSON.
        BodyTooLargeError: It is too large.
        BodyMalformedError: It is no JSON, or has repeated members, fractions or half
            surrogate pairs.
    """
    require_type(request, "application/json")
    content = await request.body()
    if len(content) > JSON_LIMIT:
        raise BodyTooLargeError(JSON_LIMIT)
    return parse_json(content)


async def read_document_body(request: Request) -> bytes:
    """Return the bytes of a request's body that is an SD-JWT.

    Raises:
        MediaTypeError: It is not declared as SD-JWT.
        BodyTooLargeError: It is too large.
    """
    require_type(request, "application/sd-jwt")
    return await request.body()


async def read_manifest_body(request: Request) -> bytes:
    """Return the exact bytes of a request's body that is a manifest.

    Raises:
        MediaTypeError: It is not declared as JSON.
        BodyTooLargeError: It is too large.
    """
    require_type(request, "application/json")
    content = await request.body()
    if len(content) > MANIFEST_LIMIT:
        raise BodyTooLargeError(MANIFEST_LIMIT)
    return content


async def read_optional_json_body(request: Request) -> object:
    """Return the JSON of a request's body as `read_json_body` does; None where there is none."""
    return await read_json_body(request) if await request.body() else None


def parse_model(model: type[_Model], value: object) -> _Model:
    """Return what a body's JSON says.

    Raises:
        RequestValidationError: It is no such thing.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(problems) from error


def described_by(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Return what OpenAPI says of a body that a route reads by itself."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": required, "content": content}}


def parse_json(content: bytes) -> object:
    """Parse JSON strictly.

    Raises:
        BodyMalformedError: It is no JSON, or has repeated members, fractions, half
            surrogate pairs, or is nested too deeply.
    """
    try:
        text = content.decode("utf-8")
        _require_shallow(text)
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
    except UnicodeDecodeError as error:
        raise BodyMalformedError(f"byte {error.start} is not UTF-8") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BodyMalformedError(f"not JSON: {error.msg} at {place}") from error
    except ValueError as error:
        raise BodyMalformedError("it holds a number that is too long") from error
    _require_plain(value)
    return value


def _require_shallow(text: str) -> None:
    # Before the parser: py-evm raises Python's recursion limit so far that the standard
    # parser overflows the thread's stack, which ends the process.
    depth = 0
    for match in _NESTING.finditer(text):
        mark = match.group()[0]
        depth += (mark in "[{") - (mark in "]}")
        if depth > _DEPTH_LIMIT:
            raise BodyMalformedError("it is nested too deeply")


def _require_plain(value: object) -> None:
    if isinstance(value, str):
        _require_encodable(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            _require_encodable(name)
            _require_plain(member)
    elif isinstance(value, list):
        for element in value:
            _require_plain(element)


def _require_encodable(text: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BodyMalformedError("a string holds half a surrogate pair")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BodyMalformedError("an object has the same member twice")
    return value


def _refuse(text: str) -> NoReturn:
    raise BodyMalformedError(f"the number {text[:40]} must be written as a string")


def require_type(request: Request, expected: str) -> None:
    """Refuse a request whose body is declared as something else.

    Raises:
        MediaTypeError: It is.
    """
    actual = request.headers.get("content-type", "")
    if actual.split(";", 1)[0].strip().lower() != expected:
        raise MediaTypeError(actual[:80], expected)
