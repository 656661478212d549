"""Decides declarations of one office: facts, risk rules, score, draw, and what is due.

Features are fixed when a declaration is registered; facts are those of the moment of the decision.
The decision document holds both, so that it is replayed without this office.
"""

import contextlib
import json
import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from api.clearance.goods import items_of
from api.clearance.profile import Profile, ProfileFile, Requirement
from api.clearance.taxation import WITHOUT_PREFERENCE, LineFacts, TaxContext, tax_declaration
from api.risk.compliance import Evaluation, History, evaluate, evaluation_day
from api.risk.decision import (
    Action,
    Case,
    CaseError,
    Draw,
    ModelIdentity,
    OfficeScores,
    Score,
    content_hash,
    decide,
    decision_bytes,
)
from api.risk.model import FeatureState, Model, RiskModelError, default_model
from api.risk.rules import Effect, risk_rules
from api.risk.rules.facts import Json
from api.tax import model as tax
from api.tax.assess import assess
from api.tax.document import assessment_bytes
from api.tax.errors import OfficeDataMissingError, TaxError
from api.tax.office import TaxOffice
from chain.observability.events import log_event
from contracts.clearance.declaration import Declaration, DeclarationNumber, require_declaration
from contracts.clearance.records import FactKind
from contracts.clearance.state import FactStatus
from node.clearance.assessor import CaseFile, Decided, Drawing, FactNeed, Intake
from node.clearance.errors import RegistrationRefusedError
from node.clearance.tables import ClearanceFactRow, DeclarationFile
from node.organisation import OrganisationNode
from node.origin.tables import ClaimRow

_HOUR_SECONDS: Final = 3_600
_PAGE: Final = 1_000
_KEPT_DAYS: Final = 400

logger = logging.getLogger(__name__)


