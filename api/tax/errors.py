"""What can go wrong while taxes are computed.

TaxError
├── caller: correct the declaration line
│   ├── TariffCodeError          a code that names no line of the tariff
│   ├── RateUnavailableError     the column gives no rate that can be computed
│   └── VatChoiceError           the alternatives of the VAT cell leave no rate for these goods
├── operator: correct the tariff
│   ├── TariffCellError          a cell cannot be read; says at which character
│   ├── TariffFileError          a file that is no table of a tariff
│   ├── TariffFolderError        a folder of tariff versions that cannot be used
│   ├── TariffDateError          no version of the tariff is in force on a day
│   └── TariffConflictError      another version stands under the same name
├── declarant: correct the declaration (`DeclarationError`: path, code, Vietnamese and English)
│   ├── MemberError              a member is missing, unknown or not of its form
│   ├── NegativeAmountError      an amount below zero
│   ├── CurrencyRefusedError     an amount in another currency than the declaration's
│   ├── ContradictionError       members that exclude each other
│   ├── IncotermError            no such term of delivery on that day
│   ├── CostMissingError         the term of delivery asks for a cost that is not declared
│   ├── CostIncludedError        a cost that does not belong to this value
│   ├── EvidenceMissingError     a zero, a deduction or a relief without its document
│   ├── DeductionTooLargeError   more is deducted than was there
│   ├── ApportionError           a shared cost that no line can carry
│   ├── ProcedureError           a procedure code of the other direction, or unknown
│   ├── ReliefRefusedError       a relief that these goods cannot have
│   ├── ExciseError              goods of an excise without rate or category
│   ├── UnitMismatchError        a quantity in a unit that the rate cannot be applied to
│   ├── RateMissingError         a line without a rate
│   ├── TariffRefusedError       the tariff gives the line no rate; `__cause__` says why
│   ├── ExchangeRateMissingError no rate of the day that the law names
│   └── TimeLimitError           asked for after the last day
├── auditor: find out why
│   └── AssessmentError          what was handed in is no assessment
└── programmer: correct the data beside the code
    ├── TariffDataError          dated data contradicts itself or lacks a provision
    └── RuleDataError            a rule set contradicts itself or lacks a provision

Each text says what is wrong and what to do. `code` is stable; programs may rely on it.
"""

from typing import ClassVar


class TaxError(Exception):
    """Base of every error of this package.

    Attributes:
        code: Stable name of the fault, for programs.
    """

    code: ClassVar[str] = "tax"


class OfficeDataMissingError(TaxError):
    """The organisation's folder has no tariff, or no exchange rates."""

    code = "tax-data-missing"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"this office has no {self.name}; let its operator put one into the organisation's "
            "folder (`tradeseal tax tariff import` writes a tariff)"
        )


class TariffCellError(TaxError):
    """A cell of the tariff cannot be read.

    Attributes:
        cell: The whole text, at most as long as a cell may be.
        position: Index of the character at which reading ended, from 0.
        expected: What could have stood there.
        remedy: What to do.
    """

    code = "tariff-cell"

    def __init__(self, cell: str, position: int, expected: str, remedy: str) -> None:
        super().__init__(cell, position, expected, remedy)
        self.cell = cell
        self.position = position
        self.expected = expected
        self.remedy = remedy

    @property
    def problem(self) -> str:
        """What is wrong and what to do, in one line."""
        found = repr(self.cell[self.position]) if self.position < len(self.cell) else "the end"
        return (
            f"character {self.position + 1}: {self.expected} expected, not {found}; {self.remedy}"
        )

    def __str__(self) -> str:
        shown = "".join(
            mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in self.cell
        )
        return f"{self.problem}\n{shown}\n{' ' * self.position}^"


class TariffFileError(TaxError):
    """A file is no table of a tariff."""

    code = "tariff-file"

    def __init__(self, file: str, problem: str, remedy: str) -> None:
        super().__init__(file, problem, remedy)
        self.file = file
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}; {self.remedy}"


class TariffFolderError(TariffFileError):
    """A folder of tariff versions, or a version in it, cannot be used."""

    code = "tariff-folder"


