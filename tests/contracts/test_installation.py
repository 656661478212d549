"""What an auditor's small installation must be able to import."""

import subprocess
import sys

import pytest

LEDGER_ONLY = (
    "web3",
    "eth",
    "eth_abi",
    "eth_account",
    "vyper",
    "py_ecc",
    "rocksdict",
    "sqlalchemy",
)
SMALL = (
    "contracts.artifacts",
    "contracts.calls",
    "contracts.commitments",
    "contracts.documents.sd_jwt",
    "contracts.documents.sealed",
    "contracts.documents.x509",
    "contracts.events",
    "contracts.membership.founding",
    "contracts.membership.governance",
    "contracts.membership.layout",
    "contracts.membership.state",
    "contracts.origin.certificate",
    "contracts.origin.drawdown",
    "contracts.origin.history",
    "contracts.origin.identifiers",
    "contracts.records.catalogue",
)


def run(imports: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    block = "\n".join(f"sys.modules[{name!r}] = None" for name in LEDGER_ONLY)
    lines = "\n".join(f"import {name}" for name in imports)
    program = f"import sys\n{block}\n{lines}\n"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


def test_small_installation_suffices() -> None:
    outcome = run(SMALL)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("name", ["contracts.ledger", "contracts.origin.binding"])
def test_bindings_need_the_ledger_extra(name: str) -> None:
    outcome = run((name,))
    assert outcome.returncode != 0
    assert "web3" in outcome.stderr
