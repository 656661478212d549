"""The wrapper of web3, the little ABI and the events, where they meet the unexpected."""

import pytest
from support.network import MEMBERS, VN_AUTHORITY, Network
from support.trade import Trade
from web3 import Web3
from web3.types import RPCEndpoint, RPCResponse

from contracts.abi import (
    Log,
    compose,
    dynamic_bytes,
    integers,
    pairs,
    selector,
    trailing_bytes,
    word,
    words,
)
from contracts.calls import Call
from contracts.errors import LedgerAnswerError, RefusedError
from contracts.events import Recorded, Refused, decode_log, event_topic
from contracts.ledger import Ledger, log_of, reason_of
from contracts.membership.binding import MembershipContract
from contracts.membership.events import KeySet
from contracts.origin.binding import OriginContract


def log(topics: tuple[bytes, ...], data: bytes) -> Log:
    return Log(b"\1" * 20, topics, data, 1, b"\2" * 32, 0)


class TestLedger:
    def test_chain_and_height(self, network: Network) -> None:
        assert network.ledger.chain_id == 7474
        assert network.ledger.block_number() == 1

    def test_reads_at_a_block(self, network: Network, trade: Trade) -> None:
        before = network.ledger.block_number()
        certificate = trade.issue()
        assert network.origin.certificate(certificate, before) is None
        assert network.origin.certificate(certificate) is not None

    def test_logs_in_order(self, network: Network, trade: Trade) -> None:
        records = [trade.issue_record() for _ in range(3)]
        start = network.ledger.block_number() + 1
        for record in records:
            network.run(record, VN_AUTHORITY.officer)
        logs = network.ledger.logs([network.origin.address], 0, network.ledger.block_number())
        events = [network.origin.decode(entry) for entry in logs]
        assert len([event for event in events if isinstance(event, Recorded)]) == 3
        assert [entry.block_number for entry in logs] == [
            start + number for number in (0, 0, 1, 1, 2, 2)
        ]

    def test_no_logs_of_others(self, network: Network, trade: Trade) -> None:
        trade.issue()
        assert network.ledger.logs([network.membership.address], 0, 2) == ()

    def test_out_of_gas_is_a_refusal_without_reason(self, network: Network, trade: Trade) -> None:
        call = network.carry(network.sign(trade.issue_record(), VN_AUTHORITY.officer))
        with pytest.raises(RefusedError) as caught:
            network.attempt(Call(call.to, call.data, 60_000))
        assert caught.value.reason == ""

    def test_block_that_is_not_there(self, network: Network) -> None:
        with pytest.raises(LedgerAnswerError, match="eth_call"):
            network.membership.governing_count(999)

    def test_address_without_the_contract(self, network: Network) -> None:
        stranger = MembershipContract(network.ledger, b"\7" * 20)
        with pytest.raises(LedgerAnswerError, match="this contract"):
            stranger.governing_count()
        with pytest.raises(LedgerAnswerError, match="validators"):
            stranger.validators()
        with pytest.raises(LedgerAnswerError, match="certificateWords"):
            OriginContract(network.ledger, b"\7" * 20).certificate(b"\1" * 32)

    def test_code(self, network: Network) -> None:
        assert network.ledger.code(network.origin.address)
        assert network.ledger.code(MEMBERS[0].carrier.address) == b""


class _Answers(Web3.HTTPProvider):
    """Answers each call with the same error, as some other node would."""

    def __init__(self, error: dict[str, object]) -> None:
        super().__init__("http://nowhere.invalid")
        self._error = error

    def make_request(self, method: RPCEndpoint, params: object) -> RPCResponse:
        del params
        if method != "eth_call":
            return {"jsonrpc": "2.0", "id": 1, "result": "0x1"}
        return {"jsonrpc": "2.0", "id": 1, "error": self._error}  # type: ignore[typeddict-item]


def _reason(error: dict[str, object]) -> str:
    ledger = Ledger(Web3(_Answers(error)))
    with pytest.raises(RefusedError) as caught:
        ledger.read(b"\1" * 20, b"")
    return caught.value.reason


