"""Whether a commit speaks for a header.

Source: CometBFT v0.38, types/validation.go (VerifyCommit,
VerifyCommitLightTrusting).
"""

from chain.proofs.comet.commit import BlockIDFlag, Commit, vote_sign_bytes
from chain.proofs.comet.header import Header
from chain.proofs.comet.validators import ValidatorSet
from chain.proofs.ed25519 import verify_signature
from chain.proofs.errors import CommitError, HashMismatchError, InsufficientPowerError


def verify_commit(chain_id: str, validators: ValidatorSet, header: Header, commit: Commit) -> None:
    """Verify that more than two thirds of the voting power signed `header`.

    Steps:
        (1) The header belongs to the chain.
        (2) The header names exactly these validators.
        (3) The commit is of the header's height and names the header's hash.
        (4) The commit has one place for each validator.
        (5) Every vote that is not absent stands in its validator's place and
            carries that validator's valid signature, votes for nil included.
        (6) The votes for the block carry more than two thirds of the power.

    Args:
        chain_id: CometBFT chain id that is trusted.
        validators: The set that is trusted for the header's height.
        header: The header to believe.
        commit: The votes for it.

    Raises:
        CommitError: Step 1, 3, 4 or 5 fails.
        HashMismatchError: Step 2 fails, or the hash of step 3.
        SignatureError: A signature of step 5 does not count.
        InsufficientPowerError: Step 6 fails.
    """
    # Step 1
    if header.chain_id != chain_id:
        raise CommitError(f"the header is of chain {header.chain_id!r}, trusted is {chain_id!r}")
    # Step 2
    if header.validators_hash != validators.hash():
        raise HashMismatchError(
            "hash of the validator set", header.validators_hash, validators.hash()
        )
    # Step 3
    _require_same_block(header, commit)
    # Step 4
    if len(commit.signatures) != len(validators.validators):
        raise CommitError(
            f"{len(commit.signatures)} votes for {len(validators.validators)} validators"
        )
    # Step 5
    signed = 0
    for index, (validator, vote) in enumerate(
        zip(validators.validators, commit.signatures, strict=True)
    ):
        if vote.flag is BlockIDFlag.ABSENT:
            continue
        if vote.validator_address != validator.address:
            raise CommitError(f"vote {index} is of another validator")
        message = vote_sign_bytes(chain_id, commit, index)
        verify_signature(validator.public_key, message, vote.signature)
        if vote.flag is BlockIDFlag.COMMIT:
            signed += validator.power
    # Step 6
    if signed * 3 <= validators.total_power * 2:
        raise InsufficientPowerError(signed, validators.total_power, "two thirds")


def require_trusted_power(trusted: ValidatorSet, validators: ValidatorSet, commit: Commit) -> None:
    """Demand that more than a third of a trusted power stands behind a later commit.

    This reads what the commit says and checks no signature: `verify_commit`
    has to follow, which proves every vote. One validator has one place in a
    set, so nobody is counted twice.

    Args:
        trusted: The set that is trusted, of an earlier height.
        validators: The commit's own set.
        commit: The votes.

    Raises:
        InsufficientPowerError: A third or less signed.
    """
    powers = {validator.public_key: validator.power for validator in trusted.validators}
    signed = sum(
        powers.get(validator.public_key, 0)
        for validator, vote in zip(validators.validators, commit.signatures, strict=False)
        if vote.flag is BlockIDFlag.COMMIT
    )
    if signed * 3 <= trusted.total_power:
        raise InsufficientPowerError(signed, trusted.total_power, "one third")


def _require_same_block(header: Header, commit: Commit) -> None:
    if commit.height != header.height:
        raise CommitError(f"it is of height {commit.height}, the header of {header.height}")
    if commit.block_id.hash != header.hash():
        raise HashMismatchError("hash of the header", commit.block_id.hash, header.hash())
