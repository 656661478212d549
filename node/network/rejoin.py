"""A restored validator must never sign twice at one height.

A backup knows what was signed when it was taken, not what the machine that is gone signed after.
So a restored engine first follows without a vote, and votes again only above a height that the old
one cannot have reached:

(1) Restoring marks the engine's home with the time T of the restoration. The old instance has
    stopped before: that is what restoring asserts.
(2) While the mark stands, the engine starts with a sign state at a height that never comes. It
    checks and follows blocks, and signs nothing.
(3) A header's time is the median, by power, of the times in the commit it builds on. When it is
    later than T by more than clocks may differ, some honest validator signed that commit after T,
    so this header, at height h, did not exist while the old instance lived. Nobody signs at h + 1
    before there is a commit of h: the old instance never signed above h.
(4) Then the sign state becomes "everything up to and including h is signed", the mark is removed,
    and the engine starts again as a validator.

A signature of the key later than T, seen on the way, shows that the old instance still lives: T
moves to that time. Where the others are too few to go on alone, (3) never comes; the operator then
says from which height to sign (`--sign-from`), and answers for it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from chain.engine.cometbft.home import NEVER, EngineHome, SignState
from chain.errors import StoreError
from node.errors import LedgerAnswerError
from node.files import read_private, replace_private
from node.network.errors import BackupError

FORMAT: Final = "tradeseal-rejoin/1"
CLOCK_BOUND_NS: Final = 10_000_000_000
"""How far the clocks of two honest validators may differ."""

MARK_NAME: Final = "rejoin.json"
"""In the home of an engine that does not sign yet."""

_NANOSECONDS: Final = 1_000_000_000
_METHOD: Final = "commit"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A header with its commit, as far as the guard looks at it.

    Attributes:
        height: Height of the header.
        time_ns: Time of the header, since 1970.
        signed_ns: When each validator in the commit says that it signed, by address.
    """

    height: int
    time_ns: int
    signed_ns: Mapping[str, int]


def parse_sealed(answer: Any) -> Sealed:
    """Read the engine's answer to `commit`.

    Raises:
        LedgerAnswerError: It is no such answer.
    """
    try:
        signed = answer["result"]["signed_header"]
        return Sealed(
            height=int(signed["header"]["height"]),
            time_ns=_nanoseconds(signed["header"]["time"]),
            signed_ns={
                one["validator_address"]: _nanoseconds(one["timestamp"])
                for one in signed["commit"]["signatures"]
                if one["signature"]
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LedgerAnswerError(_METHOD, repr(error)) from error


class RejoinGuard:
    """Whether the engine in a home may sign; the engine must not run while it is written to."""

    def __init__(
        self, home: EngineHome, validator_address: str, clock_bound_ns: int = CLOCK_BOUND_NS
    ) -> None:
        """Look after a home.

        Args:
            home: The engine's home.
            validator_address: Address of its validator key, 40 upper-case hexadecimal digits.
            clock_bound_ns: How far honest clocks may differ.
        """
        self._home = home
        self._address = validator_address
        self._bound = clock_bound_ns
        self._quiet_since = 0

    @property
    def is_pending(self) -> bool:
        """Whether the engine must not sign yet."""
        return self._mark.exists()

    def enforce(self) -> None:
        """Take the vote away while the mark stands; call before each start of the engine.

        Raises:
            StoreError: The disk refused.
        """
        if self.is_pending:
            self._quiet_since = max(self._quiet_since, self._read_mark()["restored_ns"])
            self._home.write_sign_state(SignState.all_of(NEVER))

    def release_height(self, sealed: Sealed) -> int | None:
        """Return the height above which the engine may sign, None while that is not known.

        Args:
            sealed: The newest header the engine has checked, with its commit.
        """
        seen = sealed.signed_ns.get(self._address, 0)
        self._quiet_since = max(self._quiet_since, seen)
        late = sealed.time_ns > self._quiet_since + self._bound
        return sealed.height if late else None

    def release(self, height: int) -> None:
        """Let the engine sign above a height, from its next start on; durable on return.

        Raises:
            StoreError: The disk refused; the engine does not sign.
        """
        self._home.write_sign_state(SignState.all_of(height))
        # Last: after a crash before this line the engine waits once more.
        self._mark.unlink(missing_ok=True)

    def sign_from(self, height: int) -> None:
        """Let the engine sign from a height on, on the operator's word.

        Raises:
            BackupError: The engine is not waiting, or the backup itself shows a later signature.
            StoreError: The disk refused.
        """
        if not self.is_pending:
            reason = "this node was not restored, or signs again already: leave --sign-from out"
            raise BackupError(reason)
        signed = self._read_mark()["signed_height"]
        if height <= signed:
            raise BackupError(
                f"the backup shows a signature at height {signed}: "
                f"--sign-from must be greater, and greater than whatever was signed after it"
            )
        self.release(height - 1)

    @property
    def _mark(self) -> Path:
        return self._home.path / MARK_NAME

    def _read_mark(self) -> dict[str, int]:
        try:
            document = json.loads(read_private(self._mark))
            return {name: int(document[name]) for name in ("restored_ns", "signed_height")}
        except (ValueError, KeyError, TypeError) as error:
            advice = "restore the node again"
            raise StoreError(f"read {self._mark}", f"{error}: {advice}") from error


def mark_restored(home: EngineHome, now: datetime, signed_height: int) -> None:
    """Say that an engine's home comes from a backup; durable on return.

    Args:
        home: The restored home.
        now: The time of the restoration; the old instance has stopped before.
        signed_height: Where the backup shows the last signature.

    Raises:
        StorageError: The disk refused.
        StoreError: The same.
    """
    document = {
        "format": FORMAT,
        "restored_ns": str(int(now.timestamp() * _NANOSECONDS)),
        "signed_height": str(signed_height),
    }
    replace_private(home.path / MARK_NAME, json.dumps(document, indent=1).encode() + b"\n")
    home.write_sign_state(SignState.all_of(NEVER))


def _nanoseconds(text: str) -> int:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return int(moment.timestamp()) * _NANOSECONDS + int(fraction.ljust(9, "0")[:9] or 0)
