"""Takes out of log texts what must not stand there, whoever wrote them.

Our own lines have typed fields and hold no secret to begin with. This is the second line of
defence, for texts of foreign libraries and for what a caller put in the wrong place. It knows a
secret by its form: a private key in bare hexadecimal looks like any hash and is not found.
"""

from __future__ import annotations

import re
from typing import Final

MAX_TEXT: Final = 4_000
"""Characters of one text that are kept: whole documents do not fit."""

_MARK: Final = "[redacted]"
_FORMS: Final = (
    # signed or encrypted tokens and documents: JWS, JWT, JWE, SD-JWT
    (re.compile(r"\beyJ[\w-]{6,}+(?:\.[\w~.-]*)+"), _MARK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{6,}"), rf"\1 {_MARK}"),
    (re.compile(r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL), _MARK),
    (re.compile(r"(://)[^\s/@]+@"), rf"\1{_MARK}@"),  # user and password in a URL
    (
        re.compile(r"""(?i)\b(\w*(?:password|passphrase|secret|token|private_?key))
                       (["']?\s*[=:]\s*["']?)[^\s"',;&]+""", re.VERBOSE),
        rf"\1\2{_MARK}",
    ),
)  # fmt: skip


# Most texts hold none of these words: one search instead of five.
_SUSPECT: Final = re.compile(
    r"eyJ|-----BEGIN|://|bearer|basic|password|passphrase|secret|token|key", re.IGNORECASE
)


def redact(text: str) -> str:
    """Return a text without tokens, keys, passwords and signed documents, cut to a length."""
    # Cut first: what it costs to search is bounded, whoever shaped the text.
    kept = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text)} characters)"
    if _SUSPECT.search(kept) is not None:
        for form, replacement in _FORMS:
            kept = form.sub(replacement, kept)
    return kept
