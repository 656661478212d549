"""Threads whose end is never silent: a fault in one ends the engine, not the thread alone."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)


def guarded_thread(
    name: str, body: Callable[[], None], on_fault: Callable[[BaseException], None]
) -> threading.Thread:
    """Return a daemon thread, not started yet, that reports what its body could not handle.

    Args:
        name: The thread's name, for logs.
        body: What it does.
        on_fault: Called with the fault, in the thread; it stops the owner.
    """

    def run() -> None:
        try:
            body()
        except BaseException as fault:
            # A local fault must never become a standstill that nobody sees.
            logger.critical("the thread %s failed: %s", name, fault, exc_info=True)
            on_fault(fault)

    return threading.Thread(target=run, name=name, daemon=True)
