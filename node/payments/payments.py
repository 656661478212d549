"""Payments as one organisation does them: what comes in, the office, and what stands."""

import json
from collections.abc import Callable, Mapping

from sqlalchemy import select

from contracts.membership.keys import Role
from contracts.payments.records import DOMAIN
from contracts.records.catalogue import parse_signed_record
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.database.database import Database
from node.errors import KeyFileError, LedgerAnswerError
from node.exchange.clerk import CLERK_NAME
from node.exchange.identifiers import IdentifierKeys
from node.folder import OrganisationFolder
from node.indexer.tables import Cursor
from node.keys.accounts import load_account
from node.membership.tables import ContractRow, OrganisationRow
from node.outbox.outbox import Outbox
from node.payments.assessments import AssessmentJudge
from node.payments.booking import Booking
from node.payments.credits import CreditJudge
from node.payments.customs import CustomsDesk
from node.payments.debts import Debts
from node.payments.errors import OfficeClosedError
from node.payments.guarantees import GuaranteeJudge
from node.payments.identifiers import PaymentKeys
from node.payments.intake import Intake
from node.payments.judging import Bench, Judge
from node.payments.office import PaymentClerk, PaymentOffice, Submit
from node.payments.orders import Orders
from node.payments.queries import PaymentQueries
from node.payments.refusals import RefusalJudge
from node.payments.sealing import OpeningBox
from node.payments.signers import Signers
from node.payments.statements import Statements
from node.payments.tables import ItemKind, PaymentItem

IsAnchored = Callable[[SignedRecord], bool]


class Payments:
    """What one organisation's node knows and does about payments.

    Attributes:
        orders: Payment orders and acknowledgements.
        customs: What officers decide.
        statements: Banks' statements and the breaks found in them.
        queries: How things stand.
        signers: Whose keys are in force.
        box: Seals and opens what commitments hide.
    """

    def __init__(
        self,
        folder: OrganisationFolder,
        databases: tuple[Database, Database],
        outbox: Outbox,
        account_key: bytes,
        is_anchored: IsAnchored,
        *,
        debts: Debts,
        clerk_key: bytes | None,
    ) -> None:
        """Work for one organisation.

        Args:
            folder: Its folder.
            databases: Read models and state.
            outbox: Carries what is signed.
            account_key: Seals what commitments hide.
            is_anchored: Tells whether the ledger has a record.
            debts: The debt book.
            clerk_key: Signs by itself; None where nothing is decided here.
        """
        config = folder.config
        self._read, state = databases
        self._chain_id = config.evm_chain_id
        self._organisation = config.organisation
        keys = PaymentKeys(
            self._read, IdentifierKeys(folder.keys), config.organisation, config.country
        )
        self.signers = Signers(self._read)
        self.box = OpeningBox(account_key)
        bench = Bench(
            keys,
            self.box,
            self.signers,
            self._signed_of,
            lambda item: item.attempts > 0 and is_anchored(self._signed_of(item)),
            lambda item: is_anchored(self._signed_of(item)),
            debts.refundable,
        )
        assessments = AssessmentJudge(bench)
        self._state, self._bench = state, bench
        self.orders = Orders(state, self.signers)
        self.customs = CustomsDesk(state, bench, assessments, config.organisation)
        self.queries = PaymentQueries(state)
        self.statements = Statements(state)
        self._office = None
        if clerk_key is not None:
            clerk = PaymentClerk(clerk_key, config.evm_chain_id, self.contract)
            judges = judges_of(bench, assessments)
            self._office = PaymentOffice(state, outbox, judges, Booking(state, debts), clerk)

    @property
    def is_open(self) -> bool:
        """Whether this node decides payments."""
        return self._office is not None

    def intake(self) -> Intake:
        """Return what takes members' records, for the contract in force.

        Raises:
            OfficeClosedError: This node decides nothing.
            LedgerAnswerError: No contract speaks for payments.
        """
        if self._office is None:
            raise OfficeClosedError
        domain = RecordDomain(self._chain_id, self.contract())
        return Intake(self._state, self._bench, domain)

    def step(self, submit: Submit, now: int) -> bool:
        """Do what can be done now; return whether something is under way.

        Args:
            submit: Promises durably to carry records, all or none.
            now: The time in seconds.

        Raises:
            StorageError: A database or the disk refused.
            NodeError: The folder's keys cannot be read.
        """
        return self._office is not None and self._is_customs() and self._office.step(submit, now)

    def contract(self) -> bytes:
        """Return the contract that speaks for payments in the next block.

        Raises:
            LedgerAnswerError: None does.
        """
        with self._read.read() as session:
            cursor = session.scalar(select(Cursor))
            following = 0 if cursor is None else cursor.block_number + 1
            query = (
                select(ContractRow.address)
                .where(ContractRow.domain == DOMAIN, ContractRow.from_block <= following)
                .order_by(ContractRow.version.desc())
            )
            address = session.scalar(query.limit(1))
        if address is None:
            raise LedgerAnswerError("eth_getLogs", "no contract speaks for payments")
        return bytes.fromhex(address[2:])

    def _is_customs(self) -> bool:
        with self._read.read() as session:
            row = session.get(OrganisationRow, self._organisation)
        return row is not None and row.active and bool(row.roles & Role.CUSTOMS)

    def _signed_of(self, item: PaymentItem) -> SignedRecord:
        if item.record is None:
            raise AssertionError(item.name)
        return parse_signed_record(_json(item.record), self._chain_id)


