"""Everything that can go wrong in an organisation's node.

NodeError
├── caller: ask for something else
│   ├── RecordMalformedError        the record cannot be read
│   ├── RecordForeignError          a record for another chain or contract
│   ├── RecordUnknownError          no such record was ever accepted here
│   ├── RecordTogetherError         promised before, with other records or alone
│   ├── CertificateUnknownError     no such certificate in the caller's scope
│   ├── SettlementUnknownError      nothing was assessed on such a declaration
│   ├── LineUnknownError            no such export line in the caller's scope
│   ├── ApplicationUnknownError     no such application in the caller's scope
│   ├── ExporterUnknownError        no such certified exporter
│   ├── OrganisationUnknownError    Membership knows no such organisation
│   ├── ProposalUnknownError        no such proposal was handed in here
│   ├── ProposalClosedError         it can no longer be decided
│   ├── ProposalUndecidedError      too few votes that count
│   ├── VoteRefusedError            the vote does not count, and why
│   ├── DocumentMalformedError      not an SD-JWT in canonical form
│   ├── DocumentUncommittedError    nothing on the ledger commits to it
│   ├── DocumentUnknownError        not held here
│   ├── IdempotencyConflictError    one key, two different requests
│   └── CursorMalformedError        a paging cursor nobody issued
├── operator: the machine, the folder or the settings
│   ├── ConfigError                 the configuration file is wrong
│   ├── GenesisForeignError         the genesis file is of another ledger
│   ├── FolderMissingError          no organisation lives in this folder
│   ├── FolderOccupiedError         something is there already
│   ├── LooseModeError              others may read a private file
│   ├── KeyFileError                a key file is damaged or of another kind
│   ├── PasswordMissingError        no source gives the password
│   ├── PasswordWrongError          the password does not open the key
│   ├── SchemaOutdatedError         the database needs its migrations
│   └── StorageError                the disk or database refused
└── ledger: the endpoint behind the seam
    ├── LedgerUnavailableError      it does not answer
    ├── LedgerAnswerError           it answers nonsense
    ├── OtherLedgerError            it is not the ledger followed so far
    ├── MethodUnknownError          it does not know the question
    └── BundleUnavailableError      the proof cannot be built (yet)
"""

from pathlib import Path


class NodeError(Exception):
    """Base of every error of this package."""


class RecordMalformedError(NodeError):
    """A signed record cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the record cannot be read: {self.reason}; send one strict signed-record object"


class RecordForeignError(NodeError):
    """A record is signed for a contract this ledger does not register."""

    def __init__(self, contract: str) -> None:
        super().__init__(contract)
        self.contract = contract

    def __str__(self) -> str:
        return (
            f"no contract {self.contract} is registered on this ledger; "
            "sign the record for the address that /v1/membership/contracts names"
        )


class RecordUnknownError(NodeError):
    """No record with this digest was accepted here or seen on the ledger."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest

    def __str__(self) -> str:
        return f"no record {self.digest} is known here; check the digest or submit the record"


class CertificateUnknownError(NodeError):
    """The caller's scope holds no such certificate."""

    def __init__(self, certificate: str) -> None:
        super().__init__(certificate)
        self.certificate = certificate

    def __str__(self) -> str:
        return (
            f"no certificate {self.certificate} is visible to you; "
            "check the identifier, or ask a party to the certificate"
        )


class SettlementUnknownError(NodeError):
    """Nothing was assessed on such a declaration, as far as this node has read."""

    def __init__(self, declaration: str) -> None:
        super().__init__(declaration)
        self.declaration = declaration

    def __str__(self) -> str:
        return (
            f"nothing is assessed on declaration {self.declaration}; "
            "check the identifier, or ask again once customs has assessed it"
        )


class RecordTogetherError(NodeError):
    """A record of several that go together is promised already, in other company."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest

    def __str__(self) -> str:
        return (
            f"record {self.digest} is promised already, alone or with other records; wait for its "
            "outcome, or sign it anew"
        )


class LineUnknownError(NodeError):
    """No such export line in the caller's scope."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line

    def __str__(self) -> str:
        return f"nothing of export line {self.line} is certified, or it is not visible to you"


class ApplicationUnknownError(NodeError):
    """No such application in the caller's scope."""

    def __init__(self, application: str) -> None:
        super().__init__(application)
        self.application = application

    def __str__(self) -> str:
        return f"no application {self.application} is visible to you; check the identifier"


class ExporterUnknownError(NodeError):
    """No such certified exporter."""

    def __init__(self, exporter: str) -> None:
        super().__init__(exporter)
        self.exporter = exporter

    def __str__(self) -> str:
        return f"there is no certified exporter {self.exporter}; check the identifier"


class OrganisationUnknownError(NodeError):
    """Membership knows no such organisation."""

    def __init__(self, organisation: str) -> None:
        super().__init__(organisation)
        self.organisation = organisation

    def __str__(self) -> str:
        return f"Membership knows no organisation {self.organisation}; list the known ones first"


