"""Claims on certificates of origin, which a declaration rests on: read, never stated."""

from __future__ import annotations

from dataclasses import replace

from support.clearing import QUANTITY, Clearing
from support.network import ID_AUTHORITY, ID_CUSTOMS, VN_AUTHORITY
from support.trade import Trade

from contracts.clearance.records import (
    Channel,
    CheckKind,
    GrantKind,
)
from contracts.origin.records import VerificationKind


def settled(clearing: Clearing, channel: int = Channel.GREEN, **changes: object) -> bytes:
    declaration = clearing.channelled(channel, **changes)
    clearing.settle(declaration)
    return declaration


class TestClaims:
    """Indonesia rests a declaration on a certificate of Viet Nam."""

    def ready(self, abroad: Clearing, certificates: int = 1) -> bytes:
        declaration = abroad.channelled(Channel.RED, certificates=certificates)
        for kind in CheckKind:
            abroad.check(declaration, kind)
        abroad.settle(declaration)
        return declaration

    def test_are_accepted_in_origin(self, abroad: Clearing, trade: Trade) -> None:
        declaration = self.ready(abroad)
        clear = abroad.grant_record(declaration, GrantKind.CLEAR)
        abroad.refused(clear, "clearance: claims are not named")
        claimed, claim = abroad.claimed(trade, declaration)
        abroad.run(abroad.name_record(declaration, claim))
        assert abroad.contract.claims(declaration) == [(claim.object, claimed.digest)]
        abroad.refused(clear, "clearance: claim is not accepted")
        trade.accept(claimed)
        abroad.run(clear)

    def test_a_doubted_one_is_not(self, abroad: Clearing, trade: Trade) -> None:
        declaration = self.ready(abroad)
        claimed, claim = abroad.claimed(trade, declaration)
        abroad.run(abroad.name_record(declaration, claim))
        trade.accept(claimed)
        abroad.network.run(trade.doubt_record(claimed), ID_CUSTOMS.officer)
        clear = abroad.grant_record(declaration, GrantKind.CLEAR)
        abroad.refused(clear, "clearance: claim is not accepted")
        step = trade.step_record(claimed, VerificationKind.VALID)
        abroad.network.run(step, VN_AUTHORITY.officer)
        abroad.run(clear)

    def test_each_is_named_once_and_no_more(self, abroad: Clearing, trade: Trade) -> None:
        declaration = self.ready(abroad, certificates=2)
        _, claim = abroad.claimed(trade, declaration)
        abroad.run(abroad.name_record(declaration, claim))
        again = abroad.name_record(declaration, claim, named_at=1)
        abroad.refused(again, "clearance: claim is named")
        abroad.run(abroad.name_record(declaration, abroad.claimed(trade, declaration)[1]))
        third = abroad.name_record(declaration, abroad.claimed(trade, declaration)[1])
        abroad.refused(third, "clearance: more claims than declared")
        abroad.amend(declaration, certificates=1)
        assert abroad.contract.claims(declaration) == []
        abroad.run(again)

    def test_anothers_is_not_named(self, abroad: Clearing, trade: Trade) -> None:
        declaration, other = (abroad.register(certificates=1) for _ in range(2))
        _, claim = abroad.claimed(trade, other)
        stolen = abroad.name_record(declaration, claim)
        abroad.refused(stolen, "clearance: claim digest")
        rewritten = replace(claim, declaration=declaration)
        abroad.refused(abroad.name_record(declaration, rewritten), "clearance: unknown claim")
        for changes in ({"item": 2}, {"origin": bytes(20)}, {"claim_expires": 1}):
            changed = abroad.name_record(other, claim, **changes)
            abroad.refused(changed, "clearance: claim digest")
        abroad.refused(abroad.name_record(other, claim), "members: role", ID_AUTHORITY)
        abroad.run(abroad.name_record(other, claim))

    def test_what_another_country_accepted_is_not(self, clearing: Clearing, trade: Trade) -> None:
        declaration = settled(clearing, certificates=1)
        claimed, claim = clearing.claimed(trade, declaration)
        clearing.run(clearing.name_record(declaration, claim))
        trade.accept(claimed)
        clear = clearing.grant_record(declaration, GrantKind.CLEAR)
        clearing.refused(clear, "clearance: another country accepted")
        assert claimed.opening == QUANTITY
