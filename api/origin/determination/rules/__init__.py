"""Legal constants of agreements: data with the time in which each applies and its source.

Evidence, as the data marks it: "S" read in a source, "M" from memory with high confidence, "M?"
from memory, to be verified before anybody relies on it.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from api.origin.determination.errors import AgreementUnknownError, RuleDataError, RuleSyntaxError
from api.origin.determination.grammar import Rule, parse_rule

AGREEMENTS: Final = ("ACFTA", "AIFTA", "ATIGA", "CPTPP", "EVFTA", "RCEP")
_HS_LENGTHS: Final = (6, 4, 2)


@dataclass(frozen=True, slots=True)
class Provision:
    """One constant or product rule as it stands on a day.

    Attributes:
        name: What it is about.
        value: JSON; texts, lists of texts or an object of texts.
        clause: Where the agreement says so.
        source: The instrument that it was taken from.
        effective_from: First day.
        effective_to: First day on which it no longer applies; None for no end.
        evidence: How sure it is: S, M or M?.
    """

    name: str
    value: Any
    clause: str
    source: str
    effective_from: str
    effective_to: str | None
    evidence: str

    def text(self) -> str:
        """Return a value that is one text."""
        return str(self.value)

    def texts(self) -> tuple[str, ...]:
        """Return a value that is a list of texts."""
        return tuple(str(value) for value in self.value)


@dataclass(frozen=True, slots=True)
class Rules:
    """An agreement on one day.

    Attributes:
        agreement: Its short name.
        provisions: By name.
        products: Product rules in force, by 2, 4 or 6 digits.
    """

    agreement: str
    provisions: dict[str, Provision]
    products: dict[str, Provision]

    def provision(self, name: str) -> Provision:
        """Return a constant.

        Raises:
            RuleDataError: The agreement's file has none on that day.
        """
        found = self.provisions.get(name)
        if found is None:
            raise RuleDataError(self.agreement, f"no {name} on that day")
        return found

    def product(self, code: str) -> Provision:
        """Return the rule of a code, the longest that covers it, else the general rule."""
        for length in _HS_LENGTHS:
            if (found := self.products.get(code[:length])) is not None:
                return found
        return self.provision("general_rule")

    def parse(self, provision: Provision) -> Rule:
        """Return the tree of a product rule.

        Raises:
            RuleDataError: The data's text is no rule.
        """
        try:
            return parse_rule(provision.text())
        except RuleSyntaxError as error:
            raise RuleDataError(self.agreement, f"{provision.name}: {error}") from error


def rules_of(agreement: str, day: date) -> Rules:
    """Return the rules of an agreement on a day.

    Raises:
        AgreementUnknownError: There are none in the data.
        RuleDataError: Two provisions of one name apply on one day.
    """
    if agreement not in AGREEMENTS:
        raise AgreementUnknownError(agreement, day.isoformat(), AGREEMENTS)
    document = json.loads(_file(agreement.lower()))
    return rules_from(document, day)


def rules_from(document: dict[str, Any], day: date) -> Rules:
    """Return the rules of a parsed file on a day; raises as `rules_of` does."""
    agreement = str(document["agreement"])
    provisions = _in_force(agreement, document["provisions"].items(), day)
    if not {"parties", "hs_version"} <= provisions.keys():
        raise AgreementUnknownError(agreement, day.isoformat(), AGREEMENTS)
    grouped: dict[str, list[dict[str, Any]]] = {}
    for entry in document["product_rules"]:
        grouped.setdefault(entry["hs"], []).append(entry)
    products = _in_force(agreement, ((f"hs:{hs}", rows) for hs, rows in grouped.items()), day)
    by_code = {name.removeprefix("hs:"): found for name, found in products.items()}
    return Rules(agreement, provisions, by_code)


def operations() -> dict[str, Any]:
    """Return the vocabulary of operations."""
    return cast("dict[str, Any]", json.loads(_file("operations")))


def explanations() -> dict[str, dict[str, str]]:
    """Return the texts of all steps, Vietnamese and English."""
    return cast("dict[str, dict[str, str]]", json.loads(_file("explanations")))


def _in_force(agreement: str, entries: Any, day: date) -> dict[str, Provision]:
    found: dict[str, Provision] = {}
    for name, versions in entries:
        applying = [version for version in versions if _applies(version, day)]
        if len(applying) > 1:
            raise RuleDataError(agreement, f"{name} has {len(applying)} values on {day}")
        if applying:
            found[name] = _provision(name, applying[0])
    return found


def _applies(version: dict[str, Any], day: date) -> bool:
    end = version["effective_to"]
    return date.fromisoformat(version["effective_from"]) <= day and (
        end is None or day < date.fromisoformat(end)
    )


def _provision(name: str, version: dict[str, Any]) -> Provision:
    return Provision(
        name=name,
        value=version["value"],
        clause=version["clause"],
        source=version["source"],
        effective_from=version["effective_from"],
        effective_to=version["effective_to"],
        evidence=version["evidence"],
    )


@cache
def _file(name: str) -> str:
    return files(__name__).joinpath(f"{name}.json").read_text("utf-8")
