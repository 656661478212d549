"""What the outbox's carrier asks of the contracts, answered by their bindings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from contracts.calls import Call, is_batchable, submit_call, together_call
from contracts.errors import LedgerAnswerError as ContractAnswerError
from contracts.errors import UnknownRecordTypeError
from contracts.events import Recorded, decode_log
from contracts.membership.ballot import Ballot
from contracts.membership.binding import MembershipContract
from contracts.membership.layout import record_slot
from contracts.membership.records import Proposal
from contracts.membership.state import Anchor
from contracts.records.binding import RecordBookContract
from contracts.records.signed import SignedRecord
from node.errors import LedgerAnswerError, RecordForeignError, RecordMalformedError
from node.ledger import LedgerGateway, Receipt

# Half of what a transaction may use: the batch itself costs gas too.
_BATCH_GAS: Final = 15_000_000
# Greatest gas limit of a transaction.
_TRANSACTION_GAS: Final = 30_000_000


class ContractCarriage:
    """Builds calls for every kind of record, and reads what became of them."""

    def __init__(
        self,
        ledger: LedgerGateway,
        membership: MembershipContract,
        books: Mapping[str, RecordBookContract],
        votes_of: Callable[[str], tuple[Ballot, list[bytes]]],
    ) -> None:
        """Use the bindings; which address a call goes to stands in the record.

        Args:
            ledger: Says what was accepted.
            membership: Takes keys, reports and decisions.
            books: The other domains' contracts, by domain.
            votes_of: Gives, by digest, a proposal and its votes in Membership's order.
        """
        self._ledger = ledger
        self._membership = membership
        self._books = books
        self._votes_of = votes_of

    def fitting(self, records: Sequence[SignedRecord]) -> int:
        """Return how many of the first records, at least one, fit into one transaction."""
        gas = 0
        for place, signed in enumerate(records):
            call = self._call(signed)
            gas += call.gas
            if place and (gas > _BATCH_GAS or not is_batchable(call)):
                return place
            if not is_batchable(call):
                return 1
        return len(records)

    def build(self, records: Sequence[SignedRecord], *, together: bool = False) -> Call:
        """Return a call that hands one or more records of one contract to it.

        Args:
            records: In their order.
            together: Whether they go all or not at all.

        Raises:
            RecordForeignError: A Membership record is for another address.
            RecordMalformedError: Its type is not carried so, or there are too many.
        """
        calls = tuple(self._call(signed) for signed in records)
        if not together:
            return calls[0] if len(calls) == 1 else submit_call(calls)
        try:
            call = together_call(calls)
        except ValueError as error:
            raise RecordMalformedError(f"these records do not go together ({error})") from error
        if call.gas > _TRANSACTION_GAS:
            raise RecordMalformedError("these records are too many for one transaction")
        return call

    def accepted(self, receipt: Receipt) -> set[bytes]:
        """Return the digests of the records that a transaction brought in.

        Raises:
            LedgerAnswerError: Its events cannot be read.
        """
        try:
            events = [decode_log(log, (Recorded,)) for log in receipt.logs]
        except ContractAnswerError as error:
            raise LedgerAnswerError("eth_getTransactionReceipt", str(error)) from error
        return {event.digest for event in events if isinstance(event, Recorded)}

    def anchor_block(self, record: SignedRecord) -> int | None:
        """Return the block in which the ledger accepted a record, None when it has not."""
        contract, slot = record.domain.contract, record_slot(record.digest)
        anchor = Anchor.from_word(self._ledger.storage(contract, slot))
        return None if anchor is None else anchor.block_number

    def _call(self, signed: SignedRecord) -> Call:
        if (book := self._books.get(signed.record.DOMAIN)) is not None:
            return book.carry(signed)
        if signed.domain.contract != self._membership.address:
            raise RecordForeignError("0x" + signed.domain.contract.hex())
        if isinstance(signed.record, Proposal):
            ballot, votes = self._votes_of("0x" + signed.digest.hex())
            if ballot.init_code:
                return self._membership.install(ballot.proposal, votes, ballot.init_code)
            return self._membership.decide(ballot.proposal, votes)
        try:
            return self._membership.carry(signed)
        except UnknownRecordTypeError as error:
            raise RecordMalformedError(str(error)) from error
