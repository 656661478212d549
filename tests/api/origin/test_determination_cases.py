"""Cases of origin: each names its clause and stands beside its negative twin."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from api.origin.determination.decision import Decision
from api.origin.determination.engine import determine
from api.origin.determination.errors import (
    AgreementUnknownError,
    CaseError,
    CurrencyMismatchError,
    HsVersionMismatchError,
)
from api.origin.determination.model import Case
from api.origin.determination.replay import replay
from api.origin.determination.rules import rules_of
from api.origin.determination.structure import read

Bom = list[dict[str, Any]]


def money(amount: object, currency: str = "USD") -> dict[str, str]:
    return {"amount": str(amount), "currency": currency}


def line(code: str, amount: object, **changes: Any) -> dict[str, Any]:
    """Return a non-originating material."""
    found = {
        "description": f"material {code}",
        "hs_code": code,
        "hs_version": "2022",
        "value": money(amount),
        "basis": "cif",
        "status": "non_originating",
    }
    return found | changes


def own(code: str, amount: object, **changes: Any) -> dict[str, Any]:
    """Return a material that the exporting country has produced."""
    evidence = {"kind": "own_production", "reference": "BOM-1", "country": "VN"}
    status = {"status": "originating", "basis": "transaction", "evidence": evidence}
    return line(code, amount, **(status | changes))


def supplied(code: str, amount: object, country: str = "TH", **changes: Any) -> dict[str, Any]:
    """Return a material with a supplier's certificate."""
    evidence: dict[str, Any] = {
        "kind": "supplier_certificate",
        "reference": "D-TH-1",
        "country": country,
        "agreement": changes.pop("agreement", "ATIGA"),
    }
    status = "originating"
    if "rvc" in changes:
        evidence["rvc"], status = str(changes.pop("rvc")), "partial"
    values = {"status": status, "basis": "transaction", "evidence": evidence}
    return line(code, amount, **(values | changes))


def stop(country: str, *documents: str, **changes: Any) -> dict[str, Any]:
    return {"country": country, "documents": list(documents), **changes}


def case_of(code: str, bom: Bom, **changes: Any) -> dict[str, Any]:
    """Return a case as JSON; what is not named is ordinary."""
    version = changes.pop("version", "2022")
    good = {
        "description": "the good",
        "hs_code": code,
        "hs_version": version,
        "values": changes.pop("values", {"fob": money(changes.pop("fob", 100))}),
    }
    if (category := changes.pop("category", None)) is not None:
        good["wholly_obtained"] = category
    found: dict[str, Any] = {
        "format": "tradeseal-origin-case/1",
        "agreement": "ATIGA",
        "date": "2026-11-20",
        "exporting_party": "VN",
        "importing_party": "ID",
        "good": good,
        "materials": [material | {"hs_version": version} for material in bom],
        "operations": ["manufacture"],
    }
    if "costs" in changes:
        changes["costs"] = {name: money(amount) for name, amount in changes["costs"].items()}
    return found | changes


def decide(value: dict[str, Any]) -> Decision:
    return determine(read(Case, value))


@dataclass(frozen=True)
class Row:
    """A case, its clause, and what comes out; no criterion means no origin."""

    name: str
    clause: str
    code: str
    bom: Bom
    criterion: str | None
    changes: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""

    @property
    def expected(self) -> str:
        return self.outcome or ("originating" if self.criterion else "not_originating")


def row(name: str, clause: str, code: str, bom: Bom, criterion: str | None, **changes: Any) -> Row:
    outcome = changes.pop("outcome", "")
    return Row(name, clause, code, bom, criterion, changes, outcome)


UP = {"rvc_method": "build_up"}
COSTS = {"labour": 8, "overhead": 5, "other": 2, "profit": 6}
CPTPP = {
    "agreement": "CPTPP",
    "importing_party": "JP",
    "version": "2012",
    "values": {"adjusted": money(100), "net_cost": money(90), "fob": money(102)},
}
EVFTA = {
    "agreement": "EVFTA",
    "importing_party": "DE",
    "version": "2012",
    "values": {"ex_works": money(100), "fob": money(105)},
}
RCEP = {"agreement": "RCEP", "importing_party": "JP"}
AIFTA = {"agreement": "AIFTA", "importing_party": "IN"}
ACFTA = {"agreement": "ACFTA", "importing_party": "CN"}
YEAR = {"begins": "2026-01-01", "ends": "2026-12-31"}
BL = "through_bill_of_lading"
OTHER = "390110"  # another chapter than the goods below


def lot(day: str, quantity: object, value: object, *, originating: bool) -> dict[str, Any]:
    return {
        "received": day,
        "quantity": str(quantity),
        "value": str(value),
        "originating": originating,
    }


def pool(method: str, *lots: dict[str, Any], name: str = "resin") -> dict[str, Any]:
    return {"name": name, "method": method, "lots": list(lots)}


LOTS = (lot("2026-01-05", 60, 60, originating=True), lot("2026-02-05", 40, 48, originating=False))


def pooled(originating: object, rest: object, value: object) -> Bom:
    first = {"value": str(originating), "unit": "KGM"}
    second = {"value": str(rest), "unit": "KGM"}
    return [
        own("390110", originating, pool="resin", quantity=first),
        line("390120", value, pool="resin", quantity=second),
    ]


SAME = "190590"  # the good's own heading and subheading
GENERAL = "ATIGA Art. 28.1(a)"
CHANGE = "ATIGA Art. 28"
MINIMIS = "ATIGA Art. 33"
VALUE = "ATIGA Art. 29"
CUMULATION = "ATIGA Art. 30"

