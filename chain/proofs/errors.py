"""What can be wrong with a proof.

ProofError
├── MalformedError              bytes do not parse, or parse but are not canonical
├── HashMismatchError           something hashes to another value than was promised
├── SignatureError              a signature does not count
├── ValidatorSetError           a set of validators breaks a rule of CometBFT
├── CommitError                 a commit does not speak for its header
│   └── InsufficientPowerError  too little power signed
├── LightClientError            the light-client rule does not allow the step
│   └── TrustExpiredError       the trusted header is too old to rely on
├── TrieProofError              a Merkle-Patricia proof is wrong
│   ├── MissingNodeError        the proof stops before the answer
│   └── ExtraNodeError          the proof holds nodes that lead nowhere
└── MerkleProofError            an RFC 9162 proof is wrong

Each is a fault of whoever supplied the proof: ask them for a correct one.
"""

from chain.proofs.constants import NANOSECONDS


class ProofError(Exception):
    """Base of everything that can be wrong with a proof."""


class MalformedError(ProofError):
    """The bytes are not the one canonical encoding of anything."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return f"malformed {self.what}: {self.reason}; ask the supplier for the exact bytes"


class HashMismatchError(ProofError):
    """Something hashes to another value than the trusted one."""

    def __init__(self, what: str, expected: bytes, actual: bytes) -> None:
        super().__init__(what, expected, actual)
        self.what = what
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        return (
            f"{self.what} is {self.actual.hex() or 'empty'}, "
            f"expected {self.expected.hex() or 'empty'}; the supplier altered or mixed up parts"
        )


class SignatureError(ProofError):
    """A signature breaks the one rule stated for its scheme."""

    def __init__(self, scheme: str, reason: str) -> None:
        super().__init__(scheme, reason)
        self.scheme = scheme
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.scheme} signature refused: {self.reason}; have the signer sign again"


class ValidatorSetError(ProofError):
    """A set of validators breaks a rule of CometBFT."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"validator set refused: {self.reason}; take the set from a node's seal unchanged"


class CommitError(ProofError):
    """A commit does not speak for its header."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"commit refused: {self.reason}; take header and commit from the same seal"


class InsufficientPowerError(CommitError):
    """The valid signatures carry too little voting power."""

    def __init__(self, signed: int, total: int, needed: str) -> None:
        ProofError.__init__(self, signed, total, needed)
        self.signed = signed
        self.total = total
        self.needed = needed

    def __str__(self) -> str:
        return (
            f"commit refused: {self.signed} of {self.total} voting power signed, "
            f"more than {self.needed} is needed; ask for a seal with more signatures"
        )


class LightClientError(ProofError):
    """The light-client rule does not allow this step."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"light-client step refused: {self.reason}; supply the headers in between"


class TrustExpiredError(LightClientError):
    """The trusted header is older than the trusting period."""

    def __init__(self, trusted_time: int, period: int, now: int) -> None:
        ProofError.__init__(self, trusted_time, period, now)
        self.trusted_time = trusted_time
        self.period = period
        self.now = now

    def __str__(self) -> str:
        age = (self.now - self.trusted_time) // NANOSECONDS
        return (
            f"the trusted header is {age} s old, the trusting period is "
            f"{self.period // NANOSECONDS} s; renew the checkpoint of the trust file"
        )


class TrieProofError(ProofError):
    """A Merkle-Patricia proof is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"trie proof refused: {self.reason}; ask the supplier for a fresh proof"


class MissingNodeError(TrieProofError):
    """The proof stops before the answer: a node it refers to is not there."""

    def __init__(self, node_hash: bytes, key: bytes) -> None:
        ProofError.__init__(self, node_hash, key)
        self.node_hash = node_hash
        self.key = key

    def __str__(self) -> str:
        return (
            f"the proof lacks trie node {self.node_hash.hex()} on the way to "
            f"{self.key.hex()}; ask the supplier for a complete proof"
        )


class ExtraNodeError(TrieProofError):
    """The proof holds nodes that nothing refers to."""

    def __init__(self, count: int) -> None:
        ProofError.__init__(self, count)
        self.count = count

    def __str__(self) -> str:
        return (
            f"trie proof refused: {self.count} node(s) that nothing above refers to; "
            f"a node was altered or added, ask the supplier for a fresh proof"
        )


class MerkleProofError(ProofError):
    """An RFC 9162 inclusion or consistency proof is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"Merkle proof refused: {self.reason}; ask the supplier for a fresh proof"
