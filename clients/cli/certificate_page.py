"""Lays a certificate out as its form: boxes, items, and what the ledger says; pure.

It takes a disclosed document's claims, redacted or not. A box that every certificate has is shown
as hidden where it is; of boxes that not every one has, the page says how many stay hidden, so that
nobody takes an undisclosed box for an empty one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from rich.box import SQUARE
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from contracts.origin.form_model import FLAGS
from contracts.origin.rules.codes import units

_HIDDEN: Final = "▒▒▒ không tiết lộ · not disclosed"
_BASIS_POINTS: Final = 100
_FLAG_LABELS: Final = {
    "third_country_invoicing": "Hóa đơn nước thứ ba · Third country invoicing",
    "exhibition": "Triển lãm · Exhibition",
    "accumulation": "Cộng gộp · Accumulation",
    "de_minimis": "De minimis",
    "back_to_back": "Giáp lưng · Back-to-back",
    "issued_retroactively": "Cấp sau · Issued retroactively",
    "partial_cumulation": "Cộng gộp từng phần · Partial cumulation",
}
_MEMBERS: Final = {
    "tax_id": "MST · tax no. ",
    "departure_date": "Khởi hành · departs ",
    "port_of_discharge": "Cảng dỡ · discharge ",
    "produced_in": "Sản xuất tại · produced in ",
    "exported_to": "Xuất sang · exported to ",
    "signatory": "Người ký · signed by ",
    "certified_by": "Tự chứng nhận · certified by ",
    "exporter_code": "Mã số · registration ",
    "issued_in": "Cấp tại · issued in ",
    "reference_no": "Số · no. ",
    "issued": "Ngày cấp · issued ",
    "expiry": "Hết hiệu lực từ · out of force from ",
    "first": "Từ · from ",
    "last": "Đến · to ",
}
_STATUS_STYLES: Final = {"issued": "bold green", "cancelled": "bold red", "superseded": "bold red"}
_LIKE_FORM_D: Final = frozenset({"D", "E", "AK", "VK", "AJ", "AI", "AANZ", "AHK", "S", "X"})


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim as the ledger shows it.

    Attributes:
        item: The certificate's item.
        status: Such as `accepted`.
        verification: Such as `requested`; empty where there is none.
        claim: Its digest, shortened by the caller or not.
    """

    item: int
    status: str
    verification: str
    claim: str


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the ledger says of a certificate, at one time.

    Attributes:
        certificate: Its identifier.
        status: Such as `issued` or `expired`.
        exchange: Such as `received`.
        paper: Whether it travelled on paper.
        as_of: To what time this holds.
        shares: Drawn part of items in ten-thousandths, rounded up, by item.
        claims: Its claims.
    """

    certificate: str
    status: str
    exchange: str
    paper: bool
    as_of: str
    shares: Mapping[int, int] = field(default_factory=dict[int, int])
    claims: tuple[ClaimView, ...] = ()


def certificate_page(
    claims: Mapping[str, Any], ledger: LedgerView | None = None, hidden: int = 0
) -> RenderableType:
    """Return a certificate as a page for a terminal of 100 columns or more.

    Args:
        claims: The document's claims, or a certificate's JSON form.
        ledger: What the ledger says; None where nobody asked it.
        hidden: How many fields the document keeps to itself.
    """
    form = str(claims.get("form", "D"))
    boxes = _Boxes(claims, is_numbered=form in _LIKE_FORM_D)
    parts: list[RenderableType] = [
        _head(form, boxes),
        _parties(boxes, ledger),
        _items(claims, ledger, boxes),
        _signatures(boxes),
        _flags(claims),
    ]
    parts += _others(boxes, claims)
    if hidden:
        counted = f"{hidden} trường không tiết lộ · {hidden} fields not disclosed"
        parts.append(Text(counted, style="dim italic"))
    if ledger:
        parts.append(_ledger(ledger))
    return Group(*parts)


class _Boxes:
    """Reads boxes that may be hidden."""

    def __init__(self, claims: Mapping[str, Any], *, is_numbered: bool) -> None:
        self._claims = claims
        self._is_numbered = is_numbered

    def label(self, number: str, vi: str, en: str) -> Text:
        start = f"{number}. " if self._is_numbered and number else ""
        return Text(f"{start}{vi} · {en}", style="dim")

    def box(self, number: str, vi: str, en: str, *lines: Text) -> RenderableType:
        return Group(self.label(number, vi, en), *lines)

    def lines(self, name: str, members: Sequence[str]) -> list[Text]:
        """Return an object's members, one to a line; one mark where it is hidden."""
        value = self._claims.get(name)
        if not isinstance(value, dict):
            return [_hidden()]
        found = cast("dict[str, Any]", value)
        return [
            Text(_MEMBERS.get(member, ""), style="dim").append_text(plain(found[member]))
            for member in members
            if member in found
        ]

    def value(self, name: str) -> Text:
        return plain(self._claims[name]) if name in self._claims else _hidden()


