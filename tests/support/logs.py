"""The process's log lines, for a while, as a program reads them."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chain.observability.logs import LogFormat, configure_logging


@dataclass
class Log:
    """What was logged so far."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def said(self, message: str, **fields: Any) -> list[dict[str, Any]]:
        """Return the lines with a message and fields."""
        return [
            line
            for line in self.lines()
            if line["message"] == message and fields.items() <= line.items()
        ]


@contextmanager
def logging_kept() -> Iterator[None]:
    """Give the process's logging back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:], level, sys.excepthook, threading.excepthook = before
        root.setLevel(level)


@contextmanager
def logged() -> Iterator[Log]:
    """Log as the commands do, into memory."""
    with logging_kept():
        stream = io.StringIO()
        configure_logging(LogFormat.JSON, stream=stream)
        logging.captureWarnings(False)  # a warning shall fail the test, as elsewhere
        yield Log(stream)
