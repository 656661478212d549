"""HTTP status and title of each refusal about declarations; its code is the refusal's own."""

from collections.abc import Mapping
from typing import Final

from api.clearance.errors import DeclarationForeignError, DeclarationNumberedError, ProfileError
from contracts.clearance.declaration import AmendmentLimitError, DeclarationError
from node.clearance import errors as clearance

CLEARANCE_PROBLEMS: Final[Mapping[type[Exception], tuple[int, str, str]]] = {
    clearance.OfficeAbsentError: (
        503,
        "clearance_office_absent",
        "This door registers no declarations",
    ),
    clearance.FileUnknownError: (404, "declaration_unknown", "No such declaration"),
    clearance.FileConflictError: (409, "declaration_conflict", "The reference was used before"),
    clearance.FileStateError: (409, "declaration_state", "It does not fit how things stand"),
    clearance.RegistrationRefusedError: (422, "registration_refused", "A rule refuses it"),
    clearance.PaperUnfitError: (422, "paper_unfit", "The document cannot be kept"),
    clearance.ClearanceError: (409, "clearance", "The declaration is refused"),
    AmendmentLimitError: (409, "declaration_amendments", "No further amendment"),
    DeclarationError: (422, "declaration_unsound", "The declaration has errors"),
    DeclarationForeignError: (422, "declaration_foreign", "Another country's declaration"),
    DeclarationNumberedError: (422, "declaration_numbered", "It has a number already"),
    ProfileError: (500, "clearance_profile_unusable", "The office's profile is unusable"),
}
