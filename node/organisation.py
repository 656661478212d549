"""One organisation's node: its folder, databases, outbox and indexer around one ledger.

Several of them may live in one process; they share nothing but the process.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session
from web3 import Web3

from chain.observability.events import log_event
from contracts.beacon.binding import BeaconContract
from contracts.beacon.identifiers import DOMAIN as BEACON
from contracts.clearance.binding import ClearanceContract
from contracts.clearance.records import DOMAIN as CLEARANCE
from contracts.issuance.binding import IssuanceContract
from contracts.issuance.records import DOMAIN as ISSUANCE
from contracts.ledger import Ledger
from contracts.membership.binding import MembershipContract
from contracts.membership.keys import Role
from contracts.membership.records import Proposal
from contracts.origin.binding import OriginContract
from contracts.origin.records import DOMAIN as ORIGIN
from contracts.payments.binding import PaymentsContract
from contracts.payments.records import DOMAIN as PAYMENTS
from contracts.records import SignedRecord
from contracts.records.record import RecordDomain
from node.beacon.beacon import open_beacon
from node.bundles.build import CertificateBundles
from node.carriage import ContractCarriage
from node.clearance.clearance import Clearance
from node.clearance.projection import ClearanceProjection
from node.config import EMBEDDED
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.debt.book import DebtBook
from node.errors import (
    ConfigError,
    LedgerUnavailableError,
    NodeError,
    RecordForeignError,
    RecordMalformedError,
)
from node.exchange.exchange import open_exchange
from node.folder import OrganisationFolder, open_folder
from node.governance.proposals import Proposals
from node.indexer.calldata import CalldataReader
from node.indexer.indexer import Indexer
from node.indexer.records import RecordProjection
from node.issuance.projection import IssuanceProjection
from node.keys.accounts import load_account
from node.keys.encryption import load_encryption_keys
from node.ledger import LedgerGateway
from node.membership.founding import load_founders
from node.membership.projection import MembershipProjection
from node.membership.queries import MembershipQueries
from node.membership.tables import OrganisationRow
from node.misbehaviour.reporter import MisbehaviourReporter
from node.observability.collector import NodeCollector
from node.observability.metrics import NodeMetrics
from node.observability.provider import CorrelatedProvider
from node.origin.projection import OriginProjection
from node.outbox.carrier import Carrier
from node.outbox.journal import Journal
from node.outbox.outbox import Entry, Outbox, Request
from node.payments.debts import DebtBookDebts
from node.payments.payments import load_clerk, open_payments
from node.settlement.projection import SettlementProjection
from node.subscriptions.subscriptions import Subscriptions
from node.vault.assembly import open_documents
from node.vault.errors import VaultUnavailableError
from node.worker import Worker

_ZERO_ADDRESS = bytes(20)
_EVIDENCE_PAUSE_SECONDS = 2.0
_TIDY_PAUSE_SECONDS = 60.0
_EXCHANGE_PAUSE_SECONDS = 0.5
_WEBHOOKS_PAUSE_SECONDS = 0.25
ACCOUNT_NAME = "account.json"
# Places among the workers: who carries, and who goes on when a block comes.
_CARRIER, _EXCHANGE, _LED_BY_BLOCKS = 0, 4, slice(4, None)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Condition:
    """How a node is doing.

    Attributes:
        trouble: What it waits for, empty when all is well.
        faults: What stopped a part of it for good, empty when all is well; for the operator.
    """

    trouble: tuple[NodeError, ...]
    faults: tuple[str, ...]


class OrganisationNode:
    """What one organisation holds, open for use; close it in the end.

    Attributes:
        folder: Where it lives.
        ledger: The ledger it follows.
        read: Read models.
        state: Outbox and idempotency keys.
        outbox: Records it promised to carry.
        proposals: What organisations vote on, and their votes.
        carrier: Carries them.
        indexer: Follows the ledger.
        documents: How documents come and go: vault, courier, other members' doors.
        vault: Sealed documents it holds.
        bundles: Builds proofs of what it knows.
        exchange: What it does by itself between administrations; None without a clerk's key.
        subscriptions: Events for those who follow, and their webhooks.
        debt: What taxpayers owe; of use at customs.
        clearance: Declarations; registered and decided at customs.
        payments: Orders, credits, guarantees, assessments; decided at customs.
        beacon: Publishes the outputs that it owes; None without a beacon key.
        metrics: What it counts.
    """

    def __init__(
        self,
        folder: OrganisationFolder,
        web3: Web3,
        password: bytes,
        clock: Callable[[], datetime],
    ) -> None:
        """Open databases and keys; nothing is asked of the ledger yet.

        Raises:
            KeyFileError: The account's key file is missing or damaged.
            PasswordWrongError: The password does not open it.
            SchemaOutdatedError: A database belongs to a newer program.
            StorageError: The disk or a database refused.
        """
        config = folder.config
        account = load_account(folder.keys / ACCOUNT_NAME, password)
        binding = Ledger(web3)
        membership = MembershipContract(binding, bytes.fromhex(config.membership[2:]))
        origin = OriginContract(binding, _ZERO_ADDRESS)
        issuance = IssuanceContract(binding, _ZERO_ADDRESS)
        payments = PaymentsContract(binding, _ZERO_ADDRESS)
        clearance = ClearanceContract(binding, _ZERO_ADDRESS)
        beacon = BeaconContract(binding, _ZERO_ADDRESS)
        self.folder = folder
        self.clock = clock
        self.metrics = NodeMetrics()
        self.ledger = LedgerGateway(web3, config.ledger_url, self.metrics)
        self.read = Database(folder.read_url, Purpose.READ)
        self.state = Database(folder.state_url, Purpose.STATE)
        migrate(self.read)
        migrate(self.state)
        self.outbox = Outbox(self.state, config.evm_chain_id, clock)
        domain = RecordDomain(config.evm_chain_id, membership.address)
        self.proposals = Proposals(self.state, self.read, self.outbox, domain, clock)
        self._carriage = ContractCarriage(
            self.ledger,
            membership,
            {
                ORIGIN: origin,
                ISSUANCE: issuance,
                PAYMENTS: payments,
                BEACON: beacon,
                CLEARANCE: clearance,
            },
            self.proposals.decisive_votes,
        )
        self._reporter = MisbehaviourReporter(
            self.state,
            self.ledger,
            bytes.fromhex(config.organisation[2:]),
            domain,
            bytes(account.key),
        )
        self.carrier = Carrier(
            Journal(self.state, config.evm_chain_id),
            self.ledger,
            account,
            self._carriage,
            folder.carrier_lock,
            metrics=self.metrics,
        )
        self.indexer = Indexer(
            self.read,
            self.ledger,
            (
                MembershipProjection(membership.address, load_founders(folder, self.ledger)),
                RecordProjection(
                    config.evm_chain_id,
                    CalldataReader(membership, origin, issuance, payments, beacon, clearance),
                ),
                OriginProjection(),
                IssuanceProjection(),
                SettlementProjection(),
                ClearanceProjection(),
            ),
            self.metrics.contact.followed,
        )
        keys = load_encryption_keys(folder.keys, password)
        self.documents = open_documents(
            folder, self.read, self.state, keys, secret=bytes(account.key), clock=clock
        )
        self.vault = self.documents.vault
        self.bundles = CertificateBundles(
            self.ledger, self.vault, membership.address, config.evm_chain_id
        )
        self.exchange = open_exchange(
            folder,
            (self.read, self.state),
            self.outbox,
            self.documents.courier,
            password,
        )
        self.subscriptions = Subscriptions(
            config,
            (self.read, self.state),
            bytes(account.key),
            self.vault.documents,
            clock=clock,
        )
        self.debt = DebtBook(self.state, clock)
        self.payments = open_payments(
            folder,
            (self.read, self.state),
            self.outbox,
            (bytes(account.key), password),
            lambda signed: self._carriage.anchor_block(signed) is not None,
            debts=DebtBookDebts(self.debt),
        )
        self.clearance = Clearance(
            folder,
            (self.read, self.state),
            ledger=binding,
            payments=self.payments,
            clerk_key=load_clerk(folder, password),
        )
        self.beacon = open_beacon(
            folder, self.read, self.outbox, self.ledger, (password, load_clerk(folder, password))
        )
        self._on_fault: Callable[[], None] = lambda: None
        self._reached = -1
        self._workers: tuple[Worker, ...] = (
            Worker(f"{config.name} carrier", self._carry, self._end),
            Worker(f"{config.name} indexer", self._follow, self._end),
            Worker(f"{config.name} watcher", self._watch, self._end, _EVIDENCE_PAUSE_SECONDS),
            Worker(f"{config.name} vault", self._tidy, self._end, _TIDY_PAUSE_SECONDS),
            Worker(f"{config.name} exchange", self._exchange, self._end, _EXCHANGE_PAUSE_SECONDS),
            Worker(
                f"{config.name} webhooks",
                self.subscriptions.dispatcher.step,
                self._end,
                _WEBHOOKS_PAUSE_SECONDS,
            ),
        )
        if self.beacon is not None:
            # Of its own: others wait for its outputs, and it must not wait for anything here.
            self._workers += (Worker(f"{config.name} beacon", self._draw, self._end),)
        self.clearance.files.on_arrival = self._workers[_EXCHANGE].wake
        self.metrics.registry.register(
            NodeCollector(
                self.outbox,
                self.indexer,
                self.metrics.contact,
                clock,
                lambda: len(self.condition().faults),
            )
        )

    def submit(self, signed: SignedRecord, request: Request | None = None) -> Entry:
        """Promise to carry a record; durable on return.

        Raises:
            RecordForeignError: Signed for a contract that the ledger does not register.
            RecordMalformedError: The ledger takes no single record of this type.
            IdempotencyConflictError: The key came with another request before.
            StorageError: Nothing was promised.
        """
        self._require_carriable(signed)
        self._carriage.build([signed])  # refuses what no function takes
        entry = self.outbox.submit(signed, request)
        self._promised(entry)
        return entry

    def submit_together(
        self, records: Sequence[SignedRecord], request: Request | None = None
    ) -> list[Entry]:
        """Promise to carry records in one transaction, all or none; durable on return.

        Raises:
            RecordForeignError: One is signed for a contract that the ledger does not register.
            RecordMalformedError: They do not go together, or are too many.
            RecordTogetherError: One is promised already, in other company.
            IdempotencyConflictError: The key came with another request before.
            StorageError: Nothing was promised.
        """
        for signed in records:
            self._require_carriable(signed)
        self._carriage.build(records, together=True)
        entries = self.outbox.submit_together(records, request)
        for entry in entries:
            self._promised(entry)
        return entries

    def _require_carriable(self, signed: SignedRecord) -> None:
        if isinstance(signed.record, Proposal):
            reason = "a Proposal needs votes: hand it in at /v1/membership/proposals"
            raise RecordMalformedError(reason)
        address = "0x" + signed.domain.contract.hex()
        with self.read.read() as session:
            domain = MembershipQueries(session).contract_domain(address)
        if address == self.folder.config.membership:
            domain = "membership"
        if domain != signed.record.DOMAIN:
            raise RecordForeignError(address)

    def _promised(self, entry: Entry) -> None:
        log_event(
            logger,
            logging.INFO,
            "record promised",
            digest=entry.digest,
            type=entry.type_name,
            status=str(entry.status),
            first_correlation_id=entry.correlation_id,
        )
        self._workers[_CARRIER].wake()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session on the read models."""
        with self.read.read() as session:
            yield session

    def is_authority(self) -> bool:
        """Return whether Membership lists this organisation as customs or issuing authority."""
        with self.read.read() as session:
            row = session.get(OrganisationRow, self.folder.config.organisation)
        return row is not None and bool(row.roles & (Role.CUSTOMS | Role.ISSUING_AUTHORITY))

    def check_ledger(self) -> None:
        """Refuse a ledger with another chain id than the configuration's.

        Raises:
            ConfigError: It is another chain.
            LedgerUnavailableError: It does not answer.
        """
        expected, actual = self.folder.config.evm_chain_id, self.ledger.chain_id()
        if actual != expected:
            raise ConfigError(
                self.folder.path,
                f"evm_chain_id is {expected}, but the ledger at {self.ledger.endpoint} "
                f"has chain id {actual}",
            )

    def step(self) -> bool:
        """Watch, carry and follow once, without threads; return whether more is under way.

        Raises:
            LedgerUnavailableError: The ledger does not answer.
            OtherLedgerError: It is not the one followed so far.
            StorageError: A database refused.
        """
        return any([self._watch(), self._carry(), self._follow(), self._draw(), self._exchange()])

    def start(self, on_fault: Callable[[], None] = lambda: None) -> None:
        """Carry and follow in the background from now on; begins with what was left over.

        Args:
            on_fault: Told, by a background thread, that a part of the node has stopped for good
                and the process should end; `condition` says why.
        """
        self._on_fault = on_fault
        for worker in self._workers:
            worker.start()

    def wake(self) -> None:
        """Look for new blocks now."""
        for worker in self._workers:
            worker.wake()

    def condition(self) -> Condition:
        """Return how the background work is doing."""
        return Condition(
            tuple(worker.trouble for worker in self._workers if worker.trouble is not None),
            tuple(text for worker in self._workers if (text := worker.complaint()) is not None),
        )

    def close(self) -> None:
        """Stop the background work and close the databases."""
        for worker in self._workers:
            worker.stop()
        self.subscriptions.dispatcher.close()
        self.read.close()
        self.state.close()

    def _end(self) -> None:
        self._on_fault()

    def _carry(self) -> bool:
        return self.carrier.step()

    def _tidy(self) -> bool:
        try:
            self.vault.resume()
        except VaultUnavailableError as error:
            log_event(logger, logging.WARNING, "vault not tidied", reason=str(error))
        return False

    def _watch(self) -> bool:
        return self._reporter.step(self.submit, int(self.clock().timestamp()))

    def _exchange(self) -> bool:
        now = int(self.clock().timestamp())
        busy = self.exchange is not None and self.exchange.step(self.submit, now)
        busy = self.payments.step(self._submit_all, now) or busy
        return self.clearance.step(self._submit_all, now) or busy

    def _draw(self) -> bool:
        return self.beacon is not None and self.beacon.step(self._submit_all)

    def _submit_all(self, records: Sequence[SignedRecord]) -> list[Entry]:
        homes = {(one.domain.contract, one.record.DOMAIN): one for one in records}
        for signed in homes.values():
            self._require_carriable(signed)
        for signed in records:
            self._carriage.build([signed])
        entries = self.outbox.submit_each(records)  # carried in this order
        for entry in entries:
            self._promised(entry)
        return entries

    def _follow(self) -> bool:
        before, reached = self._reached, self.indexer.follow()
        self._reached = reached
        has_news = reached > before
        if has_news:
            for worker in self._workers[_LED_BY_BLOCKS]:
                worker.wake()
        return has_news


def open_node(
    path: Path,
    password: bytes,
    clock: Callable[[], datetime],
    web3: Web3 | None = None,
) -> OrganisationNode:
    """Open the organisation that lives in a folder.

    Args:
        path: Its folder.
        password: What opens its keys.
        clock: Gives the time, for what the node itself writes down.
        web3: The ledger in this process, when the configuration says "embedded".

    Raises:
        NodeError: Something in the folder is wrong; the message says what to do.
    """
    folder = open_folder(path)
    if web3 is None:
        if folder.config.ledger_url == EMBEDDED:
            reason = "the ledger is embedded: start it with its own process"
            raise LedgerUnavailableError(EMBEDDED, reason)
        web3 = Web3(CorrelatedProvider(folder.config.ledger_url))
    return OrganisationNode(folder, web3, password, clock)
