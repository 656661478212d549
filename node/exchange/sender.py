"""Sends what this side issued: one transmission for each manifest of a certificate.

(1) A certificate that is not sent, or was refused, is sent once its document is here for
    customs of the importing country.
(2) The signed transmission is stored before it is promised: after a crash the same one is
    promised again. A refused certificate is sent again only under another manifest, which its
    document gets when it is corrected or its recipients change.
(3) What the other side sent of its refusal is fetched and kept.
"""

import json
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import or_, select

from contracts.documents.hpke import is_material
from contracts.membership.keys import KeyPurpose, Role
from contracts.origin.records import MessageKind
from contracts.records.catalogue import parse_signed_record
from node.errors import RecordUnknownError
from node.exchange.courier import DocumentUnavailableError
from node.exchange.office import Office, Submit
from node.exchange.refusals import read_refusal
from node.exchange.tables import ExchangeDispatch
from node.membership.tables import KeyRow, OrganisationRow
from node.origin.tables import CertificateRow, CertificateStatus, Exchange, MessageRow
from node.outbox.outbox import Entry, hex32, record_text
from node.outbox.tables import EntryStatus

_UNSENT: Final = (Exchange.NOT_SENT, Exchange.FAILED)
_LONGEST_PAUSE_SECONDS: Final = 60
_AT_ONCE: Final = 100


class Sender:
    """Sends the certificates of one organisation, and of its country's certified exporters."""

    def __init__(self, organisation: str, country: str, office: Office) -> None:
        """Work for one issuing organisation.

        Args:
            organisation: Its identifier.
            country: The country whose certified exporters it sends for.
            office: Databases, courier and clerk.
        """
        self._organisation = organisation
        self._country = country
        self._office = office
        self._read = office.read
        self._state = office.state
        self._outbox = office.outbox
        self._courier = office.courier
        self._clerk = office.clerk
        self._chain_id = office.chain_id
        # Not before this time, and after what pause: what has no document is asked ever less.
        self._pauses: dict[str, tuple[int, int]] = {}

    def step(self, submit: Submit, now: int) -> bool:
        """Do what can be done now; return whether transmissions are under way.

        Args:
            submit: Promises durably to carry a record.
            now: The time in seconds.

        Raises:
            StorageError: A database or the disk refused.
        """
        busy = False
        for row in self._unsent(now):
            manifest = self._manifest(row, now)
            entry = None if manifest is None else self._send(row, manifest, submit, now)
            if entry is None or entry.is_settled:
                self._pause(row.object_id, now)
            else:
                busy = True
            if row.exchange == Exchange.FAILED:
                self._learn(row)
        return busy

    def _manifest(self, row: CertificateRow, now: int) -> str | None:
        """Return what customs of the importing country can fetch, None where nothing yet (1)."""
        customs = self._customs(row.importing_country, now)
        if not customs:
            return None
        try:
            return self._courier.manifest(row.document, customs)
        except DocumentUnavailableError:
            return None  # asked again after the pause

    def _unsent(self, now: int) -> Sequence[CertificateRow]:
        # Names alone first: where thousands wait for their documents, few are due at a time.
        named = select(CertificateRow.object_id).where(
            or_(
                CertificateRow.issuer == self._organisation,
                CertificateRow.authorisation.is_not(None)
                & (CertificateRow.issuing_country == self._country),
            ),
            CertificateRow.exchange.in_(_UNSENT),
            CertificateRow.status == CertificateStatus.ISSUED,
            CertificateRow.expires_at > now,
        )
        with self._read.read() as session:
            names = set(session.scalars(named))
            self._pauses = {name: p for name, p in self._pauses.items() if name in names}
            due = sorted(name for name in names if self._pauses.get(name, (0, 0))[0] <= now)
            query = select(CertificateRow).where(CertificateRow.object_id.in_(due[:_AT_ONCE]))
            return session.scalars(query).all()

    def _pause(self, certificate: str, now: int) -> None:
        _, last = self._pauses.get(certificate, (0, 0))
        pause = min(max(1, 2 * last), _LONGEST_PAUSE_SECONDS)
        self._pauses[certificate] = (now + pause, pause)

    def _customs(self, country: str, now: int) -> Collection[str]:
        """Return the country's customs that documents can be sealed for."""
        query = (
            select(OrganisationRow.id, OrganisationRow.roles, KeyRow)
            .join(KeyRow, KeyRow.organisation == OrganisationRow.id)
            .where(
                OrganisationRow.country == country,
                OrganisationRow.active,
                KeyRow.revoked_at == 0,
                KeyRow.valid_from <= now,
                KeyRow.valid_until > now,
            )
        )
        with self._read.read() as session:
            found = {
                name
                for name, roles, key in session.execute(query)
                # The ledger keeps any bytes as a key: one that is none must not stop the others.
                if roles & Role.CUSTOMS
                and key.purposes & KeyPurpose.ENCRYPT
                and is_material(bytes.fromhex(key.material[2:]))
            }
        return sorted(found)

    def _send(self, row: CertificateRow, manifest: str, submit: Submit, now: int) -> Entry | None:
        with self._state.read() as session:
            known = session.get(ExchangeDispatch, (row.object_id, manifest))
        if known is not None:
            entry = self._followed(known, submit)
            if entry.status is not EntryStatus.REFUSED:
                return entry
        signed = self._clerk.tell(
            self._office.contract(),
            row.object_id,
            MessageKind.TRANSMIT,
            now,
            reference=bytes.fromhex(manifest[2:]),
            document=bytes.fromhex(row.document[2:]),
        )
        with self._state.write() as session:  # (2)
            session.merge(
                ExchangeDispatch(
                    object_id=row.object_id,
                    manifest=manifest,
                    record=record_text(signed),
                    digest=hex32(signed.digest),
                    since=now,
                )
            )
        return submit(signed)

    def _followed(self, dispatch: ExchangeDispatch, submit: Submit) -> Entry:
        try:
            return self._outbox.find(dispatch.digest)
        except RecordUnknownError:
            return submit(parse_signed_record(json.loads(dispatch.record), self._chain_id))

    def _learn(self, row: CertificateRow) -> None:
        """Fetch and keep the codes of the newest refusal (3)."""
        query = (
            select(MessageRow)
            .where(
                MessageRow.object_id == row.object_id,
                MessageRow.kind == int(MessageKind.REFUSE),
            )
            .order_by(MessageRow.position.desc())
        )
        with self._read.read() as session:
            message = session.scalar(query.limit(1))
        if message is None or message.document is None:
            return
        mine = (
            select(ExchangeDispatch)
            .where(ExchangeDispatch.object_id == row.object_id)
            .order_by(ExchangeDispatch.since.desc())
        )
        with self._state.read() as session:
            newest = session.scalar(mine.limit(1))
        if newest is None or newest.refusal is not None:
            return
        try:
            content = self._courier.fetch(message.reference, message.organisation, message.document)
        except DocumentUnavailableError:
            return  # asked again after the pause
        with self._state.write() as session:
            kept = session.get_one(ExchangeDispatch, (newest.object_id, newest.manifest))
            kept.refusal = read_refusal(content, row.object_id, message.reason)
