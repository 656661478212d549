"""The seam: any Ethereum JSON-RPC endpoint, reached through web3.py."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, Literal, cast

from web3 import Web3
from web3.exceptions import ContractLogicError, Web3RPCError
from web3.types import BlockIdentifier, FilterParams, LogReceipt, TxParams

from contracts.abi import WORD, Log, trailing_bytes
from contracts.calls import Call
from contracts.errors import LedgerAnswerError, RefusedError

__all__ = ["BlockTag", "Call", "Ledger", "reason_of"]

BlockTag = int | Literal["latest"]
_ERROR: Final = bytes.fromhex("08c379a0")


class Ledger:
    """A thin wrapper of web3: bytes in, bytes out, refusals with their reason.

    Attributes:
        web3: The connection, for what is not wrapped.
    """

    def __init__(self, web3: Web3) -> None:
        self.web3 = web3

    @cached_property
    def chain_id(self) -> int:
        """EIP-155 id of the chain behind the connection."""
        return self.web3.eth.chain_id

    def block_number(self) -> int:
        """Return the number of the newest EVM block."""
        return self.web3.eth.block_number

    def read(self, to: bytes, data: bytes, block: BlockTag = "latest") -> bytes:
        """Call a view.

        Raises:
            RefusedError: The contract reverts.
        """
        return self._call({"to": Web3.to_checksum_address(to), "data": data}, block)

    def attempt(self, call: Call, sender: bytes, block: BlockTag = "latest") -> None:
        """Run a call without recording it.

        Args:
            call: The call.
            sender: The account that would send it.
            block: The state it runs on.

        Raises:
            RefusedError: The ledger would refuse it, with the contract's reason.
        """
        transaction: TxParams = {
            "to": Web3.to_checksum_address(call.to),
            "from": Web3.to_checksum_address(sender),
            "data": call.data,
            "gas": call.gas,
        }
        self._call(transaction, block)

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> tuple[Log, ...]:
        """Return the events of some contracts in a range of blocks, in order."""
        query: FilterParams = {
            "address": [Web3.to_checksum_address(address) for address in addresses],
            "fromBlock": cast("BlockIdentifier", first),
            "toBlock": cast("BlockIdentifier", last),
        }
        return tuple(log_of(receipt) for receipt in self.web3.eth.get_logs(query))

    def storage(self, contract: bytes, slot: int, block: BlockTag = "latest") -> bytes:
        """Return one storage word."""
        address = Web3.to_checksum_address(contract)
        return bytes(self.web3.eth.get_storage_at(address, slot, block)).rjust(WORD, b"\0")

    def code(self, contract: bytes, block: BlockTag = "latest") -> bytes:
        """Return the code at an address."""
        return bytes(self.web3.eth.get_code(Web3.to_checksum_address(contract), block))

    def _call(self, transaction: TxParams, block: BlockTag) -> bytes:
        try:
            return bytes(self.web3.eth.call(transaction, block))
        except ContractLogicError as fault:
            raise RefusedError(_reason(fault)) from fault
        except Web3RPCError as fault:
            reason = _stated_reason(fault)
            if reason or "out of gas" in (fault.message or ""):
                raise RefusedError(reason) from fault
            raise LedgerAnswerError("eth_call", fault.message or "failed") from fault


def log_of(receipt: LogReceipt) -> Log:
    """Return a log in the form the bindings decode."""
    return Log(
        address=bytes.fromhex(receipt["address"][2:]),
        topics=tuple(bytes(topic) for topic in receipt["topics"]),
        data=bytes(receipt["data"]),
        block_number=receipt["blockNumber"],
        transaction_hash=bytes(receipt["transactionHash"]),
        log_index=receipt["logIndex"],
    )


def reason_of(data: bytes) -> str:
    """Return the text of revert data `Error(string)`, or nothing."""
    if data[:4] != _ERROR:
        return ""
    try:
        return trailing_bytes(data[4:], 0, "a refusal").decode()
    except (LedgerAnswerError, UnicodeDecodeError):
        return ""


def _stated_reason(fault: Web3RPCError) -> str:
    # Besu gives the revert data under a code that web3 takes for a failure of its own.
    response = cast("dict[str, Any]", fault.rpc_response or {})
    data = response.get("error", {}).get("data")
    return reason_of(bytes.fromhex(data[2:])) if isinstance(data, str) else ""


def _reason(fault: ContractLogicError) -> str:
    data = fault.data
    if isinstance(data, str) and data.startswith("0x"):
        return reason_of(bytes.fromhex(data[2:]))
    return (fault.message or "").removeprefix("execution reverted").removeprefix(": ")