class TestOtherNodes:
    """How geth, Besu and Hardhat word the same refusal."""

    DATA = "0x08c379a0" + compose([dynamic_bytes(b"members: role")]).hex()

    def test_reason_in_data(self) -> None:
        error = {"code": 3, "message": "execution reverted: members: role", "data": self.DATA}
        assert _reason(error) == "members: role"

    def test_reason_in_data_alone(self) -> None:
        error = {"code": -32000, "message": "Execution reverted", "data": self.DATA}
        assert _reason(error) == "members: role"

    def test_reason_in_the_message_alone(self) -> None:
        error = {"code": 3, "message": "execution reverted: members: role"}
        assert _reason(error) == "members: role"

    def test_no_reason(self) -> None:
        assert _reason({"code": 3, "message": "execution reverted", "data": "0x"}) == ""


class TestReason:
    def test_text(self) -> None:
        assert reason_of(bytes.fromhex(TestOtherNodes.DATA[2:])) == "members: role"

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\1\2\3",
            b"\1\2\3\4" + bytes(64),
            bytes.fromhex("08c379a0"),
            bytes.fromhex("08c379a0") + b"\xff" * 64,
            bytes.fromhex("08c379a0") + compose([dynamic_bytes(b"\xff")]),
        ],
        ids=["nothing", "short", "other error", "no text", "far offset", "no UTF-8"],
    )
    def test_none(self, data: bytes) -> None:
        assert reason_of(data) == ""


class TestAbi:
    def test_composition(self) -> None:
        data = compose([word(5), dynamic_bytes(b"abc"), word(b"\1")])
        assert integers(data[:32], 1, "it") == (5,)
        assert trailing_bytes(data, 1, "it") == b"abc"
        assert words(data[64:96], 1, "it") == (b"\1".ljust(32, b"\0"),)

    def test_pairs(self) -> None:
        data = compose([word(32), word(1), word(b"\1" * 32), word(7)])
        assert pairs(data, "it") == ((b"\1" * 32, 7),)

    @pytest.mark.parametrize(
        "data",
        [b"", bytes(64), compose([word(32), word(2), word(1), word(7)])],
        ids=["nothing", "no offset", "cut"],
    )
    def test_no_pairs(self, data: bytes) -> None:
        with pytest.raises(LedgerAnswerError, match="it"):
            pairs(data, "it")

    def test_selector(self) -> None:
        assert selector("transfer(address,uint256)").hex() == "a9059cbb"


class TestEvents:
    TOPICS = (event_topic(Recorded), b"\1" * 32, b"\2" * 32, b"\3" * 32)

    def test_sound(self) -> None:
        event = Recorded.from_log(log(self.TOPICS, (7).to_bytes(32, "big") + b"\4" * 32))
        assert event == Recorded(b"\1" * 32, b"\2" * 32, b"\3" * 32, 7, b"\4" * 32)

    def test_unknown_topic(self) -> None:
        assert decode_log(log((b"\7" * 32,), b""), (Recorded, Refused)) is None
        assert decode_log(log((), b""), (Recorded, Refused)) is None

    @pytest.mark.parametrize(
        ("topics", "data"), [(TOPICS[:3], bytes(64)), (TOPICS, bytes(63))], ids=["topics", "data"]
    )
    def test_another_shape(self, topics: tuple[bytes, ...], data: bytes) -> None:
        with pytest.raises(LedgerAnswerError, match="Recorded"):
            decode_log(log(topics, data), (Recorded,))

    def test_bytes_cut_short(self) -> None:
        data = compose([word(1), word(2), word(3), dynamic_bytes(b"abc")])
        topics = (event_topic(KeySet), bytes(32), bytes(32))
        assert KeySet.from_log(log(topics, data)).material == b"abc"
        with pytest.raises(LedgerAnswerError, match="cut short"):
            KeySet.from_log(log(topics, data[:-32]))

    def test_receipt_log(self, network: Network, trade: Trade) -> None:
        certificate = trade.issue()
        number = network.ledger.block_number()
        (receipt,) = network.web3.eth.get_block_receipts(number)
        entry = log_of(receipt["logs"][0])
        assert entry.address == network.origin.address
        assert entry.topics[1] == certificate
        assert entry.block_number == number
