"""Whose key is whose, as the read models have Membership."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import Select, select

from contracts.documents.hpke import is_material
from contracts.membership.keys import KeyPurpose
from node.database.database import Database
from node.membership.tables import KeyRow, OrganisationRow
from node.vault.errors import RecipientUnknownError

_CALLING = KeyPurpose.SIGN | KeyPurpose.CARRY


class Directory:
    """Keys in force of active organisations."""

    def __init__(self, read: Database, clock: Callable[[], datetime]) -> None:
        """Look into the read models."""
        self._read = read
        self._clock = clock

    def materials(self, organisation: str) -> list[bytes]:
        """Return an organisation's encryption keys in force, at least one.

        Raises:
            RecipientUnknownError: It has none, is not active, or does not exist.
        """
        query = self._in_force(KeyPurpose.ENCRYPT).where(KeyRow.organisation == organisation)
        with self._read.read() as session:
            materials = [bytes.fromhex(row.material[2:]) for row in session.scalars(query)]
        # The ledger keeps any bytes as a key; one that is none must not stop the others.
        usable = [material for material in materials if is_material(material)]
        if not usable:
            raise RecipientUnknownError(organisation)
        return usable

    def caller(self, key_id: bytes) -> str | None:
        """Return the organisation that a key in force speaks for, None for a stranger."""
        query = self._in_force(_CALLING).where(KeyRow.id == "0x" + key_id.hex())
        with self._read.read() as session:
            row = session.scalar(query)
        return None if row is None else row.organisation

    def readers(self, key_ids: Collection[bytes]) -> frozenset[str]:
        """Return the active organisations that some encryption keys are, or were, bound to."""
        names = [f"0x{key_id.hex()}" for key_id in key_ids]
        query = (
            select(KeyRow.organisation)
            .join(OrganisationRow, OrganisationRow.id == KeyRow.organisation)
            .where(KeyRow.id.in_(names), OrganisationRow.active)
            .where(KeyRow.purposes.op("&")(int(KeyPurpose.ENCRYPT)) != 0)
        )
        with self._read.read() as session:
            return frozenset(session.scalars(query))

    def _in_force(self, purposes: KeyPurpose) -> Select[KeyRow]:
        now = int(self._clock().timestamp())
        return (
            select(KeyRow)
            .join(OrganisationRow, OrganisationRow.id == KeyRow.organisation)
            .where(OrganisationRow.active, KeyRow.revoked_at == 0)
            .where(KeyRow.valid_from <= now, KeyRow.valid_until > now)
            .where(KeyRow.purposes.op("&")(int(purposes)) != 0)
        )