CONTENT = [
    row("40 passes", VALUE, SAME, [line(SAME, 60)], "40%"),
    row("39.99 fails", VALUE, SAME, [line(SAME, "60.01")], "PC 39.99%", outcome="partial"),
    row(
        "39.999 is not rounded up",
        VALUE,
        SAME,
        [line(SAME, "60.001")],
        "PC 39.99%",
        outcome="partial",
    ),
    row("64 of the examination", VALUE, SAME, [line(SAME, 18)], "64%", fob=50),
    row("box 8 rounds down", VALUE, SAME, [line(SAME, 1)], "66.66%", fob=3),
    row("VNM above FOB", VALUE, SAME, [line(SAME, 101)], None),
    row("VNM equal to FOB", VALUE, SAME, [line(SAME, 100)], None),
    row("two lines add up to the limit", VALUE, SAME, [line(SAME, 30), line(SAME, 30)], "40%"),
    row(
        "two lines add up to more",
        VALUE,
        SAME,
        [line(SAME, 30), line(SAME, 31)],
        "PC 39%",
        outcome="partial",
    ),
    row(
        "undetermined counts in VNM",
        VALUE,
        SAME,
        [line(SAME, 60, status="undetermined", basis="earliest_price")],
        "40%",
    ),
    row(
        "undetermined above the limit",
        VALUE,
        SAME,
        [line(SAME, "60.5", status="undetermined", basis="earliest_price")],
        "PC 39.5%",
        outcome="partial",
    ),
    row(
        "large amounts stay exact",
        VALUE,
        SAME,
        [line(SAME, "59999999999999.4")],
        "40%",
        fob="99999999999999",
    ),
    row(
        "one millionth below",
        VALUE,
        SAME,
        [line(SAME, "59999999999999.400001")],
        "PC 39.99%",
        fob="99999999999999",
        outcome="partial",
    ),
    row("build-up 43", VALUE, SAME, [own(OTHER, 22), line(SAME, 57)], "43%", costs=COSTS, **UP),
    row("build-up 40", VALUE, SAME, [own(OTHER, 19), line(SAME, 57)], "40%", costs=COSTS, **UP),
    row(
        "build-up 39",
        VALUE,
        SAME,
        [own(OTHER, 18), line(SAME, 57)],
        "PC 39%",
        costs=COSTS,
        outcome="partial",
        **UP,
    ),
    row(
        "build-up without profit is not computed",
        VALUE,
        SAME,
        [own(OTHER, 22), line(SAME, 57)],
        None,
        costs={"labour": 8, "overhead": 5, "other": 2},
        **UP,
    ),
    row(
        "build-up with no costs but materials",
        VALUE,
        SAME,
        [own(OTHER, 40), line(SAME, 57)],
        "40%",
        costs={"labour": 0, "overhead": 0, "other": 0, "profit": 0},
        **UP,
    ),
    row(
        "build-up, a cent short",
        VALUE,
        SAME,
        [own(OTHER, "39.99"), line(SAME, 57)],
        "PC 39.99%",
        costs={"labour": 0, "overhead": 0, "other": 0, "profit": 0},
        outcome="partial",
        **UP,
    ),
    row("no FOB, no content", VALUE, SAME, [line(SAME, 10)], None, values={"ex_works": money(100)}),
    row("FOB of nothing", VALUE, SAME, [line(SAME, 10)], None, fob=0),
    row("product rule of content only", "ATIGA Annex 3", "870321", [line("840734", 60)], "40%"),
    row(
        "product rule of content only, CTH does not help",
        "ATIGA Annex 3",
        "870321",
        [line("840734", 61)],
        "PC 39%",
        outcome="partial",
    ),
    row("RCEP writes RVC", "RCEP Art. 3.5", "090121", [line("090121", 60)], "RVC", **RCEP),
    row("RCEP below 40", "RCEP Art. 3.5", "090121", [line("090121", 61)], None, **RCEP),
]

NET_AND_FOCUSED = [
    row(
        "net cost 45",
        "CPTPP Art. 3.5",
        "870321",
        [line("870829", "49.5")],
        "C",
        **CPTPP,
        rvc_method="net_cost",
    ),
    row(
        "net cost below 45",
        "CPTPP Art. 3.5",
        "870321",
        [line("870829", "49.6")],
        None,
        **CPTPP,
        rvc_method="net_cost",
    ),
    row(
        "build-down 55 of the same rule",
        "CPTPP Art. 3.5",
        "870321",
        [line("870829", 45)],
        "C",
        **CPTPP,
    ),
    row(
        "build-down below 55", "CPTPP Art. 3.5", "870321", [line("870829", "45.01")], None, **CPTPP
    ),
    row(
        "build-up is none of that rule's methods",
        "CPTPP Art. 3.5",
        "870321",
        [
            own(
                "870829", 60, evidence={"kind": "own_production", "reference": "x", "country": "VN"}
            ),
            line("870829", 1),
        ],
        None,
        **CPTPP,
        rvc_method="build_up",
    ),
    row(
        "net cost without net cost",
        "CPTPP Art. 3.5",
        "870321",
        [line("870829", 10)],
        None,
        **(CPTPP | {"values": {"adjusted": money(100)}}),
        rvc_method="net_cost",
    ),
    row(
        "focused 60",
        "CPTPP Art. 3.5",
        "841810",
        [line("841430", 40), line("841899", 50)],
        "C",
        **CPTPP,
        rvc_method="focused",
    ),
    row(
        "focused below 60",
        "CPTPP Art. 3.5",
        "841810",
        [line("841430", "40.01"), line("841899", 50)],
        None,
        **CPTPP,
        rvc_method="focused",
    ),
    row(
        "focused adds both headings",
        "CPTPP Art. 3.5",
        "841810",
        [line("841430", 20), line("850140", 20), line("841899", 50)],
        "C",
        **CPTPP,
        rvc_method="focused",
    ),
    row(
        "focused adds both headings, too much",
        "CPTPP Art. 3.5",
        "841810",
        [line("841430", 20), line("850140", 21), line("841899", 50)],
        None,
        **CPTPP,
        rvc_method="focused",
    ),
    row(
        "CPTPP build-up counts materials alone",
        "CPTPP Art. 3.5",
        "841810",
        [own("841430", 35), line("841899", 60)],
        "C",
        **CPTPP,
        rvc_method="build_up",
    ),
    row(
        "CPTPP build-up takes no profit",
        "CPTPP Art. 3.5",
        "841810",
        [own("841430", 34), line("841899", 60)],
        None,
        **CPTPP,
        rvc_method="build_up",
        costs=COSTS,
    ),
    row("CPTPP build-down 45", "CPTPP Art. 3.5", "841810", [line("841899", 55)], "C", **CPTPP),
    row(
        "CPTPP build-down below 45",
        "CPTPP Art. 3.5",
        "841810",
        [line("841899", "55.1")],
        None,
        **CPTPP,
    ),
]

