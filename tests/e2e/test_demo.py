"""The demonstration runs to its end, and says what is wrong with a user's own certificate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.origin.drawdown import scaled_quantity
from examples.demo.story import thirds

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "examples.demo", *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=180,
    )  # fmt: skip


@pytest.mark.slow
def test_the_demonstration_goes_as_it_must(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shown = run("--folder", str(folder))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for text in (
        "the same goods for a second certificate: “drawdown: beyond the whole”",
        "confirmed receipt by itself",
        "drawn so far: 100 %",
        "claim under verification",
        "nothing of it was done",
        "it stands on certificate",
        "16 fields stay hidden",
        "erased: the issuer declared",
        "beyond the whole",
        "not of the importing country",
        "the records do not lead to the object's head",
        "one or more were removed",
        "certificate cancelled",
        "ask for a fresh bundle",
        "it is not in force",
        "193,636,259 VND due",
        "not settled",
        "has only 0 dong left",
        "customs countersigned once",
        "settled on the node of a bank in Ha Noi; paid: 50 %",
    ):
        assert text in shown.stdout
    tool = Path(sys.executable).parent / "tradeseal"
    trust = ["--trust", str(folder / "trust.json")]
    for name, code in (
        ("certificate", 0),
        ("one-event-removed", 1),
        ("after-cancellation", 1),
        ("erased", 2),
    ):
        verified = subprocess.run(
            [tool, "verify", str(folder / f"{name}.json"), *trust], capture_output=True, check=False
        )
        assert verified.returncode == code
    for party in ("moit-vn", "customs-vn", "customs-sg", "customs-id", "exporter-vn", "bank-vn"):
        assert (folder / party).stat().st_mode & 0o777 == 0o700
    again = run("--folder", str(folder))
    assert again.returncode == 0, again.stdout


def test_a_folder_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    refused = run("--folder", str(tmp_path))
    assert refused.returncode == 64
    assert (tmp_path / "mine").read_text() == "precious"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"issued_in": "US"}, "no party to ATIGA"),
        ({"reference_no": "lower case"}, "reference_no"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_certificate_is_refused_with_the_reason(
    tmp_path: Path, change: dict[str, str], text: str
) -> None:
    form = json.loads((ROOT / "examples" / "form_d.json").read_text()) | change
    (tmp_path / "form.json").write_text(json.dumps(form))
    refused = run("--form", str(tmp_path / "form.json"), "--folder", str(tmp_path / "demo"))
    assert refused.returncode == 64
    assert text in refused.stderr
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("whole", ["20000", "1", "0.000003", "0.000005", "999999999.999999"])
def test_three_thirds_make_a_whole(whole: str) -> None:
    from decimal import Decimal

    parts = list(thirds(Decimal(whole)))
    assert sum(scaled_quantity(part) for part in parts) == scaled_quantity(Decimal(whole))
