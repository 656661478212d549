"""The language of product rules: text in, tree out; an error points at its character.

    rule        = alternative { "or" alternative }
    alternative = term { "and" term }
    term        = "WO" | shift | content | limit | process | "(" rule ")"
    shift       = ( "CC" | "CTH" | "CTSH" ) [ "except" "from" codes ]
    content     = "RVC" "(" percent [ "," method [ "of" codes ] ] ")"
    limit       = "VNM" "(" percent ")"
    process     = "SP" "(" name ")"
    method      = "build-down" | "build-up" | "net-cost" | "focused"
    codes       = code [ "to" code ] { "," code [ "to" code ] }
    code        = [ "chapter" | "heading" | "subheading" ] digits

`and` binds closer than `or`. Digits are 11, 11.05 or 1105.10. `focused` needs `of` and its codes,
the materials whose value counts; the other methods take none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.origin.determination.errors import RuleSyntaxError
from api.origin.determination.exact import HUNDRED, ZERO, amount_text
from api.origin.determination.hs import HsRange, Level
from api.origin.determination.model import Method

LENGTH_LIMIT: Final = 1_000
_DEPTH_LIMIT: Final = 16
_TOKEN: Final = re.compile(r"\s*([A-Za-z][A-Za-z-]*|[0-9]+(?:\.[0-9]+)?|[(),])")
_SHIFTS: Final = {"CC": Level.CHAPTER, "CTH": Level.HEADING, "CTSH": Level.SUBHEADING}
_METHODS: Final = {
    "build-down": Method.BUILD_DOWN,
    "build-up": Method.BUILD_UP,
    "net-cost": Method.NET_COST,
    "focused": Method.FOCUSED,
}
_CODE: Final = re.compile(r"[0-9]{2}|[0-9]{2}\.[0-9]{2}|[0-9]{4}\.[0-9]{2}")
_CODE_WORDS: Final = {"chapter": 2, "heading": 4, "subheading": 6}
_PROCESS: Final = re.compile(r"[a-z][a-z-]{0,59}")


@dataclass(frozen=True, slots=True)
class WhollyObtained:
    """The good must be wholly obtained."""

    def __str__(self) -> str:
        return "WO"


@dataclass(frozen=True, slots=True)
class Shift:
    """Every non-originating material must be classified elsewhere than the good.

    Attributes:
        level: How far up the codes must differ.
        exceptions: Codes whose change does not count.
    """

    level: Level
    exceptions: tuple[HsRange, ...] = ()

    @property
    def name(self) -> str:
        """CC, CTH or CTSH."""
        return next(name for name, level in _SHIFTS.items() if level is self.level)

    def __str__(self) -> str:
        if not self.exceptions:
            return self.name
        return f"{self.name} except from {_codes_text(self.exceptions)}"


@dataclass(frozen=True, slots=True)
class ValueContent:
    """Enough of the value must be regional.

    Attributes:
        percent: The least content, above 0, at most 100.
        method: The only method it may be computed by; None for any of the agreement.
        focused: The materials whose value counts, for the focused method.
    """

    percent: Decimal
    method: Method | None = None
    focused: tuple[HsRange, ...] = ()

    def __str__(self) -> str:
        method = next((name for name, value in _METHODS.items() if value is self.method), "")
        codes = f" of {_codes_text(self.focused)}" if self.focused else ""
        return f"RVC({amount_text(self.percent)}{', ' + method if method else ''}{codes})"


@dataclass(frozen=True, slots=True)
class MaximumNonOriginating:
    """Non-originating materials may not exceed a part of the ex-works price."""

    percent: Decimal

    def __str__(self) -> str:
        return f"VNM({amount_text(self.percent)})"


@dataclass(frozen=True, slots=True)
class Process:
    """A named process must have taken place."""

    name: str

    def __str__(self) -> str:
        return f"SP({self.name})"


@dataclass(frozen=True, slots=True)
class Every:
    """All of several requirements."""

    parts: tuple["Rule", ...]

    def __str__(self) -> str:
        texts = (f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)
        return " and ".join(texts)


@dataclass(frozen=True, slots=True)
class Either:
    """One of several requirements, at the exporter's choice."""

    parts: tuple["Rule", ...]

    def __str__(self) -> str:
        return " or ".join(str(part) for part in self.parts)


Rule = WhollyObtained | Shift | ValueContent | MaximumNonOriginating | Process | Every | Either


def parse_rule(text: str) -> Rule:
    """Return the tree of a product rule; `str` of it is the rule again.

    Raises:
        RuleSyntaxError: It is no rule; says at which character and what was expected.
    """
    if len(text) > LENGTH_LIMIT:
        raise RuleSyntaxError(text[:LENGTH_LIMIT], LENGTH_LIMIT, "the rule is too long")
    parser = _Parser(text)
    rule = parser.rule(0)
    parser.end()
    return rule


def parse_codes(text: str) -> tuple[HsRange, ...]:
    """Return a list of codes as rules write them, such as "50 to 63, 96.19".

    Raises:
        RuleSyntaxError: It is none.
    """
    parser = _Parser(text)
    codes = parser.codes()
    parser.end()
    return codes