class RiskAssessor:
    """Finds facts, scores and decides for one office; safe for several threads."""

    def __init__(self, node: OrganisationNode, taxes: TaxOffice, model: Model | None) -> None:
        """Begin with what the office decided before.

        Args:
            node: The organisation's node.
            taxes: Its tariff and exchange rates.
            model: What scores; None where none is usable: rules go on alone and say so.
        """
        self._node = node
        self._taxes = taxes
        self._model = model
        self._profile = ProfileFile(node.folder.path)
        self._lock = threading.RLock()
        self._state = FeatureState() if model is None else model.state()
        self._scores: dict[str, OfficeScores] = {}
        self._remember()

    def take_in(self, declaration_no: str, content: str, amendment: int, now: int) -> Intake:
        """Return rank, features and the facts to wait for.

        Raises:
            RegistrationRefusedError: Customs procedures are stopped for the taxpayer.
            ProfileError: The office's profile cannot be used.
        """
        declaration = require_declaration(json.loads(content))
        at = datetime.fromtimestamp(now, UTC)
        profile = self._profile.read()
        stopped = self._stopped(declaration, declaration_no, at)
        if stopped == "stopped":
            rules = risk_rules(evaluation_day(at))
            named = rules.outcomes(_least_facts(declaration, stopped), {}, 1, 1)
            outcome = next(each for each in named if each.effect is Effect.REFUSE)
            raise RegistrationRefusedError(outcome.rule, outcome.vi, outcome.en)
        standing = self._evaluation(declaration, profile, at)
        needs = _needs(declaration, profile, evaluation_day(at), now)
        features = self._features(declaration, declaration_no, evaluation_day(at), amendment)
        found = {"features": features, "level": standing.level}
        return Intake(standing.rank, needs, found)

    def assess(self, case: CaseFile) -> Mapping[str, Any] | None:
        """Return what is due by the office's tariff; None where an officer must assess."""
        declaration = require_declaration(json.loads(case.content))
        try:
            tariff, rates = self._taxes.data()
            found = assess(_taxed(declaration, case, self._profile.read()), tariff, rates)
        except (TaxError, OfficeDataMissingError) as error:
            log_event(
                logger,
                logging.WARNING,
                "declaration not assessed",
                declaration=case.declaration_no,
                reason=str(error),
            )
            return None
        document: dict[str, Any] = json.loads(assessment_bytes(found))
        return document

    def decide(self, case: CaseFile, drawing: Drawing, now: int) -> Decided:
        """Return the channel with its document."""
        declaration = require_declaration(json.loads(case.content))
        at = datetime.fromtimestamp(now, UTC)
        features: dict[str, str] = dict(case.found["features"])
        score = self._score(features)
        with self._lock:
            rules = risk_rules(evaluation_day(at))
            thresholds = self._office(case.office).thresholds(at, rules.capacity)
            decided = decide(
                Case(
                    declaration_no=case.declaration_no,
                    amendment=case.amendment,
                    declaration=bytes.fromhex(case.digest[2:]),
                    decided_at=at,
                    facts=self._facts(declaration, case, at),
                    features=features,
                    rank=case.rank,
                    level=case.found["level"],
                    thresholds=thresholds,
                    salt=secrets.token_bytes(32),
                    model=self._identity(score),
                ),
                rules,
                score,
                _draw(drawing),
            )
            if score is not None:
                self._record(case.office, score.ppm, at)
        document = decision_bytes(decided)
        return Decided(
            channel=decided.channel,
            document=document.decode(),
            salt=decided.case.salt.hex(),
            content=content_hash(document),
            held=decided.action is not Action.PROCEED,
        )

    def _score(self, features: Mapping[str, str]) -> Score | None:
        if self._model is None or not features:
            return None
        try:
            return self._model.score([features])[0]
        except RiskModelError as error:
            log_event(logger, logging.ERROR, "risk model not usable", reason=str(error))
            return None

    def _identity(self, score: Score | None) -> ModelIdentity | None:
        if score is None or self._model is None:
            return None
        return ModelIdentity(self._model.name, self._model.version, self._model.hash)

    def _features(
        self, declaration: Declaration, number: str, day: date, amendment: int
    ) -> dict[str, str]:
        """Return the features of the riskiest line, as of a day; remember the declaration."""
        if self._model is None:
            return {}
        items = items_of(declaration, number, day)
        with self._lock:
            rows = [self._state.features(item) for item in items]
            if not amendment:
                for item in items:
                    self._state.observe(item)
        if len(rows) == 1:
            return _wanted(rows[0], self._model)
        try:
            scores = self._model.score([_wanted(row, self._model) for row in rows], reasons=False)
        except RiskModelError:
            return _wanted(rows[0], self._model)
        riskiest = max(range(len(rows)), key=lambda place: (scores[place].ppm, -place))
        return _wanted(rows[riskiest], self._model)

    def _evaluation(self, declaration: Declaration, profile: Profile, at: datetime) -> Evaluation:
        code = declaration.trader.tax_code or ""
        known = profile.declarant(code)
        days = self._node.clearance.files.registered_days(code)
        firsts = [*days, *([known.active_since] if known.active_since else [])]
        history = History(
            declarant=code,
            active_since=min(firsts, default=None),
            sector=known.sector,
            declarations=days,
            violations=known.violations,
            aeo=known.aeo,
        )
        return evaluate(history, evaluation_day(at))

    def _stopped(self, declaration: Declaration, number: str, at: datetime) -> str:
        found = self._node.debt.stop_customs(declaration.trader.tax_code or "", at)
        if found.blocks(number):
            return "stopped"
        return "exempt" if found.blocks("") else "none"

    def _facts(self, declaration: Declaration, case: CaseFile, at: datetime) -> dict[str, Json]:
        profile, day = self._profile.read(), evaluation_day(at)
        facts = _least_facts(declaration, self._stopped(declaration, case.declaration_no, at))
        facts["procedure"] = declaration.procedure
        facts["embargo"] = "listed" if _is_banned(declaration, profile) else "none"
        facts["permit"] = _permit(declaration, profile, day)
        facts["specialised_inspection"] = self._inspected(declaration, case, profile, day)
        facts["certificates"] = self._certificates(case, declaration)
        facts["preference"] = any(_is_preferred(line.preference) for line in declaration.lines)
        facts["countries_of_origin"] = tuple(
            sorted(
                {
                    each.origin_country
                    for each in declaration.lines
                    if _is_preferred(each.preference)
                }
            )
        )
        facts["country_of_departure"] = declaration.transport.departure_country
        facts["declared_gross_kg"] = _plain(declaration.gross_mass_kg)
        facts["express"] = declaration.flow != "ordinary"
        facts["prior_violation"] = _violations(profile, declaration, day)
        return facts

    def _inspected(
        self, declaration: Declaration, case: CaseFile, profile: Profile, day: date
    ) -> str:
        wanted = [
            each
            for each in _required(declaration, profile, day)
            if each.kind is not FactKind.PERMIT
        ]
        if not wanted:
            return "not_required"
        with self._node.reading() as session:
            file = self._node.clearance.files.find(case.declaration_no)
            query = select(ClearanceFactRow.status).where(
                ClearanceFactRow.object_id == file.object_id,
                ClearanceFactRow.kind != FactKind.PERMIT,
            )
            found = set(session.scalars(query))
        if FactStatus.FAILED in found:
            return "failed"
        return "awaited" if FactStatus.OPEN in found or not found else "passed"

    def _certificates(self, case: CaseFile, declaration: Declaration) -> tuple[str, ...]:
        if not declaration.certificates:
            return ()
        file: DeclarationFile = self._node.clearance.files.find(case.declaration_no)
        query = select(ClaimRow.status, ClaimRow.verification).where(
            ClaimRow.declaration == file.object_id
        )
        with self._node.reading() as session:
            found = [
                "doubted"
                if verification not in {"none", "valid", "visit_reported"}
                else str(status)
                for status, verification in session.execute(query)
            ]
        known = {"accepted": "accepted", "rejected": "rejected", "doubted": "doubted"}
        states = sorted({known.get(each, "valid") for each in found})
        return tuple(states) or ("not_received",)

    def _office(self, office: str) -> OfficeScores:
        return self._scores.setdefault(office, OfficeScores(_KEPT_DAYS))

    def _record(self, office: str, ppm: int, at: datetime) -> None:
        # A clock that went back changes no threshold of a day that is closed.
        with contextlib.suppress(CaseError):
            self._office(office).record(ppm, at)

    def _remember(self) -> None:
        """Read scores and goods of what was decided before, in the order of its days."""
        after = ("", 0)
        found: list[tuple[datetime, str, int]] = []
        declared: list[tuple[int, str, str]] = []
        while True:
            page = self._node.clearance.files.all_decided(after, _PAGE)
            for version in page:
                document = json.loads(version.decision or "{}")
                content = json.loads(version.content)
                if not version.amendment:
                    declared.append((version.received_at, version.declaration_no, version.content))
                if document.get("score_ppm") is not None:
                    at = datetime.fromisoformat(document["decided_at"])
                    found.append((at, content["office"], document["score_ppm"]))
            if len(page) < _PAGE:
                break
            after = (page[-1].declaration_no, page[-1].amendment)
        for at, office, ppm in sorted(found):
            self._record(office, ppm, at)
        for received_at, number, text in sorted(declared):
            day = evaluation_day(datetime.fromtimestamp(received_at, UTC))
            for item in items_of(require_declaration(json.loads(text)), number, day):
                self._state.observe(item)


