"""Keeps accounts in the state database; each call is part of its caller's transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, insert, select, tuple_
from sqlalchemy.orm import Session

from node.debt.account import Account
from node.debt.interest import Rates
from node.debt.law import Law
from node.debt.model import (
    NOTHING,
    Cover,
    Declaration,
    Entry,
    Exemption,
    Item,
    Kind,
    Measure,
    Part,
    Refund,
    RefundState,
    Terms,
)
from node.debt.tables import (
    DebtDeclarationRow,
    DebtEntryRow,
    DebtItemRow,
    DebtTaxpayerRow,
)

_ENTRY: Final = (
    DebtEntryRow.sequence,
    DebtEntryRow.source,
    DebtEntryRow.kind,
    DebtEntryRow.effective_on,
    DebtEntryRow.booked_at,
    DebtEntryRow.amount,
    DebtEntryRow.declaration_no,
    DebtEntryRow.tax,
    DebtEntryRow.sub_item,
    DebtEntryRow.target,
    DebtEntryRow.details,
)
_ITEM_NAMES: Final = tuple(field.name for field in fields(Item))
_ITEM: Final = tuple(getattr(DebtItemRow, name) for name in _ITEM_NAMES)
_BATCH: Final = 5_000
_KINDS: Final = {kind.value: kind for kind in Kind}


def entries_of(session: Session, taxpayer: str, *conditions: ColumnElement[bool]) -> list[Entry]:
    """Return a taxpayer's entries in the order of their booking."""
    query = select(*_ENTRY).where(DebtEntryRow.taxpayer == taxpayer, *conditions)
    rows = session.connection().execute(query.order_by(DebtEntryRow.sequence))
    # Few days, and few details, for many entries: equal texts are read once.
    day = cache(date.fromisoformat)
    details = cache(_details)
    return [
        Entry(
            sequence,
            source,
            _KINDS[kind],
            day(effective_on),
            booked_at,
            amount,
            number,
            tax,
            sub_item,
            target,
            details(text),
        )
        for part in rows.partitions(_BATCH)
        for (
            sequence,
            source,
            kind,
            effective_on,
            booked_at,
            amount,
            number,
            tax,
            sub_item,
            target,
            text,
        ) in part
    ]


