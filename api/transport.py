"""An httpx transport that calls an application in this process: no socket, no server."""

import asyncio

import httpx
from starlette.types import ASGIApp


class InProcessTransport(httpx.BaseTransport):
    """Serves synchronous httpx clients; safe for many threads, each request runs alone."""

    def __init__(self, app: ASGIApp) -> None:
        """Serve an application.

        Args:
            app: Such as `create_app` returns.
        """
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        # A fault must reach the caller as the problem document it would get over a socket.
        inner = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        asynchronous = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.read(),
            extensions=request.extensions,
        )
        answer = await inner.handle_async_request(asynchronous)
        content = await answer.aread()
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=content, request=request
        )
