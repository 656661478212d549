"""Actions that governing organisations decide by signed votes; pure.

Each function returns calldata for `Proposal.action`. Membership runs an action on
itself once more than two thirds of the governing organisations have signed the same
proposal.
"""

from typing import Final

from chain.proofs.keccak import keccak256
from contracts.abi import compose, selector, word
from contracts.membership.keys import NO_END, KeyPurpose, Role, domain_word

CONSORTIUM: Final = bytes(32)


def admit_organisation(
    organisation: bytes, roles: Role, country: str, admin_key: bytes, *, governing: bool
) -> bytes:
    """Admit an organisation with its first admin key.

    Args:
        organisation: Its identifier, 32 bytes.
        roles: At least one.
        country: ISO 3166 alpha-2 code.
        admin_key: Key id of a secp256k1 key.
        governing: Whether it votes.
    """
    arguments: list[int | bytes] = [
        organisation,
        int(roles),
        country.encode("ascii"),
        int(governing),
        admin_key,
    ]
    return _action("admitOrganisation(bytes32,uint32,bytes2,bool,bytes32)", *arguments)


def change_organisation(
    organisation: bytes, roles: Role, *, governing: bool, active: bool
) -> bytes:
    """Change an organisation's roles, vote and standing; its country never changes."""
    arguments: list[int | bytes] = [organisation, int(roles), int(governing), int(active)]
    return _action("changeOrganisation(bytes32,uint32,bool,bool)", *arguments)


def grant_admin_key(organisation: bytes, key: bytes) -> bytes:
    """Give an organisation that lost its admin keys a new one."""
    return _action("grantAdminKey(bytes32,bytes32)", organisation, key)


def mark_compromised(key: bytes, since: int) -> bytes:
    """Revoke a key and mark it as compromised since a block time.

    Args:
        key: Key id.
        since: Seconds, at most now; an earlier mark than before widens the doubt.
    """
    return _action("markCompromised(bytes32,uint64)", key, since)


def set_validator(public_key: bytes, power: int, organisation: bytes) -> bytes:
    """Add a validator, change its power, or remove it with power 0.

    Membership takes one decision about validators per block. A share of a third or more
    lets its holder stop the network, of more than two thirds let it decide alone: that
    is for the voters to weigh, no rule forbids it.

    Args:
        public_key: Ed25519 public key, 32 bytes.
        power: Voting power, at most 1,000,000,000.
        organisation: Who runs it; a validator key belongs to one organisation for ever.
    """
    return _action("setValidator(bytes32,uint64,bytes32)", public_key, power, organisation)


def replace_validator(public_key: bytes, successor: bytes) -> bytes:
    """Replace a validator's key by a new one of the same organisation and power.

    Args:
        public_key: Ed25519 public key of a validator.
        successor: Ed25519 public key that never was a validator's.
    """
    return _action("replaceValidator(bytes32,bytes32)", public_key, successor)


def commit_consortium_key(name: str, commitment: bytes) -> bytes:
    """Commit, once per name, to an identifier key that the whole consortium shares."""
    return _action("commitConsortiumKey(bytes32,bytes32)", domain_word(name), commitment)


def install_contract(domain: str, init_code: bytes, from_block: int) -> bytes:
    """Create a contract that speaks for a domain from a block on.

    It is decided with `MembershipContract.install`, which carries the init code too.

    Args:
        domain: Name of the domain, such as "origin".
        init_code: Creation code with its constructor arguments.
        from_block: First EVM block, the current one or later.
    """
    arguments: list[int | bytes] = [domain_word(domain), keccak256(init_code), from_block]
    return _action("installContract(bytes32,bytes32,uint256)", *arguments)


def _action(signature: str, *arguments: int | bytes) -> bytes:
    return selector(signature) + compose([word(argument) for argument in arguments])


__all__ = [
    "CONSORTIUM",
    "NO_END",
    "KeyPurpose",
    "Role",
    "admit_organisation",
    "change_organisation",
    "commit_consortium_key",
    "grant_admin_key",
    "install_contract",
    "mark_compromised",
    "replace_validator",
    "set_validator",
]
