"""Log lines of a process: JSON for programs, text for people, each with its correlation id.

A JSON line is one object: `time` (RFC 3339, UTC), `level`, `logger`, `message`, `correlation_id`
where there is one, the fields of the event, and `exception` (type, message, frames) where something
was raised. Fields and form: docs/observability.md.
"""

from __future__ import annotations

import json
import logging
import math
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import TextIO

from chain.observability.correlation import current_correlation
from chain.observability.events import Field, fields_of
from chain.observability.redaction import redact

logger = logging.getLogger(__name__)


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        document: dict[str, object] = {
            "time": _time_text(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if (correlation := current_correlation()) is not None:
            document["correlation_id"] = correlation
        for name, value in _clean(fields_of(record)).items():
            document.setdefault(name, value)
        if (raised := _raised(record)) is not None:
            document["exception"] = _exception_document(raised)
        # ASCII: a text may hold what UTF-8 cannot carry, and no line feed of Unicode's
        return json.dumps(document, separators=(",", ":"), allow_nan=False)


class TextFormatter(logging.Formatter):
    """A line for people: time, level, logger, message, fields, id; a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or more where something was raised."""
        time = _time_text(record.created)
        head = f"{time} {record.levelname.lower()} {record.name}: {redact(record.getMessage())}"
        parts = [head, *(f"{name}={value}" for name, value in _clean(fields_of(record)).items())]
        if (correlation := current_correlation()) is not None:
            parts.append(f"correlation_id={correlation}")
        text = " ".join(parts)
        if (raised := _raised(record)) is not None:
            text += "".join(f"\n  {line}" for line in _exception_lines(raised))
        return text


def configure_logging(
    log_format: LogFormat | None = None,
    *,
    stream: TextIO | None = None,
    level: int = logging.INFO,
) -> LogFormat:
    """Let the whole process log in one format, foreign libraries and dying threads included.

    Args:
        log_format: The format; None chooses text on a terminal and JSON elsewhere.
        stream: Where lines go; None is standard error.
        level: The least level that is shown.

    Returns:
        The format in use.
    """
    stream = stream or sys.stderr
    chosen = log_format or (LogFormat.TEXT if stream.isatty() else LogFormat.JSON)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if chosen is LogFormat.JSON else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for talkative in ("alembic", "httpx", "urllib3", "web3"):
        logging.getLogger(talkative).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_thread_uncaught
    return chosen


def report_failure(log_format: LogFormat, text: str) -> None:
    """Tell why the process ends, so that standard error keeps its format."""
    if log_format is LogFormat.JSON:
        logger.critical("%s", text)
    else:
        sys.stderr.write(f"error: {text}\n")


def _time_text(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _clean(fields: Mapping[str, Field]) -> dict[str, Field]:
    return {name: _clean_value(value) for name, value in fields.items()}


def _clean_value(value: object) -> Field:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, int):
        return value
    return f"<{type(value).__name__}>"


def _raised(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _exception_document(raised: BaseException) -> dict[str, object]:
    document: dict[str, object] = {
        "type": type(raised).__name__,
        "message": _first_line(raised),
        "frames": _frames(raised),
    }
    if (cause := _cause(raised)) is not None:
        document["cause"] = f"{type(cause).__name__}: {_first_line(cause)}"
    return document


def _exception_lines(raised: BaseException) -> Iterator[str]:
    yield from _frames(raised)
    yield f"{type(raised).__name__}: {_first_line(raised)}"
    if (cause := _cause(raised)) is not None:
        yield f"because of {type(cause).__name__}: {_first_line(cause)}"


def _first_line(raised: BaseException) -> str:
    """Return what an exception says first: below, validators and databases repeat their input."""
    return redact(next(iter(str(raised).splitlines()), ""))


def _frames(raised: BaseException) -> list[str]:
    found = traceback.extract_tb(raised.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found]


def _cause(raised: BaseException) -> BaseException | None:
    return raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("the process ends: uncaught exception", exc_info=(kind, error, trace))


def _log_thread_uncaught(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is None or issubclass(arguments.exc_type, SystemExit):
        return
    name = arguments.thread.name if arguments.thread else "?"
    logger.critical(
        "the thread %s ends: uncaught exception",
        name,
        exc_info=(arguments.exc_type, error, arguments.exc_traceback),
    )
