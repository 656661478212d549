"""CometBFT v0.38 headers, commits and validator sets, as that engine hashes and signs them."""

from chain.proofs.comet.block import (
    ExecutionResult,
    block_bytes,
    consensus_parameters_hash,
    evidence_hash,
    part_set_header,
    results_hash,
    transactions_hash,
)
from chain.proofs.comet.commit import (
    BlockIDFlag,
    Commit,
    CommitSignature,
    vote_sign_bytes,
)
from chain.proofs.comet.header import BlockID, Header, PartSetHeader
from chain.proofs.comet.validators import Validator, ValidatorSet, validator_address
from chain.proofs.comet.verify import require_trusted_power, verify_commit

__all__ = [
    "BlockID",
    "BlockIDFlag",
    "Commit",
    "CommitSignature",
    "ExecutionResult",
    "Header",
    "PartSetHeader",
    "Validator",
    "ValidatorSet",
    "block_bytes",
    "consensus_parameters_hash",
    "evidence_hash",
    "part_set_header",
    "require_trusted_power",
    "results_hash",
    "transactions_hash",
    "validator_address",
    "verify_commit",
    "vote_sign_bytes",
]
