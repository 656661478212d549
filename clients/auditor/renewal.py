"""Renew a trust file: move its checkpoint to a newer header that it leads to."""

from dataclasses import replace

from chain.proofs.comet import ValidatorSet
from clients.auditor.errors import UndeterminedError, UnusableError
from clients.auditor.seal import Question, verify_seal
from contracts.bundles import Bundle, Checkpoint, Trust
from contracts.bundles.errors import BundleError
from contracts.bundles.trust import NamedValidator


def renew_trust(data: bytes, trust: Trust, question: Question) -> Trust:
    """Return the trust file with the checkpoint at a bundle's seal.

    Steps:
        (1) The seal is the trusted network's, as in a verification.
        (2) It is above the checkpoint.
        (3) The validators do not change right after it, so that the bundle's
            own set is the one in force next.

    Args:
        data: Any bundle of the network; of its contents only the seal matters.
        trust: The trust file so far, within its trusting period.
        question: Its clock counts.

    Raises:
        UnusableError: The file is no bundle, or step 2 fails.
        UndeterminedError: Step 1 cannot be decided, or step 3 fails.
        BrokenLinkError: Step 1 fails.
        ProofError: Step 1 fails.
    """
    try:
        bundle = Bundle.parse(data)
    except BundleError as exc:
        raise UnusableError(str(exc)) from exc
    # Step 1
    header = verify_seal(bundle, trust, question)
    # Step 2
    if header.height <= trust.checkpoint.height:
        raise UnusableError(
            f"the seal is of height {header.height}, not above the checkpoint's "
            f"{trust.checkpoint.height}; take a newer bundle"
        )
    # Step 3
    if header.next_validators_hash != header.validators_hash:
        raise UndeterminedError(
            f"the validators change right after height {header.height}; take another bundle"
        )
    validators = ValidatorSet.from_bytes(bundle.seal.validator_set)
    names = {item.validator.public_key: item.name for item in trust.validators}
    return replace(
        trust,
        validators=tuple(
            NamedValidator(names.get(item.public_key, item.address.hex()), item)
            for item in validators.validators
        ),
        checkpoint=Checkpoint(header.height, header.time, header.hash()),
    )
