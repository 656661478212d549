"""The beacon contract as a node asks it, through the seam."""

from contracts.beacon.binding import BeaconContract
from contracts.ledger import BlockTag, Ledger
from node.errors import LedgerAnswerError
from node.ledger import LedgerGateway


class GatewayLedger(Ledger):
    """Reads contracts through a node's gateway, with its errors."""

    def __init__(self, gateway: LedgerGateway) -> None:
        """Keep the connection; nothing is asked yet."""
        super().__init__(gateway.web3)
        self._gateway = gateway

    def read(self, to: bytes, data: bytes, block: BlockTag = "latest") -> bytes:
        """Call a view.

        Raises:
            LedgerUnavailableError: The ledger does not answer.
            LedgerAnswerError: It refuses the question, or its answer cannot be used.
        """
        call = {"to": "0x" + to.hex(), "data": "0x" + data.hex()}
        tag = block if isinstance(block, str) else hex(block)
        answer = self._gateway.request("eth_call", call, tag)
        try:
            return bytes.fromhex(str(answer).removeprefix("0x"))
        except ValueError as error:
            raise LedgerAnswerError("eth_call", repr(answer)) from error


def beacon_at(gateway: LedgerGateway, address: bytes) -> BeaconContract:
    """Return the beacon contract at an address."""
    return BeaconContract(GatewayLedger(gateway), address)
