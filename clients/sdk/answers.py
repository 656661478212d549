"""Reading a door's JSON answers: what is missing or of another type is an error, at once."""

import re
from dataclasses import dataclass
from typing import Final, Self, cast

from clients.sdk.errors import AnswerError

_BYTES32: Final = re.compile(r"0x[0-9a-f]{64}")
_ADDRESS: Final = re.compile(r"0x[0-9a-f]{40}")


class Answer:
    """One JSON object of an answer."""

    def __init__(self, value: object, what: str = "body") -> None:
        """Read an object.

        Raises:
            AnswerError: It is none.
        """
        if not isinstance(value, dict):
            raise AnswerError(what, "is no object")
        self._members = cast("dict[str, object]", value)

    def text(self, name: str) -> str:
        """Return a string member."""
        value = self._members.get(name)
        if not isinstance(value, str):
            raise AnswerError(name, "is no text")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return a string member, or None where it is null."""
        return None if self._members.get(name) is None else self.text(name)

    def integer(self, name: str) -> int:
        """Return a whole number."""
        value = self._members.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise AnswerError(name, "is no whole number")
        return value

    def integer_or_none(self, name: str) -> int | None:
        """Return a whole number, or None where it is null."""
        return None if self._members.get(name) is None else self.integer(name)

    def decimal(self, name: str) -> int:
        """Return a whole number that is written as a string."""
        text = self.text(name)
        if not (text.isascii() and text.isdigit()):
            raise AnswerError(name, "is no decimal number")
        return int(text)

    def bytes32(self, name: str) -> bytes:
        """Return a member of 32 bytes."""
        return self._hex(name, _BYTES32)

    def address(self, name: str) -> bytes:
        """Return a member that is an address."""
        return self._hex(name, _ADDRESS)

    def truth(self, name: str) -> bool:
        """Return a member that is true or false."""
        value = self._members.get(name)
        if not isinstance(value, bool):
            raise AnswerError(name, "is neither true nor false")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of strings."""
        value = self._members.get(name)
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        texts = [item for item in items if isinstance(item, str)]
        if len(texts) != len(items):
            raise AnswerError(name, "is no list of texts")
        return texts

    def part(self, name: str) -> "Answer":
        """Return an object member."""
        return Answer(self._members.get(name), name)

    def members(self) -> dict[str, object]:
        """Return all members as they came."""
        return self._members

    def objects(self, name: str) -> list["Answer"]:
        """Return a list of objects."""
        value = self._members.get(name)
        if not isinstance(value, list):
            raise AnswerError(name, "is no list")
        return [Answer(item, name) for item in cast("list[object]", value)]

    def _hex(self, name: str, form: re.Pattern[str]) -> bytes:
        text = self.text(name)
        if form.fullmatch(text) is None:
            raise AnswerError(name, "is not of its form")
        return bytes.fromhex(text[2:])


@dataclass(frozen=True, slots=True)
class LedgerInfo:
    """What records are signed for.

    Attributes:
        chain_id: EIP-155 id of the chain.
        contracts: Address of the contract in force, by domain; Membership's too.
        block_time: Time of the newest block that the door has read, RFC 3339.
    """

    chain_id: int
    contracts: dict[str, bytes]
    block_time: str | None

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read the answer of /v1/ledger."""
        contracts = answer.part("contracts")
        addresses = {name: contracts.address(name) for name in contracts.members()}
        if "membership" in answer.members():
            addresses["membership"] = answer.address("membership")
        return cls(answer.decimal("chain_id"), addresses, answer.text_or_none("block_time"))


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """How far a record has come, as the door tells it.

    Attributes:
        digest: The record's digest.
        status: waiting, carried, final or refused.
        block: The block that holds it, once final.
        reason: The ledger's words, if it refused it.
    """

    digest: bytes
    status: str
    block: int | None
    reason: str | None

    @property
    def is_settled(self) -> bool:
        """Whether the ledger has answered for good."""
        return self.status in {"final", "refused"}

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read the answer of /v1/records/{digest}."""
        return cls(
            answer.bytes32("digest"),
            answer.text("status"),
            answer.integer_or_none("block"),
            answer.text_or_none("reason"),
        )
