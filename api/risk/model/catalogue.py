"""Every feature that a declaration has when it is registered, with its words; pure.

A feature is a string. Numbers are quantised when they are computed, so that a recorded feature is
the very input of the score and a replay repeats it. An empty string means: not known.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """How the model reads a feature."""

    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    Attributes:
        name: Stable name.
        kind: How the model reads it.
        vi: What it is, in Vietnamese.
        en: What it is, in English.
    """

    name: str
    kind: Kind
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to put declarations together whose past results are counted.

    Attributes:
        name: Stable name; its features are `<name>_rate` and `<name>_labels`.
        vi: Its members, in Vietnamese.
        en: Its members, in English.
        party: Whether it is a person whose first declaration is itself a sign.
    """

    name: str
    vi: str
    en: str
    party: bool = False


GROUPINGS: Final = (
    Grouping(
        "goods", "hàng cùng mã HS6 và cùng trọng lượng tịnh", "goods of this HS6 and net mass"
    ),
    Grouping("goods_price", "hàng cùng mã HS6 và cùng trị giá", "goods of this HS6 and price"),
    Grouping("hs6", "mã HS6", "this HS6"),
    Grouping("hs4", "nhóm HS4", "this heading"),
    Grouping("hs6_origin", "mã HS6 và xuất xứ", "this HS6 and origin"),
    Grouping("origin", "nước xuất xứ", "this origin"),
    Grouping("route", "nước xuất xứ và nước đi", "this origin and departure"),
    Grouping("office", "đơn vị hải quan", "this office"),
    Grouping("tax_type", "loại thuế suất", "this kind of rate"),
    Grouping("importer", "người nhập khẩu", "this importer", party=True),
    Grouping("declarant", "người khai", "this declarant", party=True),
    Grouping("seller", "người bán", "this seller", party=True),
)

_NUMBERS: Final = (
    ("net_mass_log10", "trọng lượng tịnh", "net mass"),
    ("price_log10", "trị giá khai báo", "declared price"),
    ("unit_price_log10", "đơn giá theo kg", "price per kg"),
    ("tax_rate", "thuế suất", "rate of duty"),
    ("hs6_number", "vị trí trong Danh mục HS", "place in the Harmonized System"),
    ("hs4_number", "nhóm trong Danh mục HS", "heading of the Harmonized System"),
    ("hs2_number", "chương trong Danh mục HS", "chapter of the Harmonized System"),
    ("origin_differs", "xuất xứ khác nước đi", "origin differs from departure"),
    (
        "preference_differs",
        "hưởng ưu đãi trong khi xuất xứ khác nước đi",
        "preference although origin differs from departure",
    ),
    (
        "unit_price_deviation",
        "đơn giá lệch so với trung vị của hàng cùng loại",
        "price per kg against the median of like goods",
    ),
)
_CATEGORIES: Final = (
    ("unit_price_basis", "nhóm so sánh đơn giá", "basis of the price comparison"),
    ("origin", "nước xuất xứ", "country of origin"),
    ("departure", "nước đi", "country of departure"),
    ("tax_type", "loại thuế suất", "kind of rate"),
    ("office", "đơn vị hải quan", "customs office"),
    ("process_type", "loại xử lý", "kind of processing"),
    ("import_type", "loại hình nhập khẩu", "kind of import"),
    ("import_use", "mục đích sử dụng", "use of the goods"),
    ("payment_type", "phương thức thanh toán", "terms of payment"),
    ("transport", "phương thức vận tải", "mode of transport"),
    ("origin_indicator", "cách ghi xuất xứ", "marking of origin"),
)


def _of_grouping(one: Grouping) -> list[Feature]:
    found = [
        Feature(
            f"{one.name}_rate",
            Kind.NUMBER,
            f"tỷ lệ vi phạm trước đây của {one.vi}",
            f"past fraud rate of {one.en}",
        ),
        Feature(
            f"{one.name}_labels",
            Kind.NUMBER,
            f"số lần đã kiểm tra {one.vi}",
            f"past checks of {one.en}",
        ),
    ]
    if one.party:
        words = (f"{one.vi} chưa từng xuất hiện", f"{one.en} is new")
        found.append(Feature(f"{one.name}_new", Kind.NUMBER, *words))
    return found


FEATURES: Final[dict[str, Feature]] = {
    feature.name: feature
    for feature in (
        *(Feature(name, Kind.NUMBER, vi, en) for name, vi, en in _NUMBERS),
        *(Feature(name, Kind.CATEGORY, vi, en) for name, vi, en in _CATEGORIES),
        *(feature for grouping in GROUPINGS for feature in _of_grouping(grouping)),
    )
}
"""By name, in a fixed order."""
