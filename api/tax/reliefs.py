"""Goods that are not dutiable, exempt, suspended or under a zero rate: what is claimed, admitted.

A relief is claimed by its code with the documents it rests on. The procedure has to admit it, and
its limits have to hold; what is not claimed is taxed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from api.tax.amounts import grouped
from api.tax.charges import Tax
from api.tax.errors import EvidenceMissingError, ProcedureError, ReliefRefusedError
from api.tax.model import Declaration, Line, Relief
from api.tax.rules import Provision, rule_set

ZERO_RATE = "zero_rate"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A relief that a line has.

    Attributes:
        status: `not_subject`, `exempt`, `suspended` or `zero_rate`.
        taxes: What it takes away.
    """

    claim: Relief
    provision: Provision
    status: str
    taxes: tuple[Tax, ...]


@dataclass(frozen=True, slots=True)
class Consignment:
    """What a limit is measured by.

    Attributes:
        customs_value: Of all lines, whole dong.
        taxes: Returns what a set of taxes would come to over all lines without any relief.
    """

    customs_value: Decimal
    taxes: Callable[[tuple[Tax, ...]], Decimal]


@cache
def procedure(code: str, day: date) -> Provision | None:
    """Return what a procedure code says on a day, None if there is no such code."""
    return rule_set("procedures", day).provisions.get(code)


def check_procedure(declaration: Declaration, code: str, day: date, path: str) -> Provision:
    """Return the procedure of a line.

    Raises:
        ProcedureError: The code is unknown, or of the other direction.

    Source: Decision 1357/QĐ-TCHQ (2021), annex.
    """
    found = procedure(code, day)
    if found is None or found.value["direction"] != declaration.kind.value:
        known = rule_set("procedures", day).provisions.values()
        fitting = [one.name for one in known if one.value["direction"] == declaration.kind.value]
        raise ProcedureError(path, code, ", ".join(sorted(fitting)))
    return found


def admitted(
    declaration: Declaration,
    line: Line,
    allowed: Provision,
    *,
    consignment: Consignment,
    day: date,
    path: str,
) -> tuple[Admitted, ...]:
    """Return the reliefs that a line claims and has.

    Args:
        declaration: The whole.
        line: The line that claims.
        allowed: Its procedure.
        consignment: What limits are measured by.
        day: Whose rules apply.
        path: How errors name the line.

    Raises:
        ReliefRefusedError: Unknown, not of this procedure, or beyond its limits.
        EvidenceMissingError: A document is not named.

    Source: Law 107/2016/QH13, Art. 2, 16 and 19; Decree 134/2016/NĐ-CP.
    """
    found = []
    for place, claim in enumerate(line.reliefs):
        where = f"{path}.reliefs[{place}]"
        provision = rule_set("reliefs", day).provisions.get(claim.code)
        if provision is None:
            raise ReliefRefusedError(where, claim.code, f"no relief of that name on {day}")
        if claim.code not in allowed.value["reliefs"]:
            admits = ", ".join(allowed.value["reliefs"]) or "none"
            reason = f"procedure {allowed.name} admits {admits}"
            raise ReliefRefusedError(where, claim.code, reason)
        _check_documents(claim, provision, where)
        _check_limits(declaration, claim, provision, consignment, where)
        taxes = tuple(Tax(name) for name in provision.value["taxes"])
        found.append(Admitted(claim, provision, str(provision.value["status"]), taxes))
    return tuple(found)


def relieved_taxes(reliefs: tuple[Admitted, ...]) -> Mapping[Tax, str]:
    """Return by tax the first relief that takes it away."""
    found: dict[Tax, str] = {}
    for relief in reliefs:
        for tax in relief.taxes:
            found.setdefault(tax, relief.claim.code)
    return found


def _check_documents(claim: Relief, provision: Provision, path: str) -> None:
    named = {document.kind for document in claim.documents}
    for kind in provision.value["documents"]:
        if kind not in named:
            raise EvidenceMissingError(f"{path}.documents", claim.code, kind)


def _check_limits(
    declaration: Declaration,
    claim: Relief,
    provision: Provision,
    consignment: Consignment,
    path: str,
) -> None:
    value = provision.value
    if value.get("counterparty", declaration.counterparty.value) != declaration.counterparty.value:
        reason = f"the counterparty is {declaration.counterparty.value}"
        raise ReliefRefusedError(path, claim.code, reason)
    if "max_customs_value" not in value:
        return
    limit, strict = Decimal(value["max_customs_value"]), bool(value.get("exclusive"))
    worth = consignment.customs_value
    if worth < limit or (worth == limit and not strict):
        return
    reason = f"the consignment is worth {grouped(worth)} dong, the limit is {grouped(limit)}"
    if "max_tax" in value:
        most = Decimal(value["max_tax"])
        due = consignment.taxes(tuple(Tax(name) for name in value["taxes"]))
        if due < most:
            return
        reason += f", its duty {grouped(due)}, the limit {grouped(most)}"
    raise ReliefRefusedError(path, claim.code, reason)