EX_WORKS = [
    row(
        "VNM 70 of ex-works",
        "EVFTA Protocol 1, Annex II",
        "847130",
        [line("847170", 70)],
        None,
        outcome="originating",
        **EVFTA,
    ),
    row(
        "VNM above 70",
        "EVFTA Protocol 1, Annex II",
        "847130",
        [line("847170", "70.01")],
        None,
        **EVFTA,
    ),
    row(
        "VNM 45 of a car",
        "EVFTA Protocol 1, Annex II",
        "870321",
        [line("870829", 45)],
        None,
        outcome="originating",
        **EVFTA,
    ),
    row(
        "VNM above 45 of a car",
        "EVFTA Protocol 1, Annex II",
        "870321",
        [line("840734", "45.01")],
        None,
        **EVFTA,
    ),
    row(
        "no ex-works price",
        "EVFTA Protocol 1, Annex II",
        "870321",
        [line("840734", 10)],
        None,
        **(EVFTA | {"values": {"fob": money(100)}}),
    ),
    row(
        "plastics by CTH",
        "EVFTA Protocol 1, Annex II",
        "392310",
        [line("390110", 90)],
        None,
        outcome="originating",
        **EVFTA,
    ),
    row(
        "plastics by neither",
        "EVFTA Protocol 1, Annex II",
        "392310",
        [line("392390", 51)],
        None,
        **EVFTA,
    ),
    row(
        "plastics by VNM",
        "EVFTA Protocol 1, Annex II",
        "392310",
        [line("392390", 50)],
        None,
        outcome="originating",
        **EVFTA,
    ),
    row(
        "shoes from parts",
        "EVFTA Protocol 1, Annex II",
        "640399",
        [line("640610", 40)],
        None,
        **EVFTA,
    ),
    row(
        "shoes from leather",
        "EVFTA Protocol 1, Annex II",
        "640399",
        [line("410712", 40)],
        None,
        outcome="originating",
        **EVFTA,
    ),
]

