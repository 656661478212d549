"""The JSON-RPC methods of the ledger, one function each.

Names and meaning are Ethereum's; `tradeseal_` has what Ethereum lacks: the seal of a block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from chain.machine.rules import HARD_FORK
from chain.rpc import params, views
from chain.rpc.errors import invalid_params
from chain.rpc.reader import Reader, SealOfBlock
from chain.store.ledger import MISBEHAVIOURS

if TYPE_CHECKING:
    from chain.ledger import Ledger

CLIENT_VERSION: Final = f"Tradeseal/0.1.0/{HARD_FORK}"
MAX_FEE_HISTORY: Final = 1024
MAX_PROOF_SLOTS: Final = 4096
MAX_HEIGHT_RANGE: Final = 100_000
MAX_HEIGHT: Final = 2**63
"""Heights are below it; CometBFT counts them so."""

Method = Callable[[Any], Any]


class Methods:
    """The method table over one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._reader = Reader(ledger)
        self.table: dict[str, Method] = {
            "eth_chainId": self.chain_id,
            "eth_blockNumber": self.block_number,
            "eth_getBlockByNumber": self.get_block_by_number,
            "eth_getBlockByHash": self.get_block_by_hash,
            "eth_getTransactionByHash": self.get_transaction_by_hash,
            "eth_getTransactionReceipt": self.get_transaction_receipt,
            "eth_getTransactionCount": self.get_transaction_count,
            "eth_getBlockReceipts": self.get_block_receipts,
            "eth_sendRawTransaction": self.send_raw_transaction,
            "eth_call": self.call,
            "eth_estimateGas": self.estimate_gas,
            "eth_getLogs": self.get_logs,
            "eth_getProof": self.get_proof,
            "eth_getCode": self.get_code,
            "eth_getStorageAt": self.get_storage_at,
            "eth_getBalance": self.get_balance,
            "eth_gasPrice": self.zero,
            "eth_maxPriorityFeePerGas": self.zero,
            "eth_feeHistory": self.fee_history,
            "eth_syncing": self.syncing,
            "net_version": self.net_version,
            "web3_clientVersion": self.client_version,
            "tradeseal_status": self.status,
            "tradeseal_getMisbehaviour": self.get_misbehaviour,
            "tradeseal_getSeal": self.get_seal,
            "tradeseal_getValidatorChanges": self.get_validator_changes,
        }

    # constants

    def chain_id(self, given: Any) -> str:
        """Return the EVM chain id."""
        params.arguments(given, ())
        return hex(self._ledger.application.genesis.evm_chain_id)

    def net_version(self, given: Any) -> str:
        """Return the EVM chain id in decimal."""
        params.arguments(given, ())
        return str(self._ledger.application.genesis.evm_chain_id)

    def client_version(self, given: Any) -> str:
        """Return name, version and hard fork."""
        params.arguments(given, ())
        return CLIENT_VERSION

    def zero(self, given: Any) -> str:
        """Return the price of gas: there is no currency."""
        params.arguments(given, ())
        return "0x0"

    def syncing(self, given: Any) -> bool | dict[str, str]:
        """Return false at the network's tip; how far it is where the ledger catches up.

        The network's own height is not known before it is reached: both say the same.
        """
        params.arguments(given, ())
        engine = self._ledger.engine
        if not engine.standing().is_catching_up:
            return False
        current = hex(engine.tip.evm_number)
        return {"startingBlock": "0x0", "currentBlock": current, "highestBlock": current}

    def status(self, given: Any) -> dict[str, Any]:
        """Return how far the ledger is and how its engine stands among the others."""
        params.arguments(given, ())
        engine = self._ledger.engine
        tip, standing = engine.tip, engine.standing()
        return {
            "height": hex(tip.height),
            "evmBlockNumber": hex(tip.evm_number),
            "time": hex(tip.time_ns),
            "catchingUp": standing.is_catching_up,
            "peers": hex(standing.peers),
            "validating": standing.is_validating,
            "waiting": hex(standing.waiting),
        }

    def fee_history(self, given: Any) -> dict[str, Any]:
        """Return zero fees for the asked blocks."""
        count_given, newest_given, percentiles = params.arguments(
            given, ("blockCount", "newestBlock", "rewardPercentiles"), optional=1
        )
        if isinstance(count_given, int) and not isinstance(count_given, bool):
            count_given = hex(count_given)  # web3.py sends a plain number
        count = params.quantity(count_given, "blockCount")
        if not 0 < count <= MAX_FEE_HISTORY:
            raise invalid_params(f"blockCount is {count}: give 1 to {MAX_FEE_HISTORY}")
        newest = self._reader.number_of(params.block(newest_given, "newestBlock"))
        oldest = max(0, newest - count + 1)
        headers = [self._reader.header(number) for number in range(oldest, newest + 1)]
        history: dict[str, Any] = {
            "oldestBlock": hex(oldest),
            "baseFeePerGas": ["0x0"] * (len(headers) + 1),
            "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
        }
        if percentiles:
            history["reward"] = [["0x0"] * len(percentiles) for _ in headers]
        return history

    # blocks and transactions

    def block_number(self, given: Any) -> str:
        """Return the number of the latest EVM block."""
        params.arguments(given, ())
        return hex(self._ledger.engine.tip.evm_number)

    def get_block_by_number(self, given: Any) -> dict[str, Any] | None:
        """Return a block by number or tag."""
        block, full = params.arguments(given, ("block", "full"), optional=1)
        return self._block(params.block(block), full)

    def get_block_by_hash(self, given: Any) -> dict[str, Any] | None:
        """Return a block by hash."""
        block_hash, full = params.arguments(given, ("hash", "full"), optional=1)
        return self._block(params.BlockReference(hash=params.hash32(block_hash, "hash")), full)

    def _block(self, reference: params.BlockReference, full: Any) -> dict[str, Any] | None:
        whole = False if full is None else params.boolean(full, "full")
        number = self._known(reference)
        if number is None:
            return None
        block = self._reader.block(number)
        return views.block_view(block.header, block.transactions, block.size, full=whole)

    def _known(self, reference: params.BlockReference) -> int | None:
        """Return the number of a block, None where Ethereum answers null."""
        if reference.hash is not None:
            return self._ledger.store.number_of_hash(reference.hash)
        if reference.number is not None and reference.number > self._ledger.engine.tip.evm_number:
            return None
        return self._reader.number_of(reference)

    def get_transaction_by_hash(self, given: Any) -> dict[str, Any] | None:
        """Return a transaction, one that waits included."""
        (value,) = params.arguments(given, ("hash",))
        transaction_hash = params.hash32(value, "hash")
        place = self._ledger.store.transaction_place(transaction_hash)
        if place is None:
            waiting = self._ledger.engine.pending(transaction_hash)
            return None if waiting is None else views.transaction_view(waiting, None, None)
        number, index = place
        block = self._reader.block(number)
        return views.transaction_view(block.transactions[index], block.header, index)

    def get_transaction_receipt(self, given: Any) -> dict[str, Any] | None:
        """Return the receipt of a transaction, null until it is final."""
        (value,) = params.arguments(given, ("hash",))
        place = self._ledger.store.transaction_place(params.hash32(value, "hash"))
        if place is None:
            return None
        number, index = place
        return self._receipts(number)[index]

    def get_block_receipts(self, given: Any) -> list[dict[str, Any]] | None:
        """Return all receipts of a block."""
        (block,) = params.arguments(given, ("block",))
        if isinstance(block, str) and len(block) == 66:  # noqa: PLR2004 - a bare block hash
            block = {"blockHash": block}
        number = self._known(params.block(block))
        return None if number is None else self._receipts(number)

    def _receipts(self, number: int) -> list[dict[str, Any]]:
        block = self._reader.block(number)
        return views.receipt_views(block.header, block.transactions, self._reader.receipts(number))

    def send_raw_transaction(self, given: Any) -> str:
        """Admit a transaction and return its hash."""
        (raw,) = params.arguments(given, ("transaction",))
        return views.hex_data(self._ledger.engine.submit(params.data(raw, "transaction")))

    def get_logs(self, given: Any) -> list[dict[str, Any]]:
        """Return logs by block range, address and topics."""
        (wanted,) = params.arguments(given, ("filter",))
        return [
            views.log_view(
                found.header,
                found.transaction,
                found.transaction_index,
                found.log_index,
                found.log,
            )
            for found in self._reader.logs(params.log_filter(wanted))
        ]

    # state

    def get_transaction_count(self, given: Any) -> str:
        """Return an account's nonce; at "pending", those that wait included."""
        account, block = params.arguments(given, ("address", "block"), optional=1)
        address, reference = params.address(account, "address"), self._reference(block)
        if reference.tag == "pending":
            return hex(self._ledger.engine.next_nonce(address))
        state = self._reader.state(self._reader.number_of(reference))
        return hex(state.get_nonce(address))

    def _reference(self, block: Any) -> params.BlockReference:
        return params.block("latest" if block is None else block)

    def call(self, given: Any) -> str:
        """Call a contract without effect."""
        call, block = params.arguments(given, ("call", "block"), optional=1)
        reference = self._reference(block)
        number, pending = self._reader.number_of(reference), reference.tag == "pending"
        request = params.call_request(call)
        return views.hex_data(self._reader.call(request, number, pending=pending))

    def estimate_gas(self, given: Any) -> str:
        """Return a gas limit with which a call succeeds."""
        call, block = params.arguments(given, ("call", "block"), optional=1)
        reference = self._reference(block)
        number, pending = self._reader.number_of(reference), reference.tag == "pending"
        request = params.call_request(call)
        return hex(self._reader.estimate_gas(request, number, pending=pending))

    def get_code(self, given: Any) -> str:
        """Return the code of a contract."""
        account, block = params.arguments(given, ("address", "block"), optional=1)
        state = self._reader.state(self._reader.number_of(self._reference(block)))
        return views.hex_data(state.get_code(params.address(account, "address")))

    def get_storage_at(self, given: Any) -> str:
        """Return 32 bytes of a contract's storage."""
        account, slot, block = params.arguments(given, ("address", "slot", "block"), optional=1)
        state = self._reader.state(self._reader.number_of(self._reference(block)))
        value = state.get_storage(params.address(account, "address"), params.slot(slot, "slot"))
        return views.hex_data(value.to_bytes(32, "big"))

    def get_balance(self, given: Any) -> str:
        """Return zero: there is no currency."""
        account, block = params.arguments(given, ("address", "block"), optional=1)
        self._reader.number_of(self._reference(block))
        params.address(account, "address")
        return "0x0"

    def get_proof(self, given: Any) -> dict[str, Any]:
        """Return an account and slots with their proofs (EIP-1186)."""
        account, slots, block = params.arguments(given, ("address", "slots", "block"))
        if not isinstance(slots, list) or len(slots) > MAX_PROOF_SLOTS:
            raise invalid_params(f"slots is not a list of at most {MAX_PROOF_SLOTS}")
        proof = self._reader.proof(
            params.address(account, "address"),
            [params.slot(slot, f"slots[{i}]") for i, slot in enumerate(slots)],
            self._reader.number_of(self._reference(block)),
        )
        return {
            "address": views.hex_data(proof.address),
            "balance": hex(proof.account.balance),
            "codeHash": views.hex_data(proof.account.code_hash),
            "nonce": hex(proof.account.nonce),
            "storageHash": views.hex_data(proof.account.storage_root),
            "accountProof": [views.hex_data(node) for node in proof.proof],
            "storageProof": [
                {
                    "key": slots[i],
                    "value": hex(value),
                    "proof": [views.hex_data(node) for node in nodes],
                }
                for i, (_, value, nodes) in enumerate(proof.slots)
            ],
        }

    # seals

    def get_seal(self, given: Any) -> dict[str, Any]:
        """Return a sealed header and the EVM block that it names.

        For "latest" it is the newest seal; for a number, the first seal that names that block.
        """
        (block,) = params.arguments(given, ("block",))
        reference = params.block(block)
        if reference.tag is not None and reference.tag != "earliest":
            return _seal_view(self._reader.newest_seal())
        return _seal_view(self._reader.seal_of(self._reader.number_of(reference)))

    def get_validator_changes(self, given: Any) -> list[dict[str, Any]]:
        """Return the seals of the heights whose next validators differ, first to last."""
        first, last = _heights(given)
        return [
            {
                "height": hex(seal.height),
                "header": views.hex_data(seal.header),
                "commit": views.hex_data(seal.commit),
                "validatorSet": views.hex_data(seal.validator_set),
            }
            for height in self._ledger.engine.validator_changes(first, last)
            if (seal := self._ledger.engine.seal(height)) is not None
        ]

    def get_misbehaviour(self, given: Any) -> list[dict[str, Any]]:
        """Return what the blocks of some heights report of validators, first to last."""
        first, last = _heights(given)
        return [
            {
                "seenAtHeight": hex(height),
                "kind": MISBEHAVIOURS.get(found.kind, "unknown"),
                "validatorAddress": views.hex_data(found.validator_address),
                "power": hex(found.power),
                "height": hex(found.height),
                "time": hex(found.time_ns),
                "totalVotingPower": hex(found.total_power),
            }
            for height, found in self._ledger.store.misbehaviours(first, last)
        ]


def _heights(given: Any) -> tuple[int, int]:
    first_given, last_given = params.arguments(given, ("fromHeight", "toHeight"))
    first = params.quantity(first_given, "fromHeight")
    last = params.quantity(last_given, "toHeight")
    if last - first >= MAX_HEIGHT_RANGE:
        raise invalid_params(f"more than {MAX_HEIGHT_RANGE} heights: ask for fewer at a time")
    if last >= MAX_HEIGHT:
        raise invalid_params(f"toHeight is not below {MAX_HEIGHT}")
    return first, last


def _seal_view(found: SealOfBlock) -> dict[str, Any]:
    seal = found.seal
    return {
        "evmBlockNumber": hex(found.header.number),
        "evmHeader": views.hex_data(found.header.to_rlp()),
        "height": hex(seal.height),
        "header": views.hex_data(seal.header),
        "commit": views.hex_data(seal.commit),
        "validatorSet": views.hex_data(seal.validator_set),
    }
