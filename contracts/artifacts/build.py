"""Compile the contracts into the committed artifacts, or check that they are fresh.

Usage: python -m contracts.artifacts.build [--check]
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import vyper
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

from chain.proofs.keccak import keccak256
from contracts.artifacts import NAMES
from contracts.errors import ArtifactError

_ROOT: Final = Path(__file__).parents[2]
_FOLDER: Final = Path(__file__).parent
_OUTPUTS: Final = ("abi", "bytecode", "bytecode_runtime", "layout", "method_identifiers")


def compile_contract(name: str, root: Path = _ROOT) -> str:
    """Return the artifact of one contract as the text of its file.

    Args:
        name: Domain whose contract it is.
        root: Folder that holds the `contracts` folder.
    """
    bundle = FilesystemInputBundle([root])
    source = bundle.load_file(Path("contracts", name, f"{name}.vy"))
    settings = Settings(optimize=OptimizationLevel.GAS, evm_version="prague")
    output: dict[str, Any] = compile_from_file_input(
        source,
        input_bundle=bundle,
        settings=settings,
        output_formats=_OUTPUTS,
        # Without a hash of the sources, so that comments do not change what is voted on.
        no_bytecode_metadata=True,
    )
    runtime = bytes.fromhex(output["bytecode_runtime"][2:])
    artifact = {
        "contract": name,
        "compiler": f"vyper {vyper.__version__}",
        "evm": "prague",
        "abi": output["abi"],
        "selectors": output["method_identifiers"],
        "layout": output["layout"],
        "bytecode": output["bytecode"],
        "runtime": output["bytecode_runtime"],
        "runtime_hash": "0x" + keccak256(runtime).hex(),
    }
    return json.dumps(artifact, indent=1, sort_keys=True) + "\n"


def build() -> None:
    """Write every artifact."""
    for name in NAMES:
        (_FOLDER / f"{name}.json").write_text(compile_contract(name))


def check() -> None:
    """Compare every artifact with what its source compiles to.

    Raises:
        ArtifactError: One is missing or stale.
    """
    for name in NAMES:
        path = _FOLDER / f"{name}.json"
        if not path.exists() or path.read_text() != compile_contract(name):
            raise ArtifactError(name, "does not match its source")


if __name__ == "__main__":
    check() if sys.argv[1:] == ["--check"] else build()