SHIFTS = [
    row("CTH of the general rule", GENERAL, SAME, [line("110100", 90)], "CTH"),
    row("no CTH within the heading", GENERAL, SAME, [line("190510", 90)], None),
    row(
        "CTH without FOB",
        GENERAL,
        SAME,
        [line("110100", 90)],
        "CTH",
        values={"ex_works": money(100)},
    ),
    row(
        "CTH, one of two lines stays", GENERAL, SAME, [line("110100", 50), line("190510", 40)], None
    ),
    row("CC of coffee", "ATIGA Annex 3", "090121", [line("080132", 90)], "CC"),
    row("no CC within the chapter", "ATIGA Annex 3", "090121", [line("090411", 90)], None),
    row(
        "CC needs more than a heading",
        "RCEP Annex 3A",
        "090111",
        [line("090411", 50)],
        None,
        **RCEP,
    ),
    row("CC of RCEP is CTC", "RCEP Annex 3A", "090111", [line("080132", 50)], "CTC", **RCEP),
    row(
        "the subheading's rule before the heading's",
        "RCEP Annex 3A",
        "090121",
        [line("090111", 90)],
        "CTC",
        **RCEP,
    ),
    row(
        "the subheading's rule has its own limit",
        "RCEP Annex 3A",
        "090121",
        [line("090121", 90)],
        None,
        **RCEP,
    ),
    row("CTSH", "ATIGA Annex 3", "847130", [line("847150", 90)], "CTSH"),
    row("no CTSH within the subheading", "ATIGA Annex 3", "847130", [line("847130", 90)], None),
    row("CTSH looks at six digits only", "ATIGA Annex 3", "84713010", [line("84713090", 90)], None),
    row("CTSH by the sixth digit", "ATIGA Annex 3", "84713010", [line("84714110", 90)], "CTSH"),
    row("CTH except: another heading", "ATIGA Annex 3", "190531", [line("110100", 90)], "CTH"),
    row("CTH except: the excepted heading", "ATIGA Annex 3", "190531", [line("110510", 90)], None),
    row(
        "CTH except: originating potatoes may",
        "ATIGA Annex 3",
        "190531",
        [own("110510", 50), line("110100", 40)],
        "CTH",
    ),
    row(
        "CTH except: beside the excepted heading",
        "ATIGA Annex 3",
        "190531",
        [line("110610", 90)],
        "CTH",
    ),
    row(
        "AIFTA asks for both",
        "AIFTA Annex 2, Rule 4",
        "392310",
        [line("390110", 65)],
        "RVC 35% + CTSH",
        **AIFTA,
    ),
    row(
        "AIFTA: content alone",
        "AIFTA Annex 2, Rule 4",
        "392310",
        [line("392310", 65)],
        None,
        **AIFTA,
    ),
    row(
        "AIFTA: change alone",
        "AIFTA Annex 2, Rule 4",
        "392310",
        [line("390110", "65.01")],
        None,
        **AIFTA,
    ),
    row(
        "AIFTA has no tolerance",
        "AIFTA Annex 2, Rule 4",
        "392310",
        [line("392310", 1), line("390110", 10)],
        None,
        **AIFTA,
    ),
    row(
        "cut and sewn from another chapter",
        "ATIGA Annex 3",
        "620520",
        [line("520811", 80)],
        "CC + SP",
        processes=["cut-and-sew"],
    ),
    row(
        "another chapter, not cut and sewn",
        "ATIGA Annex 3",
        "620520",
        [line("520811", 80)],
        "PC 20%",
        outcome="partial",
    ),
    row(
        "cut and sewn within the chapter",
        "ATIGA Annex 3",
        "620520",
        [line("621790", 90)],
        None,
        processes=["cut-and-sew"],
    ),
    row("shirt by content", "ATIGA Annex 3", "620520", [line("621790", 60)], "40%"),
    row(
        "distilled",
        "ATIGA Annex 3",
        "271012",
        [line("271019", 90)],
        "SP",
        processes=["distillation"],
    ),
    row(
        "not distilled",
        "ATIGA Annex 3",
        "271012",
        [line("271019", 90)],
        None,
        processes=["blending"],
    ),
    row(
        "chemical reaction",
        "RCEP Annex 3A",
        "290511",
        [line("290512", 90)],
        "CR",
        processes=["chemical-reaction"],
        **RCEP,
    ),
    row("no chemical reaction", "RCEP Annex 3A", "290511", [line("290512", 90)], None, **RCEP),
    row("Form E by CTH", "ACFTA ROO, Rule 4", SAME, [line("110100", 90)], "CTH", **ACFTA),
    row("Form E by neither", "ACFTA ROO, Rule 4", SAME, [line(SAME, 61)], None, **ACFTA),
]

TOLERANCE = [
    row("10 of FOB", MINIMIS, SAME, [line(SAME, 10), line("110100", 80)], "CTH"),
    row("above 10 of FOB", MINIMIS, SAME, [line(SAME, "10.01"), line("110100", 80)], None),
    row(
        "several lines together",
        MINIMIS,
        SAME,
        [line(SAME, 5), line("190510", 5), line("110100", 80)],
        "CTH",
    ),
    row(
        "several lines together, too much",
        MINIMIS,
        SAME,
        [line(SAME, 5), line("190510", 6), line("110100", 80)],
        None,
    ),
    row(
        "excepted materials too", MINIMIS, "190531", [line("110510", 10), line("110100", 80)], "CTH"
    ),
    row(
        "excepted materials, too much",
        MINIMIS,
        "190531",
        [line("110510", "10.1"), line("110100", 80)],
        None,
    ),
    row(
        "no FOB, no tolerance",
        MINIMIS,
        SAME,
        [line(SAME, 1), line("110100", 80)],
        None,
        values={"ex_works": money(100)},
    ),
    row(
        "ex-works in the EVFTA",
        "EVFTA Protocol 1, Art. 5.4",
        "640399",
        [line("640610", 10)],
        None,
        outcome="originating",
        **EVFTA,
    ),
    row(
        "ex-works, not FOB",
        "EVFTA Protocol 1, Art. 5.4",
        "640399",
        [line("640610", "10.4")],
        None,
        **EVFTA,
    ),
    row(
        "textiles of the ATIGA by value",
        MINIMIS,
        "620520",
        [line("621790", 10), line("520811", 80)],
        "CC + SP",
        processes=["cut-and-sew"],
    ),
    row(
        "textiles of the ATIGA, too much",
        MINIMIS,
        "620520",
        [line("621790", 11), line("520811", 80)],
        None,
        processes=["cut-and-sew"],
    ),
]

