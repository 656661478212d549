"""What administrations send of a refusal: codes, and the salt that opens their hash; pure.

It comes from outside, so it counts only where it opens what the sender put on the ledger.
"""

import re
from typing import Final, cast

from contracts.documents.encoding import parse_object
from contracts.errors import PresentationError
from node.exchange.clerk import refusal_hash

REFUSAL_FORMAT: Final = "tradeseal-refusal/1"
UNUSABLE: Final = ""
"""Stands for what was sent and cannot be used, so that it is not asked for again."""

_SIZE_LIMIT: Final = 1 << 16
_CODES_LIMIT: Final = 100
_CODE: Final = re.compile(r"[A-Z0-9_]{1,80}")
_SALT: Final = re.compile(r"0x[0-9a-f]{64}")


def read_refusal(content: bytes, certificate: str, reason: str | None) -> str:
    """Return a refusal's text as it is kept, or `UNUSABLE`.

    Args:
        content: What the other side sent.
        certificate: The certificate that was refused, 0x and 64 digits.
        reason: The hash that the ledger holds, 0x and 64 digits; None for none.
    """
    try:
        if len(content) > _SIZE_LIMIT:
            return UNUSABLE
        value = parse_object(content, "refusal")
    except PresentationError:
        return UNUSABLE
    if value.get("format") != REFUSAL_FORMAT or value.get("certificate") != certificate:
        return UNUSABLE
    codes, salt = value.get("codes"), value.get("salt")
    if not _are_codes(codes) or not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
        return UNUSABLE
    opened = refusal_hash(bytes.fromhex(salt[2:]), cast("list[str]", codes))
    return content.decode() if "0x" + opened.hex() == reason else UNUSABLE


def _are_codes(value: object) -> bool:
    if not isinstance(value, list):
        return False
    items = cast("list[object]", value)
    return 0 < len(items) <= _CODES_LIMIT and all(
        isinstance(item, str) and _CODE.fullmatch(item) is not None for item in items
    )
