"""How a member signs an HTTP request with a body: what its sender makes and its receiver checks.

    Authorization: Tradeseal time="1767225600", body="0x…", signature="0x…"

The signature (secp256k1, 65 bytes r ‖ s ‖ v, low s) is over the keccak256 of a label, the method,
the path with its query, the organisation that is asked, the time and the SHA-256 of the body, so
that nobody can use it at another door or with another body. It holds for a minute around its
time; whatever is asked so must be safe to repeat.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from chain.proofs.errors import ProofError
from chain.proofs.keccak import keccak256
from chain.proofs.secp256k1 import recover_address
from contracts.errors import RecordSignatureError
from contracts.membership.keys import address_key_id
from contracts.records.signed import sign_digest

TOLERANCE_SECONDS: Final = 60
SCHEME: Final = "Tradeseal"
_LABEL: Final = b"tradeseal-request/2\n"
_HEADER: Final = re.compile(
    r'Tradeseal time="(0|[1-9][0-9]{0,10})", body="0x([0-9a-f]{64})", '
    r'signature="0x([0-9a-f]{130})"',
    re.ASCII,
)


def body_hash(body: bytes) -> bytes:
    """Return what a request says of its body; that of nothing where it has none."""
    return hashlib.sha256(body).digest()


@dataclass(frozen=True, slots=True)
class MemberRequest:
    """What a member asks.

    Attributes:
        method: HTTP method in capitals.
        path: Path with its query, as it is sent.
        organisation: Whose door is asked: its identifier, 0x and 64 digits.
        time: When it is asked, seconds since 1970.
        body: SHA-256 of the body.
    """

    method: str
    path: str
    organisation: str
    time: int
    body: bytes

    @property
    def digest(self) -> bytes:
        """What is signed, 32 bytes."""
        parts = (self.method, self.path, self.organisation, str(self.time), self.body.hex())
        return keccak256(_LABEL + "\n".join(parts).encode())

    def sign(self, secret: bytes) -> str:
        """Return the `Authorization` header.

        Args:
            secret: secp256k1 secret, 32 bytes, of a key of purpose SIGN or CARRY.
        """
        signature = sign_digest(self.digest, secret)
        return (
            f'{SCHEME} time="{self.time}", body="0x{self.body.hex()}", '
            f'signature="0x{signature.hex()}"'
        )


def signed_request(
    header: str, method: str, path: str, organisation: str, now: int
) -> tuple[MemberRequest, bytes]:
    """Return what a member asks, and the key id that signed it.

    Whose key it is, Membership tells; whether the body is the one named, its reader checks.

    Args:
        header: The `Authorization` header.
        method: HTTP method in capitals.
        path: Path with its query, as it came.
        organisation: The organisation that is asked.
        now: Seconds since 1970.

    Raises:
        RecordSignatureError: It has another form, is too old or too new, or signs nothing.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        raise RecordSignatureError(f"there is no header 'Authorization: {SCHEME} …' with a body")
    request = MemberRequest(method, path, organisation, int(found[1]), bytes.fromhex(found[2]))
    if abs(request.time - now) > TOLERANCE_SECONDS:
        raise RecordSignatureError(f"its time is not within {TOLERANCE_SECONDS} s of this clock")
    try:
        return request, address_key_id(recover_address(request.digest, bytes.fromhex(found[3])))
    except ProofError as error:
        raise RecordSignatureError("it is no signature") from error
