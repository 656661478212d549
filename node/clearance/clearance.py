"""Clearance as one organisation does it: files, the office, and how declarations stand."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from contracts.beacon.binding import BeaconContract
from contracts.beacon.identifiers import DOMAIN as BEACON
from contracts.beacon.state import Seed
from contracts.clearance.records import DOMAIN
from contracts.ledger import Ledger
from contracts.membership.keys import Role
from node.clearance.assessor import Assessor
from node.clearance.files import DeclarationFiles
from node.clearance.office import ClearanceOffice, Submit, clerk_of
from node.clearance.planning import Planner
from node.clearance.tables import DeclarationFile, DeclarationVersion
from node.database.database import Database
from node.errors import LedgerAnswerError
from node.exchange.identifiers import IdentifierKeys
from node.folder import OrganisationFolder
from node.indexer.tables import Cursor
from node.membership.tables import ContractRow, OrganisationRow
from node.payments.customs import Registration
from node.payments.identifiers import PaymentKeys
from node.payments.payments import Payments


class Clearance:
    """What one organisation's node knows and does about declarations.

    Attributes:
        files: The declarations that it took in.
    """

    def __init__(
        self,
        folder: OrganisationFolder,
        databases: tuple[Database, Database],
        *,
        ledger: Ledger,
        payments: Payments,
        clerk_key: bytes | None,
    ) -> None:
        """Work for one organisation.

        Args:
            folder: Its folder.
            databases: Read models and state.
            ledger: Asked for the beacon's seeds.
            payments: Takes what is due.
            clerk_key: Signs by itself; None where nothing is decided here.
        """
        config = folder.config
        self._read, state = databases
        self._organisation, self._country = config.organisation, config.country
        self._ledger = ledger
        self._payments = payments
        keys = PaymentKeys(
            self._read, IdentifierKeys(folder.keys), config.organisation, config.country
        )
        self.files = DeclarationFiles(state, keys)
        self._office = None
        if clerk_key is not None:
            planner = Planner(self._read, keys, config.country, config.evm_chain_id, self._seed_of)
            sign = clerk_of(clerk_key, config.evm_chain_id, lambda: self._speaker(DOMAIN))
            self._office = ClearanceOffice(
                (self._read, state),
                planner,
                chain_id=config.evm_chain_id,
                sign=sign,
                assess=self._assess,
            )

    @property
    def has_clerk(self) -> bool:
        """Whether this node could register declarations, once somebody decides."""
        return self._office is not None

    @property
    def is_open(self) -> bool:
        """Whether this node registers declarations."""
        return self._office is not None and self.files.assessor is not None

    def appoint(self, assessor: Assessor) -> None:
        """Let somebody decide; nothing is registered before."""
        self.files.assessor = assessor

    def step(self, submit: Submit, now: int) -> bool:
        """Do what can be done now; return whether something is under way.

        Args:
            submit: Promises durably to carry records.
            now: The time in seconds.

        Raises:
            StorageError: A database or the disk refused.
            NodeError: The folder's keys cannot be read.
        """
        assessor = self.files.assessor
        if self._office is None or assessor is None or not self._is_customs():
            return False
        return self._office.step(assessor, submit, now)

    def contract(self) -> bytes:
        """Return the contract that speaks for clearance in the next block.

        Raises:
            LedgerAnswerError: None does.
        """
        return self._speaker(DOMAIN)

    def _assess(
        self, file: DeclarationFile, version: DeclarationVersion, document: Mapping[str, Any]
    ) -> None:
        salt = hashlib.sha256(f"assessment {version.salt}".encode()).hexdigest()
        registration = Registration(file.registered_at, file.office, file.declarant)
        self._payments.customs.assess(document, registration, salt, version.received_at)

    def _seed_of(self, number: int, since: int) -> Seed:
        contract = BeaconContract(self._ledger, self._speaker(BEACON))
        return contract.seed(self._country, number, since)

    def _speaker(self, domain: str) -> bytes:
        with self._read.read() as session:
            cursor = session.scalar(select(Cursor))
            following = 0 if cursor is None else cursor.block_number + 1
            query = (
                select(ContractRow.address)
                .where(ContractRow.domain == domain, ContractRow.from_block <= following)
                .order_by(ContractRow.version.desc())
            )
            address = session.scalar(query.limit(1))
        if address is None:
            raise LedgerAnswerError("eth_getLogs", f"no contract speaks for {domain}")
        return bytes.fromhex(address[2:])

    def _is_customs(self) -> bool:
        with self._read.read() as session:
            row = session.get(OrganisationRow, self._organisation)
        return row is not None and row.active and bool(row.roles & Role.CUSTOMS)
