"""Errors of the contracts layer, grouped by who must act.

ContractError
├── the caller must send something else
│   ├── RecordFormatError        a record or a field of it is not in its canonical form
│   ├── UnknownRecordTypeError   no contract of this version knows the record type
│   ├── RecordSignatureError     the signature is not one over this record
│   ├── DocumentError            a certificate, presentation or key document is not acceptable
│   │   ├── FormError            one field of a form breaks a rule of that form
│   │   ├── XmlError             an XML document is unsafe, or not one of the exchange's
│   │   ├── PresentationError    an SD-JWT breaks RFC 9901 or has expired
│   │   ├── KeyDocumentError     an X.509 certificate or key is not of the accepted kind
│   │   ├── CidError             a content identifier is not in its one canonical form
│   │   ├── ManifestError        a manifest of a sealed document is not acceptable
│   │   └── UnsealError          ciphertext or wrap do not open to what the manifest names
│   ├── CommitmentError          a value or point cannot be committed to or opened
│   ├── DrawdownError            a quantity cannot be drawn from a whole
│   └── SettlementError          an amount settles nothing
├── the counterparty's record decides
│   ├── RefusedError             the ledger's rule refuses the call
│   └── HistoryError             a record does not follow from the records before it
└── the operator must act
    ├── LedgerAnswerError        the ledger's answer is not what the contract returns
    ├── ArtifactError            the compiled artifacts are missing or stale
    └── FoundingError            a genesis cannot be built from these founders
"""


class ContractError(Exception):
    """Base of every error of this package."""


class RecordFormatError(ContractError):
    """A record or one of its fields is not in its canonical form."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(field, problem, remedy)
        self.field = field
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"record field {self.field}: {self.problem}; {self.remedy}"


class UnknownRecordTypeError(ContractError):
    """No contract of this version knows the record type."""

    def __init__(self, type_name: str, known: tuple[str, ...]) -> None:
        super().__init__(type_name, known)
        self.type_name = type_name
        self.known = known

    def __str__(self) -> str:
        return f"unknown record type {self.type_name!r}; use one of {', '.join(self.known)}"


class RecordSignatureError(ContractError):
    """The signature is not one over this record."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"record signature: {self.problem}; sign the record's digest again"


class DocumentError(ContractError):
    """A certificate, presentation or key document is not acceptable."""


class FormError(DocumentError):
    """One field of a form breaks a rule of that form."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(field, problem, remedy)
        self.field = field
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}; {self.remedy}"


class XmlError(DocumentError):
    """An XML document is unsafe to read, or not one of the exchange's.

    Attributes:
        line: Line of the document, from 1; 0 where no line is at fault.
        element: Path of the element at fault, or `document`.
        problem: What is wrong with it.
        remedy: What to do.
    """

    def __init__(self, line: int, element: str, problem: str, remedy: str) -> None:
        super().__init__(line, element, problem, remedy)
        self.line = line
        self.element = element
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"line {self.line}, {self.element}" if self.line else self.element
        return f"XML: {place}: {self.problem}; {self.remedy}"


class PresentationError(DocumentError):
    """An SD-JWT breaks RFC 9901 or its validity is over."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"SD-JWT: {self.problem}; {self.remedy}"


class KeyDocumentError(DocumentError):
    """An X.509 certificate or a key is not of the accepted kind."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"X.509: {self.problem}; {self.remedy}"


class CidError(DocumentError):
    """A content identifier is not in its one canonical form."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"CID: {self.problem}; give CIDv1 in base32, sha2-256, raw or dag-pb"


class ManifestError(DocumentError):
    """A manifest of a sealed document is not acceptable."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"manifest: {self.problem}; {self.remedy}"


class UnsealError(DocumentError):
    """A sealed document does not open to what its manifest names."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"sealed document: {self.problem}; {self.remedy}"


class CommitmentError(ContractError):
    """A value or point cannot be committed to or opened."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"commitment: {self.problem}; {self.remedy}"


class DrawdownError(ContractError):
    """A quantity cannot be drawn from a whole."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"draw-down: {self.problem}; {self.remedy}"


class SettlementError(ContractError):
    """An amount cannot settle, or be drawn for, what is due."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"settlement: {self.problem}; {self.remedy}"


class RefusedError(ContractError):
    """The ledger's rule refuses the call.

    Attributes:
        reason: The contract's own words, "domain: reason"; empty when the call
            ended without any (malformed calldata, or out of gas).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        if not self.reason:
            return "the ledger refuses the call without a reason; check its fields and its gas"
        return f"the ledger refuses the call: {self.reason}"


class HistoryError(ContractError):
    """A record does not follow from the records before it.

    Attributes:
        index: Zero-based place of the record in the history.
        reason: The words the contract refuses the same record with.
    """

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(index, reason)
        self.index = index
        self.reason = reason

    def __str__(self) -> str:
        return f"record {self.index} of the history breaks the rules: {self.reason}"


class LedgerAnswerError(ContractError):
    """The ledger's answer is not what the contract returns."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(what, problem)
        self.what = what
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"answer to {self.what}: {self.problem}; "
            "check that the address holds this contract on this chain"
        )


class ArtifactError(ContractError):
    """The compiled artifacts are missing or stale."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name, problem)
        self.name = name
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"artifact {self.name}: {self.problem}; "
            "run `python -m contracts.artifacts.build` and commit the result"
        )


class FoundingError(ContractError):
    """A genesis cannot be built from these founders."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"founding: {self.problem}; {self.remedy}"
