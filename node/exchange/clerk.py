"""The key by which a node tells other administrations what it did by itself."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.origin.records import CertificateMessage, MessageKind
from contracts.records.record import RecordDomain
from contracts.records.signed import SignedRecord

CLERK_NAME: Final = "clerk.json"
LIFETIME_SECONDS: Final = 7 * 86_400
_SALT_SIZE: Final = 32


class Clerk:
    """Signs messages about certificates; its key has the purpose SIGN in Membership."""

    def __init__(
        self,
        private_key: bytes,
        chain_id: int,
        salts: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Sign with a secp256k1 key.

        Args:
            private_key: 32 bytes.
            chain_id: Chain id of the records.
            salts: Returns that many random bytes.
        """
        self._private_key = private_key
        self._chain_id = chain_id
        self._salts = salts

    def salt(self) -> bytes:
        """Return a new salt."""
        return self._salts(_SALT_SIZE)

    def tell(
        self,
        contract: str,
        certificate: str,
        kind: MessageKind,
        now: int,
        *,
        reference: bytes,
        document: bytes = bytes(32),
        reason: bytes = bytes(32),
    ) -> SignedRecord:
        """Return a signed message.

        Args:
            contract: The contract that keeps the certificate.
            certificate: Its identifier.
            kind: What is said.
            now: The time in seconds.
            reference: The message's identifier.
            document: What it brings, zeros for nothing.
            reason: Salted hash of the reason, zeros for none.
        """
        record = CertificateMessage(
            object=bytes.fromhex(certificate[2:]),
            kind=int(kind),
            reference=reference,
            document=document,
            reason=reason,
            sent_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        domain = RecordDomain(self._chain_id, bytes.fromhex(contract[2:]))
        return SignedRecord.sign(record, domain, self._private_key)


def answer_reference(transmission: str, kind: MessageKind) -> bytes:
    """Return the identifier of the answer of a kind to a transmission; the same every time."""
    content = b"tradeseal/answer\0" + bytes.fromhex(transmission[2:]) + bytes([kind])
    return hashlib.sha256(content).digest()


def refusal_hash(salt: bytes, codes: Sequence[str]) -> bytes:
    """Return what the ledger keeps of a refusal's codes.

    Args:
        salt: 32 random bytes, which the sender learns with the codes.
        codes: The codes, in the order of the findings.
    """
    return keccak256(salt + ",".join(codes).encode())
