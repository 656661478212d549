"""The JSON-RPC methods through web3.py in process, and their errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.chain import EVM_CHAIN_ID, EXERCISE, Chain, account
from web3 import Web3
from web3.exceptions import (
    BlockNotFound,
    ContractLogicError,
    TransactionNotFound,
    Web3RPCError,
)

from chain.machine.founding import found
from chain.proofs.comet import Commit, Header, ValidatorSet, verify_commit
from chain.proofs.evm import EvmHeader
from chain.proofs.trie import (
    ordered_trie_root,
    verify_account_proof,
    verify_storage_proof,
)
from chain.rpc.errors import RpcError
from chain.rpc.reader import MAX_LOGS
from chain.rpc.server import MAX_BATCH, JsonRpcServer

SENDER, OTHER = account(51), account(52)
KEY, DIGEST = b"\x01" * 32, b"\x02" * 32


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    opened = Chain(tmp_path_factory.mktemp("ledger"))
    for number in range(4):
        opened.send(SENDER, opened.exercise.functions.register(bytes([number]) * 32, DIGEST))
        opened.send(OTHER, opened.exercise.functions.put(number, 9), type_id=0)
        opened.seal()
    opened.seal()
    yield opened
    opened.close()


def request(chain: Chain, method: str, *params: Any) -> Any:
    answer = chain.web3.provider.make_request(method, list(params))  # type: ignore[arg-type]
    if "error" in answer:
        raise RpcError(answer["error"]["code"], answer["error"]["message"])
    return answer["result"]


def test_constants(chain: Chain) -> None:
    eth = chain.web3.eth
    assert eth.chain_id == EVM_CHAIN_ID
    assert chain.web3.net.version == str(EVM_CHAIN_ID)
    assert chain.web3.client_version.startswith("Tradeseal/")
    assert (eth.gas_price, eth.max_priority_fee, eth.syncing) == (0, 0, False)
    assert eth.get_balance(SENDER.address) == 0
    assert chain.web3.is_connected()


def test_blocks(chain: Chain) -> None:
    eth = chain.web3.eth
    assert eth.block_number == 4
    block = eth.get_block(2, full_transactions=True)
    assert eth.get_block(block["hash"])["number"] == 2
    assert [t["type"] for t in block["transactions"]] == [2, 0]
    assert eth.get_block("earliest")["number"] == 0
    assert eth.get_block(3)["parentHash"] == block["hash"]
    with pytest.raises(BlockNotFound):
        eth.get_block(5)
    with pytest.raises(BlockNotFound):
        eth.get_block(b"\x07" * 32)


def test_the_genesis_block_is_the_founding(chain: Chain) -> None:
    block = chain.web3.eth.get_block(0)
    assert bytes(block["hash"]) == found(chain.ledger.application.genesis).header.hash()
    assert block["transactions"] == []


def test_transactions_and_receipts(chain: Chain) -> None:
    eth = chain.web3.eth
    first = eth.get_block(1)["transactions"][0]
    transaction, receipt = eth.get_transaction(first), eth.get_transaction_receipt(first)
    assert transaction["from"] == receipt["from"] == SENDER.address
    assert (receipt["status"], receipt["transactionIndex"], len(receipt["logs"])) == (1, 0, 1)
    receipts = eth.get_block_receipts(1)
    assert receipts[0] == receipt
    assert receipts[1]["cumulativeGasUsed"] == receipt["gasUsed"] + receipts[1]["gasUsed"]
    assert receipts == eth.get_block_receipts(eth.get_block(1)["hash"])
    with pytest.raises(TransactionNotFound):
        eth.get_transaction(b"\x07" * 32)
    with pytest.raises(TransactionNotFound):
        eth.get_transaction_receipt(b"\x07" * 32)


def test_the_tries_of_a_block_are_built_from_what_is_served(chain: Chain) -> None:
    block = chain.web3.eth.get_block(1)
    assert bytes(block["receiptsRoot"]) == ordered_trie_root(chain.ledger.store.receipts(1))
    assert bytes(block["transactionsRoot"]) == ordered_trie_root(chain.ledger.store.body(1))


def test_nonces(chain: Chain) -> None:
    eth = chain.web3.eth
    assert eth.get_transaction_count(SENDER.address) == 4
    assert eth.get_transaction_count(SENDER.address, 2) == 2
    assert eth.get_transaction_count(account(53).address, "pending") == 0


def test_calls_see_the_asked_block(chain: Chain) -> None:
    values = chain.exercise.functions.values
    assert values(3).call() == 9
    assert values(3).call(block_identifier=3) == 0
    with pytest.raises(Web3RPCError, match="latest is 4"):
        values(3).call(block_identifier=9)


def test_a_refusal_comes_with_its_reason_and_data(chain: Chain) -> None:
    with pytest.raises(ContractLogicError, match="refused on purpose") as refused:
        chain.exercise.functions.put_and_fail(1, 1).call()
    assert str(refused.value.data).startswith("0x08c379a0")


def test_a_call_without_enough_gas_fails(chain: Chain) -> None:
    with pytest.raises(Web3RPCError, match="out of gas"):
        chain.exercise.functions.spin().call({"gas": 100_000})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("put", (77, 1)), ("register", (KEY, DIGEST)), ("put_around", (1, 2, 3)), ("deep", (9,))],
)
def test_estimated_gas_suffices_and_is_close(chain: Chain, name: str, arguments: Any) -> None:
    call = chain.exercise.functions[name](*arguments)
    estimate = call.estimate_gas({"from": SENDER.address})
    call.call({"gas": estimate, "from": SENDER.address})
    assert estimate < 30_000_000 // 2


def test_gas_of_what_always_fails_is_not_estimated(chain: Chain) -> None:
    with pytest.raises(ContractLogicError):
        chain.exercise.functions.put_and_fail(1, 1).estimate_gas()
    with pytest.raises(Web3RPCError, match="out of gas"):
        chain.exercise.functions.spin().estimate_gas()


def test_logs(chain: Chain) -> None:
    get_logs, exercise = chain.web3.eth.get_logs, Web3.to_checksum_address(EXERCISE)
    everything = {"fromBlock": 0, "toBlock": "latest"}
    assert [log["blockNumber"] for log in get_logs(everything)] == [1, 2, 3, 4]
    assert len(get_logs(everything | {"address": exercise})) == 4
    assert get_logs(everything | {"address": "0x" + "00" * 20}) == []
    topic = get_logs(everything)[0]["topics"][0]
    two = ["0x" + "01" * 32, "0x" + "02" * 32]
    assert len(get_logs(everything | {"topics": [topic]})) == 4
    assert [log["blockNumber"] for log in get_logs(everything | {"topics": [None, two]})] == [2, 3]
    assert get_logs(everything | {"topics": [two]}) == []
    assert get_logs(everything | {"topics": [None, None, None]}) == []
    assert len(get_logs({"blockHash": chain.web3.eth.get_block(2)["hash"]})) == 1
    assert len(get_logs({"fromBlock": 2, "toBlock": 3})) == 2
    assert get_logs({"fromBlock": 3, "toBlock": 2}) == []


def test_too_many_logs_are_refused_with_advice(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_LOGS == 10_000
    monkeypatch.setattr("chain.rpc.reader.MAX_LOGS", 2)
    with pytest.raises(Web3RPCError, match="fewer blocks"):
        chain.web3.eth.get_logs({"fromBlock": 0})


def test_proofs_verify_against_the_header(chain: Chain) -> None:
    for number in (1, 4):
        root = bytes(chain.web3.eth.get_block(number)["stateRoot"])
        slots = [0, 1, 2**200]
        proof = chain.web3.eth.get_proof(Web3.to_checksum_address(EXERCISE), slots, number)
        nodes = [bytes(node) for node in proof["accountProof"]]
        account_ = verify_account_proof(root, EXERCISE, nodes)
        assert account_ is not None
        assert account_.code_hash == bytes(proof["codeHash"])
        for slot, entry in zip(slots, proof["storageProof"], strict=True):
            value = verify_storage_proof(
                account_.storage_root,
                slot.to_bytes(32, "big"),
                [bytes(node) for node in entry["proof"]],
            )
            assert value == int.from_bytes(bytes(entry["value"]), "big")


def test_the_absence_of_an_account_is_proved(chain: Chain) -> None:
    proof = chain.web3.eth.get_proof(account(53).address, [0], "latest")
    root = bytes(chain.web3.eth.get_block("latest")["stateRoot"])
    nodes = [bytes(node) for node in proof["accountProof"]]
    assert verify_account_proof(root, bytes.fromhex(account(53).address[2:]), nodes) is None
    assert proof["storageProof"][0]["proof"] == []


def test_code_and_storage(chain: Chain) -> None:
    exercise = Web3.to_checksum_address(EXERCISE)
    assert len(chain.web3.eth.get_code(exercise)) > 100
    assert chain.web3.eth.get_code(SENDER.address) == b""
    assert chain.web3.eth.get_storage_at(exercise, 0) == bytes(32)
    assert request(chain, "eth_getStorageAt", exercise, "0x" + "00" * 32) == "0x" + "00" * 32


def test_fee_history_is_zero(chain: Chain) -> None:
    history = chain.web3.eth.fee_history(3, "latest", [50])
    assert history["baseFeePerGas"] == [0, 0, 0, 0]
    assert history["reward"] == [[0], [0], [0]]
    assert history["oldestBlock"] == 2
    with pytest.raises(Web3RPCError, match="1 to 1024"):
        chain.web3.eth.fee_history(5_000, "latest")


def test_a_seal_names_its_block_and_verifies(chain: Chain) -> None:
    for asked, number in (("latest", 4), ("0x2", 2), ("0x0", 0)):
        seal = request(chain, "tradeseal_getSeal", asked)
        header = Header.from_bytes(bytes.fromhex(seal["header"][2:]))
        commit = Commit.from_bytes(bytes.fromhex(seal["commit"][2:]))
        validators = ValidatorSet.from_bytes(bytes.fromhex(seal["validatorSet"][2:]))
        verify_commit("tradeseal-test", validators, header, commit)
        evm_header = EvmHeader.from_rlp(bytes.fromhex(seal["evmHeader"][2:]))
        assert header.app_hash == evm_header.hash()
        assert evm_header.number == number == int(seal["evmBlockNumber"], 16)
        assert header.height == int(seal["height"], 16)
    assert request(chain, "tradeseal_getValidatorChanges", "0x0", "0x9") == []


BAD: list[tuple[str, list[Any], int, str]] = [
    ("eth_nothing", [], -32601, "does not exist"),
    ("eth_" + "x" * 500, [], -32601, r"\.\.\. does not exist"),
    ("eth_chainId", [1], -32602, "1 given, 0 expected"),
    ("eth_getBlockByNumber", [], -32602, "expected"),
    ("eth_getBlockByNumber", ["soon"], -32602, "quantity"),
    ("eth_getBlockByNumber", ["0x01"], -32602, "quantity"),
    ("eth_getBlockByNumber", [True], -32602, "quantity"),
    ("eth_getBlockByNumber", ["0x1", "yes"], -32602, "true or false"),
    ("eth_getBlockByHash", ["0x12"], -32602, "1 bytes instead of 32"),
    ("eth_getBlockByNumber", [{"blockHash": "0x" + "00" * 32, "x": 1}], -32602, "blockHash"),
    ("eth_getTransactionCount", ["0x12"], -32602, "instead of 20"),
    ("eth_getStorageAt", ["0x" + "00" * 20, "zz"], -32602, "slot"),
    ("eth_getStorageAt", ["0x" + "00" * 20, "0x0", "0x99"], -32001, "latest is 4"),
    ("eth_sendRawTransaction", ["0x"], -32003, "empty"),
    ("eth_sendRawTransaction", ["0xff"], -32003, "malformed"),
    ("eth_sendRawTransaction", ["ff"], -32602, "0x"),
    ("eth_call", ["0x"], -32602, "not an object"),
    ("eth_call", [{"data": "0x"}], -32602, "`to` is missing"),
    ("eth_call", [{"to": "0x" + "00" * 20, "wei": "0x1"}], -32602, "unknown members wei"),
    ("eth_call", [{"to": "0x" + "00" * 20, "value": "0x1"}], -32602, "no currency"),
    ("eth_call", [{"to": "0x" + "00" * 20, "data": "0x01", "input": "0x02"}], -32602, "differ"),
    ("eth_estimateGas", [{"to": "0x" + "00" * 20, "gas": "0x1"}], -32000, "at least"),
    ("eth_getLogs", [[]], -32602, "not an object"),
    ("eth_getLogs", [{"topics": [None] * 5}], -32602, "at most 4"),
    ("eth_getLogs", [{"address": ["0x" + "00" * 20] * 101}], -32602, "at most 100"),
    ("eth_getLogs", [{"blockHash": "0x" + "00" * 32, "fromBlock": "0x1"}], -32602, "not both"),
    ("eth_getLogs", [{"blockHash": "0x" + "00" * 32}], -32001, "not on this ledger"),
    ("eth_getLogs", [{"colour": 1}], -32602, "unknown members colour"),
    ("eth_getProof", ["0x" + "00" * 20, "0x0", "latest"], -32602, "not a list"),
    ("eth_getProof", ["0x" + "00" * 20, ["0x0"] * 4097, "latest"], -32602, "at most 4096"),
    ("tradeseal_getSeal", ["0x9"], -32001, "latest is 4"),
    ("tradeseal_getValidatorChanges", ["0x0", "0xffffff"], -32602, "fewer at a time"),
]


@pytest.mark.parametrize(("method", "params", "code", "text"), BAD)
def test_bad_requests_get_a_precise_error(
    chain: Chain, method: str, params: list[Any], code: int, text: str
) -> None:
    with pytest.raises(RpcError, match=text) as refused:
        request(chain, method, *params)
    assert refused.value.code == code


# JSON-RPC itself


def answer(chain: Chain, body: Any) -> Any:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = JsonRpcServer(chain.ledger).answer(encoded)
    return None if given is None else json.loads(given)


def test_single_requests_and_notifications(chain: Chain) -> None:
    one = {"jsonrpc": "2.0", "id": 7, "method": "eth_blockNumber", "params": []}
    assert answer(chain, one) == {"jsonrpc": "2.0", "id": 7, "result": "0x4"}
    del one["id"]
    assert answer(chain, one) is None


def test_batches_answer_each_request(chain: Chain) -> None:
    requests: list[Any] = [
        {"jsonrpc": "2.0", "id": number, "method": "eth_blockNumber"} for number in range(3)
    ]
    answers = answer(chain, [*requests, 5, {"jsonrpc": "2.0", "method": "eth_chainId"}])
    assert [item["id"] for item in answers] == [0, 1, 2, None]
    assert answers[3]["error"]["code"] == -32600
    with chain.web3.batch_requests() as batch:
        batch.add(chain.web3.eth.get_block(1))
        batch.add(chain.web3.eth.get_block(2))
        blocks = batch.execute()
    assert [block["number"] for block in blocks] == [1, 2]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"5", -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}', -32602),
    ],
)
def test_what_is_no_request_gets_the_standard_code(chain: Chain, body: bytes, code: int) -> None:
    assert answer(chain, body)["error"]["code"] == code


def test_a_batch_of_ten_thousand_is_refused_whole(chain: Chain) -> None:
    requests = [{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}] * 10_000
    error = answer(chain, requests)["error"]
    assert error["code"] == -32005
    assert str(MAX_BATCH) in error["message"]
