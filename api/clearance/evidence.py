"""What scanners and scales found, as far as the ledger has their evidence."""

import json
import logging
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import select

from api.risk.rules.facts import Json
from chain.observability.events import log_event
from contracts.clearance.declaration import Declaration
from contracts.clearance.readings import GROSS, IMAGE, IMAGES, TARE, check_reading
from contracts.clearance.records import EvidenceKind
from contracts.errors import RecordFormatError
from node.clearance.tables import ClearanceMarkRow
from node.organisation import OrganisationNode

_PAPER: Final = "evidence"

logger = logging.getLogger(__name__)


class Reading(NamedTuple):
    """What a device read of a container."""

    kind: EvidenceKind
    container: str
    found: Mapping[str, str]


def evidence_facts(
    node: OrganisationNode, declaration: Declaration, number: str
) -> dict[str, Json]:
    """Return what scanner and weighbridge found of a declaration.

    Papers count that a record on the ledger commits to. The gravest image speaks for the whole
    consignment. Weights count once each container that is declared was weighed, the latest
    weighing of each; without containers all that was weighed counts.

    Args:
        node: Customs' node.
        declaration: As it reads.
        number: Without the amendment count.
    """
    readings = list(_readings(node, number))
    facts: dict[str, Json] = {}
    images = [each.found[IMAGE] for each in readings if each.kind is EvidenceKind.SCANNER]
    if images:
        facts["scanner"] = max(images, key=IMAGES.index)
    weighed = {each.container: each.found for each in readings if each.kind is EvidenceKind.SCALE}
    if weighed and {each.number for each in declaration.containers} <= weighed.keys():
        for fact, name in (("weighed_kg", GROSS), ("tare_kg", TARE)):
            total = sum((Decimal(each[name]) for each in weighed.values()), Decimal(0))
            facts[fact] = format(total.normalize(), "f")
    return facts


def _readings(node: OrganisationNode, number: str) -> Iterator[Reading]:
    papers = {
        paper.digest: json.loads(paper.content)
        for paper in node.clearance.files.papers(number)
        if paper.kind == _PAPER
    }
    if not papers:
        return
    file = node.clearance.files.find(number)
    query = select(ClearanceMarkRow.detail).where(
        ClearanceMarkRow.object_id == file.object_id, ClearanceMarkRow.event == "EvidenceLinked"
    )
    with node.reading() as session:
        linked = [json.loads(each) for each in session.scalars(query.order_by("place"))]
    for each in linked:
        paper = papers.get(each["operator"], {})
        reading = paper.get("reading")
        kind = EvidenceKind(each["kind"])
        if reading is None or kind not in {EvidenceKind.SCANNER, EvidenceKind.SCALE}:
            continue
        try:
            check_reading(kind, reading)
        except (RecordFormatError, TypeError, AttributeError) as error:
            log_event(
                logger, logging.WARNING, "reading ignored", declaration=number, reason=str(error)
            )
        else:
            yield Reading(kind, str(paper.get("container", "")), reading)
