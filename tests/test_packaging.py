"""What is installed: our names are ours alone, and an auditor needs little."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("chain", "contracts", "node", "api", "clients")
NOT_FOR_AUDITORS = (
    "web3", "eth", "eth_account", "eth_abi", "vyper", "fastapi", "starlette", "uvicorn",
    "sqlalchemy", "alembic", "rocksdict", "py_ecc", "ipfshttpclient", "joserfc",
    "google", "prometheus_client",
)  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_names(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {"tradeseal"}


def test_the_project_is_never_uploaded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]


def test_the_design_cards_packages_are_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    optional = [item for group in extras.values() for item in group]
    wanted = " ".join(project["dependencies"] + optional)
    for package in (
        "web3", "py-evm", "fastapi", "cryptography", "ipfshttpclient", "sqlalchemy", "pytest"
    ):  # fmt: skip
        assert f"{package}" in wanted


@pytest.mark.parametrize(
    "command", ["verify", "ledger", "node", "network", "membership", "certificate", "bundle"]
)
def test_commands_are_registered(command: str) -> None:
    names = {entry.name for entry in entry_points(group="tradeseal.commands")}
    assert command in names


BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
sys.argv = ["tradeseal", *{arguments!r}]
from clients.cli.main import main
main()
"""


def run_as_auditor(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as if only the small installation were there."""
    code = BLOCK.format(names=set(NOT_FOR_AUDITORS), arguments=list(arguments))
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_an_auditor_has_verify_and_no_ledger() -> None:
    shown = run_as_auditor("--help")
    assert shown.returncode == 0, shown.stderr
    assert "verify" in shown.stdout
    assert "ledger" not in shown.stdout


def test_an_auditor_can_verify(tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    (tmp_path / "trust.json").write_text("{}")
    done = run_as_auditor(
        "verify", str(tmp_path / "bundle.json"), "--trust", str(tmp_path / "trust.json")
    )
    assert done.returncode == 64, done.stderr


@pytest.mark.parametrize("arguments", [["verify", "x"], ["verify", "--nope"], ["nope"]])
def test_a_wrong_call_does_not_read_as_undetermined(arguments: list[str]) -> None:
    tool = Path(sys.executable).parent / "tradeseal"
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 64
