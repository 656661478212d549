"""One organisation's API in this process, with its token issuer."""

from __future__ import annotations

from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from support.organisations import Member, Network

from api.app import create_app
from api.tokens import Caller, Role, TokenIssuer, TokenVerifier
from api.transport import InProcessTransport
from clients.sdk import Client
from contracts.membership.keys import Role as OrganisationRole
from node.organisation import OrganisationNode


class Door:
    """The API of a member's node; its background work runs only when it is started."""

    def __init__(self, network: Network, member: Member, **options: Any) -> None:
        self.network = network
        self.member = member
        self.node: OrganisationNode = network.node(network.organisation(member))
        self.node.step()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = TokenIssuer(self.key)
        self.app = create_app(self.node, TokenVerifier(self.key.public_key()), **options)
        self.transport = InProcessTransport(self.app)

    def token(self, role: Role, **changes: Any) -> str:
        values: dict[str, Any] = {
            "subject": "officer-1",
            "organisation": self.member.hex_id,
            "role": role,
            "post": "VNHPH",
        }
        return self.issuer.issue(Caller(**(values | changes)), self.network.time, 3_600)

    def client(self, role: Role | None = None, token: str | None = None) -> httpx.Client:
        text = token or (self.token(role) if role else None)
        headers = {"Authorization": f"Bearer {text}"} if text else {}
        return httpx.Client(transport=self.transport, base_url="http://node", headers=headers)

    def sdk(self, role: Role) -> Client:
        return Client("http://node", self.token(role), transport=self.transport)

    def settle(self) -> None:
        self.network.settle(self.node)


DOOR_ROLES = {
    OrganisationRole.ISSUING_AUTHORITY: Role.ISSUING_AUTHORITY,
    OrganisationRole.CUSTOMS: Role.CUSTOMS,
    OrganisationRole.ENTERPRISE: Role.ENTERPRISE,
}


class Doors:
    """Doors of members, opened when they are first used; each knows where the others are."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.doors: dict[Member, Door] = {}

    def __getitem__(self, member: Member) -> Door:
        if member not in self.doors:
            self.doors[member] = Door(self.network, member)
            for door in self.doors.values():
                for other in self.doors.values():
                    url = f"http://{other.member.name}"
                    door.node.documents.peers.reach(other.member.hex_id, url, other.transport)
        return self.doors[member]

    def sdk(self, member: Member, role: Role | None = None) -> Client:
        return self[member].sdk(role or DOOR_ROLES[member.roles])

    def settle(self) -> None:
        self.network.settle(*(door.node for door in self.doors.values()))
