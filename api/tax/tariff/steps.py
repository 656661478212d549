"""What was considered when a rate was chosen, in Vietnamese and English."""

from dataclasses import dataclass
from functools import cache

from api.tax.errors import TariffDataError
from api.tax.tariff.dated import read_data


@dataclass(frozen=True, slots=True)
class Step:
    """One consideration.

    Attributes:
        code: Stable name, such as `certificate-pending`.
        column: Column of the tariff that it is about.
        taken: Whether the column's rate is taken because of it.
        figures: Names and values that the texts mention.
        source: The provision, where one decided; empty for a cell of the tariff.
    """

    code: str
    column: str
    taken: bool
    figures: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @property
    def vi(self) -> str:
        """The explanation in Vietnamese."""
        return _texts()[self.code]["vi"].format(**dict(self.figures))

    @property
    def en(self) -> str:
        """The explanation in English."""
        return _texts()[self.code]["en"].format(**dict(self.figures))


def step(code: str, column: str, *, taken: bool, source: str = "", **figures: object) -> Step:
    """Return a step.

    Raises:
        TariffDataError: There is no text for the code.
    """
    if code not in _texts():
        raise TariffDataError("explanations.json", f"no text for {code}")
    values = tuple((name, str(value)) for name, value in figures.items())
    return Step(code, column, taken, values, source)


@cache
def _texts() -> dict[str, dict[str, str]]:
    return read_data("explanations")
