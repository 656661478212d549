"""What taxpayers owe, and what customs decides about it, as a door tells it.

Amounts are VND, whole dong; days are ISO 8601 texts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError

_TAXPAYERS = "/v1/debt/taxpayers"


@dataclass(frozen=True, slots=True)
class Debtor:
    """One taxpayer of the officer's list.

    Attributes:
        bands: Overdue up to 30, 60 and 90 days, and longer.
        oldest_due: Earliest due date of what is overdue.
    """

    tax_id: str
    overdue: Decimal
    owed: Decimal
    bands: list[Decimal]
    is_over_90_days: bool
    oldest_due: str | None

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read one element of the list."""
        return cls(
            answer.text("tax_id"),
            amount_of(answer, "overdue"),
            amount_of(answer, "owed"),
            [_amount("bands", text) for text in answer.texts("bands")],
            answer.truth("over_90_days"),
            answer.text_or_none("oldest_due"),
        )


@dataclass(frozen=True, slots=True)
class DebtorPage:
    """Some taxpayers, and where to go on."""

    items: list[Debtor]
    next: str | None


@dataclass(frozen=True, slots=True)
class StopCustoms:
    """Whether customs procedures are stopped for a taxpayer.

    Attributes:
        since: First day of the decision.
        reference: Its number.
        exemptions: Declarations that clear nevertheless.
    """

    on: str
    decided: bool
    since: str | None
    reference: str | None
    exemptions: list[str]

    def blocks(self, declaration_no: str) -> bool:
        """Say whether a declaration may not clear."""
        return self.decided and declaration_no not in self.exemptions


