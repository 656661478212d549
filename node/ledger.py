"""The seam: what a node asks of any Ethereum JSON-RPC endpoint.

Requests go through a web3.py provider, in process or over HTTP, without its formatters: what
comes back is checked here, once. Nothing above this module sees a foreign exception.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import requests
from web3 import Web3
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from chain.errors import LedgerError
from contracts.abi import Log
from node.errors import LedgerAnswerError, LedgerUnavailableError, MethodUnknownError
from node.observability.metrics import NodeMetrics

# One eth_getLogs question spans at most so many blocks; what any endpoint answers quickly.
LOG_RANGE_BLOCKS: Final = 200
# Code of JSON-RPC 2.0.
_METHOD_UNKNOWN: Final = -32601


class SendRefusedError(Exception):
    """The endpoint did not take a transaction; internal to the node's outbox.

    Attributes:
        message: The endpoint's words.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    @property
    def is_known(self) -> bool:
        """Whether it was refused because the endpoint has it already."""
        return "already known" in self.message.lower()

    @property
    def is_nonce_used(self) -> bool:
        """Whether a final transaction has this nonce."""
        return "nonce too low" in self.message.lower()

    @property
    def is_permanent(self) -> bool:
        """Whether the same bytes will be refused again, whatever happens meanwhile."""
        words = ("malformed transaction", "transaction refused", "intrinsic gas", "oversized")
        message = self.message.lower()
        return any(word in message for word in words) or message.startswith("contract 0x")


@dataclass(frozen=True, slots=True)
class SentTransaction:
    """What the indexer needs of a transaction in a block."""

    hash: str
    to: str | None
    input: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """One block with its transactions."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int
    transactions: tuple[SentTransaction, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of a final transaction."""

    transaction_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    logs: tuple[Log, ...]


