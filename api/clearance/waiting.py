"""What a declaration waits for, in Vietnamese and English."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from api.clearance.queries import LedgerView
from contracts.clearance.records import Channel, CheckOutcome, HoldKind
from contracts.clearance.state import FactStatus, Stage
from node.clearance.tables import ClearanceMarkRow, DeclarationFile
from node.settlement.queries import Settlement

_PACKAGE = __name__.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a declaration is not cleared; the code is stable."""

    code: str
    vi: str
    en: str


def waits_for(
    file: DeclarationFile | None, view: LedgerView | None, settlement: Settlement | None, now: int
) -> list[Reason]:
    """Return what a declaration waits for, nothing where it came to its end.

    Args:
        file: Its file, None where this is not its customs.
        view: What the ledger says, None before registration.
        settlement: How its dues stand, None where nothing was assessed.
        now: The time in seconds.
    """
    if view is None:
        return [_reason("registration")]
    row = view.row
    if row.stage >= Stage.CLEARED:
        return []
    if file is not None and row.amendment < file.amendment:
        return [_reason("amendment")]
    if row.decided != row.amendment + 1:
        return [_reason("draw")]
    found = [*_held(view), *_checks(view), *_facts(view, now), *_dues(view, settlement, now)]
    return found or [_reason("clearance")]


def standing_holds(marks: Sequence[ClearanceMarkRow]) -> list[str]:
    """Return the reasons of the holds that stand."""
    reasons: dict[str, None] = {}
    for mark in marks:
        if mark.event != "HoldPosted":
            continue
        detail = json.loads(mark.detail)
        name = ascii_text(detail["reason"])
        if detail["kind"] == HoldKind.PLACE:
            reasons[name] = None
        else:
            reasons.pop(name, None)
    return list(reasons)


def ascii_text(digits: str) -> str:
    """Return what a field of ASCII codes says."""
    return bytes.fromhex(digits[2:]).rstrip(b"\0").decode("ascii", "replace")


def _held(view: LedgerView) -> Iterator[Reason]:
    for name in standing_holds(view.marks):
        yield _reason("held", name)


def _checks(view: LedgerView) -> Iterator[Reason]:
    row = view.row
    for name, least, found in (
        ("documents", Channel.YELLOW, row.documents),
        ("inspection", Channel.RED, row.inspection),
    ):
        if row.channel >= least and found != CheckOutcome.CONSISTENT:
            yield _reason(f"{name}_finding" if found else name)


def _facts(view: LedgerView, now: int) -> Iterator[Reason]:
    for fact in view.facts:
        if fact.status == FactStatus.FAILED:
            yield _reason("fact_failed", fact.agency)
        elif fact.status == FactStatus.OPEN:
            yield _reason("fact_late" if fact.due_at < now else "fact", fact.agency)


def _dues(view: LedgerView, settlement: Settlement | None, now: int) -> Iterator[Reason]:
    row = view.row
    if row.claims < row.certificates:
        yield _reason("certificates", str(row.certificates - row.claims))
    dues = None if settlement is None else settlement.row
    if settlement is None or dues is None or not dues.assessed == dues.amendment == row.amendment:
        yield _reason("assessment")
    elif not settlement.is_settled(now):
        yield _reason("payment")


def _reason(code: str, what: str = "") -> Reason:
    texts = _texts()[code]
    return Reason(code, texts["vi"].format(what=what), texts["en"].format(what=what))


@cache
def _texts() -> dict[str, dict[str, str]]:
    text = files(_PACKAGE).joinpath("waiting.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found
