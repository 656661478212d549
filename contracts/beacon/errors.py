"""Errors of the random beacon.

ContractError
├── BeaconKeyError     a key, or the proof about its modulus, is not acceptable
├── BeaconProofError   a proof is none of this key for this round
└── BeaconDrawError    a draw cannot be worked out from what is given
"""

from contracts.errors import ContractError


class BeaconKeyError(ContractError):
    """A beacon key, or the proof about its modulus, is not acceptable.

    Attributes:
        rule: What the contract says of it behind "beacon: ", where it refuses it.
    """

    def __init__(self, problem: str, remedy: str, rule: str = "key") -> None:
        super().__init__(problem, remedy, rule)
        self.problem = problem
        self.remedy = remedy
        self.rule = rule

    def __str__(self) -> str:
        return f"beacon key: {self.problem}; {self.remedy}"


class BeaconProofError(ContractError):
    """A proof is not the one that this key has for this input."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"beacon proof: {self.problem}; ask the key's holder for the published one"


class BeaconDrawError(ContractError):
    """A draw cannot be worked out from what is given."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"draw: {self.problem}; {self.remedy}"
