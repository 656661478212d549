"""Every record that a test sends or sees refused is replayed, and must fare alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from support.clearing import RATES, Clearing, second
from support.network import ID_CUSTOMS, VN_CUSTOMS, Member, Outcome, Signer

from contracts.clearance.book import ClearanceBook, Signing
from contracts.clearance.identifiers import rates_id
from contracts.clearance.replay import accept
from contracts.errors import RefusedError
from contracts.membership.keys import Role
from contracts.records import Record

OFFICERS = {
    key.key_id: member
    for member in (VN_CUSTOMS, ID_CUSTOMS)
    for key in (member.officer, second(member))
}


class Now:
    """What other contracts say as of the last block."""

    def __init__(self, clearing: Clearing) -> None:
        self.network = clearing.network

    def seed(self, country: str, number: int, since: int) -> Any:
        return self.network.beacon.seed(country, number, since)

    def assessed(self, declaration: bytes) -> int:
        found = self.network.payments.declaration(declaration)
        return found.amendment if found else 0

    def is_settled(self, declaration: bytes) -> bool:
        return self.network.payments.is_settled(declaration)

    def claim(self, certificate: bytes, claim: bytes) -> Any:
        return self.network.origin.claim(certificate, claim)

    def certificate(self, certificate: bytes) -> Any:
        return self.network.origin.certificate(certificate)

    def officer(self, key: bytes) -> tuple[bytes, Role, str] | None:
        member = OFFICERS.get(key)
        return (member.id, member.roles, member.country) if member else None


@dataclass
class Replayed(Clearing):
    """Sends records, and replays each of them beside the contract."""

    book: ClearanceBook = field(default_factory=lambda: ClearanceBook({b"VN": RATES, b"ID": RATES}))

    def run(self, record: Record, signer: Member | Signer | None = None) -> Outcome:
        """Send a record, which contract and replay must take."""
        outcome = super().run(record, signer)
        block = self.network.web3.eth.get_block(outcome.block)
        signing = self._signing(record, signer, outcome.block, block["timestamp"])
        if self._is_known(record) and signing is not None:
            self._accept(record, signing)
            found = self.book.declarations.get(record.object)
            assert self.contract.declaration(record.object) == found
        return outcome

    def refused(self, record: Record, reason: str, signer: Member | Signer | None = None) -> None:
        """Check that contract and replay refuse a record, in the same words."""
        super().refused(record, reason, signer)
        last = self.network.web3.eth.get_block("latest")
        signing = self._signing(record, signer, last["number"], self.network.now)
        if self._is_known(record) and signing is not None and not reason.startswith("records"):
            with pytest.raises(RefusedError) as caught:
                self._accept(record, signing)
            assert caught.value.reason == reason

    def _is_known(self, record: Record) -> bool:
        """Say whether all of an object went by here: some tests batch, upgrade or start bare."""
        rates = {rates_id(country.decode()) for country in self.book.rates}
        known = record.object in {*self.book.declarations, *rates}
        return known or self.contract.object_head(record.object).count <= 1

    def _accept(self, record: Record, signing: Signing) -> None:
        accept(self.book, record, signing, Now(self), self.contract.domain.chain_id)

    def _signing(
        self, record: Record, signer: Member | Signer | None, block: int, now: int
    ) -> Signing | None:
        who = signer or self.customs
        member = who if isinstance(who, Member) else OFFICERS.get(who.key_id)
        if member is None:
            return None
        key = who.officer if isinstance(who, Member) else who
        digest = self.digest(record)
        return Signing(digest, key.key_id, member.id, member.roles, member.country, block, now)
