"""Declaration numbers: 12 digits, the last the count of amendments; pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from contracts.clearance.declaration.errors import AmendmentLimitError, DeclarationNumberError
from contracts.clearance.declaration.findings import finding
from contracts.clearance.declaration.rules import rule

AMENDMENTS_LIMIT: Final = 9
"""The last digit counts to 9."""
STEM_DIGITS: Final = 11
_FORM: Final = re.compile(r"[0-9]{12}")
_FIRST_DAY: Final = date(2015, 4, 1)


@dataclass(frozen=True, slots=True)
class DeclarationNumber:
    """A declaration's number.

    Attributes:
        stem: The first 11 digits, which amendments keep; what identifiers are hashed of.
        amendment: 0 as registered, up to 9.
    """

    stem: str
    amendment: int

    @classmethod
    def parse(cls, text: str, on: date = _FIRST_DAY) -> Self:
        """Read a number.

        Args:
            text: 12 digits.
            on: Whose first digits apply.

        Raises:
            DeclarationNumberError: It is none.
        """
        digits: dict[str, str] = rule("number_digits", on)
        if not _FORM.fullmatch(text) or text[0] not in digits.values():
            known = ", ".join(sorted(digits.values()))
            shown = text[:40] if text.isprintable() else "…"
            fault = finding("DECL_NUMBER_FORM", "/declaration_no", value=shown, digits=known)
            raise DeclarationNumberError((fault,))
        return cls(text[:STEM_DIGITS], int(text[STEM_DIGITS]))

    def __str__(self) -> str:
        return f"{self.stem}{self.amendment}"

    def direction(self, on: date = _FIRST_DAY) -> str:
        """Return `import` or `export`, from the first digit."""
        digits: dict[str, str] = rule("number_digits", on)
        return next(name for name, digit in digits.items() if self.stem.startswith(digit))

    def amended(self) -> Self:
        """Return the number of the next amendment.

        Raises:
            AmendmentLimitError: Nine stand already.
        """
        if self.amendment == AMENDMENTS_LIMIT:
            facts = {"number": str(self), "limit": str(AMENDMENTS_LIMIT)}
            fault = finding("DECL_AMENDMENT_LIMIT", "/declaration_no", **facts)
            raise AmendmentLimitError((fault,))
        return type(self)(self.stem, self.amendment + 1)
