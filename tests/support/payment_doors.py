"""Customs' door with payments, and the members that come there."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from support.doors import Door
from support.organisations import CUSTOMS_VN, EXPORTER, Member, Network, Signer
from support.paying import BANK, PAYMENTS_KEY, Paying, customs_folder

from api.app import create_app
from api.tokens import Caller, Role, TokenIssuer, TokenVerifier
from api.transport import InProcessTransport
from clients.sdk.connection import Connection
from clients.sdk.keystore import SigningKey
from clients.sdk.payments import Bank, MemberConnection, Payer, PaymentDesk


class PaymentDoor(Door):
    """The door of a customs node that decides payments."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.member = CUSTOMS_VN
        self.node = network.node(customs_folder(network))
        self.node.step()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = TokenIssuer(self.key)
        self.app = create_app(self.node, TokenVerifier(self.key.public_key()))
        self.transport = InProcessTransport(self.app)

    @property
    def paying(self) -> Paying:
        return Paying(self.network, self.node)

    def signed(self, member: Member, signer: Signer | None = None) -> MemberConnection:
        key = SigningKey((signer or member.officer).secret)
        return MemberConnection(
            "http://node",
            CUSTOMS_VN.hex_id,
            key,
            transport=self.transport,
            clock=lambda: self.network.time,
        )

    def bank(self, member: Member = BANK) -> Bank:
        key = SigningKey(member.officer.secret)
        return Bank(self.signed(member), member.hex_id, key, PAYMENTS_KEY)

    def payer(self, member: Member = EXPORTER) -> Payer:
        return Payer(self.signed(member))

    def desk(self, role: Role = Role.CUSTOMS) -> PaymentDesk:
        return PaymentDesk(Connection("http://node", self.token(role), transport=self.transport))

    def issuer_token(self) -> str:
        """Return a token of customs' desk, for commands."""
        now = int(self.node.clock().timestamp())
        caller = Caller("officer-1", CUSTOMS_VN.hex_id, Role.CUSTOMS, "VNHPH")
        return self.issuer.issue(caller, now, 3_600)