class TariffCodeError(TaxError):
    """A code names no line of the tariff.

    Attributes:
        hs: The code as asked for.
        problem: Why it names no line.
        suggestions: Codes of the tariff that stand nearest, nearest first.
    """

    code = "tariff-hs"

    def __init__(self, hs: str, problem: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(hs, problem, suggestions)
        self.hs = hs
        self.problem = problem
        self.suggestions = suggestions

    def __str__(self) -> str:
        near = f"; nearest are {', '.join(self.suggestions)}" if self.suggestions else ""
        return f"hs {self.hs!r}: {self.problem}{near}"


class TariffDateError(TaxError):
    """No version of the tariff is in force on a day."""

    code = "tariff-date"

    def __init__(self, day: str, known: tuple[str, ...]) -> None:
        super().__init__(day, known)
        self.day = day
        self.known = known

    def __str__(self) -> str:
        held = f"held are {'; '.join(self.known)}" if self.known else "no version is held"
        return (
            f"no tariff is in force on {self.day}; {held}: import the decree that applies then "
            "with `tradeseal tax tariff import`"
        )


class TariffConflictError(TaxError):
    """Another version stands under the same name, or contradicts the one of the same day."""

    code = "tariff-conflict"

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(name, problem, remedy)
        self.name = name
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}; {self.remedy}"


class TariffDataError(TaxError):
    """Dated data beside the code contradicts itself or lacks a provision."""

    code = "tariff-data"

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(file, problem)
        self.file = file
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}; correct the data"


class RateUnavailableError(TaxError):
    """A line of the tariff gives no rate that can be computed."""

    code = "tariff-rate"

    def __init__(self, hs: str, column: str, problem: str, remedy: str) -> None:
        super().__init__(hs, column, problem, remedy)
        self.hs = hs
        self.column = column
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.hs}, column {self.column}: {self.problem}; {self.remedy}"


class VatChoiceError(RateUnavailableError):
    """The alternatives of a VAT cell leave no rate for these goods on this day."""

    code = "tariff-vat"


class DeclarationError(TaxError):
    """A declaration cannot be assessed as it stands.

    The values are texts in the order of the places in `english` and `vietnamese`; the first names
    the member by its path.
    """

    code = "tax-declaration"
    english: ClassVar[str] = "{0}: {1}; {2}"
    vietnamese: ClassVar[str] = "{0}: {1}; {2}"

    def __init__(self, *values: str) -> None:
        super().__init__(*values)
        self.values = values

    @property
    def path(self) -> str:
        """The member that is at fault."""
        return self.values[0]

    def text(self, language: str) -> str:
        """Explain in "vi" or "en" what is wrong and what to do."""
        return (self.vietnamese if language == "vi" else self.english).format(*self.values)

    def __str__(self) -> str:
        return self.text("en")


class MemberError(DeclarationError):
    """A member is missing, unknown or not of its form: path, problem, remedy."""

    code = "tax-member"
    vietnamese = "{0}: không hợp lệ ({1}); {2}"


class NegativeAmountError(DeclarationError):
    """An amount is below zero: path, amount."""

    code = "tax-negative"
    english = "{0}: {1} is below zero; declare amounts from zero up, deductions as deductions"
    vietnamese = "{0}: {1} nhỏ hơn 0; khai số không âm, khoản trừ khai là khoản trừ"


class CurrencyRefusedError(DeclarationError):
    """An amount stands in another currency than the declaration's: path, actual, expected."""

    code = "tax-currency"
    english = "{0}: is in {1}; lines stand in the declaration's currency {2}"
    vietnamese = "{0}: khai bằng {1}; trị giá dòng hàng phải theo đồng tiền của tờ khai {2}"


class ContradictionError(DeclarationError):
    """Members exclude each other: path, problem, remedy."""

    code = "tax-contradiction"
    vietnamese = "{0}: mâu thuẫn ({1}); {2}"


class IncotermError(DeclarationError):
    """No such term of delivery on that day: path, term, day, known terms."""

    code = "tax-incoterm"
    english = "{0}: {1} is not in force on {2}; in force are {3}"
    vietnamese = "{0}: điều kiện {1} chưa được áp dụng vào {2}; được dùng {3}"


class CostMissingError(DeclarationError):
    """The term of delivery asks for a cost: path, cost, term."""

    code = "tax-cost-missing"
    english = "{0}: {2} leaves {1} out of the price; declare it, or zero with the evidence"
    vietnamese = "{0}: giá {2} chưa gồm {1}; khai khoản này, hoặc khai 0 kèm chứng từ"