class LedgerGateway:
    """Questions to one endpoint; any number of threads may ask.

    Every method raises LedgerUnavailableError when the endpoint does not answer and
    LedgerAnswerError when its answer cannot be used.
    """

    def __init__(self, web3: Web3, endpoint: str, metrics: NodeMetrics | None = None) -> None:
        """Keep the connection; nothing is asked yet."""
        self.web3 = web3
        self.endpoint = endpoint
        self._metrics = metrics or NodeMetrics()

    def chain_id(self) -> int:
        """Return the chain id that transactions and records bind to."""
        return _quantity("eth_chainId", self.request("eth_chainId"))

    def latest_number(self) -> int:
        """Return the number of the newest final block."""
        newest = _quantity("eth_blockNumber", self.request("eth_blockNumber"))
        self._metrics.contact.reported(newest)
        return newest

    def block(self, number: int | str = "latest") -> Block | None:
        """Return a block with its transactions, None when there is none of this number."""
        name = hex(number) if isinstance(number, int) else number
        answer = self.request("eth_getBlockByNumber", name, True)
        return None if answer is None else _parse_block(answer)

    def logs(self, first: int, last: int) -> tuple[Log, ...]:
        """Return all events of the blocks `first`..`last`, in the order they happened.

        An endpoint bounds its answers, each kind with words of its own: what it refuses for many
        blocks is asked for again in halves.
        """
        try:
            return self._logs(first, last)
        except LedgerAnswerError:
            if first >= last:
                raise
        middle = (first + last) // 2
        return self.logs(first, middle) + self.logs(middle + 1, last)

    def _logs(self, first: int, last: int) -> tuple[Log, ...]:
        method = "eth_getLogs"
        answer = self.request(method, {"fromBlock": hex(first), "toBlock": hex(last)})
        logs = _parse_logs(method, answer)
        if any(not first <= log.block_number <= last for log in logs):
            raise LedgerAnswerError(method, f"it names blocks outside of {first}..{last}")
        return tuple(sorted(logs, key=lambda log: (log.block_number, log.log_index)))

    def next_nonce(self, address: str) -> int:
        """Return the number of final transactions an account has sent."""
        method = "eth_getTransactionCount"
        return _quantity(method, self.request(method, address, "latest"))

    def send(self, raw: bytes) -> None:
        """Hand over a signed transaction.

        Raises:
            SendRefusedError: The endpoint says why it does not take it.
        """
        try:
            self.request("eth_sendRawTransaction", "0x" + raw.hex())
        except LedgerAnswerError as error:
            raise SendRefusedError(error.reason) from error

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """Return the outcome of a transaction once it is final, None before."""
        method = "eth_getTransactionReceipt"
        answer = self.request(method, transaction_hash)
        if answer is None:
            return None
        try:
            return Receipt(
                transaction_hash=transaction_hash,
                block_number=int(answer["blockNumber"], 16),
                block_hash=str(answer["blockHash"]),
                succeeded=int(answer["status"], 16) == 1,
                logs=_parse_logs(method, answer["logs"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise LedgerAnswerError(method, repr(error)) from error

    def refusal_of(self, sender: str, to: bytes, data: bytes, block: int) -> str | None:
        """Return why a call fails at the end of a block, None when it succeeds."""
        call = {"from": sender, "to": "0x" + to.hex(), "data": "0x" + data.hex()}
        try:
            self.request("eth_call", call, hex(block))
        except LedgerAnswerError as error:
            return error.reason.removeprefix("execution reverted: ")
        return None

    def storage(self, contract: bytes, slot: int) -> int:
        """Return one storage word of a contract as it stands now."""
        method = "eth_getStorageAt"
        return _quantity(method, self.request(method, "0x" + contract.hex(), hex(slot), "latest"))

    def request(self, method: str, *parameters: Any) -> Any:
        """Ask one JSON-RPC question and return its result."""
        try:
            answer = self.web3.provider.make_request(
                RPCEndpoint(method), cast("Sequence[Any]", list(parameters))
            )
        except (requests.RequestException, Web3Exception, LedgerError, OSError) as error:
            self._metrics.asked(is_answered=False)
            raise LedgerUnavailableError(self.endpoint, str(error)) from error
        self._metrics.asked(is_answered=True)
        if error_part := answer.get("error"):
            is_object = isinstance(error_part, dict)
            message = error_part.get("message") if is_object else error_part
            if is_object and error_part.get("code") == _METHOD_UNKNOWN:
                raise MethodUnknownError(method, str(message))
            raise LedgerAnswerError(method, str(message))
        if "result" not in answer:
            raise LedgerAnswerError(method, "neither result nor error")
        return answer["result"]


def _quantity(method: str, answer: Any) -> int:
    if not isinstance(answer, str) or not answer.startswith("0x"):
        raise LedgerAnswerError(method, f"{answer!r} is no quantity")
    try:
        return int(answer, 16)
    except ValueError as error:
        raise LedgerAnswerError(method, f"{answer!r} is no quantity") from error


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _parse_block(answer: Any) -> Block:
    try:
        return Block(
            number=int(answer["number"], 16),
            hash=answer["hash"],
            parent_hash=answer["parentHash"],
            timestamp=int(answer["timestamp"], 16),
            transactions=tuple(
                SentTransaction(
                    hash=item["hash"],
                    to=item["to"].lower() if item.get("to") else None,
                    input=_bytes(item["input"]),
                )
                for item in answer["transactions"]
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LedgerAnswerError("eth_getBlockByNumber", repr(error)) from error


def _parse_logs(method: str, answer: Any) -> tuple[Log, ...]:
    try:
        return tuple(
            Log(
                address=_bytes(item["address"]),
                topics=tuple(_bytes(topic) for topic in item["topics"]),
                data=_bytes(item["data"]),
                block_number=int(item["blockNumber"], 16),
                transaction_hash=_bytes(item["transactionHash"]),
                log_index=int(item["logIndex"], 16),
            )
            for item in answer
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LedgerAnswerError(method, repr(error)) from error
