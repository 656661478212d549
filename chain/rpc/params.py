"""Parse JSON-RPC parameters: canonical forms only, with errors that name the parameter.

Source: Ethereum JSON-RPC, "hex value encoding"; EIP-1898 (block parameter).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from chain.rpc.errors import invalid_params

_QUANTITY = re.compile(r"0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})\Z")
_DATA = re.compile(r"0x([0-9a-fA-F]{2})*\Z")
_TAGS: Final = ("latest", "pending", "safe", "finalized", "earliest")
_CALL_MEMBERS: Final = {
    "from", "to", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value", "data",
    "input", "nonce", "type", "chainId", "accessList",
}  # fmt: skip
MAX_TOPICS: Final = 4
MAX_ALTERNATIVES: Final = 100
"""Addresses, or values of one topic, in one log filter."""


def quantity(value: Any, name: str) -> int:
    """Parse a number such as "0x1f"."""
    if not isinstance(value, str) or not _QUANTITY.match(value):
        raise invalid_params(f"{name} is {_shown(value)}: give a quantity such as 0x1f")
    return int(value, 16)


def data(value: Any, name: str, size: int | None = None) -> bytes:
    """Parse bytes such as "0x00ff"."""
    if not isinstance(value, str) or not _DATA.match(value):
        raise invalid_params(f"{name} is {_shown(value)}: give hexadecimal bytes with 0x")
    decoded = bytes.fromhex(value[2:])
    if size is not None and len(decoded) != size:
        raise invalid_params(f"{name} has {len(decoded)} bytes instead of {size}")
    return decoded


def address(value: Any, name: str) -> bytes:
    """Parse an address."""
    return data(value, name, 20)


def hash32(value: Any, name: str) -> bytes:
    """Parse a hash."""
    return data(value, name, 32)


def slot(value: Any, name: str) -> int:
    """Parse a storage slot, as a quantity or as up to 32 bytes."""
    if isinstance(value, str) and re.match(r"0x[0-9a-fA-F]{1,64}\Z", value):
        return int(value, 16)
    raise invalid_params(f"{name} is {_shown(value)}: give a slot of at most 32 bytes with 0x")


def boolean(value: Any, name: str) -> bool:
    """Parse true or false."""
    if not isinstance(value, bool):
        raise invalid_params(f"{name} is {_shown(value)}: give true or false")
    return value


@dataclass(frozen=True, slots=True)
class BlockReference:
    """Which block a caller means: exactly one member is set."""

    tag: str | None = None
    number: int | None = None
    hash: bytes | None = None


def block(value: Any, name: str = "block") -> BlockReference:
    """Parse a block parameter: tag, number, or an object of EIP-1898."""
    if isinstance(value, dict):
        if set(value) <= {"blockHash", "requireCanonical"} and "blockHash" in value:
            return BlockReference(hash=hash32(value["blockHash"], f"{name}.blockHash"))
        if set(value) == {"blockNumber"}:
            return BlockReference(number=quantity(value["blockNumber"], f"{name}.blockNumber"))
        raise invalid_params(f"{name} must hold blockHash or blockNumber")
    if value in _TAGS:
        return BlockReference(tag=str(value))
    return BlockReference(number=quantity(value, name))


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call without a signature."""

    sender: bytes
    to: bytes
    data: bytes
    gas: int | None


def call_request(value: Any) -> CallRequest:
    """Parse the transaction object of eth_call and eth_estimateGas."""
    if not isinstance(value, dict):
        raise invalid_params("the call is not an object")
    if unknown := set(value) - _CALL_MEMBERS:
        raise invalid_params(f"the call has unknown members {', '.join(sorted(unknown))}")
    if value.get("to") is None:
        raise invalid_params("`to` is missing: contracts are created by Membership, by vote")
    # Fees are not looked at: wallets fill in their own minimum before they estimate.
    if value.get("value") is not None and quantity(value["value"], "value"):
        raise invalid_params("value must be 0: this ledger has no currency")
    given = [data(value[n], n) for n in ("input", "data") if value.get(n) is not None]
    if len(given) == 2 and given[0] != given[1]:  # noqa: PLR2004 - both names of one thing
        raise invalid_params("`input` and `data` differ: give one of them")
    sender = bytes(20) if value.get("from") is None else address(value["from"], "from")
    gas = None if value.get("gas") is None else quantity(value["gas"], "gas")
    return CallRequest(sender, address(value["to"], "to"), given[0] if given else b"", gas)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs a caller wants; an empty alternative list means any."""

    first: BlockReference
    last: BlockReference
    addresses: tuple[bytes, ...]
    topics: tuple[tuple[bytes, ...], ...]


def log_filter(value: Any) -> LogFilter:
    """Parse the filter of eth_getLogs."""
    if not isinstance(value, dict):
        raise invalid_params("the filter is not an object")
    if unknown := set(value) - {"fromBlock", "toBlock", "address", "topics", "blockHash"}:
        raise invalid_params(f"the filter has unknown members {', '.join(sorted(unknown))}")
    if value.get("blockHash") is not None:
        if value.get("fromBlock") is not None or value.get("toBlock") is not None:
            raise invalid_params("give blockHash, or fromBlock and toBlock, not both")
        first = last = BlockReference(hash=hash32(value["blockHash"], "blockHash"))
    else:
        first = block(_or(value.get("fromBlock"), "latest"), "fromBlock")
        last = block(_or(value.get("toBlock"), "latest"), "toBlock")
    topics = _or(value.get("topics"), [])
    if not isinstance(topics, list) or len(topics) > MAX_TOPICS:
        raise invalid_params(f"topics is not a list of at most {MAX_TOPICS}")
    return LogFilter(
        first,
        last,
        _alternatives(value.get("address"), "address", 20),
        tuple(_alternatives(topic, f"topics[{i}]", 32) for i, topic in enumerate(topics)),
    )


def _alternatives(value: Any, name: str, size: int) -> tuple[bytes, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (data(value, name, size),)
    if not isinstance(value, list) or len(value) > MAX_ALTERNATIVES:
        raise invalid_params(f"{name} is not a value or a list of at most {MAX_ALTERNATIVES}")
    return tuple(data(item, name, size) for item in value)


def arguments(params: Any, names: Sequence[str], optional: int = 0) -> list[Any]:
    """Return the positional parameters; missing optional ones are None."""
    if not isinstance(params, list):
        raise invalid_params("give the parameters as a list")
    least, most = len(names) - optional, len(names)
    if not least <= len(params) <= most:
        wanted = str(most) if least == most else f"{least} to {most}"
        raise invalid_params(
            f"{len(params)} given, {wanted} expected: {', '.join(names) or 'none'}"
        )
    return params + [None] * (most - len(params))


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - keep errors short
