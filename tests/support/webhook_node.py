"""A ledger and a node with a webhook in one process that works until somebody kills it.

    python -m support.webhook_node FOLDER HOST

Prints `ready`, then a line `accepted DIGEST` for each record that the outbox has promised to carry.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from support.organisations import (
    CHAIN_ID,
    EXPORTER,
    ISSUANCE,
    ISSUER,
    MEMBERSHIP,
    PASSWORD,
    SealingKey,
    genesis_bytes,
)

from chain.genesis import parse_genesis
from chain.ledger import Ledger, open_solo
from chain.rpc.provider import connect
from contracts.issuance.records import CertificateApply
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.config import OrganisationConfig
from node.files import make_private_folder
from node.folder import create_folder
from node.keys.accounts import DEMONSTRATION, import_account
from node.organisation import OrganisationNode, open_node
from node.subscriptions.events import BEGINNING
from node.subscriptions.reading import EventFilter
from node.subscriptions.store import Registration

SECRET = b"\x5c" * 32
WANTED = EventFilter(domains=("issuance",))


def create(folder: Path, host: str) -> None:
    """Make the organisation's folder, with a webhook that begins at the beginning."""
    make_private_folder(folder)
    config = OrganisationConfig(
        name=ISSUER.name,
        organisation=ISSUER.hex_id,
        country=ISSUER.country,
        ledger_url="http://127.0.0.1:8545",
        evm_chain_id=CHAIN_ID,
        membership="0x" + MEMBERSHIP.hex(),
        webhook_hosts=(host,),
    )
    made = create_folder(folder / "organisation", config, genesis_bytes())
    import_account(made.keys / "account.json", ISSUER.carrier.secret, PASSWORD, DEMONSTRATION)
    ledger, node = open_both(folder)
    registration = Registration(
        f"http://{host}/events", SECRET, WANTED, True, True, "test", BEGINNING
    )
    node.subscriptions.store.register(registration, int(time.time()))
    node.close()
    ledger.close()


def open_both(folder: Path) -> tuple[Ledger, OrganisationNode]:
    """Open the ledger and the node on it, idle."""
    ledger = open_solo(folder / "ledger", parse_genesis(genesis_bytes()), SealingKey())
    place = folder / "organisation"
    return ledger, open_node(place, PASSWORD, lambda: datetime.now(UTC), connect(ledger))


def application() -> SignedRecord:
    """Sign an application that nobody answers."""
    now = int(time.time())
    record = CertificateApply(os.urandom(32), ISSUER.id, os.urandom(32), now, now + 3_600)
    return SignedRecord.sign(record, RecordDomain(CHAIN_ID, ISSUANCE), EXPORTER.officer.secret)


def main() -> None:
    """Work until killed."""
    folder = Path(sys.argv[1])
    _, node = open_both(folder)
    while node._follow():  # before it knows the contracts, nothing can be submitted
        pass
    node.start()
    print("ready", flush=True)  # noqa: T201  what the test reads
    while True:
        signed = application()
        node.submit(signed)
        print(f"accepted 0x{signed.digest.hex()}", flush=True)  # noqa: T201  as above
        time.sleep(0.02)


if __name__ == "__main__":
    main()
