"""Vietnamese tax codes and their check digit; pure.

Ten digits, the last a check digit; a branch adds -NNN. Persons use the 12 digits of their
identity card, which have no check digit.

Source: Circular 105/2020/TT-BTC, Article 5; Circular 86/2024/TT-BTC, Article 5 (12 digits);
the weights as the tax authority's public look-up and published validators use them.
"""

import re
from typing import Final

_FORM: Final = re.compile(r"([0-9]{10})(?:-([0-9]{3}))?|[0-9]{12}")
_WEIGHTS: Final = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_MODULUS: Final = 11
_TOP: Final = 10
_NO_BRANCH: Final = "000"


def is_tax_code(text: str) -> bool:
    """Say whether a text has the form of a tax code."""
    found = _FORM.fullmatch(text)
    return found is not None and found[2] != _NO_BRANCH


def check_digit(digits: str) -> int | None:
    """Return the check digit of nine digits; None where no code begins with them.

    Args:
        digits: Nine or more digits; the first nine count.
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False))
    found = _TOP - total % _MODULUS
    return None if found == _TOP else found


def has_check_digit(text: str) -> bool:
    """Say whether the check digit of a code holds; codes of persons have none."""
    found = _FORM.fullmatch(text)
    return found is not None and (found[1] is None or check_digit(found[1]) == int(found[1][-1]))