class CostIncludedError(DeclarationError):
    """A cost does not belong to this value: path, cost, term, direction."""

    code = "tax-cost-included"
    english = "{0}: {1} is no cost of an {3} value under {2}; leave it out"
    vietnamese = "{0}: {1} không thuộc trị giá ({3}) theo {2}; bỏ khoản này"


class EvidenceMissingError(DeclarationError):
    """A zero, a deduction or a relief lacks its document: path, what asks for it, document."""

    code = "tax-evidence"
    english = "{0}: {1} needs {2}; name the document"
    vietnamese = "{0}: {1} cần {2}; ghi số chứng từ"


class DeductionTooLargeError(DeclarationError):
    """More is deducted than was there: path, value."""

    code = "tax-deduction"
    english = "{0}: the customs value would be {1}; correct the deductions"
    vietnamese = "{0}: trị giá hải quan sẽ là {1}; sửa các khoản trừ"


class ApportionError(DeclarationError):
    """A shared cost cannot be apportioned: path, basis."""

    code = "tax-apportion"
    english = "{0}: no {1} to share the cost by; declare it on every line, or choose another basis"
    vietnamese = "{0}: thiếu {1} để phân bổ chi phí; khai trên mọi dòng hoặc chọn cách khác"


class ProcedureError(DeclarationError):
    """A procedure code is unknown or of the other direction: path, code, known codes."""

    code = "tax-procedure"
    english = "{0}: {1} is no procedure of this direction on that day; known are {2}"
    vietnamese = "{0}: mã loại hình {1} không dùng được; dùng {2}"


class ReliefRefusedError(DeclarationError):
    """These goods cannot have this relief: path, relief, reason."""

    code = "tax-relief"
    english = "{0}: {1} is refused: {2}"
    vietnamese = "{0}: không được áp dụng {1}: {2}"


class ExciseError(DeclarationError):
    """Goods of an excise have neither rate nor known category: path, tax, problem, remedy."""

    code = "tax-excise"
    english = "{0}: {1}: {2}; {3}"
    vietnamese = "{0}: {1}: thiếu hoặc sai ({2}); {3}"


class UnitMismatchError(DeclarationError):
    """A rate per unit cannot be applied to the quantity: path, declared unit, rate's unit."""

    code = "tax-unit"
    english = "{0}: is in {1}, the rate is per {2}; declare the quantity in {2}"
    vietnamese = "{0}: khai theo {1} nhưng mức thuế theo {2}; khai lượng theo {2}"


class RateMissingError(DeclarationError):
    """A line has no rate: path, tax, remedy."""

    code = "tax-rate-missing"
    english = "{0}: no rate of {1}; {2}"
    vietnamese = "{0}: không có thuế suất {1}; {2}"


class TariffRefusedError(DeclarationError):
    """The tariff gives a line no rate: path, the tariff's own text and code."""

    code = "tax-tariff"
    english = "{0}: {1}"
    vietnamese = "{0}: biểu thuế không cho thuế suất ({2}): {1}"


class ExchangeRateMissingError(DeclarationError):
    """There is no rate of the day that the law names: path, currency, day, publisher."""

    code = "tax-exchange-rate"
    english = "{0}: no {3} rate of {1} for {2}; add it to the table of rates, with its source"
    vietnamese = "{0}: không có tỷ giá {1} của {3} cho {2}; bổ sung vào bảng tỷ giá kèm nguồn"


class TimeLimitError(DeclarationError):
    """Something is asked for after its last day: path, what, last day."""

    code = "tax-time-limit"
    english = "{0}: {1} could be asked for until {2}"
    vietnamese = "{0}: thời hạn của {1} là {2}"


class AssessmentError(DeclarationError):
    """What was handed in is no assessment: path, problem, remedy."""

    code = "tax-assessment"
    vietnamese = "{0}: không phải kết quả tính thuế hợp lệ ({1}); {2}"


class RuleDataError(TaxError):
    """A rule set contradicts itself or lacks a provision on a day."""

    code = "tax-rule-data"

    def __init__(self, rule_set: str, problem: str) -> None:
        super().__init__(rule_set, problem)
        self.rule_set = rule_set
        self.problem = problem

    def __str__(self) -> str:
        return f"rules of {self.rule_set}: {self.problem}; correct the file of rules"
