"""From every error to problem+json (RFC 9457): the only place that knows HTTP statuses.

ApiError
├── caller: ask for something else
│   ├── BodyTooLargeError       more bytes than the route takes
│   ├── BodyMalformedError      not the JSON the route takes
│   ├── MediaTypeError          another content type than the route takes
│   ├── StreamsExhaustedError   as many streams of events as the door serves
│   ├── HeaderMalformedError    a header that cannot be used
│   ├── FindingsError           a certificate that importing customs would refuse
│   └── TooManyRequestsError    more than a member may take in a minute
├── caller: show another token
│   ├── TokenMissingError       no bearer token
│   ├── TokenInvalidError       not a token of this organisation's issuer, or expired
│   ├── TokenForeignError       a token for another organisation
│   └── PermissionMissingError  the token's role does not permit it
└── programmer
    ├── PermissionUndeclaredError  a route without a declared permission
    └── BodyUnguardedError      a route whose body the framework would parse

Codes are stable: programs may rely on them, texts may change.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.beacon.errors import DrawUnknownError, RoundUnknownError
from api.clearance.problems import CLEARANCE_PROBLEMS
from api.observability import identify
from api.origin.determination import errors as determination
from api.payments.problems import PAYMENT_PROBLEMS
from api.tax import errors as tax
from contracts import errors as contracts
from contracts.clearance.declaration import DeclarationError
from contracts.origin.findings.finding import Finding
from contracts.payments.messages import PaymentMessageError
from node import errors as node
from node.clearance.errors import RegistrationRefusedError
from node.debt import errors as debt
from node.payments import errors as payments
from node.subscriptions import errors as subscriptions
from node.vault import errors as vault

MEDIA_TYPE: Final = "application/problem+json"


class ApiError(Exception):
    """Base of every error of this package."""


class BodyTooLargeError(ApiError):
    """The request's body is larger than the route takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"the body has more than {self.limit} bytes; send less"


class BodyMalformedError(ApiError):
    """The request's body is not the JSON that the route takes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the body cannot be used: {self.reason}"


class MediaTypeError(ApiError):
    """The request's body is of another type than the route takes."""

    def __init__(self, actual: str, expected: str) -> None:
        super().__init__(actual, expected)
        self.actual = actual
        self.expected = expected

    def __str__(self) -> str:
        return f"the content type is {self.actual!r}; send {self.expected}"


class HeaderMalformedError(ApiError):
    """A header of the request cannot be used."""

    def __init__(self, name: str, form: str) -> None:
        super().__init__(name, form)
        self.name = name
        self.form = form

    def __str__(self) -> str:
        return f"the header {self.name} must be {self.form}"


class FindingsError(ApiError):
    """A certificate that importing customs would refuse.

    Attributes:
        findings: Why, with the codes that administrations tell each other.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(tuple(findings))
        self.findings = tuple(findings)

    def __str__(self) -> str:
        return "; ".join(f"{each.field}: {each.en} ({each.code})" for each in self.findings)


class TooManyRequestsError(ApiError):
    """A member's node takes more than it may within a minute."""

    def __init__(self, organisation: str) -> None:
        super().__init__(organisation)
        self.organisation = organisation

    def __str__(self) -> str:
        return f"organisation {self.organisation} takes too much at once; ask again in a minute"


class StreamsExhaustedError(ApiError):
    """More streams of events are open than the door serves."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return f"{self.limit} streams are open already; ask for pages, or try again later"


class TokenMissingError(ApiError):
    """The request has no bearer token."""

    def __str__(self) -> str:
        return "this needs a bearer token: send the header 'Authorization: Bearer …'"


class TokenInvalidError(ApiError):
    """The bearer token proves nothing here."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the token is not accepted: {self.reason}; ask the organisation for a new one"


