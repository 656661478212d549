"""HTTP status and title of each refusal about payments; its code is the refusal's own."""

from collections.abc import Mapping
from typing import Final

from node.payments import errors as payments

PAYMENT_PROBLEMS: Final[Mapping[type[payments.PaymentRefusedError], tuple[int, str]]] = {
    payments.DeclarationUnknownError: (404, "No such declaration"),
    payments.AssessmentSupersededError: (409, "Not the latest assessment"),
    payments.NothingDueError: (409, "Nothing is due"),
    payments.BankUnknownError: (422, "No such bank"),
    payments.PaymentSignerError: (403, "Signed by nobody who may"),
    payments.KeyRevokedError: (403, "The key is not in force"),
    payments.RecordUnfitError: (422, "The record does not fit"),
    payments.ContentMismatchError: (422, "Another message than the record's"),
    payments.OpeningMismatchError: (422, "Another commitment's opening"),
    payments.IdentifierMismatchError: (422, "Another thing's identifier"),
    payments.PaymentMismatchError: (422, "A member does not fit"),
    payments.AmountMismatchError: (422, "Another amount"),
    payments.PaymentConflictError: (409, "The number was used before"),
    payments.OrderUnknownError: (404, "No such payment order"),
    payments.CreditUnknownError: (404, "No such credit"),
    payments.GuaranteeUnknownError: (404, "No such guarantee"),
    payments.BreakUnknownError: (404, "No such break"),
    payments.PaymentStateError: (409, "It does not fit how things stand"),
    payments.GuaranteeExhaustedError: (409, "The guarantee is exhausted"),
    payments.AssessmentUnusableError: (422, "The assessment is not usable"),
    payments.StatementUnusableError: (422, "The statement is not usable"),
    payments.PaymentRefusedError: (409, "The payment is refused"),
}
