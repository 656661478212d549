"""What every contract answers and accepts, as Python sees it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from contracts.abi import Log, compose, integers, selector, word, words
from contracts.calls import Call, record_call, submit_call
from contracts.errors import UnknownRecordTypeError
from contracts.events import Event, decode_log
from contracts.ledger import BlockTag, Ledger
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from contracts.records.state import Anchor, ObjectHead


class RecordBookContract:
    """A contract that is built on the record book, at one address.

    Attributes:
        FUNCTIONS: For each record type the function that takes it, and its gas limit.
        EVENTS: The contract's events.
        ledger: Connection to the chain.
        address: The contract's address, 20 bytes.
    """

    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]]
    EVENTS: ClassVar[tuple[type[Event], ...]]

    def __init__(self, ledger: Ledger, address: bytes) -> None:
        self.ledger = ledger
        self.address = address

    @property
    def domain(self) -> RecordDomain:
        """What records for this contract are bound to."""
        return RecordDomain(self.ledger.chain_id, self.address)

    def carry(self, signed: SignedRecord) -> Call:
        """Return the call that hands over one signed record.

        Raises:
            UnknownRecordTypeError: The contract takes no such record by itself.
        """
        known = self.FUNCTIONS.get(type(signed.record))
        if known is None:
            names = tuple(record.TYPE_NAME for record in self.FUNCTIONS)
            raise UnknownRecordTypeError(signed.record.TYPE_NAME, names)
        function, gas = known
        return record_call(function, signed, gas)

    def submit(self, calls: Sequence[Call]) -> Call:
        """Return one call that carries many; a refused one does not undo the others.

        Raises:
            ValueError: No calls, too many, too long ones, or of another contract.
        """
        return submit_call(tuple(calls))

    def object_head(self, object_id: bytes, block: BlockTag = "latest") -> ObjectHead:
        """Return an object's history, the predecessor's where untouched here."""
        count, head = words(self._read("headOf(bytes32)", block, object_id), 2, "headOf")
        return ObjectHead(int.from_bytes(count, "big"), head)

    def anchor(self, digest: bytes, block: BlockTag = "latest") -> Anchor | None:
        """Return where a record was accepted, or None."""
        (value,) = self._integers("records(bytes32)", 1, block, digest)
        return Anchor.from_word(value)

    def predecessor(self, block: BlockTag = "latest") -> bytes | None:
        """Return the contract that this one replaced, or None."""
        (answer,) = words(self._read("predecessor()", block), 1, "predecessor")
        return answer[12:] if any(answer) else None

    @classmethod
    def decode(cls, log: Log) -> Event | None:
        """Return the typed event of a log of this contract."""
        return decode_log(log, cls.EVENTS)

    def _read(self, signature: str, block: BlockTag, *arguments: int | bytes) -> bytes:
        data = selector(signature) + compose([word(argument) for argument in arguments])
        return self.ledger.read(self.address, data, block)

    def _integers(
        self, signature: str, count: int, block: BlockTag, *arguments: int | bytes
    ) -> tuple[int, ...]:
        return integers(self._read(signature, block, *arguments), count, signature)
