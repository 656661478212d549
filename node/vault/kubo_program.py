"""Where the `ipfs` program is, and whether it is a version this vault was tried with."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from node.vault.errors import KuboProgramError

VARIABLE: Final = "TRADESEAL_IPFS"
LEAST: Final = (0, 42, 0)
_HOW_TO_GET: Final = f"build it with `make kubo`, or set {VARIABLE} to its path"
_VERSION: Final = re.compile(r"ipfs version (\d+)\.(\d+)\.(\d+)(?:-\S+)?")
_SECONDS: Final = 20


def find_kubo(environment: Mapping[str, str]) -> Path:
    """Return the path of the program, checked to be of a usable version.

    Looked for where `TRADESEAL_IPFS` says, else on the PATH, else in a folder `bin` beside the
    virtual environment or the project.

    Raises:
        KuboProgramError: It is not there, does not run, or is too old.
    """
    for path in _candidates(environment):
        if path.is_file() and os.access(path, os.X_OK):
            _check_version(path)
            return path.absolute()
    raise KuboProgramError("ipfs", f"not found: {_HOW_TO_GET}")


def _check_version(program: Path) -> None:
    try:
        answer = subprocess.run(
            [str(program), "version"], capture_output=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        problem = f"it does not run ({error}): {_HOW_TO_GET}"
        raise KuboProgramError(str(program), problem) from error
    text = answer.stdout.decode(errors="replace").strip()
    found = _VERSION.fullmatch(text)
    if found is None or tuple(int(part) for part in found.groups()) < LEAST:
        wanted = ".".join(str(part) for part in LEAST)
        raise KuboProgramError(str(program), f"it is {text!r}, Kubo {wanted} is needed")


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if given := environment.get(VARIABLE):
        yield Path(given)
        return
    if on_path := shutil.which("ipfs", path=environment.get("PATH", os.defpath)):
        yield Path(on_path)
    yield Path(sys.executable).with_name("ipfs")
    yield Path(sys.prefix).parent / "bin" / "ipfs"
    yield Path(__file__).parents[2] / "bin" / "ipfs"
