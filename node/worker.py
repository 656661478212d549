"""A background thread that does one step again and again.

A ledger that does not answer is asked again, ever more slowly. A fault of this machine, or
another ledger than before, stops the worker: it must not become a result.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from node.errors import LedgerAnswerError, LedgerUnavailableError, NodeError

logger = logging.getLogger(__name__)

BUSY_PAUSE_SECONDS: Final = 0.02
IDLE_PAUSE_SECONDS: Final = 0.1
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 10.0


class Worker:
    """One thread around one step.

    Attributes:
        trouble: What the last step met and the next may overcome; None when all is well.
        fault: What stopped the worker for good; None while it works.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        on_end: Callable[[], None] = lambda: None,
        idle_pause: float = IDLE_PAUSE_SECONDS,
    ) -> None:
        """Prepare the thread.

        Args:
            name: For logs and thread lists.
            step: Does what can be done now; returns whether more is under way.
            on_end: Told, by the ending thread, that it ends without having been stopped.
            idle_pause: Seconds between steps while nothing is under way.
        """
        self.trouble: NodeError | None = None
        self.fault: NodeError | None = None
        self._step = step
        self._on_end = on_end
        self._idle_pause = idle_pause
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Let the next step begin now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the step that is under way; returns when it has ended."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def complaint(self) -> str | None:
        """Return why the thread has ended without having been stopped, None while it has not."""
        if self.fault is not None:
            return str(self.fault)
        if self._thread.ident is None or self._thread.is_alive() or self._stopping.is_set():
            return None
        return f"the thread '{self._thread.name}' has died; see the log, and start the node again"

    def _run(self) -> None:
        try:
            self._repeat()
        finally:
            if not self._stopping.is_set():
                self._on_end()

    def _repeat(self) -> None:
        pause = self._idle_pause
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                is_busy = self._step()
            except (LedgerUnavailableError, LedgerAnswerError) as error:
                if str(error) != str(self.trouble):
                    logger.warning("%s: %s", self._thread.name, error)
                self.trouble = error
                pause = min(max(pause, _FIRST_PAUSE_SECONDS) * 2, _LONGEST_PAUSE_SECONDS)
            except NodeError as error:
                logger.critical("%s stops: %s", self._thread.name, error)
                self.fault = error
                return
            else:
                if self.trouble is not None:
                    logger.warning("%s goes on", self._thread.name)
                self.trouble = None
                pause = BUSY_PAUSE_SECONDS if is_busy else self._idle_pause
            self._wake.wait(pause)
