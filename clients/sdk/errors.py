"""What can go wrong in a client.

ClientError
├── caller: change what was asked
│   ├── InputError              a file or value cannot be used
│   ├── KeyFileError            a key file is missing, loose, damaged, or not opened
│   ├── PasswordMissingError    no source gives the password
│   ├── ServerRefusedError      the door refused the request (its problem document)
│   └── RecordRefusedError      the ledger refused the record
└── operator: ask again, or ask the door's operator
    ├── ServerUnreachableError  the door does not answer
    ├── ServerFailedError       the door has a fault, or something behind it is silent
    ├── AnswerError             the answer cannot be used, or is not what was asked
    ├── WebhookError            a webhook's request that the door did not sign just now
    └── NotYetFinalError        the ledger has not answered in time
"""

from collections.abc import Mapping


class ClientError(Exception):
    """Base of every error of the SDK."""


class InputError(ClientError):
    """A file or value cannot be used."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(what, problem)
        self.what = what
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.what}: {self.problem}"


class KeyFileError(ClientError):
    """A key file cannot be used."""

    def __init__(self, path: str, problem: str, remedy: str) -> None:
        super().__init__(path, problem, remedy)
        self.path = path
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; {self.remedy}"


class PasswordMissingError(ClientError):
    """No source gives the password of a key file."""

    def __str__(self) -> str:
        return (
            "the key needs a password: set TRADESEAL_PASSWORD_FILE to a file of mode 0600, "
            "or TRADESEAL_PASSWORD to the password itself"
        )


class ServerRefusedError(ClientError):
    """The door refused the request.

    Attributes:
        status: HTTP status, 400 to 499.
        code: Stable code of the problem, such as "certificate_unknown".
        detail: What is wrong and what to do.
        request_id: What the door's log names the request by, if the door said.
        members: All that the problem document says, such as `findings`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        request_id: str | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(status, code, detail, request_id)
        self.status = status
        self.code = code
        self.detail = detail
        self.request_id = request_id
        self.members = dict(members or {})

    def __str__(self) -> str:
        return f"{self.detail} ({self.code}{_named(self.request_id)})"


class ServerFailedError(ServerRefusedError):
    """The door could not do what was asked, by a fault of its own or behind it."""


class ServerUnreachableError(ClientError):
    """The door does not answer."""

    def __init__(self, url: str, reason: str, request_id: str | None = None) -> None:
        super().__init__(url, reason, request_id)
        self.url = url
        self.reason = reason
        self.request_id = request_id

    def __str__(self) -> str:
        return (
            f"{self.url} does not answer: {self.reason}; check the address and that it runs"
            f"{_named(self.request_id)}"
        )


class AnswerError(ClientError):
    """The door's answer cannot be used, or is not the answer to what was asked."""

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(what, problem)
        self.what = what
        self.problem = problem

    def __str__(self) -> str:
        return f"the answer's {self.what} {self.problem}; do not rely on this server"


class WebhookError(ClientError):
    """A webhook's request cannot be relied on."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the webhook is not accepted: {self.problem}; answer it with status 400"


class RecordRefusedError(ClientError):
    """The ledger refused the record for good."""

    def __init__(self, digest: str, reason: str) -> None:
        super().__init__(digest, reason)
        self.digest = digest
        self.reason = reason

    def __str__(self) -> str:
        return f"the ledger refused record {self.digest}: {self.reason}"


class NotYetFinalError(ClientError):
    """The ledger has not answered in time; the record may still become final."""

    def __init__(self, digest: str, seconds: float) -> None:
        super().__init__(digest, seconds)
        self.digest = digest
        self.seconds = seconds

    def __str__(self) -> str:
        return (
            f"record {self.digest} is not final after {self.seconds:g} s; it goes on by itself: "
            "ask for it again later"
        )


def _named(request_id: str | None) -> str:
    return "" if request_id is None else f", request {request_id}"
