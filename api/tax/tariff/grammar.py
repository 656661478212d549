"""The language of tariff cells: text in, value out; an error points at its character.

    cell        = [ value [ exclusions ] { ";" party ":" ( duty | "*" ) } ]
    value       = "*" | duty | alternatives | factor | reference | "ĐB"
    duty        = percent | amount | percent "+" amount | amount "+" percent
    percent     = number [ "%" ]
    amount      = number ( "VND" | "VNĐ" | "đồng" | "đ" | "USD" ) "/" unit
    alternatives= option "/" option { "/" option }        option = "*" | percent
    factor      = number "%" [ "thuế" [ "suất" ] ] "MFN"
    reference   = "Theo" { word } [ "khoản" clause ] { word } "Chương" chapter
    exclusions  = "(" "-" country { "," [ "-" ] country } ")"
    party       = 1 to 3 capital letters

Numbers have `.` or `,` before their decimals. A percentage has at most two decimals (four where
nothing stands before them): three digits after a separator could be thousands and are refused. An
amount of money has at most two decimals, so groups of three digits are thousands there. Vietnamese
words count in either Unicode normal form and any case; positions are those of the text as given.

Source: Decree 26/2023/ND-CP and the decrees of the agreements, as their tables write it.
"""

import json
import re
import unicodedata
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, cast

from api.tax.errors import TariffCellError
from api.tax.tariff.cells import (
    DONG,
    SPECIAL_CONSUMPTION_MARK,
    Alternatives,
    Cell,
    Duty,
    Empty,
    Excluded,
    FactorOfMfn,
    Mark,
    Override,
    Reference,
    Value,
)

CELL_LIMIT: Final = 200
"""Characters; the longest known cell, a reference to Chapter 98, has 39."""
_PARTIES_LIMIT: Final = 40
_NUMERAL: Final = re.compile(r"[0-9][0-9.,]*")
_COUNTRY: Final = re.compile(r"[A-Z]{2}(?![A-Za-z])")
_PARTY: Final = re.compile(r"[A-Z]{1,3}(?![A-Za-z])")
_CODE: Final = re.compile(r"[A-Za-z0-9]+")
_CURRENCIES: Final = {"vnd": DONG, "vnđ": DONG, "đồng": DONG, "đ": DONG, "usd": "USD"}
_MINUS: Final = ("-", "\N{EN DASH}", "\N{MINUS SIGN}", "\N{NON-BREAKING HYPHEN}")
_CHAPTERS: Final = 98
_WHOLE_DIGITS: Final = 4
_AMOUNTS: Final = (
    re.compile(r"(?:0|[1-9][0-9]{0,11})(?:[.,][0-9]{1,2})?"),
    re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,3}(?:,[0-9]{1,2})?"),
    re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,2})?"),
)
_CLAUSE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_RATE: Final = "a rate such as 7.5, 1,2, 0 (-PH, CN), 28; M: 35, */8/10, 5.000 VND/kg or *"
_CORRECT: Final = "correct the cell after the decree"


@lru_cache(maxsize=8_192)
def parse_cell(text: str) -> Cell:
    """Return what a cell says; `str` of it is canonical text that parses to the same value.

    Raises:
        TariffCellError: It cannot be read; says at which character and what was expected.
    """
    if len(text) > CELL_LIMIT:
        remedy = f"a cell has at most {CELL_LIMIT} characters; keep the rate alone"
        raise TariffCellError(text[:CELL_LIMIT], CELL_LIMIT, "the end of the cell", remedy)
    return _Parser(text).cell()


