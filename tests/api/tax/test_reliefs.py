"""Goods not dutiable, exempt, suspended or under a zero rate; procedure codes.

Sources of the cases: Law 107/2016/QH13, Art. 2, 16 and 19; Decree 134/2016/ND-CP as amended by
Decree 18/2021/ND-CP; Decision 01/2025/QD-TTg; Decision 1357/QD-TCHQ for procedure codes.
"""

from collections.abc import Callable
from typing import Any

import pytest

from api.tax.assessment import Kind
from api.tax.errors import EvidenceMissingError, ProcedureError, ReliefRefusedError

Build = Callable[..., Any]

IMPORTS = ["A11", "A12", "A21", "A31", "A41", "A42", "E11", "E13", "E15", "E21", "E23", "E31",
           "E33", "E41", "G11", "C11", "H11"]  # fmt: skip
EXPORTS = ["B11", "B13", "E42", "E52", "E54", "E62", "E82", "G21", "C12", "H21"]
ALL = {"import_duty", "anti_dumping", "special_consumption", "environmental_protection", "vat"}
# relief, procedure, documents, taxes that are still due
IMPORT_RELIEFS = [
    ("transit", "C11", ["transit_declaration"], set()),
    ("non_tariff_zone", "E11", ["epe_conditions"], set()),
    ("non_tariff_zone", "E13", ["epe_conditions"], set()),
    ("non_tariff_zone", "E15", ["epe_conditions"], set()),
    ("bonded_warehouse", "C11", ["warehouse_contract"], set()),
    ("temporary_import", "G11", ["re_export_term", "guarantee"], set()),
    ("returned_export", "A31", ["export_declaration"],
     {"special_consumption", "environmental_protection"}),
    ("processing", "E21", ["processing_contract", "facility_notice"],
     {"environmental_protection"}),
    ("processing", "E23", ["processing_contract", "facility_notice"],
     {"environmental_protection"}),
    ("export_production", "E31", ["facility_notice"], {"environmental_protection"}),
    ("tax_suspension", "E33", ["warehouse_licence"], {"environmental_protection"}),
    ("incentive_fixed_assets", "A12", ["exemption_list"], ALL - {"import_duty"}),
    ("incentive_fixed_assets", "A11", ["exemption_list"], ALL - {"import_duty"}),
    ("scrap_within_norm", "A42", ["settlement_report"],
     ALL - {"import_duty", "anti_dumping"}),
]  # fmt: skip
EXPORT_RELIEFS = [
    ("transit_export", "C12", ["transit_declaration"]),
    ("non_tariff_zone_export", "E42", ["epe_conditions"]),
    ("re_export", "B13", ["import_declaration"]),
    ("re_export", "G21", ["import_declaration"]),
    ("re_export", "C12", ["import_declaration"]),
    ("processing_export", "E52", ["processing_contract"]),
    ("processing_export", "E54", ["processing_contract"]),
    ("export_production_export", "E62", ["norm_report"]),
]


def claim(code: str, documents: list[str]) -> dict[str, Any]:
    return {
        "code": code,
        "documents": [{"kind": kind, "reference": f"no. {kind}"} for kind in documents],
    }


