"""Requests between members' nodes, signed by a key that Membership binds to the caller.

    Authorization: Tradeseal time="1767225600", signature="0x…"

The signature (secp256k1, 65 bytes r ‖ s ‖ v, low s) is over the keccak256 of a label, the method,
the path, the time and the organisation that is asked, so that nobody can use it at another door.
It holds for a minute around its time; a repeated read has no effect.
"""

import re
from dataclasses import dataclass
from typing import Final

from chain.proofs.errors import ProofError
from chain.proofs.keccak import keccak256
from chain.proofs.secp256k1 import recover_address
from contracts.membership.keys import address_key_id
from contracts.records.signed import sign_digest
from node.vault.errors import CallerUnprovenError

TOLERANCE_SECONDS: Final = 60
SCHEME: Final = "Tradeseal"
_LABEL: Final = b"tradeseal-request/1\n"
_HEADER: Final = re.compile(
    r'Tradeseal time="(0|[1-9][0-9]{0,10})", signature="0x([0-9a-f]{130})"', re.ASCII
)


@dataclass(frozen=True, slots=True)
class NodeRequest:
    """What one node asks of another.

    Attributes:
        method: HTTP method in capitals.
        path: Path with its query, as it is sent.
        organisation: Whose node is asked: its identifier, 0x and 64 digits.
        time: When it is asked, seconds since 1970.
    """

    method: str
    path: str
    organisation: str
    time: int

    @property
    def digest(self) -> bytes:
        """What is signed, 32 bytes."""
        parts = (self.method, self.path, self.organisation, str(self.time))
        return keccak256(_LABEL + "\n".join(parts).encode())

    def sign(self, secret: bytes) -> str:
        """Return the `Authorization` header.

        Args:
            secret: secp256k1 secret, 32 bytes, of a key of purpose SIGN or CARRY.
        """
        signature = sign_digest(self.digest, secret)
        return f'{SCHEME} time="{self.time}", signature="0x{signature.hex()}"'


def caller_key(header: str, method: str, path: str, organisation: str, now: int) -> bytes:
    """Return the key id that signed a request; whose it is, Membership tells.

    Args:
        header: The `Authorization` header.
        method: HTTP method in capitals.
        path: Path with its query, as it came.
        organisation: The organisation that is asked.
        now: Seconds since 1970.

    Raises:
        CallerUnprovenError: It has another form, is too old or too new, or signs nothing.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        raise CallerUnprovenError(f"it has no header 'Authorization: {SCHEME} …'")
    request = NodeRequest(method, path, organisation, int(found[1]))
    if abs(request.time - now) > TOLERANCE_SECONDS:
        raise CallerUnprovenError(f"its time is not within {TOLERANCE_SECONDS} s of this clock")
    try:
        return address_key_id(recover_address(request.digest, bytes.fromhex(found[2])))
    except ProofError as error:
        raise CallerUnprovenError("its signature is none") from error
