"""What a device read, as papers of evidence say it: an image, weights; pure."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from contracts.clearance.records import EvidenceKind
from contracts.errors import RecordFormatError

IMAGE: Final = "image"
GROSS: Final = "gross_kg"
TARE: Final = "tare_kg"
IMAGES: Final = ("clear", "unreadable", "anomaly")
"""What an image shows, the gravest last."""
_KILOGRAMS: Final = re.compile(r"(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,3})?")
_MEMBERS: Final = {
    EvidenceKind.SCANNER: frozenset({IMAGE}),
    EvidenceKind.SCALE: frozenset({GROSS, TARE}),
}


def check_reading(kind: EvidenceKind, reading: Mapping[str, str]) -> None:
    """Refuse a reading that its device does not give.

    Args:
        kind: What made it.
        reading: For a scanner `image`; for a scale `gross_kg` and `tare_kg`, of vehicle and
            container empty, decimal numbers of kilograms with at most three places.

    Raises:
        RecordFormatError: A member is missing, unknown or not of its form.
    """
    wanted = _MEMBERS.get(kind, frozenset())
    if frozenset(reading) != wanted:
        remedy = f"give {', '.join(sorted(wanted))}" if wanted else "leave it out"
        raise RecordFormatError("reading", f"is none of a {kind.name.lower()}", remedy)
    if kind is EvidenceKind.SCANNER and reading[IMAGE] not in IMAGES:
        raise RecordFormatError("reading.image", "is unknown", f"give one of {', '.join(IMAGES)}")
    if kind is EvidenceKind.SCALE:
        for name in (GROSS, TARE):
            if _KILOGRAMS.fullmatch(reading[name]) is None:
                remedy = "give kilograms as a string, such as 24180.5"
                raise RecordFormatError(f"reading.{name}", "is no weight", remedy)
        if Decimal(reading[GROSS]) < Decimal(reading[TARE]):
            raise RecordFormatError("reading.gross_kg", "is below the tare", "weigh again")
