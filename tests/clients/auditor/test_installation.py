"""The auditor needs the small installation only."""

import subprocess
import sys


def test_no_ledger_package_is_imported() -> None:
    program = (
        "import sys, clients.auditor.cli; "
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    for name in ("web3", "eth", "eth_account", "vyper", "sqlalchemy", "fastapi", "rocksdict"):
        assert f"'{name}'" not in done.stdout
