"""Whether duties are settled, as any member's node reads it from the ledger."""

from dataclasses import dataclass
from typing import Self

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection


@dataclass(frozen=True, slots=True)
class SettlementView:
    """How a declaration's dues stand; amounts are hidden on the ledger.

    Attributes:
        declaration: Its identifier, 32 bytes.
        settled: Whether they are settled now.
        kind: What the latest assessment says: provisional, final, zero or exempt.
        sequence: Number of that assessment.
        paid_share: What is paid, in 1/10,000, rounded down.
        total_share: What is paid or guaranteed, in 1/10,000, rounded down.
        assessment: Digest of the latest assessment.
        credits: Status of each credit, by the digest of its notice.
    """

    declaration: bytes
    settled: bool
    kind: str
    sequence: int
    paid_share: int
    total_share: int
    assessment: bytes
    credits: dict[bytes, str]

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """Read an answer of the door.

        Raises:
            AnswerError: A member is missing or of another type.
        """
        return cls(
            answer.bytes32("declaration"),
            answer.truth("settled"),
            answer.text("kind"),
            answer.integer("sequence"),
            answer.integer("paid_share"),
            answer.integer("total_share"),
            answer.bytes32("assessment"),
            {one.bytes32("notice"): one.text("status") for one in answer.objects("credits")},
        )


class Settlements:
    """Settlements at one door."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection

    def find(self, declaration: bytes) -> SettlementView:
        """Tell how a declaration's dues stand.

        Args:
            declaration: Its identifier on the ledger, 32 bytes.

        Raises:
            ServerRefusedError: Nothing is assessed on it, as far as the node has read.
        """
        return SettlementView.read(self._connection.get(f"/v1/settlements/0x{declaration.hex()}"))
