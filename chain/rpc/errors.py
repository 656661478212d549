"""JSON-RPC errors: the standard codes, and where each fault of the ledger goes.

Source: JSON-RPC 2.0, section 5.1; EIP-1474; go-ethereum for code 3 (reverted, with data).
"""

from __future__ import annotations

from typing import Any, Final

from chain.errors import (
    AdmissionError,
    AnswerLimitError,
    CatchingUpError,
    EngineStoppedError,
    EngineUnavailableError,
    ExecutionError,
    LedgerError,
    MempoolFullError,
    NotFoundError,
    RevertError,
)

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
SERVER_ERROR: Final = -32000
NOT_FOUND: Final = -32001
REJECTED: Final = -32003
LIMIT_EXCEEDED: Final = -32005
REVERTED: Final = 3


class RpcError(Exception):
    """A JSON-RPC error answer."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return self.message

    def to_json(self) -> dict[str, Any]:
        """Return the `error` member of an answer."""
        answer: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.data is not None:
            answer["data"] = self.data
        return answer


def invalid_params(reason: str) -> RpcError:
    """Return the error for a parameter that cannot be used."""
    return RpcError(INVALID_PARAMS, f"invalid params: {reason}")


def from_ledger(error: LedgerError) -> RpcError:
    """Return the JSON-RPC error for a fault of the ledger that a caller may see."""
    if isinstance(error, RevertError):
        return RpcError(REVERTED, str(error), "0x" + error.data.hex())
    if isinstance(error, MempoolFullError | AnswerLimitError):
        return RpcError(LIMIT_EXCEEDED, str(error))
    if isinstance(error, AdmissionError):
        return RpcError(REJECTED, str(error))
    if isinstance(error, NotFoundError):
        return RpcError(NOT_FOUND, str(error))
    if isinstance(
        error, ExecutionError | EngineStoppedError | EngineUnavailableError | CatchingUpError
    ):
        return RpcError(SERVER_ERROR, str(error))
    raise error  # a fault of disk or memory is not an answer
