"""Reports misbehaviour that the engine found in a block, once for this organisation.

(1) The engine's ledger is asked for the evidence of the heights behind the position.
(2) Each piece becomes a report in the outbox, unless this organisation does not govern, has
    reported it, or the report would have expired.
(3) Only then does the position move. After a crash in between, the same evidence makes the
    same record, which is the same entry of the outbox.

A ledger of another kind does not know the question: then there is nothing to report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.errors import RecordFormatError
from contracts.membership.layout import organisation_slots, reported_slot
from contracts.membership.misbehaviour import Misbehaviour, misbehaviour_id
from contracts.membership.records import MisbehaviourReport
from contracts.membership.state import Organisation
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.errors import LedgerAnswerError, MethodUnknownError
from node.ledger import LedgerGateway
from node.misbehaviour.tables import MisbehaviourPosition
from node.outbox.outbox import Entry

_POSITION_ID: Final = 1
HEIGHTS_AT_ONCE: Final = 10_000
# Asked again after a crash at most: not every height deserves a write to the disk.
HEIGHTS_UNKEPT: Final = 1_000
# A report counts so long after the misbehaviour; the same for every node and every attempt.
REPORT_SECONDS: Final = 366 * 86_400
_NANOSECONDS: Final = 1_000_000_000
_STATUS: Final = "tradeseal_status"
_EVIDENCE: Final = "tradeseal_getMisbehaviour"
_KINDS: Final = {
    "duplicate-vote": Misbehaviour.DUPLICATE_VOTE,
    "light-client-attack": Misbehaviour.LIGHT_CLIENT_ATTACK,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a block says a validator did; time in seconds."""

    kind: Misbehaviour
    validator: bytes
    height: int
    time: int
    total_power: int

    def report(self, organisation: bytes) -> MisbehaviourReport:
        """Return one organisation's report, the same whenever it is made."""
        return MisbehaviourReport(
            object=misbehaviour_id(self.kind, self.validator, self.height),
            organisation=organisation,
            kind=int(self.kind),
            validator=self.validator,
            height=self.height,
            time=self.time,
            total_power=self.total_power,
            expires=self.time + REPORT_SECONDS,
        )


class MisbehaviourReporter:
    """Watches one ledger for one organisation."""

    def __init__(
        self,
        state: Database,
        ledger: LedgerGateway,
        organisation: bytes,
        domain: RecordDomain,
        private_key: bytes,
    ) -> None:
        """Prepare to watch; nothing is asked yet.

        Args:
            state: Keeps the position.
            ledger: Asked for evidence, and what Membership knows.
            organisation: Its identifier.
            domain: The Membership contract.
            private_key: Of the organisation's account, which carries.
        """
        self._state = state
        self._ledger = ledger
        self._organisation = organisation
        self._domain = domain
        self._private_key = private_key
        self._reached: int | None = None
        self._kept = 0

    def step(self, submit: Callable[[SignedRecord], Entry], now: int) -> bool:
        """Report what is new; return whether more heights wait.

        Args:
            submit: Promises durably to carry a record.
            now: The time in seconds.

        Raises:
            LedgerUnavailableError: The ledger does not answer; call again.
            LedgerAnswerError: Its answer cannot be used.
            StorageError: The state database refused.
        """
        position = self.position()
        try:
            height = self._height()
            last = min(height, position + HEIGHTS_AT_ONCE)
            found = self._evidence(position + 1, last) if last > position else []  # (1)
        except MethodUnknownError:
            return False
        for evidence in found:  # (2)
            if self._is_due(evidence, now):
                record = evidence.report(self._organisation)
                submit(SignedRecord.sign(record, self._domain, self._private_key))
        self._move(last, must_keep=bool(found))  # (3)
        return last < height

    def position(self) -> int:
        """Return the last height that needs no more work."""
        if self._reached is None:
            with self._state.read() as session:
                row = session.get(MisbehaviourPosition, _POSITION_ID)
            self._reached = self._kept = 0 if row is None else row.height
        return self._reached

    def _move(self, height: int, *, must_keep: bool) -> None:
        if must_keep or height - self._kept >= HEIGHTS_UNKEPT:
            with self._state.write() as session:
                session.merge(MisbehaviourPosition(id=_POSITION_ID, height=height))
            self._kept = height
        self._reached = max(height, self.position())

    def _height(self) -> int:
        answer = self._ledger.request(_STATUS)
        if not isinstance(answer, dict):
            raise LedgerAnswerError(_STATUS, f"{answer!r} is no object")
        return _quantity(_STATUS, answer, "height")

    def _evidence(self, first: int, last: int) -> Sequence[Evidence]:
        answer = self._ledger.request(_EVIDENCE, hex(first), hex(last))
        if not isinstance(answer, list):
            raise LedgerAnswerError(_EVIDENCE, f"{answer!r} is no list")
        return [_read_evidence(item) for item in answer]

    def _is_due(self, evidence: Evidence, now: int) -> bool:
        report = evidence.report(self._organisation)
        if report.expires < now:
            return False
        contract, (slot,) = self._domain.contract, organisation_slots(self._organisation)
        word = self._ledger.storage(contract, slot)
        organisation = Organisation.from_word(self._organisation, word)
        if organisation is None or not (organisation.governing and organisation.active):
            return False
        reported = reported_slot(report.object, self._organisation)
        return self._ledger.storage(contract, reported) == 0


def _read_evidence(item: Any) -> Evidence:
    if not isinstance(item, dict):
        raise LedgerAnswerError(_EVIDENCE, f"{item!r} is no object")
    try:
        evidence = Evidence(
            kind=_KINDS[item["kind"]],
            validator=bytes.fromhex(item["validatorAddress"].removeprefix("0x")),
            height=_quantity(_EVIDENCE, item, "height"),
            time=_quantity(_EVIDENCE, item, "time") // _NANOSECONDS,
            total_power=_quantity(_EVIDENCE, item, "totalVotingPower"),
        )
        evidence.report(bytes(32))
    except (KeyError, TypeError, ValueError, AttributeError, RecordFormatError) as error:
        raise LedgerAnswerError(_EVIDENCE, repr(error)) from error
    return evidence


def _quantity(method: str, members: dict[str, Any], name: str) -> int:
    value = members.get(name)
    if not isinstance(value, str) or not value.startswith("0x"):
        raise LedgerAnswerError(method, f"its {name} is no quantity")
    try:
        return int(value, 16)
    except ValueError as error:
        raise LedgerAnswerError(method, f"its {name} is no quantity") from error
