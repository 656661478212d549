"""A ledger and a node in one process that accepts records until somebody kills it.

    python -m support.killed_node FOLDER SEED

Prints a line `accepted DIGEST` after the outbox has promised to carry a record, and nothing before.
"""

from __future__ import annotations

import random
import sys
import threading
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
from chain.proofs.keccak import keccak256
from chain.rpc.provider import connect
from contracts.issuance.records import CertificateApply
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.config import OrganisationConfig
from node.files import make_private_folder
from node.folder import create_folder
from node.keys.accounts import DEMONSTRATION, import_account
from node.organisation import OrganisationNode, open_node

THREADS = 3


def create(folder: Path) -> None:
    """Make the organisation's folder."""
    make_private_folder(folder)
    config = OrganisationConfig(
        name=ISSUER.name,
        organisation=ISSUER.hex_id,
        country=ISSUER.country,
        ledger_url="http://127.0.0.1:8545",
        evm_chain_id=CHAIN_ID,
        membership="0x" + MEMBERSHIP.hex(),
    )
    made = create_folder(folder / "organisation", config, genesis_bytes())
    import_account(made.keys / "account.json", ISSUER.carrier.secret, PASSWORD, DEMONSTRATION)


def open_both(folder: Path, *, working: bool = True) -> tuple[Ledger, OrganisationNode]:
    """Open the ledger and the node on it, at work or idle."""
    ledger = open_solo(folder / "ledger", parse_genesis(genesis_bytes()), SealingKey())
    node = open_node(folder / "organisation", PASSWORD, lambda: datetime.now(UTC), connect(ledger))
    if working:
        node.start()
    return ledger, node


def apply(application: bytes, now: int) -> SignedRecord:
    """Sign an application that nobody reads; it needs nothing before it."""
    record = CertificateApply(
        object=application,
        authority=ISSUER.id,
        document=keccak256(application),
        applied_at=now,
        expires=now + 3_600,
    )
    domain = RecordDomain(CHAIN_ID, ISSUANCE)
    return SignedRecord.sign(record, domain, EXPORTER.officer.secret)


def accept_for_ever(node: OrganisationNode, dice: random.Random, lock: threading.Lock) -> None:
    """Submit new applications, one after another."""
    while True:
        with lock:
            application = dice.randbytes(32)
        signed = apply(application, int(time.time()))
        node.submit(signed)
        sys.stdout.write(f"accepted {signed.digest.hex()}\n")
        sys.stdout.flush()


def main() -> None:
    """Run until killed."""
    _, node = open_both(Path(sys.argv[1]))
    while node.indexer.position() is None:  # it has to know the contracts
        time.sleep(0.01)
    dice, lock = random.Random(int(sys.argv[2])), threading.Lock()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threads = [
        threading.Thread(target=accept_for_ever, args=(node, dice, lock)) for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
