"""A bank that delays, repeats, reorders, loses and takes back, the same way for the same seed.

In each tick it

(1) takes new orders from its inbox, from a cursor;
(2) makes what is due and keeps it before it is sent, so that a killed bank sends the same again;
(3) sends in a shuffled order where it reorders; a message may be lost on the way out (nothing
    comes), or its answer on the way back (it came, and the bank does not know): both are sent
    again in a later tick, until customs has answered;
(4) asks what became of credits and reversals, until that is known.

What faults a message meets follows from seed, payment id, message and attempt alone.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from clients.bank.memory import Memory, Payment, kept, prepared
from clients.sdk.answers import Answer
from clients.sdk.errors import ServerFailedError, ServerRefusedError
from clients.sdk.payments import Bank, InboxOrder
from contracts.records.record import RecordDomain

_AGAIN: Final = frozenset({"assessment_superseded"})
"""Refusals after which the bank makes its credit anew."""
_LATER: Final = frozenset({"too_many_requests", "declaration_unknown"})
"""Refusals that pass by themselves."""
_ENDED: Final = frozenset({"done", "refused", "reversed", "withdrawn"})
_ATTEMPTS: Final = 50
_BUSY: Final = 429


@dataclass(frozen=True, slots=True)
class Faults:
    """How badly the bank behaves.

    Attributes:
        seed: Decides everything.
        delay: Ticks until a credit is sent, at most.
        duplicate: Share of messages that are sent twice, 0 to 1.
        reorder: Whether messages of a tick go out in any order, credits before answers.
        lose: Share of messages, or of their answers, that are lost, 0 to 1.
        reverse: Share of credits that are taken back, 0 to 1.
    """

    seed: int = 0
    delay: int = 0
    duplicate: float = 0.0
    reorder: bool = False
    lose: float = 0.0
    reverse: float = 0.0

    def chance(self, *of: object) -> random.Random:
        """Return the dice of one event."""
        return random.Random(f"{self.seed}/{'/'.join(map(str, of))}")  # noqa: S311  a trial's dice

    def happens(self, share: float, *of: object) -> bool:
        """Say whether an event of a share happens."""
        return self.chance(*of).random() < share


class Simulator:
    """One bank at one door."""

    def __init__(
        self, bank: Bank, memory: Memory, faults: Faults, clock: Callable[[], float]
    ) -> None:
        """Act for a bank.

        Args:
            bank: Makes and sends messages.
            memory: What it must not forget.
            faults: How it behaves.
            clock: Seconds since 1970.
        """
        self._bank = bank
        self._memory = memory
        self._faults = faults
        self._clock = clock

    def step(self) -> bool:
        """Do one tick; return whether anything is still to be done or known.

        Raises:
            ServerUnreachableError: The door does not answer; nothing is forgotten.
            ServerFailedError: The door has a fault.
        """
        domain = self._take()  # (1)
        memory = self._memory
        memory.tick += 1
        orders = self._orders()
        due: list[tuple[Payment, str]] = []
        for payment in memory.payments.values():
            due.extend((payment, kind) for kind in self._due(payment, orders, domain))  # (2)
        memory.save()
        if self._faults.reorder:
            self._faults.chance("order", memory.tick).shuffle(due)
        for payment, kind in due:
            self._send(payment, kind)  # (3)
        for payment in memory.payments.values():
            self._ask(payment)  # (4)
        memory.save()
        return any(not self._is_over(payment) for payment in memory.payments.values())

    def _take(self) -> RecordDomain:
        while True:
            page = self._bank.inbox(self._memory.cursor)
            for found in page.orders:
                pay_id = found.order.pay_id
                self._memory.payments.setdefault(pay_id, Payment(pay_id, self._memory.tick))
            self._memory.cursor = page.next
            if not page.orders:
                self._memory.save()
                return page.domain

    def _orders(self) -> dict[str, InboxOrder]:
        """Return the orders that something is to be made of, as they stand now."""
        open_ones = {
            payment.pay_id
            for payment in self._memory.payments.values()
            if not payment.answer or not payment.credit
        }
        if not open_ones:
            return {}
        return {
            found.order.pay_id: found
            for found in self._bank.orders()
            if found.order.pay_id in open_ones
        }

    def _due(
        self, payment: Payment, orders: dict[str, InboxOrder], domain: RecordDomain
    ) -> list[str]:
        found, now = orders.get(payment.pay_id), int(self._clock())
        due: list[str] = []
        if payment.answer is None and found is not None:
            payment.answer = kept(self._bank.acknowledgement(found))
        if not payment.answered and payment.answer:
            due.append("answer")
        wait = self._faults.chance("delay", payment.pay_id).randint(0, self._faults.delay)
        if self._memory.tick <= payment.seen + wait:
            return due
        if payment.credit is None and found is not None:
            payment.credit = kept(self._bank.credit(found, domain, now))
        if payment.credit and not payment.credited:
            due.append("credit")
        if payment.credit and self._is_reversing(payment):
            if payment.reversal is None:
                day = datetime.fromtimestamp(now, UTC).date().isoformat()
                message = self._bank.reversal(
                    prepared(payment.credit), domain, "paid by mistake", day, now
                )
                payment.reversal = kept(message)
            if not payment.reversed:
                due.append("reversal")
        return due

    def _is_reversing(self, payment: Payment) -> bool:
        wanted = self._faults.happens(self._faults.reverse, "reverse", payment.pay_id)
        return wanted and payment.credited == "done"

    def _send(self, payment: Payment, kind: str) -> None:
        value = {
            "answer": payment.answer,
            "credit": payment.credit,
            "reversal": payment.reversal,
        }[kind]
        if value is None:
            raise AssertionError(kind)
        payment.sent += 1
        event = (payment.pay_id, kind, payment.sent)
        lost = payment.sent <= _ATTEMPTS and self._faults.happens(self._faults.lose, "lose", *event)
        came = self._faults.chance("came", *event).random() < 1 / 2
        if lost and not came:
            return
        times = 2 if self._faults.happens(self._faults.duplicate, "twice", *event) else 1
        try:
            answers = [self._bank.send(prepared(value)) for _ in range(times)]
        except ServerFailedError:
            raise
        except ServerRefusedError as error:
            self._refused(payment, kind, error)
            return
        if not lost:
            self._taken(payment, kind, value, answers[-1])

    @staticmethod
    def _taken(payment: Payment, kind: str, value: dict[str, Any], answer: Answer) -> None:
        if kind == "answer":
            payment.answered = True
        elif kind == "credit":
            # A repeated credit is answered with the one that stands.
            payment.credit = {**value, "digest": answer.text("digest")}
            payment.credited = "taken"
        else:
            payment.reversed = "taken"

    def _refused(self, payment: Payment, kind: str, error: ServerRefusedError) -> None:
        if error.code in _LATER or error.status == _BUSY:
            return
        if kind == "credit" and error.code in _AGAIN:
            payment.credit, payment.credited = None, ""
            return
        payment.code = error.code
        if kind == "answer":
            payment.answered = True
        elif kind == "credit":
            payment.credited = "refused"
        else:
            payment.reversed = "refused"

    def _ask(self, payment: Payment) -> None:
        if payment.credited == "taken" and payment.credit:
            answer = self._bank.item(payment.credit["digest"])
            state = answer.text("state")
            if state == "refused" and answer.text_or_none("code") in _AGAIN:
                payment.credit, payment.credited = None, ""
            elif state in _ENDED:
                payment.credited = "done" if state in {"done", "reversed"} else state
                payment.code = answer.text_or_none("code")
        if payment.reversed == "taken" and payment.reversal:
            answer = self._bank.item(payment.reversal["digest"])
            if answer.text("state") in _ENDED:
                payment.reversed = answer.text("state")
                payment.code = answer.text_or_none("code")

    def _is_over(self, payment: Payment) -> bool:
        if not payment.answered or payment.credited not in _ENDED:
            return False
        return not self._is_reversing(payment) or payment.reversed in _ENDED
