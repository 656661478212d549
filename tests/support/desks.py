"""A place where commands are typed, at one member's door at a time."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from support.doors import DOOR_ROLES, Doors
from support.organisations import IDENTIFIER_KEY, Member, Network
from typer.testing import CliRunner, Result

import clients.cli.session
from clients.cli import (
    certificate_customs,
    certificate_exporter,
    certificate_issuing,
    certificate_presentation,
    certificate_reading,
    certificate_receiving,
    certificate_withdrawing,
)
from clients.sdk import Client
from clients.sdk.files import write_private
from clients.sdk.keystore import DEMONSTRATION, SigningKey, _seal

PASSWORD = "a password"
MODULES = (
    certificate_customs,
    certificate_exporter,
    certificate_issuing,
    certificate_presentation,
    certificate_reading,
    certificate_receiving,
    certificate_withdrawing,
)


@dataclass
class Desk:
    folder: Path
    network: Network
    doors: Doors
    patch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.patch.setenv("TRADESEAL_PASSWORD", PASSWORD)
        for module in MODULES:
            self.patch.setattr(module, "now", lambda: int(self.network.now().timestamp()))

    def at(self, member: Member) -> Desk:
        """Sit down at a member's door."""
        door = self.doors[member]
        self.patch.setenv("TRADESEAL_TOKEN", door.token(DOOR_ROLES[member.roles]))
        client = functools.partial(Client, transport=door.transport)
        self.patch.setattr(clients.cli.session, "Client", client)
        return self

    def run(self, app: typer.Typer, *arguments: object, code: int = 0) -> Any:
        result = self.call(app, *arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    @staticmethod
    def call(app: typer.Typer, *arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    def key(self, member: Member) -> tuple[str, Path]:
        path = self.folder / f"{member.name}.json"
        if not path.exists():
            secret = SigningKey(member.officer.secret)
            write_private(path, _seal(secret, PASSWORD.encode(), DEMONSTRATION))
        return "--key", path

    def issuing(self, member: Member) -> tuple[object, ...]:
        """Return the options by which a member issues."""
        path = self.folder / f"{member.name}.pem"
        if not path.exists():
            encryption = BestAvailableEncryption(PASSWORD.encode())
            content = member.document_secret.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, encryption
            )
            write_private(path, content)
        named = ("--document-key", path, "--organisation", member.hex_id)
        return (*self.key(member), *named, *self.identifier())

    def identifier(self) -> tuple[str, Path]:
        return "--identifier-key", self.identifier_key()

    def identifier_key(self) -> Path:
        path = self.folder / "identifier.key"
        if not path.exists():
            write_private(path, IDENTIFIER_KEY.hex().encode())
        return path

    def json(self, name: str, value: object) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(value))
        return path