def taxed_line(line: Build, amount: str = "10000", **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = line(
        value={"amount": amount, "currency": "VND"},
        remedies=[{"kind": "anti_dumping", "percent": "5", "reference": "x"}],
        special_consumption={"rate": {"percent": "20"}, "reference": "x"},
        environmental_protection={
            "rate": {"per_unit": {"amount": "10", "unit": "H87"}},
            "reference": "x",
        },
        **changes,
    )
    return found


@pytest.mark.parametrize(("code", "procedure", "documents", "due"), IMPORT_RELIEFS)
def test_import_relief(
    *, code: str, procedure: str, documents: list[str], due: set[str], document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    goods = taxed_line(line, reliefs=[claim(code, documents)])
    found = assessed(document(goods, currency="VND", procedure=procedure))
    taxes = found.lines[0].taxes
    assert {tax.tax.value for tax in taxes if tax.relief is None} == due
    assert {tax.tax.value for tax in taxes if tax.amount} == due
    assert found.kind is (Kind.FINAL if due else Kind.EXEMPT)
    assert found.relieved >= (1000 if due else 4600)
    # Nothing of what is relieved enters a later base.
    expected = 10000 + sum(int(tax.amount) for tax in taxes if tax.tax.value != "vat")
    assert next(tax.base for tax in taxes if tax.tax.value == "vat") == expected


@pytest.mark.parametrize(
    ("code", "procedure", "documents", "missing"),
    [
        (code, procedure, documents, kind)
        for code, procedure, documents, *_ in (*IMPORT_RELIEFS, *EXPORT_RELIEFS)
        for kind in documents
    ],
)
def test_relief_without_its_document(
    *, code: str, procedure: str, documents: list[str], missing: str, document: Build, line: Build,
    assessed: Build,
) -> None:  # fmt: skip
    papers = [kind for kind in documents if kind != missing]
    kind = "import" if procedure in IMPORTS else "export"
    goods = line(reliefs=[claim(code, papers)])
    with pytest.raises(EvidenceMissingError, match=missing):
        assessed(document(goods, kind=kind, procedure=procedure, incoterm="FOB" if kind ==
                          "export" else "CIF"))  # fmt: skip


@pytest.mark.parametrize(("code", "procedure", "documents"), EXPORT_RELIEFS)
def test_export_relief(
    *,
    code: str,
    procedure: str,
    documents: list[str],
    document: Build,
    line: Build,
    assessed: Build,
) -> None:
    export = {"kind": "export", "incoterm": "FOB", "procedure": procedure}
    taxed = assessed(document(**export))
    assert taxed.total > 0
    found = assessed(document(line(reliefs=[claim(code, documents)]), **export))
    assert (found.total, found.relieved, found.kind) == (0, taxed.total, Kind.EXEMPT)


@pytest.mark.parametrize(
    ("code", "procedure"),
    [
        ("processing", "A11"), ("export_production", "E21"), ("non_tariff_zone", "A12"),
        ("incentive_fixed_assets", "E13"), ("scrap_within_norm", "A12"), ("transit", "A11"),
        ("temporary_import", "A11"), ("returned_export", "A11"), ("processing_export", "E21"),
        ("no_such_relief", "A11"), ("small_value", "E21"), ("tax_suspension", "E31"),
    ],
)  # fmt: skip
def test_relief_that_the_procedure_does_not_admit(
    code: str, procedure: str, document: Build, line: Build, assessed: Build
) -> None:
    with pytest.raises(ReliefRefusedError, match=code):
        assessed(document(line(reliefs=[claim(code, [])]), procedure=procedure))


@pytest.mark.parametrize("code", [*IMPORTS, *EXPORTS])
def test_procedure(code: str, document: Build, line: Build, assessed: Build) -> None:
    ways = {"import": {}, "export": {"kind": "export", "incoterm": "FOB"}}
    own, other = ("import", "export") if code in IMPORTS else ("export", "import")
    assert assessed(document(procedure=code, **ways[own])).lines[0].procedure.name == code
    with pytest.raises(ProcedureError, match=code):
        assessed(document(procedure=code, **ways[other]))
    default = "A11" if own == "import" else "B11"
    mixed = document(line(procedure=code), procedure=default, **ways[own])
    assert assessed(mixed).lines[0].procedure.name == code


@pytest.mark.parametrize("code", ["Z99", "A13", "E99"])
def test_procedure_that_is_none(code: str, document: Build, assessed: Build) -> None:
    with pytest.raises(ProcedureError, match="A11"):
        assessed(document(procedure=code))


EXPRESS = ["express_waybill"]
# relief, day, dong of the goods at a duty of 10 %, whether it holds
SMALL = [
    ("small_value", "2026-11-23", "499999", True),
    ("small_value", "2026-11-23", "500000", False),  # duty 50,000: neither is below its limit
    ("small_value", "2026-11-23", "499990", True),
    ("small_value", "2021-04-24", "400000", False),
    ("small_value", "2021-04-25", "400000", True),
    ("small_value_express", "2026-11-23", "1000000", True),
    ("small_value_express", "2026-11-23", "1000001", False),
    ("small_value_express", "2025-02-17", "1000000", True),
    ("small_value_express", "2021-04-24", "1000000", False),
    ("gift", "2026-11-23", "2000000", True),
    ("gift", "2026-11-23", "2000001", False),
]


@pytest.mark.parametrize(("code", "day", "amount", "holds"), SMALL)
def test_small_value(
    *, code: str, day: str, amount: str, holds: bool, document: Build, line: Build, assessed: Build
) -> None:
    papers = {"small_value": [], "small_value_express": EXPRESS, "gift": ["gift_statement"]}
    goods = line(value={"amount": amount, "currency": "VND"}, reliefs=[claim(code, papers[code])])
    instant = f"{day}T03:00:00Z"
    value = document(goods, procedure="H11", currency="VND", registered_at=instant)
    if holds:
        assert assessed(value).lines[0].taxes[0].amount == 0
    else:
        with pytest.raises(ReliefRefusedError, match=code):
            assessed(value)


@pytest.mark.parametrize(("duty", "holds"), [("4.9", True), ("5", False), ("5.1", False)])
def test_small_tax_of_the_whole_consignment(
    duty: str, holds: bool, document: Build, line: Build, assessed: Build
) -> None:
    rates = {"duty": {"percent": duty}, "vat_percent": "10", "reference": "x"}
    value = {"amount": "500000", "currency": "VND"}
    goods = [
        line(number=number, value=value, rates=rates, reliefs=[claim("small_value", [])])
        for number in (1, 2)
    ]
    declaration = document(*goods, procedure="H11", currency="VND")
    if holds:
        assert assessed(declaration).relieved == 49_000
    else:
        with pytest.raises(ReliefRefusedError, match="limit is 500 000"):
            assessed(declaration)


@pytest.mark.parametrize(
    ("instant", "vat_due"),
    [("2025-02-17T16:59:59Z", False), ("2025-02-17T17:00:00Z", True)],
)
def test_express_goods_bear_vat_since_the_decision(
    instant: str, vat_due: bool, document: Build, line: Build, assessed: Build
) -> None:
    value = {"amount": "900000", "currency": "VND"}
    goods = line(value=value, reliefs=[claim("small_value_express", EXPRESS)])
    found = assessed(document(goods, procedure="H11", currency="VND", registered_at=instant))
    assert bool(found.total) is vat_due


def test_supply_to_an_export_processing_enterprise(
    document: Build, line: Build, assessed: Build
) -> None:
    rates = {"duty": {"percent": "0"}, "reference": "x"}
    goods = line(rates=rates, reliefs=[claim("supply_to_epe", ["contract", "bank_payment"])])
    export = {"kind": "export", "procedure": "B11", "incoterm": "FOB"}
    found = assessed(document(goods, counterparty="epe", **export))
    vat = found.lines[0].taxes[-1]
    assert (vat.tax.value, vat.rate.percent, vat.amount) == ("vat", 0, 0)
    with pytest.raises(ReliefRefusedError, match="counterparty is foreign"):
        assessed(document(goods, **export))
    papers = claim("supply_to_epe", ["contract"])
    with pytest.raises(EvidenceMissingError, match="bank_payment"):
        assessed(document(line(rates=rates, reliefs=[papers]), counterparty="epe", **export))


def test_an_unclaimed_relief_is_no_relief(document: Build, assessed: Build) -> None:
    found = assessed(document(procedure="E21"))
    assert found.total > 0
    assert "reliefs" not in {used.rule_set for used in found.rules}


def test_two_reliefs_of_a_line(document: Build, line: Build, assessed: Build) -> None:
    goods = line(
        reliefs=[claim("transit", ["transit_declaration"]),
                 claim("bonded_warehouse", ["warehouse_contract"])]
    )  # fmt: skip
    found = assessed(document(goods, procedure="C11"))
    assert {tax.relief for tax in found.lines[0].taxes} == {"transit"}
