"""Whose signature a record has, as the read models have Membership now."""

from sqlalchemy import select

from contracts.errors import RecordSignatureError
from contracts.membership.keys import KeyPurpose, Role, address_key_id
from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.membership.tables import KeyRow, OrganisationRow
from node.payments.errors import BankUnknownError, KeyRevokedError, PaymentSignerError


class Signers:
    """Checks who signed, and whether the key is in force."""

    def __init__(self, read: Database) -> None:
        """Look into the read models."""
        self._read = read

    def require(self, signed: SignedRecord, organisation: str, roles: Role, now: int) -> None:
        """Refuse a record that an organisation's key in force has not signed.

        Args:
            signed: The record.
            organisation: Who must have signed it: 0x and 64 digits.
            roles: One of these the organisation must have.
            now: Seconds since 1970.

        Raises:
            PaymentSignerError: The signature is none, or another's, or of another role.
            KeyRevokedError: The key is revoked, or outside its validity.
        """
        try:
            key_id = "0x" + address_key_id(signed.recover()).hex()
        except RecordSignatureError as error:
            raise PaymentSignerError(str(error)) from error
        query = (
            select(KeyRow, OrganisationRow)
            .join(OrganisationRow, OrganisationRow.id == KeyRow.organisation)
            .where(KeyRow.id == key_id)
        )
        with self._read.read() as session:
            found = session.execute(query).one_or_none()
        if found is None or found[0].organisation != organisation:
            raise PaymentSignerError("the key is not the organisation's")
        key, owner = found
        if key.revoked_at or not key.valid_from <= now < key.valid_until or not owner.active:
            raise KeyRevokedError(key_id)
        if not key.purposes & KeyPurpose.SIGN:
            raise PaymentSignerError("the key is not for signing records")
        if not owner.roles & roles:
            raise PaymentSignerError("the organisation has no such role")

    def require_bank(self, organisation: str) -> None:
        """Refuse an organisation that is no active bank.

        Raises:
            BankUnknownError: It is none.
        """
        with self._read.read() as session:
            row = session.get(OrganisationRow, organisation)
        if row is None or not row.active or not row.roles & Role.BANK:
            raise BankUnknownError(organisation)