class TokenForeignError(ApiError):
    """The token is for another organisation, or for a role that this one does not have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the token does not fit this organisation: {self.reason}"


class PermissionMissingError(ApiError):
    """The caller's role does not permit what was asked."""

    def __init__(self, role: str, permission: str) -> None:
        super().__init__(role, permission)
        self.role = role
        self.permission = permission

    def __str__(self) -> str:
        return f"the role {self.role} has no permission {self.permission}; use another post's token"


class PermissionUndeclaredError(ApiError):
    """A route declares no permission, or more than one."""

    def __init__(self, path: str, number: int) -> None:
        super().__init__(path, number)
        self.path = path
        self.number = number

    def __str__(self) -> str:
        return f"the route {self.path} declares {self.number} permissions; declare exactly one"


class BodyUnguardedError(ApiError):
    """A route lets the framework parse its body: before permissions, and to any depth."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"the route {self.path} declares a body; read it with api.bodies instead"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem.

    Attributes:
        status: HTTP status.
        code: Stable name for programs.
        title: Short text, the same for every occurrence.
        headers: Headers that go with it.
    """

    status: int
    code: str
    title: str
    headers: Mapping[str, str] = field(default_factory=dict)


_BEARER = {"WWW-Authenticate": 'Bearer realm="tradeseal"'}
_RETRY = {"Retry-After": "2"}
_MINUTE = {"Retry-After": "60"}
_SIGNED = {"WWW-Authenticate": 'Tradeseal realm="members"'}

