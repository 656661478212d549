"""How a webhook is signed: what its sender computes and its receiver compares.

The signature is HMAC-SHA256 over the timestamp's digits, a full stop and the exact body. The
timestamp is part of it, so that nobody sends an old event again as a new one.
"""

import hashlib
import hmac
from typing import Final

SIGNATURE_HEADER: Final = "Tradeseal-Signature"
TIMESTAMP_HEADER: Final = "Tradeseal-Timestamp"
EVENT_HEADER: Final = "Tradeseal-Event"
SUBSCRIPTION_HEADER: Final = "Tradeseal-Subscription"
_VERSION: Final = "v1="


def webhook_signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """Return the value of the signature's header.

    Args:
        secret: The subscription's secret, 16 to 64 bytes.
        timestamp: Seconds since 1970 at which the event is sent, >= 0.
        body: The exact bytes of the request's body.
    """
    signed = b"%d." % timestamp + body
    return _VERSION + hmac.new(secret, signed, hashlib.sha256).hexdigest()
