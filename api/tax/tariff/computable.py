"""From a cell to a rate that can be computed, or the reason why there is none."""

from decimal import Decimal

from api.tax.errors import RateUnavailableError
from api.tax.tariff.cells import Alternatives, Cell, Duty, FactorOfMfn, Mark, Reference
from api.tax.tariff.schedule import TariffLine


def computable_duty(line: TariffLine, column: str, cell: Cell, alternative: Decimal | None) -> Duty:
    """Return the rate of a cell.

    Args:
        line: The line of the tariff, to name it in errors.
        column: Name of the column, for the same.
        cell: What to read; exclusions and overrides are not looked at.
        alternative: The percentage chosen where the cell has several.

    Raises:
        RateUnavailableError: It gives none by itself.
    """
    value = cell.value
    if isinstance(value, Duty):
        return value
    if isinstance(value, Alternatives):
        return _alternative(line, column, value, alternative)
    if isinstance(value, Reference):
        problem = f"the rate stands elsewhere: {value}"
        remedy = f"look it up in Chapter {value.chapter} and give the line its rate"
        raise RateUnavailableError(line.hs, column, problem, remedy)
    if isinstance(value, FactorOfMfn | Mark):
        problem = f"{str(value)!r} is no rate of this column"
        raise RateUnavailableError(line.hs, column, problem, "correct the cell after the decree")
    problem = "the cell gives no rate"
    raise RateUnavailableError(line.hs, column, problem, "import the decree's row, or give a rate")


def _alternative(
    line: TariffLine, column: str, value: Alternatives, chosen: Decimal | None
) -> Duty:
    offered = {option for option in value.options if option is not None}
    if chosen is None and len(offered) == 1 and None not in value.options:
        return Duty(next(iter(offered)))
    if chosen is None:
        problem = f"{str(value)!r} leaves a choice by what the goods are"
        raise RateUnavailableError(line.hs, column, problem, "say which of the rates applies")
    if chosen not in offered:
        problem = f"{chosen:f} is none of {str(value)!r}"
        raise RateUnavailableError(line.hs, column, problem, "choose one of them")
    return Duty(chosen)