class ProposalUnknownError(NodeError):
    """No proposal of this digest was handed in here."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest

    def __str__(self) -> str:
        return f"no proposal {self.digest} is known here; hand in the proposal first"


class ProposalClosedError(NodeError):
    """A proposal can no longer be decided, or never on this ledger."""

    def __init__(self, digest: str, reason: str, remedy: str) -> None:
        super().__init__(digest, reason, remedy)
        self.digest = digest
        self.reason = reason
        self.remedy = remedy

    def __str__(self) -> str:
        return f"proposal {self.digest} cannot be decided: {self.reason}; {self.remedy}"


class ProposalUndecidedError(NodeError):
    """Too few votes of a proposal count."""

    def __init__(self, digest: str, counted: int, needed: int) -> None:
        super().__init__(digest, counted, needed)
        self.digest = digest
        self.counted = counted
        self.needed = needed

    def __str__(self) -> str:
        return (
            f"proposal {self.digest} has {self.counted} votes that count and needs "
            f"{self.needed}; gather the others"
        )


class VoteRefusedError(NodeError):
    """A vote does not count."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(key, reason)
        self.key = key
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"the vote of key {self.key} does not count: {self.reason}; sign this proposal "
            "with an admin key of an active governing organisation"
        )


class DocumentMalformedError(NodeError):
    """The bytes are not an SD-JWT as this node keeps them."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the document is not a usable SD-JWT: {self.reason}; send the issuer's exact bytes"


class DocumentUncommittedError(NodeError):
    """No certificate on the ledger, nor one waiting here, commits to the document."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest

    def __str__(self) -> str:
        return (
            f"no certificate commits to the document {self.digest}; "
            "submit the certificate's issue record first, then its document"
        )


class DocumentUnknownError(NodeError):
    """The document is not held in this organisation's folder."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest

    def __str__(self) -> str:
        return f"the document {self.digest} is not held here; ask the certificate's issuer for it"


class IdempotencyConflictError(NodeError):
    """One idempotency key came with two different requests."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return (
            f"the idempotency key {self.key!r} was used for another request; "
            "use a new key for a new request"
        )


class CursorMalformedError(NodeError):
    """A paging cursor that this node never issued."""

    def __init__(self, cursor: str) -> None:
        super().__init__(cursor)
        self.cursor = cursor

    def __str__(self) -> str:
        return (
            f"{self.cursor!r} is no cursor of this list; "
            "use the 'next' value of the page before, or leave it out"
        )


class ConfigError(NodeError):
    """An organisation's configuration file is wrong."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; correct the file and start again"


class GenesisForeignError(NodeError):
    """The folder's genesis file does not found the folder's ledger."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} does not fit: {self.reason}; put the ledger's own genesis file there"


class FolderMissingError(NodeError):
    """No organisation lives in this folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} holds no organisation; create one with 'tradeseal node init'"


class FolderOccupiedError(NodeError):
    """Something is already where a new file or folder should go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} exists already and is never overwritten; name another place"


class LooseModeError(NodeError):
    """Others than the owner may use a private file or folder."""

    def __init__(self, path: Path, actual: int, allowed: int) -> None:
        super().__init__(path, actual, allowed)
        self.path = path
        self.actual = actual
        self.allowed = allowed

    def __str__(self) -> str:
        return (
            f"{self.path} has mode {self.actual:04o}, at most {self.allowed:04o} is accepted; "
            f"run: chmod {self.allowed:04o} '{self.path}'"
        )


class KeyFileError(NodeError):
    """A key file is damaged or holds another kind of key."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} is not a usable key file: {self.reason}; restore it from its backup"


class PasswordMissingError(NodeError):
    """No source gives the password of the keys."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable

    def __str__(self) -> str:
        return (
            f"the keys need a password: set {self.variable}_FILE to a file of mode 0600, "
            f"or {self.variable} to the password itself"
        )


class PasswordWrongError(NodeError):
    """The password does not open the key."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"the password does not open {self.path}; check where the password comes from"


class SchemaOutdatedError(NodeError):
    """A database is not at the schema this program needs."""

    def __init__(self, database: str, actual: str | None, expected: str) -> None:
        super().__init__(database, actual, expected)
        self.database = database
        self.actual = actual
        self.expected = expected

    def __str__(self) -> str:
        return (
            f"the {self.database} database is at schema {self.actual or 'none'}, this program "
            f"needs {self.expected}; run 'tradeseal node migrate', or the newer program"
        )


class StorageError(NodeError):
    """The disk or the database refused; nothing was acknowledged."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.where} failed: {self.reason}; check space and rights, then try again"


class LedgerUnavailableError(NodeError):
    """The ledger's endpoint does not answer."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(endpoint, reason)
        self.endpoint = endpoint
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"the ledger at {self.endpoint} does not answer: {self.reason}; "
            "check that it runs and that the address is right"
        )


class LedgerAnswerError(NodeError):
    """The ledger's endpoint answered something that cannot be used."""

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(method, reason)
        self.method = method
        self.reason = reason

    def __str__(self) -> str:
        return f"the ledger's answer to {self.method} cannot be used: {self.reason}"


class MethodUnknownError(LedgerAnswerError):
    """The ledger's endpoint does not know the question: it is of another kind than ours."""


class OtherLedgerError(NodeError):
    """The ledger is not the one this database followed so far."""

    def __init__(self, number: int, expected: str, actual: str | None) -> None:
        super().__init__(number, expected, actual)
        self.number = number
        self.expected = expected
        self.actual = actual

    def __str__(self) -> str:
        return (
            f"block {self.number} is {self.actual or 'absent'} on the ledger, but was "
            f"{self.expected} when it was read: this is another ledger, or one restored from an "
            "old copy; correct [ledger] in the configuration, or run 'tradeseal node rebuild'"
        )


class BundleUnavailableError(NodeError):
    """A proof cannot be built now."""

    def __init__(self, certificate: str, reason: str) -> None:
        super().__init__(certificate, reason)
        self.certificate = certificate
        self.reason = reason

    def __str__(self) -> str:
        return f"no proof of {self.certificate} can be built now: {self.reason}; try again shortly"
