"""What officers and taxpayers read, in Vietnamese and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from node.debt.model import Kind


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages."""

    vi: str
    en: str


KINDS: Final[Mapping[Kind, Words]] = {
    Kind.ASSESSMENT: Words("Ấn định, tính thuế", "Assessment"),
    Kind.CHARGE: Words("Thuế phải nộp", "Tax charged"),
    Kind.FINE: Words("Tiền phạt", "Fine"),
    Kind.REDUCTION: Words("Điều chỉnh giảm", "Reduction"),
    Kind.CREDIT: Words("Tiền đã nộp", "Payment"),
    Kind.PAYOUT: Words("Hoàn trả", "Refund paid"),
    Kind.WRITE_OFF: Words("Xóa nợ", "Write-off"),
    Kind.REVERSAL: Words("Hủy bút toán", "Reversal"),
    Kind.GUARANTEE: Words("Bảo lãnh", "Guarantee"),
    Kind.RELEASE: Words("Thông quan, giải phóng hàng", "Release of goods"),
    Kind.MEASURE: Words("Quyết định cưỡng chế", "Coercion measure"),
    Kind.REVOCATION: Words("Chấm dứt quyết định", "Revocation"),
    Kind.EXEMPTION: Words("Tờ khai được làm thủ tục", "Exemption"),
    Kind.FREEZE: Words("Khoanh nợ", "Freeze"),
    Kind.THAW: Words("Chấm dứt khoanh nợ", "Freeze lifted"),
    Kind.REFUND_REQUEST: Words("Đề nghị hoàn thuế", "Refund request"),
    Kind.REFUND_CHECK: Words("Kiểm tra hoàn thuế", "Refund check"),
    Kind.REFUND_DECISION: Words("Quyết định hoàn thuế", "Refund decision"),
}
HEADINGS: Final[Mapping[str, Words]] = {
    "statement": Words("Sao kê công nợ thuế", "Statement of account"),
    "opening": Words("Số dư đầu kỳ", "Opening balance"),
    "closing": Words("Số dư cuối kỳ", "Closing balance"),
    "tax": Words("Tiền thuế", "Taxes"),
    "interest": Words("Tiền chậm nộp", "Late payment interest"),
    "fine": Words("Tiền phạt", "Fines"),
    "unapplied": Words("Nộp thừa", "Unapplied money"),
    "overdue": Words("Nợ quá hạn", "Overdue"),
}
REFUSALS: Final[Mapping[str, str]] = {
    "assessment_stale": "Đã có kết quả tính thuế mới hơn của tờ khai này",
    "reversed": "Bút toán này đã được hủy",
    "irreversible": "Loại bút toán này không thể hủy; hãy ra quyết định mới",
    "reference_used": "Số quyết định đã được sử dụng",
    "measure_unknown": "Luật hiện hành không có biện pháp cưỡng chế này",
    "nothing_overdue": "Không có khoản nợ quá hạn thuộc quyết định này",
    "not_overdue_enough": "Khoản nợ chưa quá hạn đủ số ngày để cưỡng chế",
    "out_of_sequence": "Phải áp dụng các biện pháp trước đó theo thứ tự của luật",
    "effective_date": "Ngày hiệu lực không phù hợp với luật",
    "revoked": "Quyết định này đã chấm dứt hiệu lực",
    "nothing_owed": "Không còn khoản phải nộp",
    "refund_reason": "Luật không có trường hợp hoàn thuế này",
    "refund_check": "Hồ sơ phải được kiểm tra trước khi hoàn",
    "refund_too_large": "Số tiền vượt quá số được hoàn",
    "refund_state": "Hồ sơ hoàn thuế không ở trạng thái phù hợp",
}
