"""A model that was approved: loaded whole or refused, and the scores it gives."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from api.risk.model.booster import Booster, Row
from api.risk.model.errors import ModelRefusedError
from api.risk.model.manifest import FILES, MANIFEST, Manifest, parse_manifest, require_files
from api.risk.model.snapshot import restore
from api.risk.model.state import FeatureState

DEFAULT_FOLDER: Final = Path(__file__).parent.parent / "models" / "default"
_FILE_LIMIT: Final = 64 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to the log-odds of fraud.

    Attributes:
        feature: Its name.
        ppm: Millionths of log-odds; above zero it raises the risk.
    """

    feature: str
    ppm: int


@dataclass(frozen=True, slots=True)
class Score:
    """The risk of one declaration.

    Attributes:
        ppm: Calibrated probability of fraud in parts per million, 1..999,999.
        contributions: Exact contributions by feature, the largest first; empty if not asked for.
        margin: Log-odds before calibration, in millionths.
        base: What an average row has, in millionths; with the contributions it sums to `margin`.
    """

    ppm: int
    contributions: tuple[Contribution, ...]
    margin: int
    base: int


class Model:
    """Trees, calibration, history and card of one approved version.

    Args:
        manifest: What it consists of.
        files: Its files, which match the manifest.
    """

    def __init__(self, manifest: Manifest, files: Mapping[str, bytes]) -> None:
        self.manifest = manifest
        self._files = files

    @classmethod
    def load(cls, source: Path | bytes, *, expected: bytes | None = None) -> "Model":
        """Return a model, or refuse it if one byte differs.

        Args:
            source: Its folder, or `packed` bytes of one.
            expected: The hash that was approved, if the caller knows it.

        Raises:
            ModelRefusedError: A file is missing, differs from the manifest, or the manifest from
                its own or the expected hash.
        """
        files = _unpacked(source) if isinstance(source, bytes) else _read(source)
        if MANIFEST not in files:
            raise ModelRefusedError(MANIFEST, "is missing")
        manifest = parse_manifest(files[MANIFEST])
        if expected is not None and manifest.hash != expected:
            text = f"hashes to {manifest.hash.hex()}, approved is {expected.hex()}"
            raise ModelRefusedError(MANIFEST, text)
        require_files(manifest, files)
        return cls(manifest, files)

    @property
    def name(self) -> str:
        """Its name."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """Its version."""
        return self.manifest.version

    @property
    def hash(self) -> bytes:
        """What fixes every byte of it."""
        return self.manifest.hash

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a row must have."""
        return self.manifest.encoding.features

    @property
    def card(self) -> Mapping[str, Any]:
        """Its model card."""
        found: Mapping[str, Any] = json.loads(self._files["card.json"])
        return found

    @property
    def card_text(self) -> str:
        """Its model card as Markdown."""
        return self._files["card.md"].decode()

    def state(self) -> FeatureState:
        """Return a fresh copy of the history as it was when training ended."""
        return restore(self._files["state.bin"])

    def score(self, rows: Sequence[Row], *, reasons: bool = True) -> list[Score]:
        """Score rows of features; the same rows give the same scores, bit for bit.

        Args:
            rows: Features by name, as `FeatureState.features` gives them or a decision kept them.
            reasons: Whether to compute contributions, which takes most of the time.

        Raises:
            FeatureError: A row lacks a feature, or it is no number.
            ModelUnavailableError: LightGBM is not installed.
        """
        if not rows:
            return []
        calibration = self.manifest.calibration
        if not reasons:
            return [Score(calibration.ppm(one), (), one, 0) for one in self._booster.margins(rows)]
        return [
            Score(calibration.ppm(margin), self._ordered(parts), margin, parts[-1])
            for margin, parts in self._booster.explained(rows)
        ]

    def packed(self) -> bytes:
        """Return the model as one file: a ZIP archive, the same bytes each time."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name in (MANIFEST, *FILES):
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), self._files[name])
        return out.getvalue()

    @cached_property
    def _booster(self) -> Booster:
        return Booster(self._files["booster.txt"].decode(), self.manifest.encoding)

    def _ordered(self, parts: Sequence[int]) -> tuple[Contribution, ...]:
        found = [Contribution(*one) for one in zip(self.features, parts[:-1], strict=True)]
        return tuple(sorted(found, key=lambda one: (-abs(one.ppm), one.feature)))


@cache
def default_model() -> Model:
    """Return the small model that comes with the package.

    Raises:
        ModelRefusedError: Its files were changed.
    """
    return Model.load(DEFAULT_FOLDER)


def save(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> Model:
    """Write a model's folder, the manifest last, and return the model as it was read back."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (folder / name).write_bytes(files[name])
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    return Model.load(folder, expected=manifest.hash)


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return SHA-256 in hexadecimal by file."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in FILES}


def _read(folder: Path) -> dict[str, bytes]:
    found = {}
    for name in (MANIFEST, *FILES):
        path = folder / name
        try:
            if path.stat().st_size > _FILE_LIMIT:
                raise ModelRefusedError(str(path), f"is larger than {_FILE_LIMIT} bytes")
            found[name] = path.read_bytes()
        except OSError as fault:
            raise ModelRefusedError(str(path), f"cannot be read ({fault.strerror})") from fault
    return found


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if any(one.file_size > _FILE_LIMIT for one in entries):
                raise ModelRefusedError("the archive", f"has a file above {_FILE_LIMIT} bytes")
            return {one.filename: archive.read(one) for one in entries}
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as fault:
        raise ModelRefusedError("the archive", f"cannot be read ({fault})") from fault
