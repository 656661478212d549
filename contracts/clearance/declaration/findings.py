"""Findings on a declaration with their texts in two languages; pure."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, cast

_PACKAGE: Final = __name__.rpartition(".")[0]


class Severity(StrEnum):
    """What a finding asks for: an error must be corrected, a warning looked at."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a declaration, or worth a look.

    Attributes:
        code: Which fault; stable.
        field: JSON pointer (RFC 6901) of its place, such as `/lines/0/hs`.
        vi: What is wrong and what to do, in Vietnamese.
        en: The same in English.
        severity: Whether it must be corrected.
    """

    code: str
    field: str
    vi: str
    en: str
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether the declaration cannot be registered with it."""
        return self.severity is Severity.ERROR

    def to_json(self) -> dict[str, str]:
        """Return the finding as problem documents carry it."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "field": self.field,
            "vi": self.vi,
            "en": self.en,
        }


def finding(code: str, field: str, /, **facts: str) -> Finding:
    """Return a finding with its texts.

    Args:
        code: Which fault; a name of texts.json.
        field: JSON pointer of its place.
        facts: What the texts name.
    """
    texts = _texts()[code]
    severity = Severity(texts.get("severity", Severity.ERROR))
    vi, en = texts["vi"].format(**facts), texts["en"].format(**facts)
    return Finding(code, field, vi, en, severity)


def codes() -> frozenset[str]:
    """Return every code that there is."""
    return frozenset(_texts())


@cache
def _texts() -> dict[str, dict[str, str]]:
    content = files(_PACKAGE).joinpath("texts.json").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, str]]", json.loads(content))
