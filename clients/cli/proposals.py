"""`tradeseal membership propose …`: drafts what the governing organisations shall decide."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    Url,
    answer,
    failing_plainly,
    now,
    open_client,
    parse_identifier,
)
from clients.sdk.errors import InputError
from clients.sdk.files import load_password, read_input, write_private
from clients.sdk.governance import ProposalState
from clients.sdk.keystore import load_signing_key
from contracts.membership import governance
from contracts.membership.ballot import INIT_CODE_LIMIT, Ballot
from contracts.membership.keys import Role

app = typer.Typer(
    name="propose",
    help="Draft a decision; it is handed in at your door, where others vote on it.",
    no_args_is_help=True,
)
_DAYS: Final = 7
_DAY: Final = 86_400

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Keep the proposal in a file, to pass on.")
]
AdminKey = Annotated[Path | None, typer.Option("--key", help="Vote for it with this admin key.")]
Days = Annotated[int, typer.Option(min=1, max=365, help="Days in which votes are gathered.")]
Organisation = Annotated[str, typer.Option(help="The organisation's identifier.")]
PublicKey = Annotated[str, typer.Argument(help="Ed25519 public key: 0x and 64 digits.")]
Power = Annotated[int, typer.Option(min=1, max=1_000_000_000, help="Voting power.")]
Roles = Annotated[
    list[str], typer.Option("--role", help="What it is, such as customs; several times for more.")
]


@dataclass(frozen=True, slots=True)
class _Handling:
    """What becomes of a draft."""

    output: Path | None
    key: Path | None
    days: int
    url: str


@app.command()
def validator(
    public_key: PublicKey,
    *,
    organisation: Organisation,
    power: Power,
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Add a validator, or change its power."""
    runner = parse_identifier(organisation)
    action = governance.set_validator(parse_identifier(public_key), power, runner)
    _propose(action, _Handling(output, key, days, url), as_json=as_json)


