"""What can go wrong in the ledger.

LedgerError
├── AdmissionError            the caller must change the transaction
│   ├── MalformedTransactionError
│   ├── TransactionLimitError
│   ├── NotAdmittedError      sender or callee is not known to Membership
│   ├── NonceError
│   ├── BlockFullError        nobody needs to act: it goes into the next block
│   ├── MempoolFullError      the caller must wait
│   └── TransactionSettledError   nobody needs to act: a block has dealt with it
├── ExecutionError            a call (not a transaction) failed
│   ├── RevertError
│   └── AnswerLimitError      the caller must ask for less
├── NotFoundError             the caller asked for what is not there
│   └── NotYetProvableError
├── GenesisError              the operator must mend the genesis file
├── KeyFileError              the operator must mend the sealing key's file
├── StoreError                the operator must mend disk or configuration
│   ├── MissingNodeError
│   ├── WrongLedgerError
│   └── DivergedError
├── EngineProgramError        the operator must install the engine's program
├── EngineStoppedError        the ledger does not take or seal transactions any more
├── CatchingUpError           the caller must wait
├── EngineUnavailableError    CometBFT does not answer: the operator must see why
├── AbciFrameError            whoever speaks on the ABCI socket is not CometBFT
├── AbciAddressError          the operator must give another address
└── EngineMismatchError       CometBFT and this process do not belong to the same ledger
"""

from __future__ import annotations

from pathlib import Path


class LedgerError(Exception):
    """Base of all errors of the ledger."""


class AdmissionError(LedgerError):
    """The ledger does not take this transaction; nothing was changed."""


class MalformedTransactionError(AdmissionError):
    """The bytes are no transaction in canonical form."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"malformed transaction: {self.reason}"


class TransactionLimitError(AdmissionError):
    """The transaction is well formed but outside what this ledger takes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"transaction refused: {self.reason}"


class NotAdmittedError(AdmissionError):
    """Membership does not let this sender send or this contract be called."""

    def __init__(self, role: str, address: bytes, advice: str) -> None:
        super().__init__(role, address, advice)
        self.role = role
        self.address = address
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.role} 0x{self.address.hex()} is not admitted: {self.advice}"


class NonceError(AdmissionError):
    """The nonce is not the sender's next."""

    def __init__(self, sender: bytes, expected: int, actual: int) -> None:
        super().__init__(sender, expected, actual)
        self.sender = sender
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        word = "too low" if self.actual < self.expected else "too high"
        return (
            f"nonce {word}: the next nonce of 0x{self.sender.hex()} is {self.expected}, "
            f"the transaction has {self.actual}"
        )


class BlockFullError(AdmissionError):
    """The block has done its work; the transaction goes into the next one."""

    def __str__(self) -> str:
        return "the block is full: the transaction waits for the next one"


class MempoolFullError(AdmissionError):
    """Too many transactions wait."""

    def __init__(self, limit: int, scope: str) -> None:
        super().__init__(limit, scope)
        self.limit = limit
        self.scope = scope

    def __str__(self) -> str:
        return f"{self.limit} transactions of {self.scope} wait already: send again later"


class TransactionSettledError(AdmissionError):
    """The transaction waits no longer."""

    def __str__(self) -> str:
        return "the transaction waits no longer: a block has dealt with it, or its time was up"


class ExecutionError(LedgerError):
    """A call failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class RevertError(ExecutionError):
    """The contract refused a call; `data` is what it returned."""

    def __init__(self, reason: str, data: bytes) -> None:
        super().__init__(reason)
        self.args = (reason, data)
        self.data = data

    def __str__(self) -> str:
        return f"execution reverted: {self.reason}" if self.reason else "execution reverted"


class AnswerLimitError(ExecutionError):
    """The answer would be too large; ask for less at a time."""


class NotFoundError(LedgerError):
    """The ledger holds nothing under this name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name)
        self.kind = kind
        self.name = name

    def __str__(self) -> str:
        return f"{self.kind} {self.name} is not on this ledger"


class NotYetProvableError(NotFoundError):
    """The block is final, but no header that names it is sealed yet."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name} is not sealed yet: ask again in a moment"


class GenesisError(LedgerError):
    """The genesis file cannot found a ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"genesis: {self.reason}"


class KeyFileError(LedgerError):
    """The sealing key's file cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"key file {self.path}: {self.reason}"


class StoreError(LedgerError):
    """The store failed; the process must stop."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(action, reason)
        self.action = action
        self.reason = reason

    def __str__(self) -> str:
        return f"the ledger's store failed to {self.action}: {self.reason}"


class MissingNodeError(StoreError):
    """A trie node that a root leads to is not in the store."""

    def __init__(self, node: bytes) -> None:
        super().__init__("read a trie node", f"node {node.hex()} is missing: restore the store")
        self.args = (node,)
        self.node = node


class WrongLedgerError(StoreError):
    """The folder holds another ledger than the genesis file names."""

    def __init__(self, expected: bytes, actual: bytes) -> None:
        super().__init__(
            "open",
            f"it holds the ledger of genesis {actual.hex()}, the genesis file names "
            f"{expected.hex()}: give the right folder or the right file",
        )
        self.args = (expected, actual)
        self.expected = expected
        self.actual = actual


class EngineProgramError(LedgerError):
    """The program that orders transactions is missing or is another version."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(program, reason)
        self.program = program
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.program}: {self.reason}"


class MetricsAddressError(LedgerError):
    """Metrics cannot be served at an address."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"metrics cannot be served at {self.address!r}: {self.reason}; "
            "give HOST:PORT, such as 127.0.0.1:9464"
        )


class DivergedError(StoreError):
    """This replica has computed something else than the network agreed on."""

    def __init__(self, height: int, computed: bytes, agreed: bytes) -> None:
        super().__init__(
            "agree with the network",
            f"after height {height} it holds block {computed.hex()}, the others agreed on "
            f"{agreed.hex()}: this replica is not to be trusted. Check disk and memory of this "
            "machine and the version of the program, move the ledger's folder aside, let "
            "`cometbft rollback --home engine` forget what this replica told it, and start both "
            "again: the engine's blocks are executed anew",
        )
        self.args = (height, computed, agreed)
        self.height = height
        self.computed = computed
        self.agreed = agreed


class EngineStoppedError(LedgerError):
    """The engine has stopped after a fault or on request."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause

    def __str__(self) -> str:
        return f"the engine has stopped ({self.cause}): start the ledger again"


class CatchingUpError(LedgerError):
    """This node still executes what the network agreed on before."""

    def __init__(self, height: int) -> None:
        super().__init__(height)
        self.height = height

    def __str__(self) -> str:
        return (
            f"the ledger is at height {self.height} and catching up with the network: "
            "send again later"
        )


class EngineUnavailableError(LedgerError):
    """CometBFT does not answer, or not as it should."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(endpoint, reason)
        self.endpoint = endpoint
        self.reason = reason

    def __str__(self) -> str:
        return f"CometBFT at {self.endpoint} does not answer ({self.reason}): ask again later"


class AbciFrameError(LedgerError):
    """What came through the ABCI socket is not ABCI."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"not ABCI: {self.reason}"


class AbciAddressError(LedgerError):
    """Nothing can listen at the address for CometBFT."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot listen for CometBFT at {self.address}: {self.reason}"


class EngineMismatchError(LedgerError):
    """CometBFT asks for something that cannot be of this ledger."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"CometBFT and this ledger do not fit together: {self.reason}"