KINDS: Final[Mapping[type[Exception], Kind]] = {
    BodyTooLargeError: Kind(413, "body_too_large", "The body is too large"),
    BodyMalformedError: Kind(400, "body_malformed", "The body cannot be read"),
    MediaTypeError: Kind(415, "media_type_unsupported", "The content type is not taken"),
    HeaderMalformedError: Kind(400, "header_malformed", "A header cannot be used"),
    TooManyRequestsError: Kind(429, "too_many_requests", "More than may be taken", _MINUTE),
    StreamsExhaustedError: Kind(503, "streams_exhausted", "Too many streams", _RETRY),
    subscriptions.SubscriptionUnknownError: Kind(
        404, "subscription_unknown", "No such subscription"
    ),
    subscriptions.SubscriptionRefusedError: Kind(
        422, "subscription_refused", "The subscription cannot be registered"
    ),
    TokenMissingError: Kind(401, "token_missing", "A bearer token is needed", _BEARER),
    TokenInvalidError: Kind(401, "token_invalid", "The token is not accepted", _BEARER),
    TokenForeignError: Kind(403, "token_foreign", "The token does not fit this organisation"),
    PermissionMissingError: Kind(403, "permission_missing", "The role does not permit it"),
    node.RecordMalformedError: Kind(422, "record_malformed", "The record cannot be carried"),
    node.RecordForeignError: Kind(422, "record_foreign", "The record is for another contract"),
    node.RecordUnknownError: Kind(404, "record_unknown", "The record is not known"),
    node.SettlementUnknownError: Kind(404, "settlement_unknown", "Nothing assessed"),
    node.CertificateUnknownError: Kind(404, "certificate_unknown", "No such certificate"),
    node.RecordTogetherError: Kind(409, "record_together", "Promised in other company"),
    node.LineUnknownError: Kind(404, "line_unknown", "No such export line"),
    node.ApplicationUnknownError: Kind(404, "application_unknown", "No such application"),
    node.ExporterUnknownError: Kind(404, "exporter_unknown", "No such certified exporter"),
    node.OrganisationUnknownError: Kind(404, "organisation_unknown", "No such organisation"),
    node.ProposalUnknownError: Kind(404, "proposal_unknown", "No such proposal"),
    node.ProposalClosedError: Kind(409, "proposal_closed", "The proposal cannot be decided"),
    node.ProposalUndecidedError: Kind(409, "proposal_undecided", "More votes are needed"),
    node.VoteRefusedError: Kind(422, "vote_refused", "The vote does not count"),
    node.DocumentMalformedError: Kind(422, "document_malformed", "The document is not usable"),
    node.DocumentUncommittedError: Kind(409, "document_uncommitted", "Nothing commits to it"),
    node.DocumentUnknownError: Kind(404, "document_unknown", "The document is not held here"),
    vault.ContentUnknownError: Kind(404, "content_unknown", "No such content"),
    vault.ContentTooLargeError: Kind(413, "content_too_large", "The content is too large"),
    vault.ContentForeignError: Kind(502, "content_foreign", "Other bytes than the CID names"),
    vault.DocumentErasedError: Kind(410, "document_erased", "The document was erased"),
    vault.CallerUnprovenError: Kind(401, "member_unproven", "Not a member's request", _SIGNED),
    vault.RecipientUnknownError: Kind(422, "reader_unknown", "No such reader"),
    vault.PurposeMalformedError: Kind(422, "purpose_malformed", "The purpose cannot be kept"),
    vault.EncryptionKeyMissingError: Kind(503, "encryption_key_missing", "No encryption key"),
    vault.VaultUnavailableError: Kind(503, "vault_unavailable", "The vault is silent", _RETRY),
    vault.PeerUnknownError: Kind(422, "peer_unknown", "The sender's door is not known"),
    vault.PeerRefusedError: Kind(502, "peer_refused", "The sender does not give it"),
    node.IdempotencyConflictError: Kind(409, "idempotency_conflict", "The key was used before"),
    node.CursorMalformedError: Kind(400, "cursor_malformed", "The cursor is not of this list"),
    node.BundleUnavailableError: Kind(503, "bundle_unavailable", "Not provable yet", _RETRY),
    node.LedgerUnavailableError: Kind(503, "ledger_unavailable", "The ledger is silent", _RETRY),
    node.LedgerAnswerError: Kind(502, "ledger_answer", "The ledger's answer is not usable"),
    node.StorageError: Kind(503, "storage_unavailable", "The node cannot store", _RETRY),
    **{error: Kind(pair[0], error.code, pair[1]) for error, pair in PAYMENT_PROBLEMS.items()},
    payments.OfficeClosedError: Kind(503, "payments_closed", "This door decides no payments"),
    payments.IdentifierKeyAbsentError: Kind(503, "identifier_key_missing", "A key is missing"),
    PaymentMessageError: Kind(422, "payment_message_malformed", "The message is not usable"),
    RoundUnknownError: Kind(404, "round_unknown", "No such round"),
    DrawUnknownError: Kind(404, "draw_unknown", "No draw to show"),
    **{error: Kind(*found) for error, found in CLEARANCE_PROBLEMS.items()},
    debt.DebtInputError: Kind(422, "debt_input_invalid", "A member cannot be used"),
    tax.OfficeDataMissingError: Kind(503, "tax_data_missing", "No tariff or exchange rates"),
    tax.TariffFileError: Kind(500, "tariff_unusable", "The office's tariff is unusable"),
    tax.TariffFolderError: Kind(500, "tariff_unusable", "The office's tariff is unusable"),
    tax.TaxError: Kind(422, "tax", "The declaration cannot be assessed"),
    debt.TaxpayerUnknownError: Kind(404, "taxpayer_unknown", "No such taxpayer"),
    debt.EntryUnknownError: Kind(404, "debt_entry_unknown", "No such entry"),
    debt.DebtConflictError: Kind(409, "debt_conflict", "The key came with other content"),
    debt.DebtRefusedError: Kind(409, "debt_refused", "The account or the law refuses it"),
    debt.DebtRuleError: Kind(422, "debt_rules_unknown", "No rules for this day"),
    node.NodeError: Kind(500, "node_fault", "The node has a fault"),
    determination.CaseError: Kind(422, "origin_case_invalid", "The case cannot be determined"),
    determination.AgreementUnknownError: Kind(422, "origin_rules_unknown", "No such rules"),
    determination.ReplayMismatchError: Kind(
        409, "origin_decision_differs", "The decision does not repeat"
    ),
    determination.RuleDataError: Kind(500, "origin_rules_unusable", "The rules are unusable"),
    contracts.RecordFormatError: Kind(422, "record_malformed", "The record cannot be read"),
    contracts.UnknownRecordTypeError: Kind(422, "record_type_unknown", "No such record type"),
    contracts.RecordSignatureError: Kind(422, "record_signature", "The signature is unusable"),
    contracts.CidError: Kind(422, "cid_malformed", "The CID cannot be read"),
    contracts.ManifestError: Kind(422, "manifest_malformed", "The manifest is not usable"),
    contracts.UnsealError: Kind(422, "document_sealed", "The document does not open"),
    FindingsError: Kind(422, "certificate_unsound", "Importing customs would refuse it"),
    contracts.FormError: Kind(422, "form_invalid", "The certificate breaks a rule of its form"),
}

