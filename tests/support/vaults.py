"""Vaults of two organisations without a ledger: everything is committed to unless a test says."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from contracts.documents.hpke import EncryptionKey
from contracts.membership.keys import NO_END, KeyPurpose, organisation_id
from node.database.database import Database
from node.files import make_private_folder
from node.keys.encryption import EncryptionKeys
from node.membership.tables import KeyRow, OrganisationRow
from node.vault.access import Access
from node.vault.content import ContentStore
from node.vault.directory import Directory
from node.vault.vault import Vault

NOW = 1_795_600_000
ACCESS = Access("officer-1", "customs", "VNHPH", "a test")


def hex_id(name: str) -> str:
    return "0x" + organisation_id(name).hex()


@dataclass
class Clock:
    time: int = NOW

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)


@dataclass
class VaultWorld:
    """One read database for all; each vault has a state database of its own."""

    folder: Path
    read: Database
    clock: Clock = field(default_factory=Clock)
    keys: dict[str, EncryptionKey] = field(default_factory=dict)
    committed: set[str] | None = None

    def vault(self, name: str, store: ContentStore, state: Database) -> Vault:
        """Open the vault of an organisation, which Membership gets to know."""
        if name not in self.keys:
            self.keys[name] = EncryptionKey.new()
            self.register(name, self.keys[name])
        folder = self.folder / name
        make_private_folder(folder)
        return Vault(
            folder,
            store,
            state,
            keys=EncryptionKeys(folder, self.keys[name], ()),
            directory=Directory(self.read, self.clock),
            clock=self.clock,
            is_committed=lambda digest: self.committed is None or digest in self.committed,
        )

    def register(
        self, name: str, key: EncryptionKey, *, active: bool = True, revoked_at: int = 0,
        purposes: KeyPurpose = KeyPurpose.ENCRYPT, material: bytes | None = None,
    ) -> None:  # fmt: skip
        public = key.material if material is None else material
        with self.read.write() as session:
            session.merge(
                OrganisationRow(
                    id=hex_id(name), roles=1, country="VN", governing=False, active=active,
                    since_block=0, changed_block=0,
                )
            )  # fmt: skip
            session.merge(
                KeyRow(
                    id="0x" + key.key_id.hex(), organisation=hex_id(name), purposes=int(purposes),
                    valid_from=0, valid_until=NO_END, revoked_at=revoked_at, compromised_since=0,
                    material="0x" + public.hex(), since_block=0,
                )
            )  # fmt: skip


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)
