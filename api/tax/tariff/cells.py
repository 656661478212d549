"""What a cell of the tariff says, as values; `str` of a cell is its canonical text."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

DONG: Final = "VND"
ZERO: Final = Decimal(0)
SPECIAL_CONSUMPTION_MARK: Final = "ĐB"


@dataclass(frozen=True, slots=True)
class Duty:
    """A rate: a percentage of the base, an amount per unit, or both summed.

    Attributes:
        percent: >= 0, of the customs value.
        amount: >= 0, per unit of goods, in `currency`.
        unit: UN/ECE Rec 20 code of the unit, empty for a rate without amount.
        currency: Of the amount, ISO 4217.

    Source: Law 107/2016/QH13, Articles 5 and 6: by percentage, absolute, mixed.
    """

    percent: Decimal = ZERO
    amount: Decimal = ZERO
    unit: str = ""
    currency: str = DONG

    @property
    def is_ad_valorem(self) -> bool:
        """Whether the value of the goods alone decides."""
        return not self.unit

    def times(self, factor: Decimal) -> "Duty":
        """Return the rate multiplied, as 150 % of another rate asks for.

        Args:
            factor: >= 0, such as 1.5.
        """
        return Duty(self.percent * factor, self.amount * factor, self.unit, self.currency)

    def is_above(self, other: "Duty") -> bool | None:
        """Return whether this rate is dearer for any goods; None if the goods would decide."""
        if self == other:
            return False
        same_unit = (self.unit, self.currency) == (other.unit, other.currency)
        ours = (self.percent, self.amount)
        theirs = (other.percent, other.amount)
        if not same_unit and self.amount and other.amount:
            return None
        if all(mine >= his for mine, his in zip(ours, theirs, strict=True)):
            return ours != theirs
        if all(mine <= his for mine, his in zip(ours, theirs, strict=True)):
            return False
        return None

    def __str__(self) -> str:
        if self.is_ad_valorem:
            return number_text(self.percent)
        amount = f"{number_text(self.amount)} {self.currency}/{self.unit}"
        return f"{number_text(self.percent)}% + {amount}" if self.percent else amount


@dataclass(frozen=True, slots=True)
class Excluded:
    """`*`: the column gives these goods nothing."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Empty:
    """An empty cell: the column says nothing of these goods."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class FactorOfMfn:
    """A part of the MFN rate, such as 150 %.

    Attributes:
        percent: > 0.
    """

    percent: Decimal

    def __str__(self) -> str:
        return f"{number_text(self.percent)}% thuế MFN"


@dataclass(frozen=True, slots=True)
class Reference:
    """The rate stands elsewhere in the tariff, such as in Chapter 98.

    Attributes:
        text: As the cell says it, single spaces.
        chapter: Two digits.
        clause: Such as 1.1; empty if the cell names none.
    """

    text: str
    chapter: str
    clause: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Mark:
    """`ĐB`: the goods bear special consumption tax at the rate of that law."""

    name: str = SPECIAL_CONSUMPTION_MARK

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Several rates, one of which applies by what the goods are.

    Attributes:
        options: At least two, in percent, as the cell orders them; None for `*`, not subject.
    """

    options: tuple[Decimal | None, ...]

    def __str__(self) -> str:
        return "/".join("*" if option is None else number_text(option) for option in self.options)


Value = Duty | Excluded | Empty | FactorOfMfn | Reference | Mark | Alternatives


@dataclass(frozen=True, slots=True)
class Override:
    """Another rate for one party of the agreement.

    Attributes:
        party: Letter or letters of the party, such as M.
        value: What applies to it.
    """

    party: str
    value: Duty | Excluded

    def __str__(self) -> str:
        return f"{self.party}: {self.value}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the tariff.

    Attributes:
        value: What it gives.
        exclusions: Countries whose goods get nothing from it, ISO 3166-1 alpha-2, as written.
        overrides: What single parties get instead, each party once.
    """

    value: Value
    exclusions: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def party_overrides(self) -> Mapping[str, Duty | Excluded]:
        """What single parties get instead, by party letter."""
        return MappingProxyType({found.party: found.value for found in self.overrides})

    def __str__(self) -> str:
        excluded = f" (-{', '.join(self.exclusions)})" if self.exclusions else ""
        return "; ".join((f"{self.value}{excluded}", *map(str, self.overrides)))


def number_text(number: Decimal) -> str:
    """Return a number without exponent and without zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