OPERATIONS = [
    row(
        "packing alone",
        "ATIGA Art. 31",
        SAME,
        [line("110100", 50)],
        None,
        operations=["packing", "labelling"],
    ),
    row(
        "packing after baking",
        "ATIGA Art. 31",
        SAME,
        [line("110100", 50)],
        "50%",
        operations=["baking", "packing"],
    ),
    row(
        "simple assembly of high content",
        "ATIGA Art. 31",
        "847130",
        [line("847330", 10)],
        None,
        operations=["simple_assembly"],
    ),
    row(
        "assembly", "ATIGA Art. 31", "847130", [line("847330", 10)], "90%", operations=["assembly"]
    ),
    row(
        "mixing",
        "ATIGA Art. 31",
        SAME,
        [line("110100", 50)],
        None,
        operations=["simple_mixing", "sifting"],
    ),
    row(
        "a wholly obtained good may be packed",
        "ATIGA Art. 31",
        "090111",
        [],
        "WO",
        category="plant",
        operations=["packing"],
    ),
    row(
        "an exclusive good may be packed",
        "ATIGA Art. 31",
        SAME,
        [own("110100", 50)],
        "PE",
        operations=["packing"],
    ),
    row(
        "ironing is minimal in the EVFTA",
        "EVFTA Protocol 1, Art. 6",
        "392310",
        [line("390110", 50)],
        None,
        operations=["ironing"],
        **EVFTA,
    ),
    row(
        "moulding is not",
        "EVFTA Protocol 1, Art. 6",
        "392310",
        [line("390110", 50)],
        None,
        outcome="originating",
        operations=["ironing", "moulding"],
        **EVFTA,
    ),
    row(
        "ironing is not listed in the ATIGA",
        "ATIGA Art. 31",
        SAME,
        [line("110100", 50)],
        "50%",
        operations=["ironing"],
    ),
    row(
        "a partial certificate is no way round",
        "ATIGA Art. 31",
        SAME,
        [line(SAME, 70)],
        None,
        operations=["packing"],
    ),
    row("the twin gets it", "ATIGA Art. 30.2", SAME, [line(SAME, 70)], "PC 30%", outcome="partial"),
]

WHOLLY = [
    row("harvested", "ATIGA Art. 27", "090111", [], "WO", category="plant"),
    row(
        "harvested, with own seedlings",
        "ATIGA Art. 27",
        "090111",
        [own("060290", 5)],
        "WO",
        category="plant",
    ),
    row(
        "harvested, with bought beans",
        "ATIGA Art. 27",
        "090111",
        [line("090111", 70)],
        "PC 30%",
        category="plant",
        outcome="partial",
    ),
    row(
        "with imported fuel",
        "ATIGA Art. 27",
        "090111",
        [line("271012", 5, kind="indirect")],
        "WO",
        category="plant",
    ),
    row("rice must be wholly obtained", "ATIGA Annex 3", "100630", [line("100610", 10)], None),
    row("rice that is", "ATIGA Art. 27", "100630", [], "WO", category="plant"),
    row("rice of originating paddy", "ATIGA Art. 26(c)", "100630", [supplied("100610", 50)], "PE"),
    row("CPTPP has letters", "CPTPP Art. 3.3", "090111", [], "A", category="plant", **CPTPP),
    row("exclusive", "ATIGA Art. 26(c)", SAME, [own("110100", 40), own("170199", 10)], "PE"),
    row(
        "exclusive but for one",
        "ATIGA Art. 26(c)",
        SAME,
        [own("110100", 40), line("170199", 10)],
        "90%",
    ),
    row("exclusive in the CPTPP", "CPTPP Art. 3.2(b)", "090121", [own("090111", 40)], "B", **CPTPP),
    row(
        "exclusive with material of another party",
        "ATIGA Art. 26(c)",
        SAME,
        [supplied("110100", 40)],
        "PE",
    ),
    row(
        "undetermined material is not exclusive",
        "ATIGA Art. 26(c)",
        "190531",
        [line("110510", 70, status="undetermined", basis="earliest_price")],
        "PC 30%",
        outcome="partial",
    ),
]

CUMULATED = [
    row(
        "full: another party's material",
        CUMULATION,
        SAME,
        [supplied(SAME, 50), line(SAME, 50)],
        "50%",
    ),
    row(
        "full: another agreement's certificate",
        CUMULATION,
        SAME,
        [supplied(SAME, 50, agreement="RCEP"), line(SAME, 50)],
        None,
    ),
    row(
        "full: a country that is no party",
        CUMULATION,
        SAME,
        [supplied(SAME, 50, "CN"), line(SAME, 50)],
        None,
    ),
    row(
        "full: the twin in the ACFTA",
        "ACFTA ROO, Rule 6",
        SAME,
        [supplied(SAME, 50, "CN", agreement="ACFTA"), line(SAME, 50)],
        "50%",
        **ACFTA,
    ),
    row("partial: 25 counts 25", "ATIGA Art. 30.2", SAME, [supplied(SAME, 80, rvc=25)], "40%"),
    row(
        "partial: 24.9 is too little",
        "ATIGA Art. 30.2",
        SAME,
        [supplied(SAME, 80, rvc="24.9")],
        "PC 39.92%",
        outcome="partial",
    ),
    row("partial: 20 counts", "ATIGA Art. 30.2", SAME, [supplied(SAME, 75, rvc=20)], "40%"),
    row(
        "partial: 19.99 counts nothing",
        "ATIGA Art. 30.2",
        SAME,
        [supplied(SAME, 75, rvc="19.99")],
        "PC 25%",
        outcome="partial",
    ),
    row(
        "partial: 39.99 in proportion",
        "ATIGA Art. 30.2",
        SAME,
        [supplied(SAME, 100, rvc="39.99")],
        "PC 39.99%",
        outcome="partial",
    ),
    row(
        "partial: 40 counts in full",
        "ATIGA Art. 30.2",
        SAME,
        [supplied(SAME, 30, rvc=40), line(SAME, 60)],
        "40%",
    ),
    row(
        "partial material must change its heading",
        "ATIGA Art. 30.2",
        "190531",
        [supplied("110510", 95, rvc=25)],
        "PC 28.75%",
        outcome="partial",
    ),
    row(
        "a certificate of 40 makes the material originate",
        "ATIGA Art. 30.2",
        "190531",
        [supplied("110510", 95, rvc=40)],
        "PE",
    ),
    row(
        "a certificate of 39.99 does not",
        "ATIGA Art. 30.2",
        "190531",
        [supplied("110510", 95, rvc="39.99")],
        None,
    ),
    row(
        "partial material that does",
        "ATIGA Art. 30.2",
        "190531",
        [supplied("110100", 95, rvc=25)],
        "CTH",
    ),
    row(
        "partial in build-up",
        "ATIGA Art. 30.2",
        SAME,
        [supplied(SAME, 76, rvc=25), line(SAME, 3)],
        "40%",
        costs=COSTS,
        **UP,
    ),
    row(
        "partial in build-up, less",
        "ATIGA Art. 30.2",
        SAME,
        [supplied(SAME, 75, rvc=25), line(SAME, 3)],
        "PC 39.75%",
        costs=COSTS,
        outcome="partial",
        **UP,
    ),
    row(
        "a good of 20 gets PC",
        "ATIGA Art. 30.2",
        SAME,
        [line(SAME, 80)],
        "PC 20%",
        outcome="partial",
    ),
    row("a good below 20 gets nothing", "ATIGA Art. 30.2", SAME, [line(SAME, "80.01")], None),
    row("no PC in the RCEP", "RCEP Art. 3.4", "090121", [line("090121", 70)], None, **RCEP),
]

