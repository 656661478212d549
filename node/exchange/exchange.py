"""What a national node does by itself, where its organisation gave it a clerk's key."""

from contracts.membership.keys import Role
from node.database.database import Database
from node.errors import KeyFileError
from node.exchange.clerk import CLERK_NAME, Clerk
from node.exchange.courier import Courier
from node.exchange.examination import Examiner
from node.exchange.identifiers import IdentifierKeys
from node.exchange.office import Office, Submit
from node.exchange.receiver import Receiver
from node.exchange.sender import Sender
from node.folder import OrganisationFolder
from node.keys.accounts import load_account
from node.membership.tables import OrganisationRow
from node.outbox.outbox import Outbox


class Exchange:
    """Sends and receives certificates for one organisation, as far as its roles go."""

    def __init__(self, organisation: str, country: str, office: Office, examiner: Examiner) -> None:
        """Work for one organisation.

        Args:
            organisation: Its identifier.
            country: The country it acts for.
            office: Databases, courier and clerk.
            examiner: Judges what comes in.
        """
        self._organisation = organisation
        self._read = office.read
        self._receiver = Receiver(country, office, examiner)
        self._sender = Sender(organisation, country, office)

    def step(self, submit: Submit, now: int) -> bool:
        """Do what can be done now; return whether something is under way.

        Args:
            submit: Promises durably to carry a record.
            now: The time in seconds.

        Raises:
            StorageError: A database or the disk refused.
            NodeError: The folder's keys cannot be read.
        """
        with self._read.read() as session:
            row = session.get(OrganisationRow, self._organisation)
        roles = Role(row.roles) if row is not None and row.active else Role(0)
        busy = False
        if Role.CUSTOMS in roles:
            busy = self._receiver.step(submit, now)
        if Role.ISSUING_AUTHORITY in roles:
            busy = self._sender.step(submit, now) or busy
        return busy


def open_exchange(
    folder: OrganisationFolder,
    databases: tuple[Database, Database],
    outbox: Outbox,
    courier: Courier,
    password: bytes,
) -> Exchange | None:
    """Return the exchange of an organisation; None where it gave no clerk's key.

    Args:
        folder: The organisation's folder.
        databases: Read models and state.
        outbox: Carries the messages.
        courier: Fetches documents.
        password: Opens the clerk's key.

    Raises:
        KeyFileError: The configuration names a key that is not there, or it is damaged.
        PasswordWrongError: The password does not open it.
    """
    config = folder.config
    path = folder.keys / (config.clerk or CLERK_NAME)
    if not path.exists():
        if config.clerk is not None:
            raise KeyFileError(path, "the configuration names it, but there is no such file")
        return None
    clerk = Clerk(bytes(load_account(path, password).key), config.evm_chain_id)
    read, state = databases
    office = Office(read, state, outbox, courier, clerk, config.evm_chain_id)
    examiner = Examiner(IdentifierKeys(folder.keys))
    return Exchange(config.organisation, config.country, office, examiner)
