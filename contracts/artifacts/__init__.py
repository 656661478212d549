"""Compiled contracts, committed so that running them needs no compiler.

`python -m contracts.artifacts.build` writes them, `--check` says whether they are fresh.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

from chain.proofs.keccak import keccak256
from contracts.abi import compose, word
from contracts.errors import ArtifactError

NAMES: Final = ("membership", "origin", "issuance", "payments", "beacon", "clearance")


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract.

    Attributes:
        name: Its domain.
        bytecode: Creation code without constructor arguments.
        runtime: Runtime code without the immutables that follow it.
    """

    name: str
    bytecode: bytes
    runtime: bytes

    def init_code(self, *arguments: int | bytes) -> bytes:
        """Return creation code with constructor arguments, each one word.

        Args:
            arguments: Integers, or bytes already padded to 32 (an address on the left).
        """
        return self.bytecode + compose([word(argument) for argument in arguments])

    def code_hash(self, *immutables: bytes) -> bytes:
        """Return the code hash of a deployment.

        Args:
            immutables: Words behind the runtime code: the domain's name, the
                predecessor, and what else the contract adds.
        """
        return keccak256(self.runtime + b"".join(immutables))


@cache
def load_artifact(name: str) -> Artifact:
    """Load one compiled contract.

    Raises:
        ArtifactError: It is missing or not readable.
    """
    try:
        value = json.loads(files(__name__).joinpath(f"{name}.json").read_text())
    except (OSError, ValueError) as fault:
        raise ArtifactError(name, "cannot be read") from fault
    texts = cast("dict[str, str]", value)
    return Artifact(
        name=name,
        bytecode=bytes.fromhex(texts["bytecode"][2:]),
        runtime=bytes.fromhex(texts["runtime"][2:]),
    )
