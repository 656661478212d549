"""`make demo`: found a network, tell the story, leave a folder to go on with.

    python -m examples.demo [--form FILE] [--folder FOLDER]

With a Form D of your own (`--form`), dates are taken as they stand; the example's are moved to
yesterday.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from contracts.errors import FormError
from contracts.origin.certificate import CertificateForm, parse_certificate
from examples.demo.network import DemoNetwork
from examples.demo.play import Play
from examples.demo.stage import Stage, SurprisedError
from examples.demo.story import tell, today, yesterday

EXAMPLE: Final = Path(__file__).parent.parent / "form_d.json"
EXIT_USAGE: Final = 64


def main() -> int:
    """Run the demonstration; return the process's exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--form", type=Path, help="a Form D as JSON, such as examples/form_d.json")
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="replaced if it exists")
    given = parser.parse_args()
    try:
        form = load_form(given.form)
    except (OSError, ValueError, FormError) as error:
        print(f"{given.form}: {error}", file=sys.stderr)
        return EXIT_USAGE
    if not clear(given.folder):
        print(f"{given.folder} is no demonstration's folder: give another", file=sys.stderr)
        return EXIT_USAGE
    return play(form, given.folder)


def load_form(path: Path | None) -> CertificateForm:
    """Read the user's Form D, or the example with its dates moved to yesterday."""
    form = parse_certificate(json.loads((path or EXAMPLE).read_text()))
    return form if path else today(form, yesterday())


def clear(folder: Path) -> bool:
    """Remove what an earlier demonstration left; False where the folder is something else."""
    if folder.exists():
        if not (folder / "password").exists():
            return False
        shutil.rmtree(folder)
    return True


def play(form: CertificateForm, folder: Path) -> int:
    """Tell the story and say how to go on."""
    console, started = Console(), time.monotonic()
    stage = Stage(console)
    stage.scene("Four authorities, an enterprise, a bank and a port found a network")
    with DemoNetwork(folder) as network:
        for member in network.parties:
            stage.done(f"{member.title} ({member.name})")
        stage.done(f"their trust file: {folder}/trust.json")
        try:
            tell(Play(stage, network, form))
        except SurprisedError as surprise:
            console.print(f"\n[red]{surprise}[/red]")
            return 1
    console.print(f"\n[bold]Done in {time.monotonic() - started:.1f} s.[/bold] Try next:\n")
    for line in next_commands(folder):
        stage.plain(line)
    return 0


def next_commands(folder: Path) -> list[str]:
    """Return commands that go on from here."""
    tool = os.path.relpath(Path(sys.executable).parent / "tradeseal")
    return [
        f"  {tool} verify {folder}/certificate.json --trust {folder}/trust.json",
        f"  {tool} verify {folder}/one-event-removed.json --trust {folder}/trust.json",
        "  make demo DEMO='--form your-form-d.json'",
        "",
        "  export TRADESEAL_PASSWORD_FILE=" + f"{folder}/password",
        f"  make serve                      # the ledger of {folder}/ on http://127.0.0.1:8545",
        f"  {tool} node serve {folder}/customs-id     # in a second terminal: its API",
    ]


if __name__ == "__main__":
    sys.exit(main())