@app.command(name="remove-validator")
def remove_validator(
    public_key: PublicKey,
    *,
    organisation: Organisation,
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Remove a validator."""
    runner = parse_identifier(organisation)
    action = governance.set_validator(parse_identifier(public_key), 0, runner)
    _propose(action, _Handling(output, key, days, url), as_json=as_json)


@app.command(name="replace-validator")
def replace_validator(
    public_key: PublicKey,
    successor: Annotated[str, typer.Argument(help="The new key, never used before.")],
    *,
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Replace a validator's key; organisation and power stay."""
    action = governance.replace_validator(parse_identifier(public_key), parse_identifier(successor))
    _propose(action, _Handling(output, key, days, url), as_json=as_json)


@app.command()
def admission(
    organisation: Annotated[str, typer.Argument(help="The new organisation's identifier.")],
    *,
    role: Roles,
    country: Annotated[str, typer.Option(help="ISO 3166 alpha-2 code.")],
    admin_key: Annotated[str, typer.Option(help="Key id of its first admin key.")],
    governing: Annotated[bool, typer.Option(help="Whether it votes.")] = False,
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Admit an organisation."""
    newcomer, first_key = parse_identifier(organisation), parse_identifier(admin_key)
    with failing_plainly(as_json=as_json):
        if len(country) != 2 or not (country.isascii() and country.isupper()):  # noqa: PLR2004
            raise InputError("--country", "is not two upper-case letters")
        roles = _roles(role)
    action = governance.admit_organisation(newcomer, roles, country, first_key, governing=governing)
    _propose(action, _Handling(output, key, days, url), as_json=as_json)


@app.command()
def change(
    organisation: Annotated[str, typer.Argument(help="The organisation's identifier.")],
    *,
    role: Roles,
    governing: Annotated[bool, typer.Option(help="Whether it votes.")],
    active: Annotated[bool, typer.Option(help="Whether its keys count.")],
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Change an organisation's roles, vote and standing."""
    changed = parse_identifier(organisation)
    with failing_plainly(as_json=as_json):
        roles = _roles(role)
    action = governance.change_organisation(changed, roles, governing=governing, active=active)
    _propose(action, _Handling(output, key, days, url), as_json=as_json)


@app.command(name="admin-key")
def admin_key(
    organisation: Annotated[str, typer.Argument(help="The organisation's identifier.")],
    new_key: Annotated[str, typer.Argument(help="Key id of its new admin key.")],
    *,
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Give an organisation that lost its admin keys a new one."""
    action = governance.grant_admin_key(parse_identifier(organisation), parse_identifier(new_key))
    _propose(action, _Handling(output, key, days, url), as_json=as_json)


@app.command()
def compromised(
    lost_key: Annotated[str, typer.Argument(help="Key id.")],
    *,
    since: Annotated[int, typer.Option(min=1, help="Seconds since 1970.")],
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Revoke a key and mark what it signed since a time as doubtful."""
    action = governance.mark_compromised(parse_identifier(lost_key), since)
    _propose(action, _Handling(output, key, days, url), as_json=as_json)


@app.command()
def contract(
    domain: Annotated[str, typer.Argument(help="Name of the domain, such as origin.")],
    *,
    init_code: Annotated[Path, typer.Option(help="File of the creation code, hexadecimal.")],
    from_block: Annotated[int, typer.Option(min=1, help="First block in which it speaks.")],
    output: Output = None,
    key: AdminKey = None,
    days: Days = _DAYS,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Install a contract for a domain."""
    with failing_plainly(as_json=as_json):
        if not (domain.isascii() and 0 < len(domain) <= 32):  # noqa: PLR2004  a word
            raise InputError("domain", "is not 1 to 32 ASCII characters")
        code = _init_code(init_code)
    action = governance.install_contract(domain, code, from_block)
    _propose(action, _Handling(output, key, days, url), code, as_json=as_json)


def show_state(state: ProposalState, *, as_json: bool) -> None:
    """Print how far a proposal is."""
    told: dict[str, object] = {"proposal": "0x" + state.digest.hex(), "status": state.status}
    told |= {"votes": state.counted, "needed": state.needed}
    if state.ballot is not None:
        told |= ballot_words(state.ballot)
    told["next_sequence"] = state.next_sequence
    if state.block is not None:
        told["block"] = state.block
    if state.reason is not None:
        told["reason"] = state.reason
    answer(told, as_json=as_json)


def ballot_words(ballot: Ballot) -> dict[str, object]:
    """Return what a proposal would do and until when, read from itself."""
    action = ballot.action
    return {
        "action": action.name,
        **action.arguments,
        "sequence": ballot.proposal.sequence,
        "expires": ballot.proposal.expires,
    }


def _propose(action: bytes, handling: _Handling, init_code: bytes = b"", *, as_json: bool) -> None:
    with failing_plainly(as_json=as_json), open_client(handling.url) as client:
        # A few seconds of chance keep two alike drafts of one day apart.
        expires = now() + handling.days * _DAY + secrets.randbelow(60)
        ballot = client.governance.draft(action, expires, client.records.ledger(), init_code)
        if handling.key is not None:
            signer = load_signing_key(handling.key, load_password(os.environ))
            ballot = ballot.sign(signer.secret)
        if handling.output is not None:
            write_ballot(handling.output, ballot, replace=False)
        show_state(client.governance.propose(ballot), as_json=as_json)


def write_ballot(path: Path, ballot: Ballot, *, replace: bool) -> None:
    """Write a proposal's file; nothing in it is secret.

    Raises:
        KeyFileError: It exists and shall not be replaced, or the disk refused.
    """
    write_private(path, ballot.to_bytes(), replace=replace)


def _roles(names: list[str]) -> Role:
    roles = Role(0)
    known = {str(role.name).lower(): role for role in Role}
    for name in names:
        if name not in known:
            raise InputError("--role", f"{name!r} is none of {', '.join(known)}")
        roles |= known[name]
    return roles


def _init_code(path: Path) -> bytes:
    text = read_input(path, 4 + 2 * INIT_CODE_LIMIT).decode("ascii", "replace").strip()
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise InputError(str(path), "is no hexadecimal text") from error
