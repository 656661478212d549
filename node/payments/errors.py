"""Why something about a payment is refused; nothing is booked then.

NodeError
├── PaymentRefusedError             caller: send something else
│   ├── DeclarationUnknownError       no such declaration is assessed here
│   ├── AssessmentSupersededError     made for an older assessment
│   ├── NothingDueError               zero or exempt: there is nothing to pay
│   ├── BankUnknownError              no bank of Membership
│   ├── PaymentSignerError            signed by nobody who may
│   ├── KeyRevokedError               the signing key is not in force
│   ├── RecordUnfitError              the record is another's, or has lapsed
│   ├── ContentMismatchError          the record commits to another message
│   ├── OpeningMismatchError          the opening is another commitment's
│   ├── IdentifierMismatchError       the identifier is another thing's
│   ├── PaymentMismatchError          another amount or member than the order's
│   ├── PaymentConflictError          the same number came with other content
│   ├── OrderUnknownError, CreditUnknownError, GuaranteeUnknownError, BreakUnknownError
│   ├── PaymentStateError             it does not fit how things stand
│   ├── GuaranteeExhaustedError       more than is left of the guarantee
│   ├── AssessmentUnusableError       the assessment cannot be read or does not add up
│   └── StatementUnusableError        a bank's statement cannot be read
└── operator
    ├── OfficeClosedError             this node decides nothing: no clerk's key
    ├── IdentifierKeyAbsentError      the consortium's identifier key is not here
    └── OpeningLostError              another account key sealed the books

Codes are stable. Texts are Vietnamese and English: they reach declarants and officers.
"""

from typing import ClassVar

from node.errors import NodeError


class PaymentRefusedError(NodeError):
    """Base of the refusals.

    Attributes:
        code: Stable name of the reason.
        vi: The text in Vietnamese, with places for what it is about.
        en: The text in English.
        about: What it is about.
    """

    code: ClassVar[str] = "payment_refused"
    vi: ClassVar[str] = "bị từ chối: {0}"
    en: ClassVar[str] = "refused: {0}"

    def __init__(self, *about: str) -> None:
        super().__init__(*about)
        self.about = about

    def __str__(self) -> str:
        return self.en.format(*self.about)

    @property
    def vietnamese(self) -> str:
        """The reason in Vietnamese."""
        return self.vi.format(*self.about)


class DeclarationUnknownError(PaymentRefusedError):
    """No such declaration is assessed here, or the caller may not see it."""

    code = "declaration_unknown"
    vi = "tờ khai {0} chưa được tính thuế tại đây; kiểm tra số tờ khai"
    en = "declaration {0} is not assessed here; check its number, or wait for its assessment"


class AssessmentSupersededError(PaymentRefusedError):
    """It was made for an older assessment than the latest."""

    code = "assessment_superseded"
    vi = "thông báo thuế {0} không phải là mới nhất; ký lại theo {1}"
    en = "assessment {0} is not the latest: sign it again for {1}"


class NothingDueError(PaymentRefusedError):
    """There is nothing to pay."""

    code = "nothing_due"
    vi = "tờ khai {0} không có số thuế phải nộp"
    en = "nothing is due on declaration {0}"


class BankUnknownError(PaymentRefusedError):
    """No active bank of Membership."""

    code = "bank_unknown"
    vi = "tổ chức {0} không phải là ngân hàng đang hoạt động"
    en = "organisation {0} is no active bank of Membership; name another bank"


class PaymentSignerError(PaymentRefusedError):
    """The record's signature is not one of who may make it."""

    code = "payment_signer"
    vi = "chữ ký không phải của người có quyền: {0}"
    en = "the signature is not of who may make it: {0}; sign it with your own key"


class KeyRevokedError(PaymentRefusedError):
    """The signing key was revoked, or is outside its validity."""

    code = "key_revoked"
    vi = "khóa {0} đã bị thu hồi hoặc hết hiệu lực"
    en = "key {0} is revoked or not valid now; sign it with a key in force"


class RecordUnfitError(PaymentRefusedError):
    """The record is for another object or contract, or has lapsed."""

    code = "payment_record_unfit"
    vi = "bản ghi không phù hợp: {0}"
    en = "the record does not fit: {0}; make it again"