class _Parser:
    """Reads tokens one by one; `_at` is where the next one begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def rule(self, depth: int) -> Rule:
        parts = self._list(depth, "or", self._alternative)
        return parts[0] if len(parts) == 1 else Either(_flat(parts, Either))

    def end(self) -> None:
        if self._peek():
            raise self._error(f"{self._peek()!r} does not belong here; write 'and' or 'or'")

    def codes(self) -> tuple[HsRange, ...]:
        found = [self._range()]
        while self._peek() == ",":
            self._next()
            found.append(self._range())
        return tuple(found)

    def _alternative(self, depth: int) -> Rule:
        parts = self._list(depth, "and", self._term)
        return parts[0] if len(parts) == 1 else Every(_flat(parts, Every))

    def _list(self, depth: int, word: str, read: Callable[[int], Rule]) -> list[Rule]:
        parts = [read(depth)]
        while self._peek() == word:
            self._next()
            parts.append(read(depth))
        return parts

    def _term(self, depth: int) -> Rule:
        word = self._peek()
        if word == "(":
            if depth == _DEPTH_LIMIT:
                raise self._error("the parentheses are nested too deeply")
            self._next()
            inner = self.rule(depth + 1)
            self._expect(")")
            return inner
        readers: dict[str, Callable[[], Rule]] = {
            "WO": WhollyObtained,
            "RVC": self._content,
            "VNM": self._limit,
            "SP": self._process,
        }
        if word in _SHIFTS:
            return self._shift()
        if word not in readers:
            expected = "CC, CTH, CTSH, WO, RVC(…), VNM(…), SP(…) or ( expected"
            raise self._error(f"{expected}, not {word or 'the end'!r}")
        self._next()
        return readers[word]()

    def _shift(self) -> Shift:
        level = _SHIFTS[self._next()]
        if self._peek() != "except":
            return Shift(level)
        self._next()
        self._expect("from")
        return Shift(level, self.codes())

    def _content(self) -> ValueContent:
        self._expect("(")
        percent = self._percent()
        method: Method | None = None
        focused: tuple[HsRange, ...] = ()
        if self._peek() == ",":
            self._next()
            if self._peek() not in _METHODS:
                raise self._error(f"one of {', '.join(_METHODS)} expected")
            method = _METHODS[self._next()]
            if method is Method.FOCUSED:
                self._expect("of")
                focused = self.codes()
        self._expect(")")
        return ValueContent(percent, method, focused)

    def _limit(self) -> MaximumNonOriginating:
        self._expect("(")
        percent = self._percent()
        self._expect(")")
        return MaximumNonOriginating(percent)

    def _process(self) -> Process:
        self._expect("(")
        if not _PROCESS.fullmatch(self._peek()):
            raise self._error("the name of a process in lower-case letters and - expected")
        name = self._next()
        self._expect(")")
        return Process(name)

    def _percent(self) -> Decimal:
        text = self._peek()
        if not text[:1].isdigit():
            raise self._error("a percentage expected, such as 40")
        percent = Decimal(text)
        if not ZERO < percent <= HUNDRED:
            raise self._error("the percentage must be above 0 and at most 100")
        self._next()
        return percent

    def _range(self) -> HsRange:
        first = self._code(None)
        if self._peek() != "to":
            return HsRange(first, first)
        self._next()
        self._peek()
        start = self._at
        last = self._code(len(first))
        if last < first:
            raise RuleSyntaxError(self._text, start, "the range ends before it begins")
        return HsRange(first, last)

    def _code(self, length: int | None) -> str:
        if (digits := _CODE_WORDS.get(self._peek())) is not None:
            if length not in {None, digits}:
                raise self._error("another number of digits than what stands before it")
            length = digits
            self._next()
        text = self._peek()
        if not _CODE.fullmatch(text):
            raise self._error("a code expected, such as 11, 11.05 or 1105.10")
        code = text.replace(".", "")
        if length not in {None, len(code)}:
            raise self._error(f"{text} has another number of digits than what stands before it")
        self._next()
        return code

    def _peek(self) -> str:
        """Return the next token, "" at the end; `_at` moves to where it begins."""
        rest = self._text[self._at :]
        self._at += len(rest) - len(rest.lstrip())
        if self._at == len(self._text):
            return ""
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise self._error(f"{self._text[self._at]!r} means nothing here")
        return match[1]

    def _next(self) -> str:
        token = self._peek()
        self._at += len(token)
        return token

    def _expect(self, token: str) -> None:
        if self._peek() != token:
            raise self._error(f"{token!r} expected")
        self._next()

    def _error(self, problem: str) -> RuleSyntaxError:
        return RuleSyntaxError(self._text, self._at, problem)


def _flat(parts: list[Rule], kind: type[Every] | type[Either]) -> tuple[Rule, ...]:
    inner = (part.parts if isinstance(part, kind) else (part,) for part in parts)
    return tuple(rule for group in inner for rule in group)


def _codes_text(ranges: tuple[HsRange, ...]) -> str:
    return ", ".join(str(codes) for codes in ranges)
