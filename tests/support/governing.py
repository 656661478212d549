"""What governing organisations decide on a network of processes, by a carrier of their own."""

from __future__ import annotations

import time
from dataclasses import dataclass

from support.comet import CometNetwork, Organisation, sign_call
from support.network import CHAIN_ID, GOVERNORS, HOUR, ID_IMPORTER, Signer

from contracts.calls import Call
from contracts.ledger import Ledger
from contracts.membership.binding import MembershipContract
from contracts.membership.founding import membership_address
from contracts.membership.records import GOVERNANCE, Proposal
from contracts.records.record import RecordDomain
from contracts.records.signed import sign_digest


@dataclass
class Governance:
    """Carries decisions, one after another, through one organisation."""

    network: CometNetwork
    organisation: Organisation
    carrier: Signer = ID_IMPORTER.carrier

    @property
    def membership(self) -> MembershipContract:
        return MembershipContract(Ledger(self.organisation.web3), membership_address())

    def decide(self, action: bytes) -> int:
        """Let all vote for an action, and return the EVM block in which it was carried out."""
        proposal = Proposal(
            object=GOVERNANCE,
            sequence=self.membership.governance_sequence(),
            action=action,
            expires=int(time.time()) + HOUR,
        )
        digest = proposal.digest(RecordDomain(CHAIN_ID, membership_address()))
        votes = [sign_digest(digest, member.admin.secret) for member in GOVERNORS]
        return self.send(self.membership.decide(proposal, votes))

    def send(self, call: Call) -> int:
        """Send a call, which must succeed, and return its EVM block."""
        request, address = self.organisation.request, "0x" + self.carrier.address.hex()
        nonce = int(request("eth_getTransactionCount", address, "latest"), 16)
        raw = sign_call(self.carrier, call, nonce)
        sent = request("eth_sendRawTransaction", "0x" + raw.hex())
        self.network.wait_until(lambda: request("eth_getTransactionReceipt", sent) is not None)
        receipt = request("eth_getTransactionReceipt", sent)
        assert receipt["status"] == "0x1", receipt
        return int(receipt["blockNumber"], 16)