def plain(value: object) -> Text:
    """Return a value as text that can neither colour nor move what stands around it."""
    letters = (
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(value)
    )
    return Text("".join(letters))


def _hidden() -> Text:
    return Text(_HIDDEN, style="dim italic")


def _head(form: str, boxes: _Boxes) -> RenderableType:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1)
    grid.add_column(justify="right")
    title = Text("GIẤY CHỨNG NHẬN XUẤT XỨ · CERTIFICATE OF ORIGIN", style="bold")
    number = Text("Số · Reference No. ").append_text(boxes.value("reference_no"))
    grid.add_row(title, number)
    issued = Text("Cấp tại · Issued in ").append_text(boxes.value("issued_in"))
    grid.add_row(Text("Mẫu · Form ", style="bold").append_text(plain(form)), issued)
    return Panel(grid, box=SQUARE)


def _parties(boxes: _Boxes, ledger: LedgerView | None) -> RenderableType:
    party = ("name", "address", "country", "tax_id")
    route = ("departure_date", "means_name", "port_of_discharge", "route")
    table = _grid(2)
    table.add_row(
        boxes.box("1", "Người xuất khẩu", "Exporter", *boxes.lines("exporter", party)),
        boxes.box("", "Cơ quan cấp", "Issuing body", boxes.value("issuing_body")),
    )
    table.add_row(
        boxes.box("2", "Người nhận hàng", "Consignee", *boxes.lines("consignee", party)),
        boxes.box("", "Lô hàng (UCR)", "Consignment", boxes.value("consignment")),
    )
    table.add_row(
        boxes.box("3", "Vận tải", "Transport", *boxes.lines("transport", route)),
        boxes.box("4", "Hải quan nước nhập khẩu", "For official use", *_official_use(ledger)),
    )
    return table


def _official_use(ledger: LedgerView | None) -> list[Text]:
    if ledger is None:
        return [Text("xem sổ cái · see the ledger", style="dim")]
    if not ledger.claims:
        return [Text("chưa khai · not claimed yet", style="dim")]
    return [
        plain(f"mục {claim.item} · item {claim.item}: {claim.status}") for claim in ledger.claims
    ]


def _items(claims: Mapping[str, Any], ledger: LedgerView | None, boxes: _Boxes) -> RenderableType:
    table = Table(box=SQUARE, expand=True, show_lines=True)
    for number, vi, en, ratio in (
        ("5", "Mục", "Item", 2),
        ("6", "Ký hiệu", "Marks", 3),
        ("7", "Hàng hóa", "Goods", 5),
        ("8", "Tiêu chí", "Criterion", 3),
        ("9", "Lượng, trị giá", "Quantity, value", 4),
        ("10", "Hóa đơn", "Invoice", 3),
    ):
        table.add_column(boxes.label(number, vi, en), overflow="fold", ratio=ratio)
    items = claims.get("items")
    if not isinstance(items, list):
        table.add_row(*([_hidden()] * len(table.columns)))
        return table
    for item in cast("list[object]", items):
        table.add_row(*_item(_object(item), ledger))
    return table


def _item(item: Mapping[str, Any], ledger: LedgerView | None) -> list[RenderableType]:
    number = item.get("item_no")
    first: list[Text] = [_of(item, "item_no")]
    if ledger and isinstance(number, int) and number in ledger.shares:
        drawn = ledger.shares[number] / _BASIS_POINTS
        first.append(Text(f"đã trừ · drawn ≤ {drawn:g} %", style="cyan"))
    goods = [_of(item, "goods_description"), Text("HS ").append_text(_of(item, "hs_code"))]
    if "packages" in item:
        goods.append(_joined(item["packages"], "count", "type"))
    if "third_country_company" in item:
        goods.append(
            Text("← ").append_text(_joined(item["third_country_company"], "name", "country"))
        )
    criterion = [_of(item, "origin_criterion")]
    if "origin_country" in item:
        criterion.append(plain(item["origin_country"]))
    return [
        Group(*first),
        _of(item, "marks_numbers"),
        Group(*goods),
        Group(*criterion),
        Group(*_measures(item)),
        Group(*_invoices(item)),
    ]


def _measures(item: Mapping[str, Any]) -> list[Text]:
    found = [_measure(item["quantity"]) if "quantity" in item else _hidden()]
    for name, label in (("gross_weight", "cả bì · gross "), ("other_quantity", "")):
        if name in item:
            found.append(Text(label).append_text(_measure(item[name])))
    for name, label in (("fob_value", "FOB"), ("ex_works_value", "EXW"), ("net_cost_value", "NC")):
        if name in item:
            found.append(Text(f"{label} ").append_text(_joined(item[name], "amount", "currency")))
    return found


