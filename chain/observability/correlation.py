"""One id that follows a request from the door to the block.

The id of what a thread or task is doing stands in a context variable: log lines take it from there,
and whoever hands work to another process sends it along as the header `X-Request-ID`. Work that
serves several requests at once (a transaction with many records) has all of their ids, joined by
commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-ID"

MAX_JOINED: Final = 32
"""Ids in one value: a transaction carries at most so many records."""

_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_MAX_CHARACTERS: Final = MAX_JOINED * 65 - 1

_current: ContextVar[str | None] = ContextVar("tradeseal_correlation", default=None)


def is_correlation_id(text: str) -> bool:
    """Return whether a text is one id: 1 to 64 letters, digits and `._:-`, not first of these."""
    return _FORM.fullmatch(text) is not None


def parse_correlation(text: str | None) -> str | None:
    """Return a header's value when it is one id or several joined by commas, None otherwise.

    What has another form is not an error: the request is served without its id.
    """
    if text is None or len(text) > _MAX_CHARACTERS:
        return None
    return text if all(is_correlation_id(part) for part in text.split(",")) else None


def join_correlations(ids: Iterable[str]) -> str | None:
    """Return ids as one value, each once and in their order, None when there are none."""
    distinct = list(dict.fromkeys(ids))[:MAX_JOINED]
    return ",".join(distinct) or None


def current_correlation() -> str | None:
    """Return the id, or ids, of what this thread or task is doing; None outside of a request."""
    return _current.get()


def begin_correlation(correlation: str) -> None:
    """Do all that follows in this task under an id; for a task that serves one request and ends."""
    _current.set(correlation)


@contextmanager
def correlated(correlation: str | None) -> Iterator[None]:
    """Do what follows under an id; None does it under none."""
    token = _current.set(correlation)
    try:
        yield
    finally:
        _current.reset(token)
