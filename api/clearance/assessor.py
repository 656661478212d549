"""Decides declarations of one office: facts, risk rules, score, draw, and what is due.

Features are fixed when a declaration is registered; facts are those of the moment of the decision.
The decision document holds both, so that it is replayed without this office.
"""

import json
import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from api.clearance.experience import Experience
from api.clearance.facts import FactFinder, least_facts, needs, stopped
from api.clearance.history import evaluation
from api.clearance.profile import Profile, ProfileFile
from api.clearance.taxation import LineFacts, TaxContext, tax_declaration
from api.risk.compliance import evaluation_day
from api.risk.decision import (
    Action,
    Case,
    Draw,
    ModelIdentity,
    Score,
    content_hash,
    decide,
    decision_bytes,
)
from api.risk.model import Model, RiskModelError, default_model
from api.risk.rules import Effect, risk_rules
from api.tax import model as tax
from api.tax.assess import assess
from api.tax.assessment import Assessment
from api.tax.document import assessment_bytes
from api.tax.errors import OfficeDataMissingError, TaxError
from api.tax.office import TaxOffice
from chain.observability.events import log_event
from contracts.clearance.declaration import Declaration, DeclarationNumber, require_declaration
from node.clearance.assessor import CaseFile, Decided, Drawing, Intake
from node.clearance.errors import RegistrationRefusedError
from node.organisation import OrganisationNode

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
        self._experience = Experience(node, model)
        self._facts = FactFinder(node, self._customs_value)

    def take_in(self, declaration_no: str, content: str, amendment: int, now: int) -> Intake:
        """Return rank, features and the facts to wait for.

        Raises:
            RegistrationRefusedError: Customs procedures are stopped for the taxpayer.
            ProfileError: The office's profile cannot be used.
        """
        declaration = require_declaration(json.loads(content))
        at = datetime.fromtimestamp(now, UTC)
        profile = self._profile.read()
        standing = stopped(self._node, declaration, declaration_no, at)
        if standing == "stopped":
            rules = risk_rules(evaluation_day(at))
            named = rules.outcomes(least_facts(declaration, standing), {}, 1, 1)
            outcome = next(each for each in named if each.effect is Effect.REFUSE)
            raise RegistrationRefusedError(outcome.rule, outcome.vi, outcome.en)
        evaluated, day = evaluation(self._node, declaration, profile, at), evaluation_day(at)
        features = self._experience.features(declaration, declaration_no, day, amendment)
        found = {"features": features, "level": evaluated.level}
        return Intake(evaluated.rank, needs(declaration, profile, day, now), found)

    def assess(self, case: CaseFile) -> Mapping[str, Any] | None:
        """Return what is due by the office's tariff; None where an officer must assess."""
        found = self._assessed(case)
        return None if found is None else json.loads(assessment_bytes(found))

    def _assessed(self, case: CaseFile) -> Assessment | None:
        declaration = require_declaration(json.loads(case.content))
        try:
            tariff, rates = self._taxes.data()
            return assess(_taxed(declaration, case, self._profile.read()), tariff, rates)
        except (TaxError, OfficeDataMissingError) as error:
            log_event(
                logger,
                logging.WARNING,
                "declaration not assessed",
                declaration=case.declaration_no,
                reason=str(error),
            )
            return None

    def _customs_value(self, case: CaseFile) -> Decimal | None:
        found = self._assessed(case)
        if found is None:
            return None
        return sum((line.value.customs_value for line in found.lines), Decimal(0))

    def decide(self, case: CaseFile, drawing: Drawing, now: int) -> Decided:
        """Return the channel with its document."""
        declaration = require_declaration(json.loads(case.content))
        at = datetime.fromtimestamp(now, UTC)
        features: dict[str, str] = dict(case.found["features"])
        score = self._score(features)
        facts = self._facts.find(declaration, case, self._profile.read(), at)
        with self._lock:
            rules = risk_rules(evaluation_day(at))
            thresholds = self._experience.scores(case.office).thresholds(at, rules.capacity)
            decided = decide(
                Case(
                    declaration_no=case.declaration_no,
                    amendment=case.amendment,
                    declaration=bytes.fromhex(case.digest[2:]),
                    decided_at=at,
                    facts=facts,
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
                self._experience.record(case.office, score.ppm, at)
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


def _taxed(declaration: Declaration, case: CaseFile, profile: Profile) -> tax.Declaration:
    number = str(DeclarationNumber(case.declaration_no, case.amendment))
    states = {each.reference_no: tax.CertificateState.VALID for each in declaration.certificates}
    lines = {
        line.number: LineFacts(vat_reduced=not line.hs.startswith(profile.vat_full))
        for line in declaration.lines
    }
    context = TaxContext(datetime.fromtimestamp(case.registered_at, UTC), states, lines)
    return tax_declaration(replace(declaration, declaration_no=number), context)
