"""Each request has an id, a line in the log and a place in the metrics.

The id is the caller's `X-Request-ID` where that has the allowed form, else a new UUID. The answer
carries it, log lines name it, and it goes with a record through the outbox to the ledger's block.
"""

import logging
import time
import uuid
from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chain.observability.correlation import HEADER, begin_correlation, is_correlation_id
from chain.observability.events import log_event
from node.observability.metrics import NodeMetrics

UNMATCHED: Final = "unmatched"
"""Stands for the route where none took the request."""

_SCOPE_KEY: Final = "tradeseal.request_id"
_FAULT: Final = 500

logger = logging.getLogger("api.access")


class Observation:
    """Middleware around all others: what it does not see never happened."""

    def __init__(self, app: ASGIApp, metrics: NodeMetrics, templates: Mapping[int, str]) -> None:
        """Wrap an application.

        Args:
            app: What serves.
            metrics: What counts.
            templates: Path template of each route, by the route's identity.
        """
        self._app = app
        self._metrics = metrics
        self._templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[_SCOPE_KEY] = _request_id(scope)
        # Not ended here: what the server says about this request afterwards is under it too.
        begin_correlation(request_id)
        started, status = time.perf_counter(), _FAULT

        async def identified(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, identified)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._templates.get(id(scope.get("route")), UNMATCHED)
        self._metrics.served(scope["method"], route, status, seconds)
        log_event(
            logger,
            logging.INFO,
            "request served",
            method=scope["method"],
            route=route,
            status=status,
            duration_ms=round(seconds * 1_000, 3),
        )


def templates_of(app: FastAPI) -> dict[int, str]:
    """Return the path template of each route, by the route's identity."""
    return {
        id(context.original_route): context.path
        for context in iter_route_contexts(app.routes)
        if context.path is not None
    }


def identify(request: Request, answer: Response) -> Response:
    """Put the request's id on an answer that is made outside of the middleware."""
    if (request_id := request.scope.get(_SCOPE_KEY)) is not None:
        answer.headers[HEADER] = request_id
    return answer


def _request_id(scope: Scope) -> str:
    sent = [value for name, value in scope["headers"] if name == HEADER.lower().encode()]
    text = sent[0].decode("latin-1") if len(sent) == 1 else ""
    return text if is_correlation_id(text) else str(uuid.uuid4())