def load_model() -> Model | None:
    """Return the model in use; None where it is refused or cannot run, which is logged."""
    try:
        found = default_model()
        found.score([dict.fromkeys(found.features, "")])
    except RiskModelError as error:
        log_event(logger, logging.ERROR, "risk model refused: rules alone", reason=str(error))
        return None
    return found


def _draw(drawing: Drawing) -> Draw:
    inherited = drawing.inherited_from
    has_seed = not drawing.withheld and inherited is None
    return Draw(
        round=drawing.round,
        registration=bytes.fromhex(drawing.registration[2:]),
        rate_ppm=drawing.rate,
        seed=bytes.fromhex(drawing.seed[2:]) if has_seed else None,
        withheld=drawing.withheld,
        inherited_from=None if inherited is None else bytes.fromhex(inherited[2:]),
    )


def _least_facts(declaration: Declaration, stopped: str) -> dict[str, Json]:
    return {
        "direction": declaration.direction,
        "stop_customs": stopped,
        "embargo": "none",
        "permit": "not_required",
        "specialised_inspection": "not_required",
    }


def _required(declaration: Declaration, profile: Profile, day: date) -> list[Requirement]:
    codes = {line.hs for line in declaration.lines}
    return [
        each
        for each in profile.requirements
        if each.applies(declaration.direction, day)
        and any(code.startswith(each.hs) for code in codes)
    ]


def _needs(declaration: Declaration, profile: Profile, day: date, now: int) -> tuple[FactNeed, ...]:
    found: list[FactNeed] = []
    for each in _required(declaration, profile, day):
        if each.agency:
            reference = f"{each.permit or each.kind.name.lower()} {each.hs}"
            found.append(
                FactNeed(each.kind, each.agency, reference, now + each.hours * _HOUR_SECONDS)
            )
    return tuple(found)


def _permit(declaration: Declaration, profile: Profile, day: date) -> str:
    wanted = {
        each.permit for each in _required(declaration, profile, day) if each.kind is FactKind.PERMIT
    }
    if not wanted:
        return "not_required"
    named = [permit for permit in declaration.permits if permit.kind in wanted]
    if wanted - {permit.kind for permit in named}:
        return "missing"
    return "expired" if any(permit.valid_until < day for permit in named) else "valid"


def _is_banned(declaration: Declaration, profile: Profile) -> bool:
    countries = {
        declaration.transport.departure_country,
        declaration.transport.destination_country,
        declaration.partner.country,
        *(line.origin_country for line in declaration.lines),
    }
    goods = any(
        line.hs.startswith(banned) for line in declaration.lines for banned in profile.banned_goods
    )
    return goods or bool(countries & profile.banned_countries)


def _violations(profile: Profile, declaration: Declaration, day: date) -> str:
    known = profile.declarant(declaration.trader.tax_code or "")
    recent = [
        each
        for each in known.violations
        if each.annulled_on is None and day - timedelta(days=365) <= each.decided_on < day
    ]
    return "serious" if len(recent) > 1 else "minor" if recent else "none"


def _taxed(declaration: Declaration, case: CaseFile, profile: Profile) -> tax.Declaration:
    number = str(DeclarationNumber(case.declaration_no, case.amendment))
    states = {each.reference_no: tax.CertificateState.VALID for each in declaration.certificates}
    lines = {
        line.number: LineFacts(vat_reduced=not line.hs.startswith(profile.vat_full))
        for line in declaration.lines
    }
    context = TaxContext(datetime.fromtimestamp(case.registered_at, UTC), states, lines)
    return tax_declaration(replace(declaration, declaration_no=number), context)


def _is_preferred(preference: str | None) -> bool:
    return preference is not None and preference not in WITHOUT_PREFERENCE


def _wanted(row: Mapping[str, str], model: Model) -> dict[str, str]:
    return {name: row[name] for name in model.features}


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