def _details(text: str | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(text) if text else NOTHING
    return found


def add_entries(session: Session, taxpayer: str, entries: Sequence[Entry]) -> list[Entry]:
    """Write new entries; return them with their sequences, which ascend."""
    added: list[Entry] = []
    rows: list[DebtEntryRow] = []
    for entry in entries:
        row = DebtEntryRow(
            taxpayer,
            entry.source,
            entry.kind.value,
            entry.effective_on.isoformat(),
            entry.booked_at,
            entry.amount,
            entry.declaration_no,
            entry.tax,
            entry.sub_item,
            entry.target,
            json.dumps(entry.details, sort_keys=True) if entry.details else None,
        )
        session.add(row)
        rows.append(row)
    session.flush()
    for entry, row in zip(entries, rows, strict=True):
        added.append(entry._replace(sequence=row.sequence))
    return sorted(added, key=lambda entry: entry.sequence)


def load_account(
    session: Session, row: DebtTaxpayerRow, law: Law, rates: Rates, declaration: str | None
) -> Account:
    """Return a taxpayer's account as it was kept.

    Args:
        session: The transaction.
        row: The taxpayer's row, locked.
        law: The rules.
        rates: Cumulative rates.
        declaration: One whose settled items are wanted too.
    """
    account = Account(law, rates)
    account.unapplied = row.unapplied
    _read_standing(account, json.loads(row.standing))
    _restore(session, account, row.tax_id, DebtItemRow.is_open.is_(True))
    if declaration is not None:
        load_declaration(session, account, row.tax_id, declaration)
    return account


def save_account(
    session: Session, row: DebtTaxpayerRow, account: Account, *, replaced: bool
) -> None:
    """Write what changed; with `replaced`, everything anew."""
    row.unapplied = account.unapplied
    row.standing = json.dumps(_standing(account), sort_keys=True, default=_plain)
    connection = session.connection()
    if replaced:
        connection.execute(delete(DebtItemRow).where(DebtItemRow.taxpayer == row.tax_id))
        changed: Iterable[int] = account.items
    else:
        changed = sorted(account.changed)
        keys = [(row.tax_id, number) for number in changed]
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            primary = tuple_(DebtItemRow.taxpayer, DebtItemRow.entry)
            connection.execute(delete(DebtItemRow).where(primary.in_(part)))
    values = [{"taxpayer": row.tax_id, **_item_values(account.items[number])} for number in changed]
    if values:
        connection.execute(insert(DebtItemRow), values)
    account.changed.clear()


def save_declarations(
    session: Session, taxpayer: str, declarations: Iterable[Declaration], *, replaced: bool
) -> None:
    """Write what is known of declarations; with `replaced`, all of a taxpayer's anew."""
    connection = session.connection()
    of_taxpayer = DebtDeclarationRow.taxpayer == taxpayer
    if replaced:
        connection.execute(delete(DebtDeclarationRow).where(of_taxpayer))
    values: list[dict[str, Any]] = []
    for declaration in declarations:
        state = asdict(declaration)
        del state["items"]
        text = json.dumps(state, sort_keys=True, default=_plain)
        known = {"taxpayer": taxpayer, "declaration_no": declaration.number}
        values.append({**known, "assessment": declaration.assessment, "state": text})
        if not replaced:
            number = DebtDeclarationRow.declaration_no == declaration.number
            connection.execute(delete(DebtDeclarationRow).where(of_taxpayer, number))
    if values:
        connection.execute(insert(DebtDeclarationRow), values)


def note_entries(row: DebtTaxpayerRow, entries: Sequence[Entry]) -> None:
    """Count new entries at their taxpayer."""
    if not entries:
        return
    last = max(entry.effective_on for entry in entries).isoformat()
    row.entries += len(entries)
    row.last_effective = max(row.last_effective, last)


def load_declaration(session: Session, account: Account, taxpayer: str, number: str) -> None:
    """Add a declaration to an account, with its settled items; nothing where there is none."""
    row = session.get(DebtDeclarationRow, (taxpayer, number))
    if row is None:
        return
    is_settled = ~DebtItemRow.is_open & (DebtItemRow.declaration_no == number)
    _restore(session, account, taxpayer, is_settled)
    declaration = _declaration(json.loads(row.state))
    mine = (item.entry for item in account.items.values() if item.declaration_no == number)
    declaration.items.extend(sorted(mine))
    account.declarations[number] = declaration


def _restore(
    session: Session, account: Account, taxpayer: str, wanted: ColumnElement[bool]
) -> None:
    query = select(*_ITEM).where(DebtItemRow.taxpayer == taxpayer, wanted)
    for found in session.connection().execute(query):
        account.restore(_item(found))


def _item(row: Row[Any]) -> Item:
    values: dict[str, Any] = dict(zip(_ITEM_NAMES, row, strict=True))
    values["part"] = Part(row.part)
    for name in ("effective_on", "due_on", "settled_on"):
        values[name] = _day(values[name])
    return Item(**values)


def _item_values(item: Item) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in _ITEM_NAMES}
    for name in ("effective_on", "due_on", "settled_on"):
        values[name] = None if values[name] is None else values[name].isoformat()
    values["part"] = item.part.value
    return values


def _declaration(state: Mapping[str, Any]) -> Declaration:
    covers = [
        Cover(cover["guarantee"], cover["amount"], date.fromisoformat(cover["valid_to"]))
        for cover in state["covers"]
    ]
    return Declaration(
        state["number"],
        state["assessment"],
        date.fromisoformat(state["effective_on"]),
        date.fromisoformat(state["registered_on"]),
        Terms(state["terms"]),
        _day(state["due_on"]),
        _day(state["released_on"]),
        covers,
    )


def _standing(account: Account) -> dict[str, Any]:
    return {
        "measures": [asdict(measure) for measure in account.measures.values()],
        "exemptions": [asdict(exemption) for exemption in account.exemptions.values()],
        "refunds": [asdict(refund) for refund in account.refunds.values()],
    }


def _read_standing(account: Account, standing: Mapping[str, Any]) -> None:
    for value in standing.get("measures", ()):
        measure = Measure(**_dated(value, "decided_on", "effective_from"))
        account.measures[measure.reference] = measure
    for value in standing.get("exemptions", ()):
        exemption = Exemption(**_dated(value, "decided_on", "effective_from"))
        account.exemptions[exemption.reference] = exemption
    for value in standing.get("refunds", ()):
        refund = Refund(**_dated(value, "requested_on"))
        account.refunds[refund.reference] = refund


def _dated(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found = dict(value)
    for name in (*names, "effective_to", "revoked_on"):
        if name in found:
            found[name] = _day(found[name])
    if "declarations" in found:
        found["declarations"] = tuple(found["declarations"])
    if "state" in found:
        found["state"] = RefundState(found["state"])
    return found


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise AssertionError(value)
