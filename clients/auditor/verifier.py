"""The verification of a bundle, from the validators' keys down to the disclosed fields.

The steps, each with the one that it rests on:

    (1) form        The file is a bundle in canonical form.
    (2) seal        The trusted validators signed the CometBFT header (trust file).
    (3) age         The seal speaks for the time asked about (2).
    (4) state       The header's app_hash names the EVM header (2).
    (5) membership  The trusted Membership contract stands in that state (4).
    (6) registry    Membership names the contract that speaks for the domain (5).
    (7) history     The records are the object's whole history, by its head (6).
    (8) signers     Each record was accepted, signed by a key valid then (7).
    (9) standing    The history follows the rules, and what it leads to (8).
    (10) document   The document is the one committed to, by its issuer's key (9).

A step ends valid, invalid (a link is wrong) or undetermined (something is
missing or in doubt). A step that rests on one whose result is missing is
skipped. The whole is invalid if any step is, else undetermined if any step is
not valid, else valid. Nothing here reads a clock, a file or the network.
"""

from typing import Final

from chain.proofs.constants import NANOSECONDS, TimeNs
from clients.auditor.document import verify_document
from clients.auditor.errors import UnusableError
from clients.auditor.history import verify_history, verify_signers
from clients.auditor.ledger import ProvedState, verify_membership, verify_registry
from clients.auditor.progress import Outcome, Progress, StopVerificationError
from clients.auditor.report import Report, SealedAt
from clients.auditor.seal import Question, describe_age, verify_seal, verify_state
from clients.auditor.standing import verify_standing
from contracts.bundles import Bundle, Trust
from contracts.bundles.errors import BundleError
from contracts.bundles.members import write_time

DEFAULT_MAX_AGE_NS: Final = 86_400 * NANOSECONDS
"""The greatest age of a seal unless asked otherwise: one day."""

_DOMAIN: Final = "origin"


def verify_bundle(data: bytes, trust: Trust, question: Question) -> Report:
    """Verify a bundle and report every step.

    Args:
        data: The bundle file.
        trust: What is believed beforehand.
        question: The time asked about, the greatest age of the seal, the clock.

    Raises:
        UnusableError: The file is no bundle, of an unknown domain, or the
            question is about the future.
    """
    if question.at > question.now:
        raise UnusableError(
            f"{write_time(question.at)} lies in the future of the clock, "
            f"{write_time(question.now)}; ask for a time that has come"
        )
    verification = _Verification(_parse(data), trust, question)
    verification.run()
    return verification.report()


def _parse(data: bytes) -> Bundle:
    try:
        bundle = Bundle.parse(data)
    except BundleError as exc:
        raise UnusableError(str(exc)) from exc
    if bundle.domain != _DOMAIN:
        raise UnusableError(
            f"objects of domain {bundle.domain} cannot be verified by this version; "
            f"it knows {_DOMAIN}"
        )
    return bundle


class _Verification:
    """One run over one bundle."""

    def __init__(self, bundle: Bundle, trust: Trust, question: Question) -> None:
        self._bundle = bundle
        self._trust = trust
        self._question = question
        self._progress = Progress()
        self._sealed_at: SealedAt | None = None
        self._facts: dict[str, object] = {}

    def run(self) -> None:
        """Take the steps until one fails on which the others rest."""
        try:
            state = self._enter_ledger()
            self._follow_object(state)
        except StopVerificationError:
            return

    def report(self) -> Report:
        """Return what was found."""
        return Report(
            self._bundle.domain,
            self._bundle.object_id,
            self._question.at,
            self._question.max_age,
            self._sealed_at,
            self._progress.steps(),
            self._facts,
        )

    def _enter_ledger(self) -> ProvedState:
        """Take steps 1 to 5: from the file to Membership's state."""
        bundle, trust, question, take = (
            self._bundle,
            self._trust,
            self._question,
            self._progress.take,
        )
        # Step 1, done by `_parse`
        take(lambda: Outcome(None, (f"a bundle of {len(bundle.records)} record(s)",)))
        # Step 2
        header = take(
            lambda: Outcome(
                result := verify_seal(bundle, trust, question),
                (f"the validators of {trust.chain_id} sealed height {result.height}",),
            )
        )
        # Step 3
        established, doubt = describe_age(header, question)
        take(lambda: Outcome(None, (established,), () if doubt is None else (doubt,)))
        # Step 4
        evm_header = take(
            lambda: Outcome(
                result := verify_state(bundle, trust, header),
                (f"the seal names EVM block {result.number}",),
            )
        )
        self._sealed_at = SealedAt(evm_header.number, header.height, TimeNs(header.time))
        # Step 5
        return take(
            lambda: Outcome(
                verify_membership(bundle, trust, evm_header),
                (f"Membership stands at 0x{trust.membership.hex()} with the trusted code",),
            )
        )

    def _follow_object(self, state: ProvedState) -> None:
        """Take steps 6 to 10: from the registry to the disclosed fields."""
        bundle, trust, take = self._bundle, self._trust, self._progress.take
        # Step 6
        registry = take(
            lambda: Outcome(
                result := verify_registry(state, bundle.domain),
                (f"0x{result.versions[-1].contract.hex()} speaks for {bundle.domain}",),
            )
        )
        # Step 7
        records = take(
            lambda: Outcome(
                result := verify_history(bundle, trust, state, registry),
                (f"{len(result)} record(s) are the object's whole history",),
            )
        )
        # Step 8
        proved = take(lambda: verify_signers(records, state, registry))
        # Step 9
        standing = take(lambda: verify_standing(proved, state, registry, self._question.at))
        self._facts.update(standing.facts(self._question.at))
        # Step 10
        shown = take(lambda: verify_document(bundle.document, standing, state))
        self._facts["document"] = dict(shown.claims)
        self._facts["hiddenFields"] = str(shown.hidden)
