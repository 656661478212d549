import pickle

import pytest

from chain.proofs import errors

ALL = [
    errors.MalformedError("thing", "reason"),
    errors.HashMismatchError("thing", b"\1", b""),
    errors.SignatureError("scheme", "reason"),
    errors.ValidatorSetError("reason"),
    errors.CommitError("reason"),
    errors.InsufficientPowerError(2, 3, "two thirds"),
    errors.LightClientError("reason"),
    errors.TrustExpiredError(0, 10**9, 5 * 10**9),
    errors.TrieProofError("reason"),
    errors.MissingNodeError(b"\1", b"\2"),
    errors.ExtraNodeError(3),
    errors.MerkleProofError("reason"),
]


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: type(fault).__name__)
def test_errors_pickle_and_say_what_to_do(fault: errors.ProofError) -> None:
    copy = pickle.loads(pickle.dumps(fault))  # noqa: S301 - our own bytes
    assert type(copy) is type(fault)
    assert copy.args == fault.args
    assert str(copy) == str(fault)
    assert "; " in str(fault)
    hash(fault)


def test_the_tree_in_the_docstring_is_complete() -> None:
    assert errors.__doc__ is not None
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.ProofError):
            assert name in errors.__doc__
