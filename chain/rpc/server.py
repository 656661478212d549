"""JSON-RPC 2.0 over the method table: single requests, notifications, batches."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from chain.errors import LedgerError
from chain.rpc.errors import (
    INVALID_REQUEST,
    LIMIT_EXCEEDED,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    RpcError,
    from_ledger,
)
from chain.rpc.methods import Methods

if TYPE_CHECKING:
    from chain.ledger import Ledger

MAX_REQUEST_BYTES: Final = 8_000_000
"""Largest HTTP body; some 30 of the largest transactions."""

MAX_BATCH: Final = 1_000
"""Requests in one batch."""

MAX_BATCH_SECONDS: Final = 30.0
"""Requests of a batch that would begin later than this are refused."""

_MAX_NAME: Final = 64


class JsonRpcServer:
    """Answers requests; safe for concurrent use."""

    def __init__(self, ledger: Ledger) -> None:
        self._methods = Methods(ledger).table

    def call(self, method: str, params: Any) -> Any:
        """Call one method.

        Raises:
            RpcError: The answer is an error.
            StoreError: The ledger's store failed; the process must stop.
        """
        function = self._methods.get(method)
        if function is None:
            name = method if len(method) <= _MAX_NAME else method[:_MAX_NAME] + "..."
            raise RpcError(METHOD_NOT_FOUND, f"the method {name} does not exist on this ledger")
        try:
            return function(params)
        except LedgerError as exc:
            raise from_ledger(exc) from exc

    def _call_before(self, deadline: float, method: str, params: Any) -> Any:
        if time.monotonic() > deadline:
            raise RpcError(LIMIT_EXCEEDED, "the batch took too long: send fewer requests")
        return self.call(method, params)

    def answer(self, body: bytes) -> bytes | None:
        """Answer an encoded request or batch; None where nothing is to be sent back."""
        try:
            request = from_json(body, allow_inf_nan=False)  # bounded in depth; json.loads is not
        except ValueError:
            return _encode(_error(None, RpcError(PARSE_ERROR, "the request is not JSON")))
        if not isinstance(request, list):
            single = self._answer_one(request)
            return None if single is None else _encode(single)
        if not request:
            return _encode(_error(None, RpcError(INVALID_REQUEST, "the batch is empty")))
        if len(request) > MAX_BATCH:
            reason = f"the batch has {len(request)} requests: send at most {MAX_BATCH} at a time"
            return _encode(_error(None, RpcError(LIMIT_EXCEEDED, reason)))
        deadline = time.monotonic() + MAX_BATCH_SECONDS
        answers = [
            answer for item in request if (answer := self._answer_one(item, deadline)) is not None
        ]
        return _encode(answers) if answers else None

    def _answer_one(self, request: Any, deadline: float = float("inf")) -> dict[str, Any] | None:
        if not isinstance(request, dict):
            return _error(None, RpcError(INVALID_REQUEST, "a request is an object"))
        identifier, method = request.get("id"), request.get("method")
        if not isinstance(identifier, str | int | float | None) or isinstance(identifier, bool):
            return _error(None, RpcError(INVALID_REQUEST, "`id` is a string, a number or null"))
        if request.get("jsonrpc") != "2.0" or not isinstance(method, str):
            reason = 'a request has `"jsonrpc": "2.0"` and a `method`'
            return _error(identifier, RpcError(INVALID_REQUEST, reason))
        try:
            result = self._call_before(deadline, method, request.get("params", []))
        except RpcError as exc:
            answer = _error(identifier, exc)
        else:
            answer = {"jsonrpc": "2.0", "id": identifier, "result": result}
        return answer if "id" in request else None


def _error(identifier: Any, error: RpcError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "error": error.to_json()}


def _encode(answer: Any) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()
