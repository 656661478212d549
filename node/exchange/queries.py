"""What came from other administrations, what went to them, and what waits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select

from node.database.database import Database
from node.exchange.tables import ExchangeDispatch, ExchangeTask


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far this node's answer to a transmission has come; times are seconds.

    Attributes:
        transmission: Digest of the transmission's record.
        state: waiting, judged, received, refused or settled.
        attempts: Fruitless attempts to get the document.
        next_at: No attempt before this time.
        problem: Why it waits; None while it does not.
        findings: What is wrong with the document.
        salt: Opens the reason's hash, where it was refused.
    """

    transmission: str
    state: str
    attempts: int
    next_at: int
    problem: str | None
    findings: Sequence[Mapping[str, str]]
    salt: str | None


class ExchangeQueries:
    """Reads of one organisation's own state; whoever asks must be allowed to see it."""

    def __init__(self, state: Database) -> None:
        """Read the state database."""
        self._state = state

    def receipts(self, certificates: Sequence[str]) -> dict[str, Receipt]:
        """Return the newest receipt of each certificate that has one."""
        query = (
            select(ExchangeTask)
            .where(ExchangeTask.object_id.in_(certificates))
            .order_by(ExchangeTask.since, ExchangeTask.transmission)
        )
        with self._state.read() as session:
            return {task.object_id: _receipt(task) for task in session.scalars(query)}

    def refusals(self, certificates: Sequence[str]) -> dict[str, str]:
        """Return, per certificate, what the other side sent of its newest refusal."""
        query = (
            select(ExchangeDispatch)
            .where(
                ExchangeDispatch.object_id.in_(certificates), ExchangeDispatch.refusal.is_not(None)
            )
            .order_by(ExchangeDispatch.since)
        )
        with self._state.read() as session:
            return {row.object_id: row.refusal or "" for row in session.scalars(query)}


def _receipt(task: ExchangeTask) -> Receipt:
    found = cast("list[dict[str, str]]", json.loads(task.findings or "[]"))
    return Receipt(
        transmission=task.transmission,
        state=str(task.state),
        attempts=task.attempts,
        next_at=task.next_at,
        problem=task.problem,
        findings=found,
        salt=task.salt,
    )