def _measure(value: object) -> Text:
    unit = units().get(str(_object(value).get("unit")))
    return _joined(value, "value", "unit").append(f" ({unit.vi})" if unit else "")


def _invoices(item: Mapping[str, Any]) -> list[Text]:
    if "invoice" not in item:
        return [_hidden()]
    further = item.get("further_invoices")
    others = cast("list[object]", further) if isinstance(further, list) else []
    return [_joined(invoice, "number", "date") for invoice in (item["invoice"], *others)]


def _joined(value: object, *names: str) -> Text:
    """Return members of an object on one line; a document may be signed and yet malformed."""
    members = _object(value)
    return plain(" ".join(str(members[name]) for name in names if name in members))


def _object(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _signatures(boxes: _Boxes) -> RenderableType:
    table = _grid(2)
    table.add_row(
        boxes.box(
            "11",
            "Người xuất khẩu khai",
            "Declaration by the exporter",
            *boxes.lines(
                "exporter_declaration",
                ("produced_in", "exported_to", "place", "date", "signatory"),
            ),
        ),
        boxes.box(
            "12",
            "Chứng nhận",
            "Certification",
            *boxes.lines(
                "certification",
                ("place", "date", "authority", "certified_by", "exporter_code"),
            ),
        ),
    )
    return table


def _flags(claims: Mapping[str, Any]) -> RenderableType:
    flags = claims.get("flags")
    if not isinstance(flags, dict):
        return Panel(_hidden(), title="13", title_align="left", box=SQUARE)
    ticked = cast("dict[str, bool]", flags)
    grid = Table.grid(padding=(0, 2))
    labels = [Text(f"{'☑' if ticked.get(flag) else '☐'} {_FLAG_LABELS[flag]}") for flag in FLAGS]
    for start in range(0, len(labels), 3):
        grid.add_row(*labels[start : start + 3])
    return Panel(grid, title="13", title_align="left", box=SQUARE)


def _others(boxes: _Boxes, claims: Mapping[str, Any]) -> list[RenderableType]:
    members = {
        "producer": ("Nhà sản xuất", "Producer", ("name", "address", "country", "tax_id")),
        "parent": ("C/O gốc", "Original", ("issued_in", "reference_no", "issued", "expiry")),
        "exhibition": ("Triển lãm", "Exhibition", ("name", "address", "country")),
        "export_document": (
            "Tờ khai xuất khẩu",
            "Export document",
            ("form", "number", "office", "date"),
        ),
        "blanket_period": ("Thời hạn áp dụng", "Blanket period", ("first", "last")),
    }
    texts = {
        "replaces": ("Thay thế", "Replaces"),
        "certified_copy": ("Bản sao y bản chính ngày", "Certified true copy of"),
        "remarks": ("Ghi chú", "Remarks"),
    }
    found: list[RenderableType] = [
        Panel(boxes.box("", vi, en, *boxes.lines(name, inner)), box=SQUARE)
        for name, (vi, en, inner) in members.items()
        if name in claims
    ]
    found += [
        Panel(boxes.box("", vi, en, boxes.value(name)), box=SQUARE)
        for name, (vi, en) in texts.items()
        if name in claims
    ]
    return found


def _ledger(ledger: LedgerView) -> RenderableType:
    style = _STATUS_STYLES.get(ledger.status, "bold yellow")
    head = Text("Trạng thái · Status ").append(ledger.status, style=style)
    head.append(f"   Trao đổi · Exchange {ledger.exchange}")
    if ledger.paper:
        head.append("   bản giấy · on paper")
    parts: list[RenderableType] = [head, plain(ledger.certificate)]
    if ledger.claims:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for vi, en in (
            ("Mục", "item"),
            ("Trạng thái", "status"),
            ("Xác minh", "verification"),
            ("Khai", "claim"),
        ):
            table.add_column(f"{vi} · {en}", overflow="fold")
        for claim in ledger.claims:
            table.add_row(
                str(claim.item),
                plain(claim.status),
                plain(claim.verification or "-"),
                plain(claim.claim),
            )
        parts.append(table)
    title = Text("Sổ cái · Ledger, ").append_text(plain(ledger.as_of))
    return Panel(Group(*parts), title=title, title_align="left", box=SQUARE)


def _of(item: Mapping[str, Any], name: str) -> Text:
    return plain(item[name]) if name in item else _hidden()


def _grid(columns: int) -> Table:
    table = Table(box=SQUARE, expand=True, show_header=False, show_lines=True)
    for _ in range(columns):
        table.add_column(ratio=1, overflow="fold")
    return table
