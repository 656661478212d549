"""Takes declarations in, durably, and numbers them."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta, timezone
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contracts.clearance.declaration import (
    Declaration,
    DeclarationNumber,
    content_hash,
    declaration_bytes,
)
from contracts.clearance.declaration.rules import rule
from contracts.clearance.papers import paper_content
from contracts.errors import RecordFormatError
from node.clearance.assessor import Assessor, Intake
from node.clearance.errors import (
    FileConflictError,
    FileStateError,
    FileUnknownError,
    OfficeAbsentError,
    PaperUnfitError,
)
from node.clearance.tables import (
    ClearancePaper,
    DeclarationFile,
    DeclarationVersion,
    FileState,
)
from node.database.database import Database
from node.database.values import hexadecimal
from node.payments.identifiers import PaymentKeys

_SEQUENCE_DIGITS: Final = 10
_EAST: Final = timedelta(hours=7)
_VIETNAM: Final = timezone(_EAST)
_EPOCH: Final = date(1970, 1, 1)
_DAY_SECONDS: Final = 86_400
_PAPER_LIMIT: Final = 64 * 1024


class DeclarationFiles:
    """The declarations of one customs organisation.

    Attributes:
        assessor: Finds what a declaration must wait for; None where nobody assesses.
        on_arrival: Told of a new declaration or amendment once it is kept.
    """

    def __init__(self, state: Database, keys: PaymentKeys) -> None:
        """Keep in the state database; identifiers are hashed under the country's keys."""
        self._state = state
        self._keys = keys
        self.assessor: Assessor | None = None
        self.on_arrival: Callable[[], None] = lambda: None

    def submit(
        self, declaration: Declaration, declarant: str, reference: str, now: int
    ) -> DeclarationFile:
        """Take a declaration in; the same again is the same one.

        Args:
            declaration: Checked; without a number.
            declarant: Who hands it in.
            reference: The declarant's own.
            now: The time in seconds, its tax point.

        Raises:
            OfficeAbsentError: Nobody assesses here.
            RegistrationRefusedError: A rule refuses it.
            FileConflictError: The reference was used for another content.
            IdentifierKeyAbsentError: The key of the year is not here.
        """
        digest = hexadecimal(content_hash(declaration))
        known = self._known(declarant, reference, digest)
        if known is not None:
            return known
        for _ in range(3):  # two that come at once take the same number: one takes the next
            try:
                taken = self._take_in(declaration, declarant, reference, now)
            except IntegrityError:
                known = self._known(declarant, reference, digest)
                if known is not None:
                    return known
            else:
                self.on_arrival()
                return taken
        raise FileStateError(reference, "many come at once; hand it in again")

    def amend(self, number: str, declaration: Declaration, declarant: str, now: int) -> str:
        """Take an amendment in; return the declaration's number as amended.

        Args:
            number: Without the amendment count.
            declaration: As it reads now.
            declarant: Who hands it in; the one who handed in the first.
            now: The time in seconds.

        Raises:
            FileUnknownError: There is none of this number, or it is another's.
            FileStateError: It is closed, or an amendment is under way.
            AmendmentLimitError: Nine stand already.
        """
        assessor = self._require_assessor()
        digest = hexadecimal(content_hash(declaration))
        with self._state.read() as session:
            file = self._file(session, number, declarant)
            latest = session.get_one(DeclarationVersion, (number, file.amendment))
        if latest.digest == digest:
            return str(DeclarationNumber(number, file.amendment))
        if file.state != FileState.OPEN:
            raise FileStateError(number, f"it is {file.state}: nothing of it changes")
        following = DeclarationNumber(number, file.amendment).amended()
        content = declaration_bytes(declaration).decode()
        intake = assessor.take_in(number, content, following.amendment, now)
        with self._state.write() as session:
            kept = session.get_one(DeclarationFile, number)
            if kept.amendment != file.amendment:
                raise FileStateError(number, "another amendment came first; read it and amend that")
            kept.amendment = following.amendment
            kept.intake, kept.next_at = _text(intake), 0
            session.add(_version(following, content, declaration, digest, now))
        self.on_arrival()
        return str(following)

    def find(self, number: str, declarant: str | None = None) -> DeclarationFile:
        """Return a file; of one declarant where given.

        Raises:
            FileUnknownError: There is none, or it is another's.
        """
        with self._state.read() as session:
            return self._file(session, number, declarant)

    def versions(self, number: str) -> list[DeclarationVersion]:
        """Return a declaration as it read under each amendment count."""
        query = select(DeclarationVersion).where(DeclarationVersion.declaration_no == number)
        with self._state.read() as session:
            return list(session.scalars(query.order_by(DeclarationVersion.amendment)))

    def all_decided(self, after: tuple[str, int], limit: int) -> list[DeclarationVersion]:
        """Return the versions that have a decision, in the order of their numbers.

        Args:
            after: Number and amendment of the last one returned before; ("", 0) to begin.
            limit: How many at most.
        """
        number, amendment = after
        query = (
            select(DeclarationVersion)
            .where(DeclarationVersion.decision.is_not(None))
            .where(
                (DeclarationVersion.declaration_no > number)
                | (
                    (DeclarationVersion.declaration_no == number)
                    & (DeclarationVersion.amendment > amendment)
                )
            )
            .order_by(DeclarationVersion.declaration_no, DeclarationVersion.amendment)
        )
        with self._state.read() as session:
            return list(session.scalars(query.limit(limit)))

    def of_object(self, object_id: str, amendment: int) -> DeclarationVersion | None:
        """Return a declaration as it read, by its identifier; None where it is not here."""
        query = (
            select(DeclarationVersion)
            .join(
                DeclarationFile, DeclarationFile.declaration_no == DeclarationVersion.declaration_no
            )
            .where(DeclarationFile.object_id == object_id)
            .where(DeclarationVersion.amendment == amendment)
        )
        with self._state.read() as session:
            return session.scalar(query)

    def registered_days(self, taxpayer: str) -> dict[date, int]:
        """Return how many declarations a taxpayer registered here, by day in Viet Nam."""
        east = int(_EAST.total_seconds())
        day = ((DeclarationFile.registered_at + east) // _DAY_SECONDS).label("day")
        query = select(day, func.count()).where(DeclarationFile.taxpayer == taxpayer)
        with self._state.read() as session:
            return {
                _EPOCH + timedelta(days=int(number)): count
                for number, count in session.execute(query.group_by("day"))
            }

    def put_paper(self, number: str, kind: str, content: str, salt: str, now: int) -> str:
        """Keep a document that a record commits to; return its digest.

        Args:
            number: Declaration without the amendment count.
            kind: What it is, such as "inspection".
            content: The document, canonical JSON.
            salt: 64 digits.
            now: The time in seconds.

        Raises:
            FileUnknownError: No such declaration is here.
            PaperUnfitError: It is too long, or no JSON object.
        """
        if len(content) > _PAPER_LIMIT:
            raise PaperUnfitError(f"it is longer than {_PAPER_LIMIT} characters")
        try:
            digest = hexadecimal(paper_content(json.loads(content), salt))
        except (ValueError, TypeError, RecordFormatError) as error:
            raise PaperUnfitError(str(error)) from error
        with self._state.write() as session:
            self._file(session, number, None)
            if session.get(ClearancePaper, digest) is None:
                session.add(ClearancePaper(digest, number, kind, content, salt, now))
        return digest

    def papers(self, number: str) -> list[ClearancePaper]:
        """Return what is kept behind the records of a declaration, the oldest first."""
        query = select(ClearancePaper).where(ClearancePaper.declaration_no == number)
        with self._state.read() as session:
            return list(session.scalars(query.order_by(ClearancePaper.made_at)))

    def _take_in(
        self, declaration: Declaration, declarant: str, reference: str, now: int
    ) -> DeclarationFile:
        assessor = self._require_assessor()
        content = declaration_bytes(declaration).decode()
        number = DeclarationNumber(self._next_stem(declaration, now), 0)
        intake = assessor.take_in(number.stem, content, 0, now)
        digest = hexadecimal(content_hash(declaration))
        file = DeclarationFile(
            declaration_no=number.stem,
            object_id=hexadecimal(self._keys.declaration(number.stem, now)),
            declarant=declarant,
            office=declaration.office,
            taxpayer=_taxpayer(declaration),
            reference=reference,
            received_at=now,
            registered_at=now,
            intake=_text(intake),
        )
        with self._state.write() as session:
            session.add(file)
            session.add(_version(number, content, declaration, digest, now))
        return file

    def _next_stem(self, declaration: Declaration, now: int) -> str:
        """Return the next free number: the direction's digit and ten more."""
        day = datetime.fromtimestamp(now, _VIETNAM).date()
        digits: dict[str, str] = rule("number_digits", day)
        first = digits[declaration.direction]
        query = select(func.max(DeclarationFile.declaration_no)).where(
            DeclarationFile.declaration_no.startswith(first)
        )
        with self._state.read() as session:
            last = session.scalar(query)
        following = 1 if last is None else int(last[1:]) + 1
        return f"{first}{following:0{_SEQUENCE_DIGITS}d}"

    def _known(self, declarant: str, reference: str, digest: str) -> DeclarationFile | None:
        query = select(DeclarationFile).where(
            DeclarationFile.declarant == declarant, DeclarationFile.reference == reference
        )
        with self._state.read() as session:
            file = session.scalar(query)
            if file is None:
                return None
            first = session.get_one(DeclarationVersion, (file.declaration_no, 0))
        if first.digest != digest:
            raise FileConflictError(reference, file.declaration_no)
        return file

    def _require_assessor(self) -> Assessor:
        if self.assessor is None:
            raise OfficeAbsentError
        return self.assessor

    @staticmethod
    def _file(session: Session, number: str, declarant: str | None) -> DeclarationFile:
        file = session.get(DeclarationFile, number)
        if file is None or declarant not in {None, file.declarant}:
            raise FileUnknownError(number)
        return file


def _version(
    number: DeclarationNumber, content: str, declaration: Declaration, digest: str, now: int
) -> DeclarationVersion:
    return DeclarationVersion(
        declaration_no=number.stem,
        amendment=number.amendment,
        content=content,
        salt=declaration.salt,
        digest=digest,
        received_at=now,
    )


def _taxpayer(declaration: Declaration) -> str:
    """Return the tax code of who owes the duties: importer or exporter."""
    party = declaration.importer if declaration.direction == "import" else declaration.exporter
    return party.tax_code or ""


def _text(intake: Intake) -> str:
    return json.dumps(asdict(intake), sort_keys=True)
