"""Evidence: the file stays with whoever made it, its hash is linked to the declaration."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from clients.sdk.clearance.desk import LIFETIME_SECONDS, Desk, Stated, ascii_code
from clients.sdk.keystore import SigningKey
from contracts.clearance.readings import check_reading
from contracts.clearance.records import EvidenceKind, EvidenceLink


@dataclass(frozen=True, slots=True)
class Taken:
    """How a piece of evidence was made.

    Attributes:
        kind: What made it.
        container: Number of the container, ASCII.
        device: Identifier of the device, ASCII.
        operator: Who operated it: kept at customs' door; the ledger sees a salted hash.
        at: When, in seconds; None for now.
        reading: What it read, for rules: of a scanner `image` (`clear`, `unreadable` or
            `anomaly`), of a scale `gross_kg` and `tare_kg`.
    """

    kind: EvidenceKind
    container: str
    device: str
    operator: str
    at: int | None = None
    reading: Mapping[str, str] | None = None


def link_evidence(desk: Desk, name: str, file: bytes, taken: Taken, key: SigningKey) -> Stated:
    """Link a file to a declaration and a container.

    Args:
        desk: At customs' door.
        name: The declaration's number or identifier.
        file: The image, weight ticket or laboratory sheet.
        taken: How it was made.
        key: Key of customs, a port or an agency of the country.

    Raises:
        InputError: A code has another form.
        RecordFormatError: The reading is none of this kind of device.
    """
    if taken.reading is not None:
        check_reading(taken.kind, taken.reading)
    content = hashlib.sha256(file).digest()
    container, device = ascii_code(taken.container), ascii_code(taken.device)
    now = desk.now()
    words: dict[str, object] = {
        "content": "0x" + content.hex(),
        "container": taken.container,
        "device": taken.device,
        "kind": taken.kind.name.lower(),
        "operator": taken.operator,
    }
    if taken.reading is not None:
        words["reading"] = dict(taken.reading)
    kept = desk.keep(name, "evidence", words)
    at = now if taken.at is None else taken.at
    expires = now + LIFETIME_SECONDS
    record = EvidenceLink(
        kept.declaration, taken.kind, container, content, device, kept.content, at, expires
    )
    return desk.hand_over(record, key, content)
