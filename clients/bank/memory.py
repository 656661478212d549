"""What the simulated bank must not forget, in one small file; written whole or not at all."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self, cast

from clients.sdk.errors import InputError
from clients.sdk.files import read_private, write_private
from clients.sdk.json_input import parse_json
from clients.sdk.payments import PreparedMessage

FORMAT: Final = "tradeseal-bank/1"


@dataclass(slots=True)
class Payment:
    """One payment order and what the bank has done about it.

    Attributes:
        pay_id: The order's.
        seen: The tick in which it came.
        answer: The acknowledgement, once it is made.
        credit: The credit, once it is made.
        reversal: What takes it back, once it is made.
        answered: Whether customs took the acknowledgement.
        credited: What became of the credit: empty, taken, done or refused.
        reversed: What became of the reversal, likewise.
        code: Why customs refused something for good.
        sent: How many messages went out for it, repeated ones included.
    """

    pay_id: str
    seen: int
    answer: dict[str, Any] | None = None
    credit: dict[str, Any] | None = None
    reversal: dict[str, Any] | None = None
    answered: bool = False
    credited: str = ""
    reversed: str = ""
    code: str | None = None
    sent: int = 0


@dataclass(slots=True)
class Memory:
    """The bank's books.

    Attributes:
        path: Where they are.
        tick: How often it has looked so far.
        cursor: Behind the last order of the inbox.
        payments: By payment id.
    """

    path: Path
    tick: int = 0
    cursor: str | None = None
    payments: dict[str, Payment] = field(default_factory=dict[str, Payment])

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the books, or begin them.

        Raises:
            InputError: The file is none.
            KeyFileError: Others may read it.
        """
        if not path.exists():
            return cls(path)
        try:
            value = cast("dict[str, Any]", parse_json(read_private(path)))
            if value["format"] != FORMAT:
                raise InputError(str(path), f"it is no file of the format {FORMAT}")
            payments = {name: Payment(**each) for name, each in value["payments"].items()}
            return cls(path, value["tick"], value["cursor"], payments)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(str(path), f"it is no file of the format {FORMAT}") from error

    def save(self) -> None:
        """Write the books; durable on return.

        Raises:
            KeyFileError: The disk refused.
        """
        value = {
            "format": FORMAT,
            "tick": self.tick,
            "cursor": self.cursor,
            "payments": {name: asdict(each) for name, each in self.payments.items()},
        }
        write_private(self.path, json.dumps(value).encode() + b"\n", replace=True)


def kept(message: PreparedMessage) -> dict[str, Any]:
    """Return a message as it is kept."""
    return {"path": message.path, "body": dict(message.body), "digest": message.digest}


def prepared(value: dict[str, Any]) -> PreparedMessage:
    """Return a message that was kept."""
    return PreparedMessage(value["path"], value["body"], value["digest"])
