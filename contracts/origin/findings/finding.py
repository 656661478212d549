"""Findings and notes with their texts in two languages; pure."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

from contracts.origin.findings.codes import Code

_PACKAGE: Final = __name__.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that costs a certificate, or one item of it, its preference.

    Attributes:
        code: Which fault.
        field: Where it stands, such as `items[0].hs_code`.
        vi: What is wrong and what to do, in Vietnamese.
        en: The same in English.
    """

    code: Code
    field: str
    vi: str
    en: str

    def to_json(self) -> dict[str, str]:
        """Return the finding as problem documents carry it."""
        return {"code": self.code.value, "field": self.field, "vi": self.vi, "en": self.en}


@dataclass(frozen=True, slots=True)
class Note:
    """A discrepancy that by itself does not cost the preference.

    Attributes:
        field: Where it stands.
        vi: What differs and what to do, in Vietnamese.
        en: The same in English.
    """

    field: str
    vi: str
    en: str

    def to_json(self) -> dict[str, str]:
        """Return the note beside findings; it has no code."""
        return {"field": self.field, "vi": self.vi, "en": self.en}


def finding(code: Code, field: str, variant: str = "", /, **facts: str) -> Finding:
    """Return a finding with its texts.

    Args:
        code: Which fault.
        field: Where it stands.
        variant: Which of the code's texts; empty where it has one.
        facts: What the text names.
    """
    texts = _texts()[f"{code.value}.{variant}" if variant else code.value]
    return Finding(code, field, texts["vi"].format(**facts), texts["en"].format(**facts))


def note(kind: str, field: str, /, **facts: str) -> Note:
    """Return a note with its texts."""
    texts = _texts()[f"note.{kind}"]
    return Note(field, texts["vi"].format(**facts), texts["en"].format(**facts))


@cache
def _texts() -> dict[str, dict[str, str]]:
    content = files(_PACKAGE).joinpath("texts.json").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, str]]", json.loads(content))
