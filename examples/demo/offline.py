"""Run `tradeseal verify` as anyone would, without a network; and tamper with bundles."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from contracts.bundles.json_text import write_canonical

_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class Verification:
    """What `tradeseal verify --json` said."""

    code: int
    verdict: str
    reason: str
    steps: tuple[str, ...]


def verify(bundle: Path, trust: Path, *options: str) -> Verification:
    """Verify a bundle in a process of its own, where the kernel allows it without a network."""
    command = [str(Path(sys.executable).parent / "tradeseal"), "verify", str(bundle)]
    done = subprocess.run(
        [*_without_network(), *command, "--trust", str(trust), "--json", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return Verification(
        done.returncode,
        report["verdict"],
        "; ".join(report["reasons"]),
        tuple(
            f"{step['name']}: {_short(step['established'])}"
            for step in report["steps"]
            if step["verdict"] == "valid"
        ),
    )


def _short(established: list[str]) -> str:
    if len(established) <= _SHOWN:
        return "; ".join(established)
    return f"{established[0]}; and {len(established) - 1} more"


@cache
def _without_network() -> tuple[str, ...]:
    """Return a prefix that runs a command in a network namespace of its own, if there is one."""
    unshare = shutil.which("unshare")
    prefix = ("unshare", "--net", "--map-root-user")
    if unshare is None or subprocess.run([*prefix, "true"], capture_output=True).returncode:  # noqa: PLW1510
        return ()
    return prefix


def tamper_with_one_byte(bundle: Path, target: Path) -> Path:
    """Write a copy in which one character of what the issuer signed differs."""
    content = bytearray(bundle.read_bytes())
    at = content.index(b'"consignment":"0x') + 20
    content[at] = ord("1") if content[at] == ord("0") else ord("0")
    target.write_bytes(bytes(content))
    return target


def remove_event(bundle: Path, target: Path) -> Path:
    """Write a copy that leaves out the second record of the history."""
    document = json.loads(bundle.read_bytes())
    del document["records"][1]
    target.write_bytes(write_canonical(document))
    return target
