"""An organisation's door on this machine's own address, for a process that is not ours."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from examples.demo.stage import until

_HOST: Final = "127.0.0.1"
_PATIENCE_SECONDS: Final = 10.0


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve a door while a block runs; yield its URL."""
    with socket.socket() as listening:
        listening.bind((_HOST, 0))
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        try:
            yield f"http://{_HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_SECONDS)
