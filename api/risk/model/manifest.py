"""What a model consists of, and the hash that stands for all of it; pure.

The manifest is canonical JSON (RFC 8785). It holds the SHA-256 of each file, and under `hash` its
own: SHA-256 of the canonical manifest without that member. So one hash, which decisions record and
an approval names, fixes every byte of the model.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import rfc8785

from api.risk.model.booster import Encoding
from api.risk.model.calibration import Calibration
from api.risk.model.catalogue import FEATURES
from api.risk.model.errors import ModelRefusedError

FORMAT: Final = "tradeseal-risk-model/1"
MANIFEST: Final = "manifest.json"
FILES: Final = ("booster.txt", "card.json", "card.md", "state.bin")
_HASH: Final = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The parts of a model.

    Attributes:
        name: Of the model.
        version: Of the model; a name and version stand for one hash.
        trained_from: First day of the rows it was trained on.
        trained_to: Last day of them.
        encoding: Features of the trees.
        calibration: From log-odds to probability.
        library: Name and version of what trained it.
        recipe: Parameters it was trained with.
        data: Name, rows and SHA-256 of each table it was trained on.
        licence: Terms of model and data.
        files: SHA-256 in hexadecimal by file.
    """

    name: str
    version: str
    trained_from: date
    trained_to: date
    encoding: Encoding
    calibration: Calibration
    library: str
    recipe: Mapping[str, Any]
    data: Sequence[Mapping[str, Any]]
    licence: str
    files: Mapping[str, str]

    def members(self) -> dict[str, Any]:
        """Return the members without the hash."""
        return {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "trained_from": self.trained_from.isoformat(),
            "trained_to": self.trained_to.isoformat(),
            "features": list(self.encoding.features),
            "categories": {name: list(of) for name, of in self.encoding.categories.items()},
            "calibration": [list(point) for point in self.calibration.points],
            "library": self.library,
            "recipe": dict(self.recipe),
            "data": [dict(one) for one in self.data],
            "licence": self.licence,
            "files": dict(self.files),
        }

    @property
    def hash(self) -> bytes:
        """SHA-256 of the canonical manifest without its hash."""
        return hashlib.sha256(rfc8785.dumps(self.members())).digest()

    def to_bytes(self) -> bytes:
        """Return the canonical manifest, one line."""
        return rfc8785.dumps({**self.members(), _HASH: self.hash.hex()}) + b"\n"


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest in its one canonical form.

    Raises:
        ModelRefusedError: It is no manifest, of another format, not canonical, or does not match
            its own hash.
    """
    try:
        value = json.loads(data)
        declared = value.pop(_HASH)
        manifest = _read(value)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise ModelRefusedError(MANIFEST, "is no manifest of this format") from fault
    if declared != manifest.hash.hex() or manifest.to_bytes() != data:
        raise ModelRefusedError(MANIFEST, f"hashes to {manifest.hash.hex()}, it says {declared}")
    unknown = [name for name in manifest.encoding.features if name not in FEATURES]
    if unknown:
        raise ModelRefusedError(MANIFEST, f"needs unknown features {', '.join(unknown)}")
    return manifest


def require_files(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Require that each file hashes to what the manifest says.

    Raises:
        ModelRefusedError: A file is missing, not named, or differs.
    """
    if set(manifest.files) != set(FILES):
        raise ModelRefusedError(MANIFEST, f"must name the files {', '.join(FILES)}")
    for name, expected in sorted(manifest.files.items()):
        if name not in files:
            raise ModelRefusedError(name, "is missing")
        actual = hashlib.sha256(files[name]).hexdigest()
        if actual != expected:
            raise ModelRefusedError(name, f"hashes to {actual}, the manifest says {expected}")


def _read(value: Mapping[str, Any]) -> Manifest:
    if value["format"] != FORMAT:
        raise ValueError(value["format"])
    return Manifest(
        name=value["name"],
        version=value["version"],
        trained_from=date.fromisoformat(value["trained_from"]),
        trained_to=date.fromisoformat(value["trained_to"]),
        encoding=Encoding(
            tuple(value["features"]),
            {name: tuple(of) for name, of in value["categories"].items()},
        ),
        calibration=Calibration(tuple((low, high) for low, high in value["calibration"])),
        library=value["library"],
        recipe=value["recipe"],
        data=value["data"],
        licence=value["licence"],
        files=value["files"],
    )
