"""Secrets of webhooks: kept sealed, so that a copy of the database signs nothing.

AES-256-GCM under a key derived (HKDF-SHA256) from the organisation's account key; the identifier of
the subscription is authenticated with it. Another account key opens none of them: register anew.
"""

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_INFO: Final = b"tradeseal/webhook-secret/1"
_NONCE_SIZE: Final = 12
_KEY_SIZE: Final = 32
SECRET_SIZE: Final = 32


def new_secret() -> bytes:
    """Return a random secret."""
    return secrets.token_bytes(SECRET_SIZE)


class SecretBox:
    """Seals and opens secrets with one account key."""

    def __init__(self, account_key: bytes) -> None:
        """Derive the sealing key.

        Args:
            account_key: The 32 bytes of the organisation's account key.
        """
        key = HKDF(SHA256(), _KEY_SIZE, None, _INFO).derive(account_key)
        self._cipher = AESGCM(key)

    def seal(self, subscription: str, secret: bytes) -> str:
        """Return a secret's sealed text."""
        nonce = secrets.token_bytes(_NONCE_SIZE)
        sealed = self._cipher.encrypt(nonce, secret, subscription.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, subscription: str, text: str) -> bytes | None:
        """Return a sealed secret, None where another account key sealed it."""
        try:
            content = base64.b64decode(text, validate=True)
            nonce, sealed = content[:_NONCE_SIZE], content[_NONCE_SIZE:]
            return self._cipher.decrypt(nonce, sealed, subscription.encode())
        except (InvalidTag, binascii.Error, ValueError):
            return None
