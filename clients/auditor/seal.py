"""Steps 2 to 4: whether the seal is the network's, how old it is, and what it names."""

from dataclasses import dataclass
from typing import Final

from chain.proofs.comet import Commit, Header, ValidatorSet, verify_commit
from chain.proofs.constants import MAX_CLOCK_DRIFT_NS, NANOSECONDS, TimeNs
from chain.proofs.errors import InsufficientPowerError, TrustExpiredError
from chain.proofs.evm import EvmHeader
from chain.proofs.light import Clock, SignedHeader, TrustedState, verify_step
from clients.auditor.errors import BrokenLinkError, UndeterminedError
from contracts.bundles import Bundle, Seal, Trust
from contracts.bundles.members import write_time

_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a bundle.

    Attributes:
        at: The time that the answer is to be about.
        max_age: Nanoseconds that the seal may be older than `at`.
        now: The verifier's clock; `at` unless the past is asked about.
    """

    at: TimeNs
    max_age: int
    now: TimeNs


def verify_seal(bundle: Bundle, trust: Trust, question: Question) -> Header:
    """Verify that the trusted network sealed the bundle's header.

    Steps:
        (1) The checkpoint is not older than the trusting period, on the clock.
        (2) Each change of validators above the checkpoint follows by the
            light-client rule; those below are the past, and passed over.
        (3) The seal's header is signed by the validators now trusted, or
            follows by the light-client rule.
        (4) A header at the checkpoint's height is the checkpoint's.
        (5) The header does not lie in the future of the clock.

    Raises:
        ProofError: The seal, or a change, is wrong.
        BrokenLinkError: Step 4 fails.
        UndeterminedError: Step 1 or 5 fails, or changes of validators are missing.
    """
    clock = Clock(question.now, trust.trusting_period_ns())
    state = trust.state()
    # Step 1
    if state.time + clock.trusting_period <= clock.now:
        raise UndeterminedError(
            str(TrustExpiredError(state.time, clock.trusting_period, clock.now))
        )
    # Step 2
    for change in map(_signed_header, bundle.changes):
        if change.header.height > trust.checkpoint.height:
            state = _follow(state, change, clock)
    # Step 3
    sealed = _signed_header(bundle.seal)
    header = sealed.header
    if sealed.validators == state.validators:
        verify_commit(trust.chain_id, state.validators, header, sealed.commit)
    else:
        _follow(state, sealed, clock)
    # Step 4
    checkpoint = trust.checkpoint
    if header.height == checkpoint.height and header.hash() != checkpoint.header_hash:
        raise BrokenLinkError(
            f"the header of height {header.height} is not the checkpoint's: "
            "the validators signed two, or the trust file is of another network"
        )
    # Step 5
    if header.time > question.now + MAX_CLOCK_DRIFT_NS:
        raise UndeterminedError(
            f"the seal is of {write_time(header.time)}, ahead of this clock; set the clock"
        )
    return header


def describe_age(header: Header, question: Question) -> tuple[str, str | None]:
    """Say how old the seal is at the time asked about, and what that leaves in doubt.

    A seal made later than that time speaks for it too: each record carries the
    block time that anchored it, so the history up to then is known exactly.

    Returns:
        What is established, and the doubt if the seal is older than allowed:
        what happened since is not known.
    """
    age = question.at - header.time
    relation = f"{_duration(age)} before" if age >= 0 else f"{_duration(-age)} after"
    established = f"sealed {write_time(header.time)}, {relation} the time asked about"
    if age <= question.max_age:
        return established, None
    return established, (
        f"the seal is {_duration(age)} older than {write_time(question.at)}, at most "
        f"{_duration(question.max_age)} is allowed: what happened since is unknown; "
        "ask for a fresh bundle, or for an earlier time with --at"
    )


def verify_state(bundle: Bundle, trust: Trust, header: Header) -> EvmHeader:
    """Verify that the sealed header names the bundle's EVM header.

    Raises:
        MalformedError: The EVM header is not canonical.
        BrokenLinkError: The header names another one, or an earlier time, or
            the genesis is not the trusted one.
    """
    evm_header = EvmHeader.from_rlp(bundle.evm_header)
    if evm_header.hash() != header.app_hash:
        raise BrokenLinkError(
            f"app_hash of the sealed header is {header.app_hash.hex()}, "
            f"the EVM header hashes to {evm_header.hash().hex()}"
        )
    if evm_header.timestamp > header.time // NANOSECONDS:
        raise BrokenLinkError("the EVM header is later than the header that seals it")
    if evm_header.number == 0 and evm_header.hash() != trust.evm_genesis_hash:
        raise BrokenLinkError("block 0 is not the trusted genesis")
    return evm_header


def _follow(state: TrustedState, sealed: SignedHeader, clock: Clock) -> TrustedState:
    """Take one light-client step; a gap is something missing, not something wrong."""
    if sealed.header.height <= state.height:
        raise UndeterminedError(
            f"height {sealed.header.height} was sealed by other validators than those trusted "
            f"from height {state.height} on; use a trust file with an earlier checkpoint"
        )
    try:
        return verify_step(state, sealed, clock)
    except InsufficientPowerError as exc:
        if exc.needed != "one third":
            raise
        raise UndeterminedError(
            f"the validators changed too much between heights {state.height} and "
            f"{sealed.header.height}; ask for a bundle with the changes in between, "
            "or renew the trust file"
        ) from exc


def _signed_header(seal: Seal) -> SignedHeader:
    return SignedHeader(
        Header.from_bytes(seal.header),
        Commit.from_bytes(seal.commit),
        ValidatorSet.from_bytes(seal.validator_set),
    )


def _duration(nanoseconds: int) -> str:
    """Return a duration for people: seconds, or days, hours and minutes when long."""
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    if seconds < _HOUR:
        return (f"{seconds}.{rest:09d}".rstrip("0") if rest else str(seconds)) + " s"
    days, seconds = divmod(seconds, 24 * _HOUR)
    hours, minutes = seconds // _HOUR, seconds % _HOUR // 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
