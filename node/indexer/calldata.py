"""Signed records, read back from the transactions that carried them.

Follows the ABI as a contract does: offsets are obeyed wherever they point, so that whoever
carries a record cannot hide it from the indexers behind an unusual encoding. A digest that
the contract recorded tells whether the right record was read.
"""

from collections.abc import Iterator
from typing import Any, Final

from contracts.abi import WORD
from contracts.calls import SUBMIT, SUBMIT_LIMIT, SUBMIT_TOGETHER
from contracts.errors import ContractError
from contracts.records.binding import RecordBookContract
from contracts.records.fields import DynamicBytes, FixedBytes
from contracts.records.record import Record, RecordDomain, record_fields
from contracts.records.signed import SIGNATURE_SIZE, SignedRecord

_SELECTOR_SIZE: Final = 4
# Batches may lie in batches; reading ends here, where no block's gas reaches.
_CALL_LIMIT: Final = 4096


class CalldataReader:
    """Finds the records in what contracts were called with."""

    def __init__(self, *bindings: RecordBookContract) -> None:
        """Learn from the bindings which function takes which record; nothing is asked.

        Functions of two contracts may be called alike, and take records of like fields.
        """
        self._types: dict[bytes, list[type[Record]]] = {}
        for binding in bindings:
            for record_type in binding.FUNCTIONS:
                call = binding.carry(_blank(record_type))
                self._types.setdefault(call.data[:_SELECTOR_SIZE], []).append(record_type)

    def records_in(self, domain: RecordDomain, calldata: bytes) -> Iterator[SignedRecord]:
        """Yield the signed records that a call of a contract may carry, batches included.

        Args:
            domain: The called contract.
            calldata: What it was called with; anything else than records is passed over.
        """
        waiting = [calldata]
        for _ in range(_CALL_LIMIT):
            if not waiting:
                return
            call = waiting.pop(0)
            selector, data = call[:_SELECTOR_SIZE], call[_SELECTOR_SIZE:]
            if selector in {SUBMIT, SUBMIT_TOGETHER}:
                waiting[:0] = _batch(data)
            for record_type in self._types.get(selector, ()):
                try:
                    yield _signed(domain, record_type, data)
                except (ContractError, IndexError):
                    continue  # the contract cannot have accepted it either


def _batch(data: bytes) -> list[bytes]:
    try:
        array = _number(data, 0)
        count = _number(data, array)
        if count > SUBMIT_LIMIT:
            return []
        start = array + WORD
        offsets = [start + _number(data, start + place * WORD) for place in range(count)]
        return [_bytes(data, offset) for offset in offsets]
    except IndexError:
        return []


def _signed(domain: RecordDomain, record_type: type[Record], data: bytes) -> SignedRecord:
    fields = record_fields(record_type)
    dynamic = any(isinstance(field.type, DynamicBytes) for field in fields)
    start = _number(data, 0) if dynamic else 0
    values: dict[str, Any] = {}
    for place, field in enumerate(fields):
        at = start + place * WORD
        match field.type:
            case DynamicBytes():
                values[field.attribute] = _bytes(data, start + _number(data, at))
            case FixedBytes(size):
                values[field.attribute] = _word(data, at)[:size]
            case _:
                values[field.attribute] = _number(data, at)
    signature_at = _number(data, WORD if dynamic else len(fields) * WORD)
    signature = _bytes(data, signature_at)
    if len(signature) != SIGNATURE_SIZE:
        raise IndexError(signature_at)
    return SignedRecord(record_type(**values), domain, signature)


def _word(data: bytes, at: int) -> bytes:
    word = data[at : at + WORD]
    if len(word) != WORD:
        raise IndexError(at)
    return word


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(_word(data, at), "big")


def _bytes(data: bytes, at: int) -> bytes:
    size = _number(data, at)
    value = data[at + WORD : at + WORD + size]
    if len(value) != size:
        raise IndexError(at)
    return value


def _blank(record_type: type[Record]) -> SignedRecord:
    values: dict[str, Any] = {}
    for field in record_fields(record_type):
        match field.type:
            case DynamicBytes():
                values[field.attribute] = b""
            case FixedBytes(size):
                values[field.attribute] = bytes(size)
            case _:
                values[field.attribute] = 0
    return SignedRecord(record_type(**values), RecordDomain(1, bytes(20)), bytes(SIGNATURE_SIZE))