class Debts:
    """The debt book of one door."""

    def __init__(self, connection: Connection) -> None:
        """Ask over a connection."""
        self._connection = connection

    def taxpayers(
        self, cursor: str | None = None, *, limit: int = 50, over_90_days: bool = False
    ) -> DebtorPage:
        """Return taxpayers by what is overdue, the greatest first.

        Args:
            cursor: The `next` of the page before.
            limit: Elements on a page.
            over_90_days: Only those with something overdue for longer.
        """
        parameters: dict[str, str | int] = {"limit": limit}
        if cursor is not None:
            parameters["cursor"] = cursor
        if over_90_days:
            parameters["over_90_days"] = "true"
        answer = self._connection.get(_TAXPAYERS, **parameters)
        items = [Debtor.read(item) for item in answer.objects("items")]
        return DebtorPage(items, answer.text_or_none("next"))

    def taxpayer(self, tax_id: str, on: str | None = None, known_at: str | None = None) -> Answer:
        """Return what a taxpayer owes, and what is decided.

        Args:
            tax_id: Tax id.
            on: The day; today if None.
            known_at: RFC 3339 in UTC: what was booked later is left out.
        """
        return self._connection.get(f"{_TAXPAYERS}/{tax_id}", **_given(on=on, known_at=known_at))

    def statement(
        self,
        tax_id: str,
        on: str | None = None,
        known_at: str | None = None,
        since: str | None = None,
    ) -> Answer:
        """Return a statement of account (tradeseal-debt-statement/1); days as for `taxpayer`."""
        parameters = _given(on=on, known_at=known_at, since=since)
        return self._connection.get(f"{_TAXPAYERS}/{tax_id}/statement", **parameters)

    def stop_customs(self, tax_id: str, on: str | None = None) -> StopCustoms:
        """Return whether customs procedures are stopped for a taxpayer."""
        answer = self._connection.get(f"{_TAXPAYERS}/{tax_id}/stop-customs", **_given(on=on))
        return StopCustoms(
            answer.text("on"),
            answer.truth("decided"),
            answer.text_or_none("since"),
            answer.text_or_none("reference"),
            answer.texts("exemptions"),
        )

    def measure(
        self,
        tax_id: str,
        reference: str,
        measure: str,
        *,
        decided_on: str,
        effective_from: str,
        reason: str,
        effective_to: str | None = None,
        declarations: Sequence[str] = (),
        skipped: Mapping[str, str] | None = None,
    ) -> Answer:
        """Decide to enforce; the same decision again has no second effect.

        Args:
            tax_id: Tax id.
            reference: The decision's number.
            measure: Such as stop_customs.
            decided_on: When it was signed.
            effective_from: First day.
            reason: Why.
            effective_to: Last day, None for no end.
            declarations: What it enforces; empty for every arrears.
            skipped: Why measures before it cannot be applied, where the law has an order.

        Raises:
            ServerRefusedError: The law of its day does not allow it, or the number is used.
        """
        asked: dict[str, object] = {
            "reference": reference,
            "measure": measure,
            "decided_on": decided_on,
            "effective_from": effective_from,
            "effective_to": effective_to,
            "declarations": list(declarations),
            "reason": reason,
            "skipped": dict(skipped or {}),
        }
        return self._post(tax_id, "measures", asked)

    def exempt(
        self,
        tax_id: str,
        reference: str,
        declarations: Sequence[str],
        *,
        decided_on: str,
        effective_from: str,
        reason: str,
        effective_to: str | None = None,
    ) -> Answer:
        """Let declarations clear although customs procedures are stopped; see `measure`."""
        asked: dict[str, object] = {
            "reference": reference,
            "declarations": list(declarations),
            "decided_on": decided_on,
            "effective_from": effective_from,
            "effective_to": effective_to,
            "reason": reason,
        }
        return self._post(tax_id, "exemptions", asked)

    def revoke(
        self, tax_id: str, reference: str, *, decided_on: str, effective_from: str, reason: str
    ) -> Answer:
        """End a measure or an exemption; see `measure`."""
        asked: dict[str, object] = {
            "reference": reference,
            "decided_on": decided_on,
            "effective_from": effective_from,
            "reason": reason,
        }
        return self._post(tax_id, "revocations", asked)

    def decide_arrears(
        self,
        tax_id: str,
        act: str,
        reference: str,
        *,
        decided_on: str,
        reason: str,
        declaration_no: str | None = None,
    ) -> Answer:
        """Freeze or thaw arrears, or write a declaration's debt off.

        Args:
            tax_id: Tax id.
            act: freeze, thaw or write_off.
            reference: The decision's number.
            decided_on: The day on which it counts.
            reason: Why.
            declaration_no: Whose debt; None for every arrears.
        """
        asked: dict[str, object] = {
            "act": act,
            "reference": reference,
            "declaration_no": declaration_no,
            "decided_on": decided_on,
            "reason": reason,
        }
        return self._post(tax_id, "arrears", asked)

    def request_refund(
        self,
        tax_id: str,
        reference: str,
        reason: str,
        amount: Decimal,
        *,
        requested_on: str,
        declaration_no: str | None = None,
        lines: Sequence[tuple[str, str, Decimal]] = (),
        check: str = "before",
    ) -> Answer:
        """Hand in a request for a refund.

        Args:
            tax_id: Tax id.
            reference: The request's number.
            reason: overpaid, origin_verified, re_exported or export_production.
            amount: VND.
            requested_on: The day of the request.
            declaration_no: Whose tax is no longer owed; None for overpaid money.
            lines: Those taxes as (tax, sub-item, amount).
            check: before or after the decision.
        """
        asked: dict[str, object] = {
            "reference": reference,
            "reason": reason,
            "amount": str(amount),
            "requested_on": requested_on,
            "declaration_no": declaration_no,
            "lines": [
                {"tax": tax, "sub_item": sub_item, "amount": str(part)}
                for tax, sub_item, part in lines
            ],
            "check": check,
        }
        return self._post(tax_id, "refunds", asked)

    def refund_step(
        self, tax_id: str, reference: str, step: str, *, decided_on: str, reason: str
    ) -> Answer:
        """Go on with a refund: check, approve, refuse or pay."""
        asked: dict[str, object] = {
            "reference": reference,
            "step": step,
            "decided_on": decided_on,
            "reason": reason,
        }
        return self._post(tax_id, "refunds/steps", asked)

    def _post(self, tax_id: str, what: str, asked: Mapping[str, object]) -> Answer:
        content = json.dumps(asked).encode()
        return self._connection.post(f"{_TAXPAYERS}/{tax_id}/{what}", content, "application/json")


def amount_of(answer: Answer, name: str) -> Decimal:
    """Return a member that is an amount.

    Raises:
        AnswerError: It is none.
    """
    return _amount(name, answer.text(name))


def _amount(name: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise AnswerError(name, "is no amount") from error


def _given(**parameters: str | None) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}
