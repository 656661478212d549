"""What can go wrong around running a network.

NodeError
└── NetworkError                    the operator must act; each text says how
    ├── PlanError                   the organisations' file is wrong
    ├── NetworkMissingError         no network lives in the folder
    ├── NotNetworkedError           the organisation runs no engine of its own
    ├── AlreadyRunningError         another supervisor holds the folder
    ├── NotRunningError             no supervisor answers
    ├── NotStartedError             the supervisor ended, or its processes did not all start
    ├── ProgramMissingError         a program that is needed is not installed
    ├── BackupError                 a backup cannot be made
    └── BackupDamagedError          a backup is incomplete, altered, or of another kind
"""

from pathlib import Path

from node.errors import NodeError


class NetworkError(NodeError):
    """Base of the errors around running a network."""


class PlanError(NetworkError):
    """The file that names a network's organisations cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; examples/organisations.toml shows the form"


class NetworkMissingError(NetworkError):
    """No network lives in this folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"{self.path} holds no organisation that runs an engine; "
            "found a network with 'tradeseal network init'"
        )


class NotNetworkedError(NetworkError):
    """An organisation's settings name no engine of its own."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"{self.path} has no section [network] or no genesis file: it uses somebody else's "
            "ledger; serve its API with 'tradeseal node serve', or join a network with "
            "'tradeseal node join'"
        )


class AlreadyRunningError(NetworkError):
    """Another supervisor holds the folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is running already; stop it first, or look at 'tradeseal network logs'"


class NotRunningError(NetworkError):
    """No supervisor answers for the folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"nothing runs in {self.path}; start it with 'tradeseal network up' or 'node run'"


class NotStartedError(NetworkError):
    """The supervisor ended, or its processes did not all start in time."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        reason = self.reason or "no reason given"
        return f"{self.path} is not up: {reason}; see {self.path}/network.log"


class ProgramMissingError(NetworkError):
    """A program that is needed is not installed, or is another version."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}; 'tradeseal network doctor' tells what else is missing"


class BackupError(NetworkError):
    """A backup cannot be made or put back; nothing was changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class BackupDamagedError(NetworkError):
    """A backup's file is incomplete, altered, or of another kind; nothing was written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} is no whole backup: {self.reason}; nothing was written, take another"
