"""The founding list of a genesis: what makes Membership and fills it at block 0; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chain.proofs.constants import FOUNDER
from chain.proofs.keccak import keccak256
from contracts.abi import Part, compose, dynamic_bytes, selector, word
from contracts.artifacts import load_artifact
from contracts.errors import FoundingError
from contracts.membership.keys import NO_END, KeyPurpose, Role, domain_word

_CONSORTIUM: Final = bytes(32)
# RLP of a list of 22 bytes that begins with 20 bytes; RLP of zero.
_RLP_PAIR: Final = b"\xd6\x94"
_RLP_ZERO: Final = 0x80
DOMAINS: Final = ("origin", "issuance", "payments", "beacon", "clearance")
"""Domains whose contracts a network is founded with, in their order."""


@dataclass(frozen=True, slots=True)
class FoundingKey:
    """A key of a founder beside its first admin key.

    Attributes:
        key: Key id (`contracts.membership.keys`).
        purposes: What it may do.
        material: The public key whose SHA-256 is the key id; empty for an address.
        valid_until: First second after validity.
    """

    key: bytes
    purposes: KeyPurpose
    material: bytes = b""
    valid_until: int = NO_END


@dataclass(frozen=True, slots=True)
class IdentifierKeyCommitment:
    """A commitment to an identifier key.

    Attributes:
        name: ASCII name, at most 32 characters, such as "certificates-2026".
        commitment: SHA-256 over the key (`contracts.origin.identifiers`).
    """

    name: str
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Founder:
    """One founding organisation.

    Attributes:
        organisation: Its identifier, 32 bytes.
        roles: What it is.
        country: ISO 3166 alpha-2 code.
        governing: Whether it votes.
        admin_key: Key id of its first admin key, an address.
        keys: Its other keys.
        identifier_keys: Its identifier keys.
    """

    organisation: bytes
    roles: Role
    country: str
    governing: bool
    admin_key: bytes
    keys: tuple[FoundingKey, ...] = ()
    identifier_keys: tuple[IdentifierKeyCommitment, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundingValidator:
    """One founding validator.

    Attributes:
        public_key: Ed25519 public key, 32 bytes.
        power: Voting power, at least 1.
        organisation: Identifier of the founder that runs it.
    """

    public_key: bytes
    power: int
    organisation: bytes


@dataclass(frozen=True, slots=True)
class FoundingCall:
    """One entry of a genesis' founding list.

    Attributes:
        to: The contract called, 20 bytes; None creates one.
        data: Calldata or creation code.
    """

    to: bytes | None
    data: bytes


def membership_address() -> bytes:
    """Return where the first founding entry puts Membership."""
    return created_address(FOUNDER, 0)


def created_address(creator: bytes, nonce: int) -> bytes:
    """Return the address of the contract that an account creates.

    Args:
        creator: The account, 20 bytes.
        nonce: Its nonce, 0 to 127.
    """
    number = bytes([nonce or _RLP_ZERO])
    return keccak256(_RLP_PAIR + creator + number)[12:]


def founded_address(domain: str, domains: Sequence[str] = DOMAINS) -> bytes:
    """Return where the founding list puts the first contract of a domain.

    Args:
        domain: Name of the domain.
        domains: The domains that the list founds, in its order.
    """
    # A contract's nonce begins with 1 (EIP-161).
    return created_address(membership_address(), 1 + tuple(domains).index(domain))


def build_founding(
    founders: Sequence[Founder],
    validators: Sequence[FoundingValidator],
    domains: Sequence[str] = DOMAINS,
    consortium_keys: Sequence[IdentifierKeyCommitment] = (),
) -> tuple[FoundingCall, ...]:
    """Return the founding list of a genesis.

    Args:
        founders: The organisations, at least one of them governing.
        validators: At least one, keys distinct, each run by a founder.
        domains: Domains whose contracts are created.
        consortium_keys: Identifier keys that all share.

    Raises:
        FoundingError: A network founded like this could not run or govern itself.
    """
    _require_viable(founders, validators)
    target = membership_address()
    calls = [
        *(call for founder in founders for call in _founder_calls(founder)),
        *(_validator_call(validator) for validator in validators),
        *(_contract_call(domain, target) for domain in domains),
        *(_identifier_call(_CONSORTIUM, key) for key in consortium_keys),
    ]
    creation = FoundingCall(None, load_artifact("membership").bytecode)
    return (creation, *(FoundingCall(target, data) for data in calls))


def _require_viable(founders: Sequence[Founder], validators: Sequence[FoundingValidator]) -> None:
    if not any(founder.governing for founder in founders):
        raise FoundingError("no organisation governs", "let at least one founder govern")
    if len({founder.organisation for founder in founders}) != len(founders):
        raise FoundingError("an organisation comes twice", "give each its own identifier")
    if not validators or any(validator.power < 1 for validator in validators):
        raise FoundingError("nobody validates", "name at least one validator with power")
    if len({validator.public_key for validator in validators}) != len(validators):
        raise FoundingError("a validator comes twice", "give each its own key")
    if {v.organisation for v in validators} - {founder.organisation for founder in founders}:
        raise FoundingError("a validator is run by no founder", "name the founder that runs it")
    key_ids = [founder.admin_key for founder in founders]
    key_ids += [key.key for founder in founders for key in founder.keys]
    if len(set(key_ids)) != len(key_ids):
        raise FoundingError("a key comes twice", "bind each key to one organisation, once")


def _founder_calls(founder: Founder) -> Iterator[bytes]:
    yield _call(
        "foundOrganisation(bytes32,uint32,bytes2,bool,bytes32)",
        founder.organisation,
        int(founder.roles),
        founder.country.encode("ascii"),
        int(founder.governing),
        founder.admin_key,
    )
    for key in founder.keys:
        yield _call(
            "foundKey(bytes32,bytes32,uint32,uint64,uint64,bytes)",
            founder.organisation,
            key.key,
            int(key.purposes),
            0,
            key.valid_until,
            dynamic_bytes(key.material),
        )
    for commitment in founder.identifier_keys:
        yield _identifier_call(founder.organisation, commitment)


def _validator_call(validator: FoundingValidator) -> bytes:
    signature = "foundValidator(bytes32,uint64,bytes32)"
    return _call(signature, validator.public_key, validator.power, validator.organisation)


def _identifier_call(organisation: bytes, key: IdentifierKeyCommitment) -> bytes:
    signature = "foundIdentifierKey(bytes32,bytes32,bytes32)"
    return _call(signature, organisation, domain_word(key.name), key.commitment)


def _contract_call(domain: str, membership: bytes) -> bytes:
    init_code = load_artifact(domain).init_code(membership.rjust(32, b"\0"), 0)
    return _call("foundContract(bytes32,bytes)", domain_word(domain), dynamic_bytes(init_code))


def _call(signature: str, *arguments: int | bytes | Part) -> bytes:
    parts = [item if isinstance(item, Part) else word(item) for item in arguments]
    return selector(signature) + compose(parts)
