"""Any member's door tells whether a declaration is settled; amounts it does not know."""

from __future__ import annotations

import pytest
from support.organisations import CUSTOMS_ID
from support.paying import DECLARATION
from support.payment_doors import PaymentDoor

from api.app import create_app
from api.tokens import Caller, Role, TokenVerifier
from api.transport import InProcessTransport
from clients.sdk import Client
from clients.sdk.errors import ServerRefusedError

TOTAL = 1_000_000


def test_another_members_node_reads_it(assessed: PaymentDoor) -> None:
    network, key = assessed.network, assessed.key
    node = network.node(network.organisation(CUSTOMS_ID))
    node.step()
    token = assessed.issuer.issue(
        Caller("officer-1", CUSTOMS_ID.hex_id, Role.CUSTOMS, "IDTPP"), network.time, 3_600
    )
    app = create_app(node, TokenVerifier(key.public_key()))
    jakarta = Client("http://jakarta", token, transport=InProcessTransport(app))
    declaration = assessed.paying.object_id(DECLARATION)
    view = jakarta.settlements.find(declaration)
    assert (view.settled, view.kind, view.paid_share, view.credits) == (False, "final", 0, {})
    handed, notice = assessed.paying.credit()
    assessed.node.payments.intake().credit(handed, notice, assessed.paying.now)
    for _ in range(8):
        network.settle(assessed.node)
        network.settle(node)
    view = jakarta.settlements.find(declaration)
    assert (view.settled, view.paid_share, view.total_share) == (True, 10_000, 10_000)
    assert set(view.credits.values()) == {"accepted"}


def test_an_unknown_one_is_said_to_be(assessed: PaymentDoor) -> None:
    token = assessed.issuer_token()
    client = Client("http://node", token, transport=assessed.transport)
    with pytest.raises(ServerRefusedError) as caught:
        client.settlements.find(b"VN" + bytes(30))
    assert (caught.value.status, caught.value.code) == (404, "settlement_unknown")
