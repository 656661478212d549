"""What an office learned from its declarations: features, results of inspections, scores."""

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import select

from api.clearance.goods import items_of
from api.risk.compliance import evaluation_day
from api.risk.decision import CaseError, OfficeScores
from api.risk.model import FeatureState, Model, RiskModelError
from chain.observability.events import log_event
from contracts.clearance.declaration import Declaration, require_declaration
from contracts.clearance.records import CheckKind, CheckOutcome
from node.clearance.tables import ClearanceMarkRow
from node.organisation import OrganisationNode

_PAGE: Final = 1_000
_KEPT_DAYS: Final = 400

logger = logging.getLogger(__name__)


class Experience:
    """Features as of a day and scores of each office; safe for several threads.

    An inspection that the ledger has is a result, with or without a finding. A declaration that
    nobody inspected has none, and a check of documents alone is none either.
    """

    def __init__(self, node: OrganisationNode, model: Model | None) -> None:
        """Begin with what was decided and inspected before.

        Args:
            node: Customs' node.
            model: Whose features are kept; None where no model is usable.
        """
        self._node = node
        self._model = model
        self._lock = threading.RLock()
        self._state = FeatureState() if model is None else model.state()
        self._scores: dict[str, OfficeScores] = {}
        self._learned = -1
        self._remember()

    def features(
        self, declaration: Declaration, number: str, day: date, amendment: int
    ) -> dict[str, str]:
        """Return the features of the riskiest line as of a day; remember the declaration.

        Args:
            declaration: As it reads.
            number: Without the amendment count.
            day: Of its registration or amendment.
            amendment: The amendment count; an amended declaration is remembered once.
        """
        if self._model is None:
            return {}
        with self._lock:
            self._learn()
            # A clock that went back: what was observed since is not forgotten again.
            items = items_of(declaration, number, max(day, self._state.reached or day))
            rows = [self._wanted(self._state.features(item)) for item in items]
            if not amendment:
                for item in items:
                    self._state.observe(item)
        return rows[self._riskiest(rows)]

    def scores(self, office: str) -> OfficeScores:
        """Return what an office scored; for one thread at a time."""
        return self._scores.setdefault(office, OfficeScores(_KEPT_DAYS))

    def record(self, office: str, ppm: int, at: datetime) -> None:
        """Remember a score; a clock that went back changes no threshold of a day that is over."""
        try:
            self.scores(office).record(ppm, at)
        except CaseError as error:
            log_event(
                logger, logging.WARNING, "score not counted", office=office, reason=str(error)
            )

    def _wanted(self, row: Mapping[str, str]) -> dict[str, str]:
        return {} if self._model is None else {name: row[name] for name in self._model.features}

    def _riskiest(self, rows: Sequence[Mapping[str, str]]) -> int:
        if self._model is None or len(rows) == 1:
            return 0
        try:
            scores = self._model.score(rows, reasons=False)
        except RiskModelError:
            return 0
        return max(range(len(rows)), key=lambda place: (scores[place].ppm, -place))

    def _learn(self) -> None:
        """Take the results of inspections that the ledger has since."""
        query = (
            select(ClearanceMarkRow)
            .where(ClearanceMarkRow.event == "CheckReported")
            .where(ClearanceMarkRow.block_number > self._learned)
            .order_by(ClearanceMarkRow.block_number, ClearanceMarkRow.object_id)
        )
        with self._node.reading() as session:
            found = list(session.scalars(query))
        for mark in found:
            self._learned = mark.block_number
            report = json.loads(mark.detail)
            if report["kind"] == CheckKind.INSPECTION:
                self._label(mark, report)

    def _label(self, mark: ClearanceMarkRow, report: Mapping[str, int]) -> None:
        known = self._node.clearance.files.of_object(mark.object_id, report["amendment"])
        if known is None:  # of another office of the country, whose node has it
            return
        day = evaluation_day(datetime.fromtimestamp(mark.block_time, UTC))
        registered = evaluation_day(datetime.fromtimestamp(known.received_at, UTC))
        declaration = require_declaration(json.loads(known.content))
        fraud = report["outcome"] == CheckOutcome.FINDING
        for item in items_of(declaration, known.declaration_no, registered):
            self._state.label(item, fraud=fraud, on=day)

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
            self.record(office, ppm, at)
        for received_at, number, text in sorted(declared):
            day = evaluation_day(datetime.fromtimestamp(received_at, UTC))
            for item in items_of(require_declaration(json.loads(text)), number, day):
                self._state.observe(item)