INDIRECT = [
    row(
        "fuel is not VNM",
        "ATIGA Art. 36",
        SAME,
        [line(SAME, 60), line("271012", 20, kind="indirect")],
        "40%",
    ),
    row(
        "fuel as a material is",
        "ATIGA Art. 29",
        SAME,
        [line(SAME, 60), line("271012", 20)],
        "PC 20%",
        outcome="partial",
    ),
    row(
        "retail packing needs no CTH",
        "ATIGA Art. 34",
        SAME,
        [line("110100", 70), line("190590", 15, kind="retail_packing")],
        "CTH",
    ),
    row(
        "the same as a material does",
        "ATIGA Art. 33",
        SAME,
        [line("110100", 70), line("190590", 15)],
        None,
    ),
    row(
        "retail packing counts in VNM",
        "ATIGA Art. 34",
        "870321",
        [line("840734", 55), line("481920", 6, kind="retail_packing")],
        "PC 39%",
        outcome="partial",
    ),
    row(
        "transport packing does not",
        "ATIGA Art. 34",
        "870321",
        [line("840734", 55), line("481920", 6, kind="transport_packing")],
        "45%",
    ),
    row(
        "an accessory needs no CTSH",
        "ATIGA Art. 34-35",
        "847130",
        [line("847330", 70), line("847130", 15, kind="accessory")],
        "CTSH",
    ),
    row(
        "the same as a material does need it",
        "ATIGA Art. 33",
        "847130",
        [line("847330", 70), line("847130", 15)],
        None,
    ),
    row(
        "an accessory counts in VNM",
        "ATIGA Art. 34-35",
        "870321",
        [line("840734", 55), line("820420", 6, kind="accessory")],
        "PC 39%",
        outcome="partial",
    ),
]

FUNGIBLE = [
    row(
        "FIFO bears out 60",
        "ATIGA Art. 37",
        "392310",
        pooled(60, 20, 24),
        "76%",
        pools=[pool("fifo", *LOTS)],
    ),
    row(
        "FIFO does not bear out 61",
        "ATIGA Art. 37",
        "392310",
        pooled(61, 19, 23),
        None,
        pools=[pool("fifo", *LOTS)],
    ),
    row(
        "FIFO, value too low",
        "ATIGA Art. 37",
        "392310",
        pooled(60, 20, "23.99"),
        None,
        pools=[pool("fifo", *LOTS)],
    ),
    row(
        "FIFO goes by day, not by place",
        "ATIGA Art. 37",
        "392310",
        pooled(60, 20, 24),
        "76%",
        pools=[pool("fifo", *reversed(LOTS))],
    ),
    row(
        "average bears out 48",
        "ATIGA Art. 37",
        "392310",
        pooled(48, 32, "38.4"),
        "61.6%",
        pools=[pool("average", *LOTS)],
    ),
    row(
        "average does not bear out 60",
        "ATIGA Art. 37",
        "392310",
        pooled(60, 20, 24),
        None,
        pools=[pool("average", *LOTS)],
    ),
    row(
        "average, value too low",
        "ATIGA Art. 37",
        "392310",
        pooled(48, 32, 38),
        None,
        pools=[pool("average", *LOTS)],
    ),
    row(
        "segregated",
        "ATIGA Art. 37",
        "392310",
        pooled(61, 19, 23),
        "77%",
        pools=[pool("segregation")],
    ),
    row(
        "the year's method",
        "ATIGA Art. 37",
        "392310",
        pooled(60, 20, 24),
        "76%",
        pools=[pool("fifo", *LOTS)],
        practice=YEAR | {"inventory_method": "fifo"},
    ),
    row(
        "another method than the year's",
        "ATIGA Art. 37",
        "392310",
        pooled(60, 20, 24),
        None,
        pools=[pool("fifo", *LOTS)],
        practice=YEAR | {"inventory_method": "average"},
    ),
    row(
        "two methods in one year",
        "ATIGA Art. 37",
        "392310",
        pooled(60, 20, 24),
        None,
        pools=[pool("fifo", *LOTS), pool("segregation", name="dye")],
    ),
]

