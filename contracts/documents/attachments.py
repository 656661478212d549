"""Which other documents a signed document commits to; pure.

The member `attachments` of the payload is a list of objects with a member `sha256`, the digest of
the attachment's bytes as 0x and 64 digits; what else they hold is the form's own matter.
"""

import re
from collections.abc import Mapping
from typing import Final, cast

_DIGEST: Final = re.compile(r"0x[0-9a-f]{64}")


def attachment_digests(claims: Mapping[str, object]) -> tuple[bytes, ...]:
    """Return the SHA-256 of each attachment that claims name, 32 bytes each, in their order."""
    listed = claims.get("attachments")
    if not isinstance(listed, list):
        return ()
    found: list[bytes] = []
    for item in cast("list[object]", listed):
        digest = cast("dict[str, object]", item).get("sha256") if isinstance(item, dict) else None
        if isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None:
            found.append(bytes.fromhex(digest[2:]))
    return tuple(found)
