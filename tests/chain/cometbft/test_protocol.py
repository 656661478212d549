"""The generated ABCI classes are those of the .proto file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROTO = "chain/engine/cometbft/abci.proto"


def test_the_generated_classes_are_fresh(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "grpc_tools.protoc", "-I", str(ROOT)]
    command += [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", PROTO]
    subprocess.run(command, check=True, cwd=ROOT)
    for name in ("abci_pb2.py", "abci_pb2.pyi"):
        committed = ROOT / "chain/engine/cometbft" / name
        generated = tmp_path / "chain/engine/cometbft" / name
        assert committed.read_text() == generated.read_text(), "run `make protocol`"
