"""What a machine needs to run an organisation, and how to get what is missing."""

import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chain.engine.cometbft.binary import HOW_TO_GET, check_version, find_cometbft
from chain.errors import EngineProgramError

LEAST_PYTHON: Final = (3, 11)
FIRST_TOO_NEW_PYTHON: Final = (3, 14)
LEAST_FREE_BYTES: Final = 5_000_000_000
"""Some 500,000 transactions of engine and ledger."""

LEAST_FILES: Final = 1_024
"""RocksDB and the engine keep hundreds of files open, and each connection is one."""

_TIMEOUT_SECONDS: Final = 2.0


class Finding(StrEnum):
    """What a check found."""

    GOOD = "good"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        finding: How it stands; only MISSING keeps a network from running.
        text: What was found, and what to do.
    """

    name: str
    finding: Finding
    text: str


def examine(
    folder: Path, environment: Mapping[str, str], addresses: Sequence[str] = ()
) -> list[Check]:
    """Look at everything that a network on this machine needs.

    Args:
        folder: Where the network lives or shall live.
        environment: Usually `os.environ`.
        addresses: Where its processes shall listen, as host:port.
    """
    checks = [_python(), _engine(environment), _go(environment), _disk(folder), _files()]
    if addresses:
        checks.append(_ports(addresses))
    checks += _optional(environment)
    return checks


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if LEAST_PYTHON <= sys.version_info[:2] < FIRST_TOO_NEW_PYTHON:
        return Check("python", Finding.GOOD, version)
    return Check("python", Finding.MISSING, f"{version}: install Python 3.11, 3.12 or 3.13")


def _engine(environment: Mapping[str, str]) -> Check:
    try:
        program = find_cometbft(environment)
        return Check("cometbft", Finding.GOOD, f"{check_version(program)} at {program}")
    except EngineProgramError as error:
        return Check("cometbft", Finding.MISSING, str(error))


def _go(environment: Mapping[str, str]) -> Check:
    program = shutil.which("go", path=environment.get("PATH", os.defpath))
    if program is None:
        text = "not installed; only needed to build cometbft: https://go.dev/dl/ (1.24 or later)"
        return Check("go", Finding.NOTE, text)
    found = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    return Check("go", Finding.GOOD, found.stdout.strip() or HOW_TO_GET)


def _disk(folder: Path) -> Check:
    place = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free at {place}"
    if free < LEAST_FREE_BYTES:
        return Check("disk", Finding.MISSING, f"{text}: make room for at least 5 GB")
    return Check("disk", Finding.GOOD, text)


def _files() -> Check:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < LEAST_FILES:
        text = f"{soft} open files allowed (hard limit {hard}): run ulimit -n {LEAST_FILES}"
        return Check("open files", Finding.MISSING, text)
    return Check("open files", Finding.GOOD, str(soft))


def _ports(addresses: Sequence[str]) -> Check:
    taken = {address: reason for address in addresses if (reason := _why_taken(address))}
    if not taken:
        return Check("ports", Finding.GOOD, f"{len(addresses)} free")
    text = ", ".join(f"{address} ({reason})" for address, reason in taken.items())
    advice = "stop what listens there, or change [network] in organisation.toml"
    return Check("ports", Finding.MISSING, f"{text}: {advice}")


def _why_taken(address: str) -> str | None:
    host, _, port = address.rpartition(":")
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
    except OSError as error:
        return error.strerror or str(error)
    return None


def _optional(environment: Mapping[str, str]) -> Iterator[Check]:
    for name, variable, port in (
        ("postgresql", "TRADESEAL_POSTGRESQL", 5_432),
        ("kubo", "TRADESEAL_KUBO", 5_001),
    ):
        url = environment.get(variable)
        if url is None:
            text = f"not asked for ({variable} names none)"
            yield Check(name, Finding.NOTE, text)
            continue
        parts = urlsplit(url)
        try:
            address = (parts.hostname or "127.0.0.1", parts.port or port)
            with socket.create_connection(address, _TIMEOUT_SECONDS):
                yield Check(name, Finding.GOOD, f"{address[0]}:{address[1]} answers")
        except (OSError, ValueError) as error:
            yield Check(name, Finding.MISSING, f"{variable} names {parts.hostname}: {error}")