METHODS = [
    row(
        "the year's content method",
        VALUE,
        SAME,
        [line(SAME, 50)],
        "50%",
        practice=YEAR | {"rvc_method": "build_down"},
    ),
    row(
        "another content method",
        VALUE,
        SAME,
        [line(SAME, 50)],
        None,
        practice=YEAR | {"rvc_method": "build_up"},
    ),
    row(
        "another content method leaves CTH",
        VALUE,
        SAME,
        [line("110100", 50)],
        "CTH",
        practice=YEAR | {"rvc_method": "build_up"},
    ),
    row(
        "the first day of the year",
        VALUE,
        SAME,
        [line(SAME, 50)],
        "50%",
        date="2026-01-01",
        practice=YEAR | {"rvc_method": "build_down"},
    ),
    row(
        "the last day of the year",
        VALUE,
        SAME,
        [line(SAME, 50)],
        "50%",
        date="2026-12-31",
        practice=YEAR | {"rvc_method": "build_down"},
    ),
]

ROUTES = [
    row("direct", "ATIGA Art. 32", SAME, [line("110100", 50)], "50%"),
    row(
        "through a party", "ATIGA Art. 32", SAME, [line("110100", 50)], "50%", transits=[stop("SG")]
    ),
    row(
        "through another country with papers",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        "50%",
        transits=[stop("HK", BL, operations=["unloading", "reloading"])],
    ),
    row("without papers", "ATIGA Art. 32", SAME, [line("110100", 50)], None, transits=[stop("HK")]),
    row(
        "with another paper",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        None,
        transits=[stop("HK", "invoice")],
    ),
    row(
        "entered trade",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        None,
        transits=[stop("HK", BL, entered_trade=True)],
    ),
    row(
        "repacked on the way",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        None,
        transits=[stop("HK", BL, operations=["repacking"])],
    ),
    row(
        "kept fresh on the way",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        "50%",
        transits=[stop("HK", BL, operations=["preservation"])],
    ),
    row(
        "two stops, one without papers",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        None,
        transits=[stop("HK", BL), stop("CN")],
    ),
    row(
        "two stops with papers",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        "50%",
        transits=[stop("HK", BL), stop("CN", BL)],
    ),
    row(
        "customs control proves it in the RCEP",
        "RCEP Art. 3.15",
        "851712",
        [line("853400", 50)],
        "CTC",
        transits=[stop("HK", "customs_control_certificate")],
        **RCEP,
    ),
    row(
        "but not in the ATIGA",
        "ATIGA Art. 32",
        SAME,
        [line("110100", 50)],
        None,
        transits=[stop("HK", "customs_control_certificate")],
    ),
    row(
        "a wholly obtained good too",
        "ATIGA Art. 32",
        "090111",
        [],
        None,
        category="plant",
        transits=[stop("HK")],
    ),
    row(
        "from a country that is no party",
        "ATIGA Art. 1",
        SAME,
        [line("110100", 50)],
        None,
        exporting_party="CN",
    ),
    row(
        "to a country that is no party",
        "ATIGA Art. 1",
        SAME,
        [line("110100", 50)],
        None,
        importing_party="JP",
    ),
    row(
        "to the exporting country",
        "ATIGA Art. 1",
        SAME,
        [line("110100", 50)],
        None,
        importing_party="VN",
    ),
]

ROWS = [
    *CONTENT,
    *NET_AND_FOCUSED,
    *EX_WORKS,
    *SHIFTS,
    *TOLERANCE,
    *OPERATIONS,
    *WHOLLY,
    *CUMULATED,
    *INDIRECT,
    *FUNGIBLE,
    *METHODS,
    *ROUTES,
]


def test_there_are_enough_cases_with_names_of_their_own() -> None:
    assert len(ROWS) >= 150
    assert len({case.name for case in ROWS}) == len(ROWS)
    refused = sum(case.expected != "originating" for case in ROWS)
    assert refused >= 60


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
def test_a_case_comes_out_as_its_clause_has_it(case: Row) -> None:
    decision = decide(case_of(case.code, case.bom, **case.changes))
    shown = [step.text("en") for step in decision.steps]
    assert (decision.outcome, decision.criterion) == (case.expected, case.criterion), shown
    assert decision.preference is decision.is_originating
    assert replay(decision.to_bytes()) == decision
    clauses = [step.provision.clause for step in decision.steps]
    named = (clause.startswith(case.clause) or case.clause.startswith(clause) for clause in clauses)
    assert any(named), clauses
    assert all(step.text("vi") and step.text("vi") != step.text("en") for step in decision.steps)


