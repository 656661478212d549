"""Publishes the outputs that this organisation owes, as soon as a round is over.

A record's digest follows from round and key alone: after a crash the same record is promised
again, which is the same entry of the outbox. So nothing is kept here but where to go on, and that
in memory: after a start the rounds whose outputs the ledger still takes are looked at again.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from chain.observability.events import log_event
from contracts.beacon import vrf
from contracts.beacon.binding import BeaconContract
from contracts.beacon.identifiers import DOMAIN, Round, key_id, round_id
from contracts.beacon.records import BeaconPublish
from contracts.beacon.state import HASHES_KEPT
from contracts.errors import LedgerAnswerError as ContractAnswerError
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.beacon.reading import beacon_at
from node.beacon.rounds import RoundsWanted
from node.database.database import Database
from node.errors import LedgerAnswerError, RecordUnknownError
from node.indexer.tables import Cursor
from node.ledger import LedgerGateway
from node.membership.tables import ContractRow
from node.outbox.outbox import Entry, Outbox, hex32

Submit = Callable[[Sequence[SignedRecord]], Sequence[Entry]]

LIFETIME_SECONDS: Final = 86_400

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BeaconKeys:
    """What one organisation publishes with.

    Attributes:
        secret: Its beacon key.
        clerk: secp256k1 secret, 32 bytes, of purpose SIGN in Membership.
        chain_id: Chain id of records and rounds.
    """

    secret: vrf.SecretKey
    clerk: bytes
    chain_id: int


class BeaconPublisher:
    """Publishes one organisation's outputs."""

    def __init__(
        self,
        read: Database,
        outbox: Outbox,
        ledger: LedgerGateway,
        keys: BeaconKeys,
        wanted: RoundsWanted,
    ) -> None:
        """Work with one key; nothing is asked yet.

        Args:
            read: Says how far the ledger was followed, and which contract speaks.
            outbox: Tells what was promised.
            ledger: Says who sits in which panel, and the hashes of blocks.
            keys: The organisation's keys.
            wanted: For which rounds somebody waits.
        """
        self._read = read
        self._outbox = outbox
        self._ledger = ledger
        self._keys = keys
        self._wanted = wanted
        self._after: int | None = None

    def step(self, submit: Submit) -> bool:
        """Publish what is owed now; return whether anything was.

        Args:
            submit: Promises durably to carry records.

        Raises:
            StorageError: A database refused.
            LedgerUnavailableError: The ledger does not answer; nothing is lost, call again.
            LedgerAnswerError: The ledger's answer cannot be used.
        """
        followed = self._followed()
        if followed is None:
            return False
        after = max(self._after or 0, followed - HASHES_KEPT)
        wanted = sorted({place for place in self._wanted(after) if place[1] <= followed})
        owed = self._owed(wanted) if wanted else []
        if owed:
            submit(owed)
            rounds = ",".join(sorted({one.record.message()["round"] for one in owed}))
            log_event(logger, logging.INFO, "beacon outputs promised", rounds=rounds)
        self._after = max([after, *(number for _, number in wanted)])
        return bool(owed)

    def _owed(self, wanted: Sequence[tuple[str, int]]) -> list[SignedRecord]:
        contract = beacon_at(self._ledger, self._contract())
        try:
            found = [self._output(contract, country, number) for country, number in wanted]
        except ContractAnswerError as error:
            raise LedgerAnswerError("eth_call", str(error)) from error
        return [signed for signed in found if signed is not None]

    def _output(self, contract: BeaconContract, country: str, number: int) -> SignedRecord | None:
        key = key_id(country, self._keys.secret.modulus)
        if key not in contract.panel(country, number).keys:
            return None
        if contract.output(country, number, key) is not None:
            return None
        signed = self._signed(contract.address, country, number)
        try:
            self._outbox.find(hex32(signed.digest))
        except RecordUnknownError:
            return signed
        return None

    def _signed(self, contract: bytes, country: str, number: int) -> SignedRecord:
        block = self._ledger.block(number)
        if block is None:
            raise LedgerAnswerError("eth_getBlockByNumber", f"block {number} is not there")
        block_hash = bytes.fromhex(block.hash.removeprefix("0x"))
        of = Round(self._keys.chain_id, country, number, block_hash)
        record = BeaconPublish(
            object=round_id(country, number),
            key=key_id(country, self._keys.secret.modulus),
            round=number,
            proof=vrf.prove(self._keys.secret, of.alpha),
            expires=block.timestamp + LIFETIME_SECONDS,
        )
        domain = RecordDomain(self._keys.chain_id, contract)
        return SignedRecord.sign(record, domain, self._keys.clerk)

    def _followed(self) -> int | None:
        with self._read.read() as session:
            cursor = session.scalar(select(Cursor))
        return None if cursor is None else cursor.block_number

    def _contract(self) -> bytes:
        return speaking_contract(self._read)


def speaking_contract(read: Database) -> bytes:
    """Return the contract that speaks for the beacon in the next block.

    Raises:
        LedgerAnswerError: None does.
    """
    with read.read() as session:
        cursor = session.scalar(select(Cursor))
        following = 0 if cursor is None else cursor.block_number + 1
        query = (
            select(ContractRow.address)
            .where(ContractRow.domain == DOMAIN, ContractRow.from_block <= following)
            .order_by(ContractRow.version.desc())
        )
        address = session.scalar(query.limit(1))
    if address is None:
        raise LedgerAnswerError("eth_getLogs", "no contract speaks for the beacon")
    return bytes.fromhex(address[2:])
