"""Sound certificates of all forms, and strategies that make more of them."""

import copy
from typing import Any

from hypothesis import strategies as st

from contracts.origin.form_model import FLAGS
from contracts.origin.rules.codes import currencies, units

TRADE = {  # form: importing country, port, criterion of an item, value box
    "D": ("ID", "IDTPP", "CTSH + 35%", "fob_value"),
    "E": ("CN", "CNSHA", "RVC 45%", "fob_value"),
    "AK": ("KR", "KRPUS", "CTH + RVC 40%", "fob_value"),
    "VK": ("KR", "KRPUS", "CTH", None),
    "AJ": ("JP", "JPTYO", "CTH, DMI, ACU", None),
    "VJ": ("JP", "JPTYO", "LVC 45%", "fob_value"),
    "AI": ("IN", "INNSA", "RVC 40% + CTSH", "fob_value"),
    "AANZ": ("AU", "AUSYD", "PSR", None),
    "VC": ("CL", "CLVAP", "RVC 45%", "fob_value"),
    "AHK": ("HK", "HKHKG", "40%", "fob_value"),
    "EAV": ("RU", "RUVVO", "PSR", None),
    "RCEP": ("CN", "CNSHA", "CTC, ACU", None),
    "CPTPP": ("CA", "CAVAN", "PSR", None),
    "EUR.1": ("DE", "NLRTM", None, "ex_works_value"),
    "EUR.1-UK": ("GB", "GBFXT", None, "ex_works_value"),
    "VN-UAE": ("AE", "AEJEA", "QVC 45%", "fob_value"),
    "A": ("NO", "NOOSL", "W 62.05", None),
    "B": ("US", "USLAX", None, None),
    "S": ("LA", "LAVTE", "WO", None),
    "X": ("KH", "KHKOS", "CTH", None),
}


def form_json(form: str = "D") -> dict[str, Any]:
    """Return a sound certificate of a form, issued in Viet Nam."""
    importer, port, criterion, value = TRADE[form]
    item: dict[str, Any] = {
        "item_no": 1,
        "marks_numbers": "SG/2601",
        "packages": {"count": 40, "type": "CT"},
        "goods_description": "Áo sơ mi nam bằng bông",
        "quantity": {"value": "1200", "unit": "H87"},
        "hs_code": "620520",
        "gross_weight": {"value": "410.5", "unit": "KGM"},
        "invoice": {"number": "SG-1", "date": "2026-10-02"},
    }
    if criterion:
        item["origin_criterion"] = criterion
    if value:
        item[value] = {"amount": "7320.00", "currency": "EUR" if "EUR" in form else "USD"}
    if form == "RCEP":
        item["origin_country"] = "VN"
    return {
        "form": form,
        "reference_no": "VN-26-01234",
        "issued_in": "VN",
        "issuing_body": "Ministry of Industry and Trade",
        "consignment": "6VN0312345678-2601",
        "exporter": {"name": "Công ty May Sài Gòn", "address": "Thủ Đức", "country": "VN"},
        "consignee": {"name": "Importer", "address": "Main Street 1", "country": importer},
        "transport": {
            "departure_date": "2026-10-06",
            "means_name": "MV Mekong 12",
            "port_of_discharge": port,
            "route": f"VNCLI - {port}",
        },
        "items": [item],
        "exporter_declaration": {
            "produced_in": "VN",
            "exported_to": importer,
            "place": "Ho Chi Minh City",
            "date": "2026-10-04",
            "signatory": "Export manager",
        },
        "certification": {"place": "Ha Noi", "date": "2026-10-05", "authority": "MoIT"},
        "flags": dict.fromkeys(FLAGS, False),
    }


def full_form_json() -> dict[str, Any]:
    """Return a Form D whose every box is filled, where the boxes bear each other."""
    form = form_json()
    form |= {
        "replaces": "VN-26-01200",
        "certified_copy": "2026-10-20",
        "exhibition": {"name": "Expo", "address": "Hall 3", "country": "SG"},
        "parent": {
            "issued_in": "TH",
            "reference_no": "TH-26-7",
            "issued": "2026-09-01",
            "expiry": "2027-09-01",
        },
    }
    form["exporter"]["tax_id"] = "0312345678"
    form["exporter_declaration"]["produced_in"] = "TH"
    form["flags"] |= dict.fromkeys(("exhibition", "back_to_back", "third_country_invoicing"), True)
    form["items"][0] |= {
        "other_quantity": {"value": "100", "unit": "DZN"},
        "third_country_company": {"name": "Trader Pte", "country": "SG"},
        "further_invoices": [{"number": "SG-2", "date": "2026-10-03"}],
        "export_lines": [
            {"declaration_no": "306512345670", "line": 1, "quantity": "1000"},
            {"declaration_no": "306512345670", "line": 2, "quantity": "200"},
        ],
    }
    return form


LETTERS = st.characters(
    exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co"), exclude_characters="\ufffe\uffff"
)


def texts() -> st.SearchStrategy[str]:
    """Words in any script, as the parser takes them."""
    plain = st.text(LETTERS, min_size=1, max_size=12).map(lambda text: nfc(f"x{text}"))
    return plain.filter(lambda text: nfc(text) == text)


def nfc(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text)


def quantities() -> st.SearchStrategy[str]:
    return st.decimals("0.000001", "999999999", places=6).map(lambda number: f"{number:f}")


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """Sound certificates of any form with other words, numbers and optional boxes."""
    name = draw(st.sampled_from(sorted(TRADE)))
    form = full_form_json() if name == "D" and draw(st.booleans()) else form_json(name)
    for party in ("exporter", "consignee"):
        form[party] |= {"name": draw(texts()), "address": draw(texts())}
    form["issuing_body"], form["certification"]["place"] = draw(texts()), draw(texts())
    (item,) = form["items"]
    if "export_lines" not in item:
        item["quantity"] = {
            "value": draw(quantities()),
            "unit": draw(st.sampled_from(sorted(units()))),
        }
        for number in range(2, 1 + draw(st.integers(1, 3))):
            form["items"].append(copy.deepcopy(item) | {"item_no": number})
    item["goods_description"], item["marks_numbers"] = draw(texts()), draw(texts())
    if "fob_value" in item:
        currency = draw(st.sampled_from(sorted(currencies())))
        item["fob_value"] = {"amount": draw(quantities()), "currency": currency}
    return form


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything inside a JSON value."""
    if isinstance(value, dict):
        inner = [found for name, part in value.items() for found in places(part, (*path, name))]
        return [*inner, *[(*path, name) for name in value]]
    if isinstance(value, list):
        return [found for i, part in enumerate(value) for found in places(part, (*path, i))]
    return []
