"""A web3.py provider that calls the ledger in this process: no socket, no JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from web3 import Web3
from web3.providers import JSONBaseProvider

from chain.rpc.errors import RpcError
from chain.rpc.server import JsonRpcServer

if TYPE_CHECKING:
    from web3.types import RPCEndpoint, RPCResponse

    from chain.ledger import Ledger


class LedgerProvider(JSONBaseProvider):
    """Serves one ledger to web3.py; safe for concurrent use."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._server = JsonRpcServer(ledger)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request in the form that web3.py expects."""
        try:
            result = self._server.call(method, _plain(params))
        except RpcError as exc:
            answer: dict[str, Any] = {"jsonrpc": "2.0", "id": 0, "error": exc.to_json()}
        else:
            answer = {"jsonrpc": "2.0", "id": 0, "result": result}
        return cast("RPCResponse", answer)

    def make_batch_request(
        self, requests: list[tuple[RPCEndpoint, Any]]
    ) -> list[RPCResponse] | RPCResponse:
        """Answer several requests in their order."""
        return [self.make_request(method, params) for method, params in requests]

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Return true: the ledger is in this process."""
        del show_traceback
        return True


def _plain(value: Any) -> Any:
    """Return what JSON would make of web3.py's parameters."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def connect(ledger: Ledger) -> Web3:
    """Return web3.py over a ledger in this process."""
    return Web3(LedgerProvider(ledger))
