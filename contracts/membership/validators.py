"""The history of who validates, replayed from Membership's events; pure.

The events prove the sets when the records of the governance object prove that no decision
was left out (its head chains every one), and the newest set is proved by the list itself
(`contracts.membership.layout`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from contracts.errors import HistoryError
from contracts.membership.events import ValidatorSet
from contracts.membership.state import Validator


@dataclass(frozen=True, slots=True)
class Seat:
    """One validator with one power, for some blocks.

    Attributes:
        validator: Key and power.
        organisation: Who runs it.
        from_block: First EVM block at whose end it stands in the list.
        until_block: First EVM block at whose end it does not, None while it does.
    """

    validator: Validator
    organisation: bytes
    from_block: int
    until_block: int | None = None

    def holds_at(self, block: int) -> bool:
        """Say whether it stands in the list at the end of a block."""
        return self.from_block <= block and (self.until_block is None or block < self.until_block)


@dataclass(frozen=True, slots=True)
class ValidatorHistory:
    """Every seat that there is or was, in the order of their beginning."""

    seats: tuple[Seat, ...]

    def at(self, block: int) -> tuple[Validator, ...]:
        """Return who stands in the list at the end of a block.

        CometBFT lets a change at one height take effect two heights later.
        """
        return tuple(seat.validator for seat in self.seats if seat.holds_at(block))


def replay_validators(events: Iterable[tuple[int, ValidatorSet]]) -> ValidatorHistory:
    """Return the history that events tell.

    Args:
        events: All of them, the founding ones at block 0 included, each with its EVM
            block, in the order they happened.

    Raises:
        HistoryError: No Membership contract emits these events.
    """
    replay = _Replay()
    for index, (block, event) in enumerate(events):
        replay.apply(index, block, event)
    return ValidatorHistory(tuple(replay.seats))


class _Replay:
    def __init__(self) -> None:
        self.seats: list[Seat] = []
        self._open: dict[bytes, int] = {}
        self._runners: dict[bytes, bytes] = {}
        self._block = 0
        self._changed: list[ValidatorSet] = []

    def apply(self, index: int, block: int, event: ValidatorSet) -> None:
        self._enter(index, block, event)
        key = event.public_key
        if self._runners.setdefault(key, event.organisation) != event.organisation:
            raise HistoryError(index, "a validator key goes to another organisation")
        place = self._open.pop(key, None)
        if place is not None:
            self.seats[place] = replace(self.seats[place], until_block=block)
        elif event.power == 0:
            raise HistoryError(index, "it removes a stranger")
        if event.power:
            self._open[key] = len(self.seats)
            seat = Seat(Validator(key, event.power), event.organisation, block)
            self.seats.append(seat)

    def _enter(self, index: int, block: int, event: ValidatorSet) -> None:
        if block < self._block:
            raise HistoryError(index, "it goes back in time")
        if block > self._block:
            self._block, self._changed = block, []
        self._changed.append(event)
        if block and not _is_one_decision(self._changed):
            raise HistoryError(index, "validators change twice in one block")


def _is_one_decision(changed: list[ValidatorSet]) -> bool:
    """Say whether one decision changes this: one validator, or a key for another."""
    if len(changed) == 1:
        return True
    if len(changed) != 2:  # noqa: PLR2004  the key that goes, the key that comes
        return False
    gone, come = changed
    return gone.power == 0 and come.power != 0 and gone.organisation == come.organisation
