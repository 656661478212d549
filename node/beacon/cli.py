"""`tradeseal beacon`: keys of the random beacon, their panel, and draws checked by anybody.

Exit codes: 0 done, 1 refused or failed (the message says what to do), 64 unusable input.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.beacon.draw_file import DrawFile
from contracts.beacon.errors import BeaconDrawError
from contracts.beacon.identifiers import key_id
from contracts.bundles.errors import JsonFormError
from contracts.bundles.json_text import parse_strict
from contracts.errors import ContractError
from contracts.records.fields import FixedBytes
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.beacon.desk import DrawDesk, admission, ending, registration
from node.beacon.keys import BEACON_KEY_NAME, create_beacon_key, load_beacon_key
from node.beacon.publisher import speaking_contract
from node.beacon.reading import beacon_at
from node.console import AsJson, Folder, answer, failing_plainly, now
from node.folder import open_folder
from node.keys.accounts import load_account
from node.keys.passwords import load_password
from node.organisation import OrganisationNode, open_node

app = typer.Typer(
    name="beacon",
    help="The random beacon: keys, panels, draws that anybody can check.",
    no_args_is_help=True,
)

Officer = Annotated[str, typer.Option(help="Name in keys/ of the key that signs.")]
Country = Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-2; the organisation's own.")]
KeyId = Annotated[str, typer.Argument(help="The beacon key: 0x and 64 digits.")]

_OFFICER: Final = "officer.json"
_EXIT_USAGE: Final = 64
_SIZE_LIMIT: Final = 1 << 20


@app.command()
def key(folder: Folder, *, as_json: AsJson = False) -> None:
    """Make the organisation's beacon key; the node publishes with it once it has a seat."""
    with _failing():
        place = open_folder(folder)
        made = create_beacon_key(place.keys / BEACON_KEY_NAME, load_password(os.environ))
        name = key_id(place.config.country, made.modulus)
        answer({"key": "0x" + name.hex(), "modulus": "0x" + made.modulus.hex()}, as_json=as_json)


@app.command()
def register(
    folder: Folder,
    *,
    country: Country = None,
    officer: Officer = _OFFICER,
    as_json: AsJson = False,
) -> None:
    """Register the organisation's beacon key, with the proof that it has one output each."""
    with _failing(), _opened(folder) as node:
        config = node.folder.config
        secret = load_beacon_key(node.folder.keys / BEACON_KEY_NAME, load_password(os.environ))
        organisation = bytes.fromhex(config.organisation[2:])
        record = registration(secret, organisation, country or config.country, _time())
        _hand_in(node, record, officer, as_json=as_json)


@app.command()
def admit(
    folder: Folder, key: KeyId, *, officer: Officer = _OFFICER, as_json: AsJson = False
) -> None:
    """Give a registered key its seat in the panel, as customs of its country."""
    with _failing(), _opened(folder) as node:
        _hand_in(node, admission(_word(key), _time()), officer, as_json=as_json)


@app.command()
def end(
    folder: Folder, key: KeyId, *, officer: Officer = _OFFICER, as_json: AsJson = False
) -> None:
    """End a key from the next round on, as its holder or as customs of its country."""
    with _failing(), _opened(folder) as node:
        _hand_in(node, ending(_word(key), _time()), officer, as_json=as_json)


@app.command()
def panel(folder: Folder, *, country: Country = None, as_json: AsJson = False) -> None:
    """Show who sits in a country's panel now."""
    with _failing(), _opened(folder) as node:
        asked = country or node.folder.config.country
        number = node.ledger.latest_number() + 1
        contract = beacon_at(node.ledger, speaking_contract(node.read))
        found = contract.panel(asked, number)
        answer(
            {
                "country": asked,
                "valid": found.is_valid,
                "from_round": found.from_round,
                "keys": ["0x" + one.hex() for one in found.keys],
            },
            as_json=as_json,
        )


@app.command()
def draw(
    folder: Folder,
    number: Annotated[int, typer.Argument(help="The block of the declaration's registration.")],
    *,
    digest: Annotated[str, typer.Option(help="The registration's digest: 0x and 64 digits.")],
    rate_ppm: Annotated[int, typer.Option(help="How many of a million are drawn.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    country: Country = None,
) -> None:
    """Write a draw with all that it rests on, for `tradeseal beacon check`."""
    with _failing(), _opened(folder) as node:
        config = node.folder.config
        desk = DrawDesk(node.read, node.ledger, config.evm_chain_id)
        made = desk.file(country or config.country, number, _word(digest), rate_ppm)
        output.write_text(json.dumps(made.to_json(), indent=1) + "\n")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A draw, as `tradeseal beacon draw` writes it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Recompute a draw: keys, outputs, seed, draw. Nothing is asked of anybody."""
    with _failing():
        found = DrawFile.from_json(_json(file))
        made = found.check()
        result: dict[str, Any] = {
            "country": found.round.country,
            "round": found.round.number,
            "outputs": len(found.panel),
            "seed": "0x" + made.seed.hex(),
            "draw": "0x" + made.value.hex(),
            "rate_ppm": found.rate_ppm,
            "drawn": made.drawn,
        }
        answer(result, as_json=as_json)


@contextmanager
def _failing() -> Iterator[None]:
    with failing_plainly():
        try:
            yield
        except ContractError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error


@contextmanager
def _opened(folder: Path) -> Iterator[OrganisationNode]:
    node = open_node(folder, load_password(os.environ), now)
    try:
        yield node
    finally:
        node.close()


def _hand_in(node: OrganisationNode, record: Record, officer: str, *, as_json: bool) -> None:
    account = load_account(node.folder.keys / officer, load_password(os.environ))
    domain = RecordDomain(node.folder.config.evm_chain_id, speaking_contract(node.read))
    entry = node.submit(SignedRecord.sign(record, domain, bytes(account.key)))
    found = {"key": "0x" + record.object.hex(), "record": entry.digest, "status": str(entry.status)}
    answer(found, as_json=as_json)


def _word(text: str) -> bytes:
    word = FixedBytes(32)
    found = word.read("identifier", text)
    word.check("identifier", found)
    return found


def _time() -> int:
    return int(now().timestamp())


def _json(file: Path) -> object:
    try:
        content = file.read_bytes()
    except OSError as error:
        typer.echo(f"error: {file}: {error.strerror}", err=True)
        raise typer.Exit(_EXIT_USAGE) from error
    try:
        return parse_strict(content, _SIZE_LIMIT)
    except JsonFormError as error:
        raise BeaconDrawError(str(error), "give a draw's file") from error
