"""Finds letters that only look like those of a code; pure.

A reference number is one string of ASCII. With a Cyrillic letter instead of its Latin
twin it reads the same and is another certificate, so the error tells the letter and
where it stands.
"""

import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset({"Cf", "Zl", "Zp", "Cc", "Cs", "Co", "Cn"})
_LIKE: Final = {
    "\u0410": "A", "\u0412": "B", "\u0421": "C", "\u0415": "E", "\u041d": "H", "\u0406": "I",
    "\u0408": "J", "\u041a": "K", "\u041c": "M", "\u041e": "O", "\u0420": "P", "\u0405": "S",
    "\u0422": "T", "\u0425": "X", "\u04ae": "Y", "\u0417": "3", "\u0391": "A", "\u0392": "B",
    "\u0395": "E", "\u0396": "Z", "\u0397": "H", "\u0399": "I", "\u039a": "K", "\u039c": "M",
    "\u039d": "N", "\u039f": "O", "\u03a1": "P", "\u03a4": "T", "\u03a5": "Y", "\u03a7": "X",
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2044": "/", "\u2215": "/", "\u2024": ".", "\u3002": ".",
}  # fmt: skip
"""Letters that a compatibility form does not turn into ASCII, and what they look like.

Source: Unicode Technical Standard 39, confusables, those of the letters of codes.
"""


def describe_foreign_letter(text: str) -> str | None:
    """Describe the first letter of a text that is not ASCII; None where all are.

    The description holds no letter of the text, so that it can stand in any log.
    """
    if text.isascii():
        return None
    for position, letter in enumerate(text, 1):
        if not letter.isascii():
            return f"holds {_describe(letter)} at position {position}"
    raise AssertionError(text)


def _describe(letter: str) -> str:
    name = unicodedata.name(letter, "unnamed")
    described = f"U+{ord(letter):04X} {name}"
    if unicodedata.category(letter) in _INVISIBLE:
        return f"{described}, which cannot be seen,"
    plain = _LIKE.get(letter) or unicodedata.normalize("NFKC", letter)
    if plain.isascii() and plain.isprintable():
        return f"{described}, which only looks like {plain},"
    return described
