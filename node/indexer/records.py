"""From `Recorded` events and calldata to every signed record the ledger accepted."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.abi import Log
from contracts.errors import RecordSignatureError
from contracts.events import Recorded, decode_log
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord
from node.database.values import bounded, hexadecimal
from node.indexer.calldata import CalldataReader
from node.indexer.tables import LedgerRecord
from node.ledger import Block
from node.membership.tables import ContractRow
from node.outbox.outbox import record_text


class RecordProjection:
    """Keeps each accepted record with its place in its object's history.

    It comes after Membership's projection, which knows the contracts. A record whose calldata
    is not one of the known functions (a governance proposal with its votes) is kept without
    text.
    """

    def __init__(self, chain_id: int, reader: CalldataReader) -> None:
        """Read records of one chain."""
        self._chain_id = chain_id
        self._reader = reader

    def apply(self, session: Session, block: Block, logs: Sequence[Log]) -> None:
        """Write the records that a block brought in."""
        accepted: dict[str, list[tuple[Log, Recorded]]] = defaultdict(list)
        for log in logs:
            event = decode_log(log, (Recorded,))
            if isinstance(event, Recorded):
                accepted[hexadecimal(log.transaction_hash)].append((log, event))
        if not accepted:
            return
        domains = {row.address: row.domain for row in session.execute(_CONTRACTS)}
        for transaction in block.transactions:
            if events := accepted.get(transaction.hash):
                carried = self._carried(transaction.to or "0x", transaction.input, events)
                for log, event in events:
                    domain = domains.get(hexadecimal(log.address))
                    if domain is not None:
                        signed = carried.get(event.digest)
                        session.add(_row(block, log, event, domain, signed))

    def _carried(
        self, to: str, calldata: bytes, events: Sequence[tuple[Log, Recorded]]
    ) -> dict[bytes, SignedRecord]:
        wanted = {event.digest for _, event in events}
        found: dict[bytes, SignedRecord] = {}
        domain = RecordDomain(self._chain_id, bytes.fromhex(to[2:]))
        for signed in self._reader.records_in(domain, calldata):
            # One with the same fields but another's signature may stand before, refused.
            if signed.digest in wanted and _is_signed_by(signed, events):
                found[signed.digest] = signed
                if len(found) == len(wanted):
                    break
        return found


_CONTRACTS = select(ContractRow.address, ContractRow.domain)


def _is_signed_by(signed: SignedRecord, events: Sequence[tuple[Log, Recorded]]) -> bool:
    try:
        signer = signed.recover().rjust(32, b"\0")
    except RecordSignatureError:
        return False
    return any(event.digest == signed.digest and event.signer == signer for _, event in events)


def _row(
    block: Block, log: Log, event: Recorded, domain: str, signed: SignedRecord | None
) -> LedgerRecord:
    return LedgerRecord(
        digest=hexadecimal(event.digest),
        domain=domain,
        contract=hexadecimal(log.address),
        type_name=signed.record.TYPE_NAME if signed else "",
        object_id=hexadecimal(event.object),
        position=bounded(event.count),
        head=hexadecimal(event.head),
        signer_key=hexadecimal(event.signer),
        block_number=block.number,
        block_time=block.timestamp,
        transaction_hash=hexadecimal(log.transaction_hash),
        log_index=log.log_index,
        record=record_text(signed) if signed else None,
    )
