"""Blinding factors of commitments, kept sealed: a copy of the database opens no amount.

AES-256-GCM under a key derived (HKDF-SHA256) from the organisation's account key; what the
factor belongs to is authenticated with it. Keep the account key as long as the books.
"""

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening
from node.payments.errors import OpeningLostError

_INFO: Final = b"tradeseal/payment-opening/1"
_NONCE_SIZE: Final = 12
_KEY_SIZE: Final = 32


class OpeningBox:
    """Seals and opens blinding factors with one account key."""

    def __init__(self, account_key: bytes) -> None:
        """Derive the sealing key from the 32 bytes of the organisation's account key."""
        self._cipher = AESGCM(HKDF(SHA256(), _KEY_SIZE, None, _INFO).derive(account_key))

    def seal(self, owner: str, opening: Opening) -> str:
        """Return an opening's blinding as sealed text; its value is kept beside it."""
        nonce = secrets.token_bytes(_NONCE_SIZE)
        blinding = opening.blinding.to_bytes(_KEY_SIZE, "big")
        return base64.b64encode(
            nonce + self._cipher.encrypt(nonce, blinding, owner.encode())
        ).decode()

    def open(self, owner: str, value: int, text: str | None) -> Opening:
        """Return an opening; that of nothing where nothing was sealed.

        Raises:
            OpeningLostError: Another account key sealed it.
        """
        if text is None:
            return Opening(value, 0)
        try:
            content = base64.b64decode(text, validate=True)
            nonce, sealed = content[:_NONCE_SIZE], content[_NONCE_SIZE:]
            blinding = self._cipher.decrypt(nonce, sealed, owner.encode())
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise OpeningLostError(owner) from error
        return Opening(value, int.from_bytes(blinding, "big") % ORDER)


def new_opening(value: int) -> Opening:
    """Return an opening of an amount with a new random blinding."""
    return Opening(value, secrets.randbelow(ORDER - 1) + 1)