BAD: list[tuple[str, dict[str, Any], type[CaseError], str]] = [
    (
        "material of another HS",
        case_of(SAME, [line("110100", 1)]),
        HsVersionMismatchError,
        "transpose the code to HS 2022",
    ),
    (
        "material in another currency",
        case_of(SAME, [line("110100", 1, value=money(1, "VND"))]),
        CurrencyMismatchError,
        "convert it to USD",
    ),
    (
        "costs in another currency",
        case_of(SAME, [line("110100", 1)]) | {"costs": {"labour": money(1, "EUR")}},
        CurrencyMismatchError,
        "costs.labour",
    ),
    (
        "no value of the good",
        case_of(SAME, [line("110100", 1)], values={}),
        CaseError,
        "good.values",
    ),
    (
        "originating without evidence",
        case_of(SAME, [line("110100", 1, status="originating")]),
        CaseError,
        "undetermined",
    ),
    (
        "partial without content",
        case_of(SAME, [supplied("110100", 1, status="partial")]),
        CaseError,
        "certificate's content",
    ),
    (
        "partial by own production",
        case_of(SAME, [own("110100", 1, status="partial")]),
        CaseError,
        "supplier's certificate",
    ),
    (
        "partial where there is none",
        case_of("090121", [supplied("090111", 1, rvc=25, agreement="RCEP")], **RCEP),
        CaseError,
        "non_originating",
    ),
    (
        "a certificate of no agreement",
        case_of(
            SAME,
            [
                line(
                    "110100",
                    1,
                    status="originating",
                    evidence={"kind": "supplier_certificate", "reference": "x", "country": "TH"},
                )
            ],
        ),
        CaseError,
        "agreement",
    ),
    (
        "undetermined at CIF",
        case_of(SAME, [line("110100", 1, status="undetermined")]),
        CaseError,
        "earliest_price",
    ),
    (
        "imported at another price",
        case_of(SAME, [line("110100", 1, basis="transaction")]),
        CaseError,
        "cif or earliest_price",
    ),
    (
        "an accessory with its own invoice",
        case_of(SAME, [line("110100", 1, kind="accessory", invoiced_separately=True)]),
        CaseError,
        "determine its origin by itself",
    ),
    ("no materials", case_of(SAME, []), CaseError, "bill of materials"),
    (
        "nothing but fuel",
        case_of(SAME, [line("271012", 1, kind="indirect")]),
        CaseError,
        "bill of materials",
    ),
    (
        "an unknown operation",
        case_of(SAME, [line("110100", 1)], operations=["packign"]),
        CaseError,
        "packign is unknown",
    ),
    (
        "no operation",
        case_of(SAME, [line("110100", 1)], operations=[]),
        CaseError,
        "name what was done",
    ),
    (
        "an unknown category",
        case_of("090111", [], category="harvest"),
        CaseError,
        "harvest is no category",
    ),
    (
        "a method of another agreement",
        case_of(SAME, [line("110100", 1)], rvc_method="net_cost"),
        CaseError,
        "build_down, build_up",
    ),
    (
        "a year of another date",
        case_of(SAME, [line("110100", 1)], date="2027-01-01", practice=YEAR),
        CaseError,
        "fiscal year",
    ),
    (
        "parts above the whole",
        case_of(SAME, [own("110100", 90), line(SAME, 5)], costs=COSTS, **UP),
        CaseError,
        "add up to more",
    ),
    (
        "no product rule at all",
        case_of("010121", [line("010129", 1)], **RCEP),
        CaseError,
        "no product rule covers 0101.21",
    ),
    (
        "an unknown pool",
        case_of(SAME, [line("110100", 1, pool="resin")]),
        CaseError,
        "no pool of the case",
    ),
    (
        "a pool without quantity",
        case_of(SAME, [line("110100", 1, pool="resin")], pools=[pool("fifo", *LOTS)]),
        CaseError,
        "quantity",
    ),
    (
        "more than the pool holds",
        case_of("392310", pooled(60, 50, 60), pools=[pool("fifo", *LOTS)]),
        CaseError,
        "hold less",
    ),
    (
        "a pool twice",
        case_of("392310", pooled(60, 20, 24), pools=[pool("fifo", *LOTS), pool("fifo", *LOTS)]),
        CaseError,
        "twice",
    ),
]
BAD[0][1]["materials"][0]["hs_version"] = "2017"


@pytest.mark.parametrize(
    ("value", "error", "text"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_a_case_that_contradicts_itself_is_refused(
    value: dict[str, Any], error: type[CaseError], text: str
) -> None:
    with pytest.raises(error, match=text.replace("(", r"\(")) as caught:
        decide(value)
    assert caught.value.path.startswith("case.")


def test_a_goods_code_of_another_version_is_refused() -> None:
    value = case_of(SAME, [line("110100", 1)])
    value["good"]["hs_version"] = "2017"
    with pytest.raises(HsVersionMismatchError) as caught:
        decide(value)
    assert str(caught.value) == (
        "case.good.hs_code: 1905.90 is of HS 2017, the product rules are of HS 2022; "
        "transpose the code to HS 2022 with the WCO correlation table and send it again"
    )


@pytest.mark.parametrize(("agreement", "day"), [("USMCA", "2026-11-20"), ("RCEP", "2021-12-31")])
def test_without_rules_nothing_is_determined(agreement: str, day: str) -> None:
    with pytest.raises(AgreementUnknownError, match=f"no rules of {agreement} on {day}"):
        decide(case_of(SAME, [line("110100", 1)], agreement=agreement, date=day))


CTH_AND_CONTENT = "CTH and RVC(35)"


@pytest.mark.parametrize(
    ("bom", "criterion"),
    [
        ([line(SAME, 9), line("110100", 56)], "CTH + 35%"),
        ([line(SAME, 10), line("110100", 56)], None),  # tolerated, and still in VNM
        ([line(SAME, 10), line("110100", 55)], "CTH + 35%"),
        ([line(SAME, 11), line("110100", 54)], None),  # not tolerated
    ],
)
def test_what_is_tolerated_still_counts_in_vnm(bom: Bom, criterion: str | None) -> None:
    case = read(Case, case_of(SAME, bom))
    rules = rules_of("ATIGA", case.date)
    asked = replace(rules.product(SAME), value=CTH_AND_CONTENT)
    decision = determine(case, replace(rules, products={"1905": asked}))
    assert (decision.criterion if decision.is_originating else None) == criterion


def test_accumulation_and_tolerance_are_ticked_in_box_13() -> None:
    bom = [supplied(SAME, 5), line(SAME, 10), line("110100", 80)]
    assert decide(case_of(SAME, bom)).flags == ("accumulation", "de_minimis")
    assert decide(case_of(SAME, bom[2:])).flags == ()
    assert decide(case_of(SAME, [line(SAME, 70)])).flags == ("partial_cumulation",)
