"""What an organisation's officers sign about beacon keys, and what its node knows of a draw."""

import json
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from contracts.beacon.draw_file import DrawFile, Seat
from contracts.beacon.errors import BeaconDrawError
from contracts.beacon.identifiers import Round, key_id, round_id
from contracts.beacon.permutation import prove_permutation
from contracts.beacon.records import (
    BeaconKeyAdmit,
    BeaconKeyEnd,
    BeaconKeyRegister,
    BeaconPublish,
)
from contracts.beacon.vrf import SecretKey
from contracts.records.catalogue import parse_signed_record
from contracts.records.record import Record
from node.beacon.publisher import speaking_contract
from node.beacon.reading import beacon_at
from node.database.database import Database
from node.errors import LedgerAnswerError
from node.indexer.tables import LedgerRecord
from node.ledger import LedgerGateway

LIFETIME_SECONDS: Final = 86_400


def registration(key: SecretKey, organisation: bytes, country: str, now: int) -> BeaconKeyRegister:
    """Return the record by which a holder registers its key; it takes a second to prove.

    Args:
        key: The secret.
        organisation: Its holder, 32 bytes.
        country: In whose panel it is to sit, ISO 3166 alpha-2.
        now: The time in seconds.

    Raises:
        BeaconKeyError: The modulus is not acceptable.
        FormError: The country is none.
    """
    return BeaconKeyRegister(
        object=key_id(country, key.modulus),
        modulus=key.modulus,
        roots=prove_permutation(key, organisation),
        registered_at=now,
        expires=now + LIFETIME_SECONDS,
    )


def admission(key: bytes, now: int) -> BeaconKeyAdmit:
    """Return the record by which customs gives a key its seat."""
    return BeaconKeyAdmit(key, now, now + LIFETIME_SECONDS)


def ending(key: bytes, now: int) -> BeaconKeyEnd:
    """Return the record by which holder or customs ends a key."""
    return BeaconKeyEnd(key, now, now + LIFETIME_SECONDS)


@dataclass(frozen=True, slots=True)
class DrawDesk:
    """Gathers what a draw rests on, for those who check it elsewhere.

    Attributes:
        read: Has the records of keys and outputs.
        ledger: Says who sat in the panel, and the block's hash.
        chain_id: Chain id of records and rounds.
    """

    read: Database
    ledger: LedgerGateway
    chain_id: int

    def file(self, country: str, number: int, digest: bytes, rate_ppm: int) -> DrawFile:
        """Return a draw with all that it rests on.

        Args:
            country: ISO 3166 alpha-2.
            number: Number of the round's block.
            digest: Of the declaration's registration, 32 bytes.
            rate_ppm: How many of a million declarations are drawn.

        Raises:
            BeaconDrawError: An output of the round is not there.
            LedgerAnswerError: The ledger has no such block, or its answer cannot be used.
            LedgerUnavailableError: It does not answer.
            StorageError: The database refused.
        """
        block = self.ledger.block(number)
        if block is None:
            raise LedgerAnswerError("eth_getBlockByNumber", f"block {number} is not there")
        contract = beacon_at(self.ledger, speaking_contract(self.read))
        panel = contract.panel(country, number)
        proofs = {
            one.key: one.proof
            for one in self._records(round_id(country, number))
            if isinstance(one, BeaconPublish)
        }
        seats = tuple(
            self._seat(key, customs=customs, proof=proofs.get(key))
            for key, customs in zip(panel.keys, panel.customs, strict=True)
        )
        block_hash = bytes.fromhex(block.hash.removeprefix("0x"))
        return DrawFile(Round(self.chain_id, country, number, block_hash), seats, digest, rate_ppm)

    def _seat(self, key: bytes, *, customs: bool, proof: bytes | None) -> Seat:
        known = [one for one in self._records(key) if isinstance(one, BeaconKeyRegister)]
        if proof is None or not known:
            raise BeaconDrawError(
                f"key 0x{key.hex()} has no output for the round",
                "wait for it; what stays withheld counts as drawn",
            )
        contract = beacon_at(self.ledger, speaking_contract(self.read))
        found = contract.key(key)
        holder = bytes(32) if found is None else found.organisation
        return Seat(holder, customs, known[0].modulus, known[0].roots, proof)

    def _records(self, object_id: bytes) -> list[Record]:
        query = select(LedgerRecord.record).where(LedgerRecord.object_id == "0x" + object_id.hex())
        with self.read.read() as session:
            texts = [text for text in session.scalars(query) if text is not None]
        return [parse_signed_record(json.loads(text), self.chain_id).record for text in texts]