class _Parser:
    """Reads the text from left to right; `_at` is the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def cell(self) -> Cell:
        self._space()
        if self._ended:
            return Cell(Empty())
        value = self._value()
        exclusions: tuple[str, ...] = ()
        if isinstance(value, Duty | Alternatives):
            exclusions = self._exclusions()
        overrides = self._overrides() if isinstance(value, Duty | Excluded) else ()
        self._space()
        if not self._ended:
            raise self._error("the end of the cell", _CORRECT)
        return Cell(value, exclusions, overrides)

    # Values

    def _value(self) -> Value:
        if self._peek() == "*" or self._numeral_ahead():
            return self._rate_or_alternatives()
        start = self._at
        word = self._word()
        if word.upper() == SPECIAL_CONSUMPTION_MARK:
            return Mark()
        if word == "theo":
            return self._reference(start)
        self._at = start
        raise self._error(_RATE, _CORRECT)

    def _rate_or_alternatives(self) -> Value:
        first = self._option()
        if isinstance(first, FactorOfMfn):
            return first
        options: list[Duty | Excluded | FactorOfMfn] = [first]
        while self._take("/"):
            self._space()
            options.append(self._option())
        if len(options) == 1:
            return first
        found: list[Decimal | None] = []
        for option in options:
            if isinstance(option, Excluded):
                found.append(None)
            elif isinstance(option, Duty) and option.is_ad_valorem:
                found.append(option.percent)
            else:
                raise self._error(
                    "alternatives in percent alone", "give each alternative as a percentage"
                )
        return Alternatives(tuple(found))

    def _option(self) -> Duty | Excluded | FactorOfMfn:
        if self._take("*"):
            return Excluded()
        first = self._term()
        if isinstance(first, Decimal) and self._is_factor():
            if not first:
                raise self._error("a part of the MFN rate above 0 %", _CORRECT)
            return FactorOfMfn(first)
        return self._sum(first)

    def _sum(self, first: Decimal | Duty) -> Duty:
        """Return a rate of which the first term is read."""
        if not self._take("+"):
            return Duty(first) if isinstance(first, Decimal) else first
        self._space()
        start = self._at
        second = self._term()
        if isinstance(first, Decimal) and isinstance(second, Duty):
            return Duty(first, second.amount, second.unit, second.currency)
        if isinstance(first, Duty) and isinstance(second, Decimal):
            return Duty(second, first.amount, first.unit, first.currency)
        self._at = start
        raise self._error("one percentage and one amount per unit", "a mixed rate sums one of each")

    def _term(self) -> Decimal | Duty:
        """Return a percentage, or an amount as a rate without percentage."""
        start = self._at
        found = _NUMERAL.match(self._text, self._at)
        if found is None:
            raise self._error("a number", "write digits, with . or , before decimals")
        self._at = found.end()
        if self._take("%"):
            return self._percent(start, found[0])
        mark, currency = self._at, _CURRENCIES.get(self._word_ahead())
        if currency is None:
            self._at = mark
            return self._percent(start, found[0])
        self._word()
        if not self._take("/"):
            raise self._error("'/' and a unit", "say per what, such as VND/kg")
        return Duty(amount=self._amount(start, found[0]), unit=self._unit(), currency=currency)

    def _is_factor(self) -> bool:
        start = self._at
        word = self._word_ahead()
        if word not in {"thuế", "mfn"}:
            return False
        if "%" not in self._text[:start]:
            self._space()
            raise self._error("'%' before it", "write a part of the MFN rate as 150% thuế MFN")
        for expected in ("thuế", "suất"):
            if self._word_ahead() == expected:
                self._word()
        if self._word_ahead() != "mfn":
            self._space()
            raise self._error("MFN", "write a part of the MFN rate as 150% thuế MFN")
        self._word()
        return True

    def _reference(self, start: int) -> Reference:
        clause = ""
        while True:
            word = self._word_ahead()
            if not word:
                self._space()
                raise self._error(
                    "Chương and its number", "name the chapter that the cell refers to"
                )
            self._word()
            if word == "khoản":
                clause = self._digits("the number of the clause")
            if word == "chương":
                break
        self._space()
        place = self._at
        chapter = self._digits("the number of the chapter")
        if not (chapter.isdigit() and 1 <= int(chapter) <= _CHAPTERS):
            self._at = place
            raise self._error(f"a chapter from 1 to {_CHAPTERS}", _CORRECT)
        text = unicodedata.normalize("NFC", " ".join(self._text[start : self._at].split()))
        return Reference(text, chapter.zfill(2), clause)

    # What follows a value

    def _exclusions(self) -> tuple[str, ...]:
        if not self._take("("):
            return ()
        found: list[str] = []
        self._space()
        if self._peek() not in _MINUS:
            raise self._error("'-' and a country", "write excluded countries as (-PH, CN)")
        while True:
            self._space()
            if self._peek() in _MINUS:
                self._at += 1
            self._space()
            found.append(self._name(_COUNTRY, "a country of two capital letters", found))
            if not self._take(","):
                break
        if not self._take(")"):
            raise self._error("',' or ')'", "close the list of excluded countries")
        return tuple(found)

    def _overrides(self) -> tuple[Override, ...]:
        found: list[Override] = []
        parties: list[str] = []
        while self._take(";"):
            self._space()
            parties.append(self._name(_PARTY, "a party of one to three capital letters", parties))
            if not self._take(":"):
                raise self._error(
                    "':' and the party's rate", "write another rate of a party as M: 35"
                )
            self._space()
            value = Excluded() if self._take("*") else self._sum(self._term())
            found.append(Override(parties[-1], value))
        return tuple(found)

    def _name(self, form: re.Pattern[str], expected: str, known: list[str]) -> str:
        found = form.match(self._text, self._at)
        if found is None:
            raise self._error(expected, _CORRECT)
        if found[0] in known or len(known) == _PARTIES_LIMIT:
            raise self._error("each name once", f"keep one entry for {found[0]}")
        self._at = found.end()
        return found[0]

    # Numbers

    def _percent(self, start: int, numeral: str) -> Decimal:
        whole, separator, decimals, rest = _split(numeral)
        if len(whole) > _WHOLE_DIGITS or (len(whole) > 1 and whole[0] == "0"):
            raise self._error_at(start, "a percentage below 10000 without leading zero", _CORRECT)
        if not separator:
            return Decimal(whole)
        place = start + len(whole) + 1
        if not decimals:
            raise self._error_at(
                place, "a digit", "write decimals after the separator, or leave it out"
            )
        if rest:
            remedy = "write a percentage with one separator at most"
            raise self._error_at(place + len(decimals), "the end of the number", remedy)
        limit = _WHOLE_DIGITS if whole == "0" else 2
        if len(decimals) > limit:
            text = "could be decimals or thousands; write at most two decimals"
            raise self._error_at(place + limit, "the end of the number", f"{numeral} {text}")
        return Decimal(f"{whole}.{decimals}")

    def _amount(self, start: int, numeral: str) -> Decimal:
        form = next((form for form in _AMOUNTS if form.fullmatch(numeral)), None)
        if form is None:
            place = start + max(numeral.rfind("."), numeral.rfind(","), 0)
            remedy = "write 5000, 5.000 or 5,000 for five thousand, and at most two decimals"
            raise self._error_at(place, "an amount whose separators leave no doubt", remedy)
        whole, decimals = numeral, ""
        if numeral[-3:-2] in {".", ","}:
            whole, decimals = numeral[:-3], numeral[-2:]
        elif numeral[-2:-1] in {".", ","}:
            whole, decimals = numeral[:-2], numeral[-1]
        digits = whole.replace(".", "").replace(",", "")
        return Decimal(f"{digits}.{decimals}" if decimals else digits)

    def _digits(self, expected: str) -> str:
        self._space()
        found = _CLAUSE.match(self._text, self._at)
        if found is None:
            raise self._error(expected, _CORRECT)
        self._at = found.end()
        return found[0]

    def _unit(self) -> str:
        self._space()
        start = self._at
        word = self._unit_word()
        codes, names = _units()
        code = names.get(word.lower()) or (word if word in codes else None)
        if code is None:
            self._at = start
            remedy = f"name it by kg, lít, chiếc, … or a code of Rec 20: {', '.join(codes)}"
            raise self._error("a unit", remedy)
        return code

    def _unit_word(self) -> str:
        start = self._at
        while not self._ended and _is_unit_mark(self._text[self._at]):
            self._at += 1
        return unicodedata.normalize("NFC", self._text[start : self._at])

    # Characters

    @property
    def _ended(self) -> bool:
        return self._at == len(self._text)

    def _peek(self) -> str:
        return "" if self._ended else self._text[self._at]

    def _space(self) -> None:
        while not self._ended and self._text[self._at].isspace():
            self._at += 1

    def _take(self, mark: str) -> bool:
        """Step over a mark and the space before it, if it comes next."""
        self._space()
        if self._peek() != mark:
            return False
        self._at += 1
        return True

    def _numeral_ahead(self) -> bool:
        return _NUMERAL.match(self._text, self._at) is not None

    def _word(self) -> str:
        """Step over a word and return it in NFC and lower case; "" if none comes next."""
        self._space()
        start = self._at
        while not self._ended and _is_letter(self._text[self._at]):
            self._at += 1
        return unicodedata.normalize("NFC", self._text[start : self._at]).lower()

    def _word_ahead(self) -> str:
        start = self._at
        word = self._word()
        self._at = start
        return word

    def _error(self, expected: str, remedy: str) -> TariffCellError:
        return self._error_at(self._at, expected, remedy)

    def _error_at(self, position: int, expected: str, remedy: str) -> TariffCellError:
        return TariffCellError(self._text, position, expected, remedy)


def _is_letter(mark: str) -> bool:
    return unicodedata.category(mark)[0] in {"L", "M"}


def _is_unit_mark(mark: str) -> bool:
    return _is_letter(mark) or mark in "0123456789²³"


def _split(numeral: str) -> tuple[str, str, str, str]:
    """Return whole part, separator, decimals and whatever comes after them."""
    found = re.fullmatch(r"([0-9]+)(?:([.,])([0-9]*)(.*))?", numeral)
    if found is None:
        raise AssertionError(numeral)
    return found[1], found[2] or "", found[3] or "", found[4] or ""


@cache
def _units() -> tuple[tuple[str, ...], dict[str, str]]:
    document = cast(
        "dict[str, Any]", json.loads(files(__package__).joinpath("units.json").read_text("utf-8"))
    )
    return tuple(document["codes"]), dict(document["names"])