class ContentMismatchError(PaymentRefusedError):
    """The record commits to another message than the one that came with it."""

    code = "content_mismatch"
    vi = "nội dung không khớp với mã băm trong bản ghi"
    en = "the record commits to another message; send the one whose hash it holds"


class OpeningMismatchError(PaymentRefusedError):
    """The opening is not of the record's commitment."""

    code = "opening_mismatch"
    vi = "số tiền không mở được cam kết trong bản ghi"
    en = "the amount and blinding do not open the record's commitment; send the right opening"


class IdentifierMismatchError(PaymentRefusedError):
    """The identifier is not the keyed hash of what it names."""

    code = "identifier_mismatch"
    vi = "định danh {0} không được tính từ khóa chung"
    en = "the {0} is not the keyed hash of what it names; compute it under the consortium's key"


class PaymentMismatchError(PaymentRefusedError):
    """A member is not that of the payment order, the declaration or the credit."""

    code = "payment_mismatch"
    vi = "{0} là {1}, phải là {2}"
    en = "{0} is {1}, but {2} is expected; correct it"


class AmountMismatchError(PaymentMismatchError):
    """The amount is not that of the payment order, or of the credit."""

    code = "amount_mismatch"


class PaymentConflictError(PaymentRefusedError):
    """The same number came before, with other content."""

    code = "payment_conflict"
    vi = "số {0} đã được dùng với nội dung khác"
    en = "{0} came before with other content, which stands; use a new number"


class OrderUnknownError(PaymentRefusedError):
    """No such payment order."""

    code = "order_unknown"
    vi = "không có lệnh nộp tiền {0}"
    en = "there is no payment order {0} for you; check bank and payment id"


class CreditUnknownError(PaymentRefusedError):
    """No such credit."""

    code = "credit_unknown"
    vi = "không có báo có {0}"
    en = "there is no credit {0} of yours; check the payment id"


class GuaranteeUnknownError(PaymentRefusedError):
    """No such guarantee."""

    code = "guarantee_unknown"
    vi = "không có bảo lãnh {0}"
    en = "there is no guarantee {0}; check its number and bank, or wait until it is final"


class BreakUnknownError(PaymentRefusedError):
    """No such break."""

    code = "break_unknown"
    vi = "không có sai lệch {0}"
    en = "there is no open break {0}; list them"


class PaymentStateError(PaymentRefusedError):
    """It does not fit how things stand."""

    code = "payment_state"
    vi = "không phù hợp với trạng thái hiện tại: {0}"
    en = "it does not fit how things stand: {0}"


class GuaranteeExhaustedError(PaymentRefusedError):
    """More than is left of the guarantee."""

    code = "guarantee_exhausted"
    vi = "bảo lãnh {0} chỉ còn {1} đồng"
    en = "guarantee {0} has only {1} dong left; draw less"


class AssessmentUnusableError(PaymentRefusedError):
    """The assessment cannot be read, or does not add up."""

    code = "assessment_unusable"
    vi = "thông báo thuế không dùng được: {0}"
    en = "the assessment cannot be used: {0}; compute it again"


class StatementUnusableError(PaymentRefusedError):
    """A bank's statement cannot be read."""

    code = "statement_unusable"
    vi = "sao kê không đọc được: {0}"
    en = "the statement cannot be read: {0}; send it again, mended"


class LedgerRefusedError(PaymentRefusedError):
    """The ledger refused the records again and again."""

    code = "ledger_refused"
    vi = "sổ cái từ chối: {0}"
    en = "the ledger refused it: {0}; an officer looks into it"


class OfficeClosedError(NodeError):
    """This node decides nothing about payments."""

    def __str__(self) -> str:
        return "this node has no clerk's key, so it decides no payments; ask customs' own door"


class IdentifierKeyAbsentError(NodeError):
    """An identifier key is not here."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"the identifier key {self.name!r} of Membership is not in keys/identifiers; "
            "ask for it and put it there"
        )


class OpeningLostError(NodeError):
    """What the books hide cannot be opened."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner

    def __str__(self) -> str:
        return (
            f"the opening of {self.owner} was sealed under another account key; "
            "restore keys/account.json of the time when it was kept"
        )