INVALID: Final = Kind(422, "request_invalid", "A parameter does not have its form")
_INTERNAL: Final = Kind(500, "internal", "The node has a fault")
_OF_STATUS: Final = {
    404: Kind(404, "route_unknown", "There is no such route"),
    405: Kind(405, "method_unsupported", "The route does not take this method"),
}


def kind_of(error: Exception) -> Kind | None:
    """Return the kind of problem that an error is, None for a fault of the program."""
    for base in type(error).__mro__:
        if (kind := KINDS.get(base)) is not None:
            return kind
    return None


def install(app: FastAPI) -> None:
    """Let the application answer every error with a problem document."""
    for error_type in KINDS:
        app.add_exception_handler(error_type, _answer_known)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_fault)


def problem(request: Request, kind: Kind, detail: str, **members: object) -> Response:
    """Return one problem document."""
    document = {
        "type": f"urn:tradeseal:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": request.url.path,
        "code": kind.code,
        **members,
    }
    # ASCII only: a caller's text may hold what UTF-8 cannot carry.
    content = json.dumps(document, ensure_ascii=True).encode()
    return Response(content, kind.status, dict(kind.headers), MEDIA_TYPE)


def _answer_known(request: Request, error: Exception) -> Response:
    kind = kind_of(error) or _INTERNAL
    if isinstance(error, debt.DebtRefusedError):
        return problem(request, kind, str(error), reason=error.code, vi=error.vietnamese)
    if isinstance(error, RegistrationRefusedError):
        return problem(request, kind, str(error), rule=error.rule, vi=error.vi, en=error.en)
    if isinstance(error, FindingsError | DeclarationError):
        findings = [each.to_json() for each in error.findings]
        return problem(request, kind, str(error), findings=findings)
    if isinstance(error, tax.DeclarationError):
        code, vi = error.code.replace("-", "_"), error.text("vi")
        return problem(request, replace(kind, code=code), str(error), path=error.path, vi=vi)
    if isinstance(error, PaymentMessageError):
        kind = replace(kind, code=str(error.fault))
    more: dict[str, str] = {}
    if isinstance(error, payments.PaymentRefusedError):
        more = {"vi": error.vietnamese}
    return problem(request, kind, str(error), **more)


def _answer_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise AssertionError(error)
    errors = [
        {"at": ".".join(str(part) for part in item["loc"]), "problem": item["msg"]}
        for item in error.errors()
    ]
    text = "; ".join(f"{item['at']}: {item['problem']}" for item in errors)
    return problem(request, INVALID, text, errors=errors)


def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise AssertionError(error)
    kind = _OF_STATUS.get(error.status_code, Kind(error.status_code, "http", str(error.detail)))
    headers = dict(error.headers or {})
    answer = problem(request, kind, f"{request.method} {request.url.path}: {kind.title}")
    answer.headers.update(headers)
    return answer


def _answer_fault(request: Request, error: Exception) -> Response:
    del error  # logged by the server; its text may hold what callers must not see
    text = "a fault of the node; its operator finds it in the log"
    return identify(request, problem(request, _INTERNAL, text))
