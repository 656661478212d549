"""`tradeseal verify` and `tradeseal renew-trust`: check bundles with the network off."""

import json
import re
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chain.proofs.constants import NANOSECONDS, TimeNs
from chain.proofs.errors import ProofError
from clients.auditor.errors import BrokenLinkError, UndeterminedError, UnusableError
from clients.auditor.renewal import renew_trust
from clients.auditor.report import Report, Verdict
from clients.auditor.seal import Question
from clients.auditor.verifier import verify_bundle
from contracts.bundles import Trust
from contracts.bundles.bundle import MAX_BUNDLE_BYTES
from contracts.bundles.errors import BundleError
from contracts.bundles.members import parse_time, write_time
from contracts.bundles.trust import MAX_TRUST_BYTES

EXIT_CODES: Final = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.UNDETERMINED: 2}
EXIT_UNUSABLE: Final = 64
"""Unusable input, as EX_USAGE of sysexits.h."""

_DURATION: Final = re.compile(r"([0-9]{1,9})([smhd])")
_LONG_HEX: Final = re.compile(r"(0x[0-9a-f]{8})[0-9a-f]{24,}([0-9a-f]{4})")
_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_COLOURS: Final = {
    Verdict.VALID: "green",
    Verdict.INVALID: "red",
    Verdict.UNDETERMINED: "yellow",
    Verdict.SKIPPED: "dim",
}


def verify(
    file: Annotated[Path, typer.Argument(help="The bundle, a file of tradeseal-bundle/1.")],
    trust: Annotated[Path, typer.Option(help="The trust file, tradeseal-trust/1.")],
    at: Annotated[str, typer.Option(help="Time to judge at: RFC 3339 in UTC, or 'now'.")] = "now",
    max_age: Annotated[
        str, typer.Option(help="How much older than that the seal may be: 30s, 15m, 24h, 7d.")
    ] = "24h",
    as_json: Annotated[bool, typer.Option("--json", help="Print every step as JSON.")] = False,
) -> None:
    """Verify a proof bundle offline, against a trust file alone.

    Exit codes: 0 valid; 1 invalid, and which link broke; 2 undetermined, and
    what is missing or in doubt; 64 unusable input. A certificate that is
    proved to be cancelled or expired is invalid at that time.
    """
    try:
        report = verify_bundle(
            _read(file, MAX_BUNDLE_BYTES),
            Trust.parse(_read(trust, MAX_TRUST_BYTES)),
            _question(at, max_age),
        )
    except (UnusableError, BundleError) as exc:
        _print_unusable(str(exc), as_json)
        raise typer.Exit(EXIT_UNUSABLE) from exc
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print_report(report, Console(highlight=False))
    raise typer.Exit(EXIT_CODES[report.verdict])


def renew(
    file: Annotated[Path, typer.Argument(help="Any recent bundle of the network.")],
    trust: Annotated[Path, typer.Option(help="The trust file to renew, still within its period.")],
    output: Annotated[Path, typer.Option(help="Where to write the renewed trust file.")],
) -> None:
    """Move the checkpoint of a trust file to the seal of a bundle.

    Exit codes: 0 renewed; 1 the seal is not the trusted network's; 2 the trust
    file does not lead to it; 64 unusable input.
    """
    try:
        renewed = renew_trust(
            _read(file, MAX_BUNDLE_BYTES),
            Trust.parse(_read(trust, MAX_TRUST_BYTES)),
            _question("now", "0s"),
        )
        _write(output, renewed.to_bytes())
    except (UnusableError, BundleError) as exc:
        _print_unusable(str(exc), as_json=False)
        raise typer.Exit(EXIT_UNUSABLE) from exc
    except UndeterminedError as exc:
        _print_unusable(str(exc), as_json=False)
        raise typer.Exit(EXIT_CODES[Verdict.UNDETERMINED]) from exc
    except (BrokenLinkError, ProofError) as exc:
        _print_unusable(str(exc), as_json=False)
        raise typer.Exit(EXIT_CODES[Verdict.INVALID]) from exc
    checkpoint = renewed.checkpoint
    typer.echo(f"checkpoint at height {checkpoint.height}, {write_time(checkpoint.time)}")


def print_report(report: Report, console: Console) -> None:
    """Print a report for people: every step, then the answer and its reasons."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    table.add_column()
    table.add_column(overflow="fold")
    for step in report.steps:
        colour = _COLOURS[step.verdict]
        known = tuple(_LONG_HEX.sub(r"\1…\2", line) for line in step.established)
        lines = "\n".join(escape(line) for line in known + step.findings)
        table.add_row(str(step.number), step.name, f"[{colour}]{step.verdict}[/]", lines)
    console.print(f"[bold]{report.domain} 0x{report.object_id.hex()}[/]")
    console.print(table)
    colour = _COLOURS[report.verdict]
    console.print(f"[bold {colour}]{report.verdict.upper()}[/] {_as_of(report)}")
    for reason in report.reasons:
        console.print(f"  {escape(reason)}")


def parse_duration(text: str) -> int:
    """Return a duration such as 30s, 15m, 24h or 7d in nanoseconds.

    Raises:
        UnusableError: It has another form.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UnusableError(f"--max-age {text[:40]!r} is no duration; write 30s, 15m, 24h or 7d")
    return int(match[1]) * _UNIT_SECONDS[match[2]] * NANOSECONDS


def _as_of(report: Report) -> str:
    """Say which block and time the answer is about."""
    if report.sealed_at is None:
        return f"at {write_time(report.at)}"
    sealed = report.sealed_at
    return (
        f"at {write_time(report.at)}, by block {sealed.block} "
        f"sealed {write_time(sealed.time)} at height {sealed.height}"
    )


def _question(at: str, max_age: str) -> Question:
    now = TimeNs(time.time_ns())
    try:
        moment = TimeNs(now - now % NANOSECONDS) if at == "now" else parse_time(at)
    except ValueError as exc:
        raise UnusableError(f"--at {at[:40]!r} is no time; {exc}") from exc
    return Question(moment, parse_duration(max_age), now)


def _read(path: Path, limit: int) -> bytes:
    """Read a file, at most one byte more than may be used."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as exc:
        raise UnusableError(f"{path}: {exc.strerror}; name a file that can be read") from exc


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    aside = path.with_name(path.name + ".new")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    except OSError as exc:
        raise UnusableError(f"{path}: {exc.strerror}; name a place to write to") from exc


def _print_unusable(reason: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"error": reason}, ensure_ascii=False))
    else:
        typer.echo(f"tradeseal: {reason}", err=True)
