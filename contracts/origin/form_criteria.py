"""The grammar of origin criteria: patterns of the rules' data; pure."""

import re
from decimal import Decimal
from functools import cache
from typing import Final

NUMBER: Final = r"(?:100|[1-9][0-9]?)(?:\.[0-9]{1,2})?"
_PARTS: Final = {
    "{change}": "(?:CC|CTH|CTSH)",
    "{n}": f"({NUMBER})",
    "{heading}": r"[0-9]{2}\.?[0-9]{2}",
    "{also}": "(?:, DMI)?(?:, ACU)?",
}
_EXAMPLES: Final = {"{change}": "CTH", "{n}": "40", "{heading}": "62.05", "{also}": ""}
_BOUNDED: Final = re.compile(r"\{n<([0-9]+)\}")
_WHOLE: Final = Decimal(100)


def matches(criterion: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a criterion follows one of a form's patterns.

    Args:
        criterion: Content of box 8.
        patterns: As in the data: `{change}` is CC, CTH or CTSH, `{n}` a percentage with
            at most two digits after the point, `{n<40}` one below 40, `{heading}` an HS
            heading, `{also}` what may follow: DMI for de minimis, ACU for accumulation;
            all else stands for itself.
    """
    return any(_matches(criterion, pattern) for pattern in patterns)


def examples(patterns: tuple[str, ...]) -> str:
    """Return patterns for people: each with one change, number and heading filled in."""
    shown = [_BOUNDED.sub("25", pattern) for pattern in patterns]
    for part, example in _EXAMPLES.items():
        shown = [pattern.replace(part, example) for pattern in shown]
    return ", ".join(shown)


@cache
def expression(pattern: str) -> str:
    """Return a pattern as a regular expression, without the bound of `{n<40}`."""
    plain = _BOUNDED.sub("{n}", pattern)
    pieces = re.split(r"(\{[a-z]+\})", plain)
    return "".join(_PARTS.get(piece, re.escape(piece).replace("\\ ", " ")) for piece in pieces)


def _matches(criterion: str, pattern: str) -> bool:
    found = re.fullmatch(expression(pattern), criterion)
    if not found:
        return False
    bound = _BOUNDED.search(pattern)
    numbers = [Decimal(number) for number in found.groups()]
    if bound and any(number >= Decimal(bound.group(1)) for number in numbers):
        return False
    return all(number <= _WHOLE for number in numbers)
