"""What can go wrong in the vault.

NodeError
├── caller: ask for something else
│   ├── ContentUnknownError         nothing of this CID is stored here
│   ├── ContentTooLargeError        more bytes than the vault takes
│   ├── DocumentErasedError         it was erased here, for good
│   ├── CallerUnprovenError         a request that no member signed
│   ├── RecipientUnknownError       no such reader, or it has no encryption key in force
│   └── PurposeMalformedError       a purpose of reading that cannot be logged
├── operator: settings, keys, or the program that stores
│   ├── EncryptionKeyMissingError   the organisation has no key to open documents with
│   ├── VaultUnavailableError       what stores the content is down or slow
│   ├── PeerUnknownError            the settings name no door of the sender
│   ├── KuboProgramError            there is no usable `ipfs` program
│   └── KuboFolderError             the folder of a Kubo node is of another kind
└── counterparty: other bytes, or none
    ├── ContentForeignError         another content came than the CID names
    └── PeerRefusedError            the sender's node does not give it
"""

from pathlib import Path

from node.errors import NodeError


class ContentUnknownError(NodeError):
    """Nothing of this CID is stored here."""

    def __init__(self, cid: str) -> None:
        super().__init__(cid)
        self.cid = cid

    def __str__(self) -> str:
        return f"nothing of the CID {self.cid} is stored here; send it first, or fetch it"


class ContentTooLargeError(NodeError):
    """A content has more bytes than the vault takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"the content has more than {self.limit} bytes; split the document"


class DocumentErasedError(NodeError):
    """A document was erased here; it is not taken again."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest

    def __str__(self) -> str:
        return f"the document {self.digest} was erased here and is not kept again"


class CallerUnprovenError(NodeError):
    """A request of another node that no key in force of a member has signed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the request is not a member's: {self.reason}; sign it with a key in Membership"


class RecipientUnknownError(NodeError):
    """No such reader, or it has no encryption key in force."""

    def __init__(self, organisation: str) -> None:
        super().__init__(organisation)
        self.organisation = organisation

    def __str__(self) -> str:
        return (
            f"organisation {self.organisation} has no encryption key in force; "
            "let its admin key add one to Membership"
        )


class PurposeMalformedError(NodeError):
    """A purpose of reading that cannot be logged."""

    def __init__(self, purpose: str) -> None:
        super().__init__(purpose)
        self.purpose = purpose

    def __str__(self) -> str:
        return f"{self.purpose!r} is no purpose: name it in 1 to 128 printable characters"


class EncryptionKeyMissingError(NodeError):
    """The organisation has no key to open documents with."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return (
            f"{self.folder} holds no encryption.pem; make one with 'tradeseal key encryption' "
            "and let the admin key add it to Membership"
        )


class VaultUnavailableError(NodeError):
    """What stores the content does not answer, or refuses."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"the vault at {self.where} cannot be used: {self.reason}; check that it runs"


class ContentForeignError(NodeError):
    """Another content came than the CID names; nothing of it was kept."""

    def __init__(self, where: str, cid: str) -> None:
        super().__init__(where, cid)
        self.where = where
        self.cid = cid

    def __str__(self) -> str:
        return f"{self.where} gives other bytes than the CID {self.cid} names; do not rely on it"


class PeerUnknownError(NodeError):
    """The settings name no door of an organisation."""

    def __init__(self, organisation: str) -> None:
        super().__init__(organisation)
        self.organisation = organisation

    def __str__(self) -> str:
        return (
            f"the settings name no door of organisation {self.organisation}; "
            "add it to [peers] in organisation.toml"
        )


class PeerRefusedError(NodeError):
    """The sender's node does not give a content."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url} does not give the content: {self.reason}; ask its operator"


class KuboProgramError(NodeError):
    """There is no usable `ipfs` program."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(program, reason)
        self.program = program
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.program}: {self.reason}"


class KuboFolderError(NodeError):
    """The folder of a Kubo node cannot be made, or is of another kind."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} is no folder of a private Kubo node: {self.reason}"