def judges_of(bench: Bench, assessments: AssessmentJudge) -> Mapping[ItemKind, Judge]:
    """Return who judges which kind of item."""
    money, guarantees = CreditJudge(bench), GuaranteeJudge(bench)
    return {
        ItemKind.ASSESSMENT: assessments.assessment,
        ItemKind.AMENDMENT: assessments.amendment,
        ItemKind.CREDIT: money.credit,
        ItemKind.REVERSAL: money.reversal,
        ItemKind.REFUND: money.refund,
        ItemKind.TURNED: money.turned,
        ItemKind.REFUSAL: RefusalJudge(bench).refusal,
        ItemKind.GUARANTEE: guarantees.grant,
        ItemKind.CHANGE: guarantees.change,
        ItemKind.DRAW: guarantees.draw,
        ItemKind.RELEASE: guarantees.release,
    }


def open_payments(
    folder: OrganisationFolder,
    databases: tuple[Database, Database],
    outbox: Outbox,
    keys: tuple[bytes, bytes],
    is_anchored: IsAnchored,
    *,
    debts: Debts,
) -> Payments:
    """Return the payments of an organisation; it decides some where it has a clerk's key.

    Args:
        folder: The organisation's folder.
        databases: Read models and state.
        outbox: Carries what is signed.
        keys: The account's secret, and the password of the clerk's key.
        is_anchored: Tells whether the ledger has a record.
        debts: The debt book.

    Raises:
        KeyFileError: The configuration names a clerk's key that is not there, or it is damaged.
        PasswordWrongError: The password does not open it.
    """
    clerk_key = load_clerk(folder, keys[1])
    return Payments(
        folder, databases, outbox, keys[0], is_anchored, debts=debts, clerk_key=clerk_key
    )


def load_clerk(folder: OrganisationFolder, password: bytes) -> bytes | None:
    """Return the secret of the clerk's key, None where the organisation gave none.

    Args:
        folder: The organisation's folder.
        password: Opens the key.

    Raises:
        KeyFileError: The configuration names a key that is not there, or it is damaged.
        PasswordWrongError: The password does not open it.
    """
    path = folder.keys / (folder.config.clerk or CLERK_NAME)
    if path.exists():
        return bytes(load_account(path, password).key)
    if folder.config.clerk is not None:
        raise KeyFileError(path, "the configuration names it, but there is no such file")
    return None


def _json(text: str) -> object:
    value: object = json.loads(text)
    return value
