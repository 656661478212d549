"""The light-client rule: from a trusted header to a newer one.

The step to the next height follows next_validators_hash; a longer step is
allowed when more than a third of the trusted power signed the newer header,
because at least one honest validator is among them. The set that a trusted
header announces is trusted like its own.

Source: CometBFT v0.38, light/verifier.go (VerifyAdjacent, VerifyNonAdjacent,
whose trusted validators are those of the trusted height or of the next).
"""

from dataclasses import dataclass

from chain.proofs.comet import (
    Commit,
    Header,
    ValidatorSet,
    require_trusted_power,
    verify_commit,
)
from chain.proofs.constants import MAX_CLOCK_DRIFT_NS, Hash32, TimeNs
from chain.proofs.errors import HashMismatchError, LightClientError, TrustExpiredError


@dataclass(frozen=True, slots=True)
class TrustedState:
    """What is believed of one height.

    Attributes:
        chain_id: CometBFT chain id.
        height: The height, 0 for the genesis.
        time: Time of its header.
        validators: The set that signed the height itself (the genesis set at 0).
        next_validators_hash: Hash of the set of the next height.
    """

    chain_id: str
    height: int
    time: TimeNs
    validators: ValidatorSet
    next_validators_hash: Hash32


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """A header, the commit for it and the set that signed."""

    header: Header
    commit: Commit
    validators: ValidatorSet


@dataclass(frozen=True, slots=True)
class Clock:
    """The verifier's time and its patience.

    Attributes:
        now: The time of the verification.
        trusting_period: Nanoseconds for which a trusted header is relied upon;
            shorter than former validators keep their keys safe.
        max_drift: Nanoseconds that a header may lie ahead of `now`.
    """

    now: TimeNs
    trusting_period: int
    max_drift: int = MAX_CLOCK_DRIFT_NS


def verify_step(trusted: TrustedState, untrusted: SignedHeader, clock: Clock) -> TrustedState:
    """Verify a newer header and return it as the trusted state.

    Steps:
        (1) The trusted state is not older than the trusting period.
        (2) The newer header is of the same chain, higher, later, and not ahead
            of the clock by more than the drift.
        (3) At the next height: its validators are the ones that the trusted
            header announces.
        (4) At any other height: its validators are the ones announced too, or
            validators with more than a third of the trusted power are among
            those who, by the commit, signed.
        (5) The commit holds: more than two thirds of its own validators' power
            signed. This costs most, so strangers are turned away before it.

    Args:
        trusted: What is believed.
        untrusted: What is to be believed.
        clock: The time of the verification.

    Raises:
        TrustExpiredError: Step 1 fails.
        LightClientError: Step 2 fails.
        HashMismatchError: Step 3 fails.
        ProofError: Step 4 or 5 fails, as `require_trusted_power` and
            `verify_commit` say.
    """
    header = untrusted.header
    # Step 1
    if trusted.time + clock.trusting_period <= clock.now:
        raise TrustExpiredError(trusted.time, clock.trusting_period, clock.now)
    # Step 2
    _require_later(trusted, header, clock)
    # Step 3
    is_announced = header.validators_hash == trusted.next_validators_hash
    if header.height == trusted.height + 1 and not is_announced:
        raise HashMismatchError(
            "hash of the next validator set", trusted.next_validators_hash, header.validators_hash
        )
    # Step 4
    if not is_announced:
        require_trusted_power(trusted.validators, untrusted.validators, untrusted.commit)
    # Step 5
    verify_commit(trusted.chain_id, untrusted.validators, header, untrusted.commit)
    return TrustedState(
        trusted.chain_id,
        header.height,
        header.time,
        untrusted.validators,
        header.next_validators_hash,
    )


def _require_later(trusted: TrustedState, header: Header, clock: Clock) -> None:
    if header.chain_id != trusted.chain_id:
        raise LightClientError(f"the header is of chain {header.chain_id!r}")
    if header.height <= trusted.height:
        raise LightClientError(f"height {header.height} is not above {trusted.height}")
    if header.time <= trusted.time:
        raise LightClientError("the header is not later than the trusted one")
    if header.time >= clock.now + clock.max_drift:
        raise LightClientError("the header lies in the future")
