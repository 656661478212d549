"""Where the `cometbft` program is, and whether it is the version this ledger was tried with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from chain.errors import EngineProgramError

VARIABLE: Final = "TRADESEAL_COMETBFT"
SERIES: Final = (0, 38)
LEAST_PATCH: Final = 26
HOW_TO_GET: Final = (
    "build it with `make cometbft` (or: cd chain/engine/cometbft/build && go build -trimpath "
    "-o ../../../../bin/cometbft github.com/cometbft/cometbft/cmd/cometbft), "
    f"or set {VARIABLE} to its path"
)
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(\+\S*)?")
_SECONDS: Final = 20


def find_cometbft(environment: Mapping[str, str]) -> Path:
    """Return the path of the program; it is not run.

    Looked for where `TRADESEAL_COMETBFT` says, else on the PATH, else in a folder `bin` beside
    the virtual environment or the project.

    Raises:
        EngineProgramError: It is not there; the text says how to get it.
    """
    if given := environment.get(VARIABLE):
        path = Path(given)
        if not _is_program(path):
            raise EngineProgramError(str(path), f"no such program ({VARIABLE} names it)")
        return path.absolute()
    for path in _candidates(environment):
        if _is_program(path):
            return path.absolute()
    raise EngineProgramError("cometbft", f"not found: {HOW_TO_GET}")


def check_version(program: Path) -> str:
    """Return the program's version when it is one that this ledger works with.

    Raises:
        EngineProgramError: It does not run, or is another version.
    """
    try:
        answer = subprocess.run(
            [str(program), "version"], capture_output=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as exc:
        raise EngineProgramError(str(program), f"it does not run ({exc}): {HOW_TO_GET}") from exc
    text = answer.stdout.decode(errors="replace").strip()
    found = _VERSION.fullmatch(text)
    wanted = f"{SERIES[0]}.{SERIES[1]}.{LEAST_PATCH} or a later {SERIES[0]}.{SERIES[1]}"
    if found is None:
        raise EngineProgramError(str(program), f"its version is {text!r}, {wanted} is needed")
    major, minor, patch = (int(part) for part in found.groups()[:3])
    if (major, minor) != SERIES or patch < LEAST_PATCH:
        raise EngineProgramError(str(program), f"it is {text}, {wanted} is needed: {HOW_TO_GET}")
    return text


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if on_path := shutil.which("cometbft", path=environment.get("PATH", os.defpath)):
        yield Path(on_path)
    yield Path(sys.executable).with_name("cometbft")
    yield Path(sys.prefix).parent / "bin" / "cometbft"
    yield Path(__file__).parents[3] / "bin" / "cometbft"


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
