"""Calls: what a transaction has to carry to a contract, before anyone signs it."""

from dataclasses import dataclass
from typing import Final

from contracts.abi import Part, array, compose, dynamic_bytes, record_part, record_tuple, selector
from contracts.records.signed import SignedRecord

SUBMIT: Final = selector("submit(bytes[])")
SUBMIT_TOGETHER: Final = selector("submitTogether(bytes[])")
SUBMIT_LIMIT: Final = 128
SUBMIT_CALL_LIMIT: Final = 768
_SUBMIT_GAS: Final = 120_000
_SUBMIT_GAS_EACH: Final = 25_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a contract.

    Attributes:
        to: Address of the contract, 20 bytes.
        data: Calldata.
        gas: A gas limit that suffices for the call in a transaction of its own.
    """

    to: bytes
    data: bytes
    gas: int


def record_call(function: str, signed: SignedRecord, gas: int) -> Call:
    """Return the call that hands a signed record to the function which accepts it."""
    signature = f"{function}({record_tuple(type(signed.record))},bytes)"
    parts = [record_part(signed.record), dynamic_bytes(signed.signature)]
    return Call(signed.domain.contract, selector(signature) + compose(parts), gas)


def is_batchable(call: Call) -> bool:
    """Say whether a call is short enough to travel in a batch."""
    return len(call.data) <= SUBMIT_CALL_LIMIT


def submit_call(calls: tuple[Call, ...]) -> Call:
    """Return one call that carries many records to the same contract.

    Args:
        calls: 1 to 128 calls of one contract; a refused one does not undo the others.

    Raises:
        ValueError: No calls, too many, too long ones, or of several contracts.
    """
    return _batch(SUBMIT, calls)


def together_call(calls: tuple[Call, ...]) -> Call:
    """Return one call of records that belong together: all are accepted, or none.

    Args:
        calls: 1 to 128 calls of one contract.

    Raises:
        ValueError: No calls, too many, too long ones, or of several contracts.
    """
    return _batch(SUBMIT_TOGETHER, calls)


def _batch(function: bytes, calls: tuple[Call, ...]) -> Call:
    if not 0 < len(calls) <= SUBMIT_LIMIT or len({call.to for call in calls}) != 1:
        raise ValueError(len(calls), "batch 1 to 128 calls of one contract")
    if not all(is_batchable(call) for call in calls):
        raise ValueError(SUBMIT_CALL_LIMIT, "send a call longer than this by itself")
    items: list[Part] = [dynamic_bytes(call.data) for call in calls]
    gas = _SUBMIT_GAS + sum(call.gas + _SUBMIT_GAS_EACH for call in calls)
    return Call(calls[0].to, function + compose([array(items)]), gas)
