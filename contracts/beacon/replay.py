"""The rules of the beacon contract over records in their order; pure.

What the contract refuses is refused here with the same reason, so that a test can hold one to
the other, and an audit recompute from records alone what each round's seed was.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from chain.proofs.keccak import keccak256
from contracts.beacon.draw import output_of_round, seed_of
from contracts.beacon.errors import BeaconKeyError, BeaconProofError
from contracts.beacon.identifiers import Round, country_of, round_of
from contracts.beacon.permutation import verify_permutation
from contracts.beacon.records import (
    BEACON_RECORDS,
    BeaconKeyAdmit,
    BeaconKeyEnd,
    BeaconKeyRegister,
    BeaconPublish,
)
from contracts.beacon.state import (
    HASHES_KEPT,
    SEATS,
    WINDOW_SECONDS,
    BeaconKey,
    KeyStatus,
    Panel,
    Seed,
    SeedStanding,
)
from contracts.errors import RefusedError, UnknownRecordTypeError
from contracts.membership.keys import Role
from contracts.records.record import Record

CLOCK_SKEW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signed a record, and when the ledger took it.

    Attributes:
        organisation: Whose key signed it, 32 bytes.
        roles: What that organisation is.
        country: Its country, ISO 3166 alpha-2.
        block: Number of the block that took the record.
        now: That block's time, seconds.
    """

    organisation: bytes
    roles: Role
    country: str
    block: int
    now: int


@dataclass
class BeaconBook:
    """What the records said so far.

    Attributes:
        chain_id: EIP-155 id of the chain.
        block_hash: Gives the hash of a block by its number.
        keys: Keys by identifier.
        moduli: Their moduli.
        panels: The panels of each country, the first one first.
        outputs: Of each round the outputs by key.
        last: When the last output of a round came, seconds.
    """

    chain_id: int
    block_hash: Callable[[int], bytes]
    keys: dict[bytes, BeaconKey] = field(default_factory=dict[bytes, BeaconKey])
    moduli: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    panels: dict[bytes, list[Panel]] = field(default_factory=dict[bytes, list[Panel]])
    outputs: dict[bytes, dict[bytes, bytes]] = field(
        default_factory=dict[bytes, dict[bytes, bytes]]
    )
    last: dict[bytes, int] = field(default_factory=dict[bytes, int])

    def panel(self, country: bytes, number: int) -> Panel:
        """Return a country's panel of a round, an empty one where there was none.

        Args:
            country: Its two letters.
            number: Number of the block.
        """
        known = self.panels.get(country, [])
        return next((one for one in reversed(known) if one.from_round <= number), Panel())

    def seed(self, country: str, number: int, since: int, *, block: int, now: int) -> Seed:
        """Return how a round stands.

        Args:
            country: ISO 3166 alpha-2.
            number: Number of the block.
            since: When the panel's time began, seconds.
            block: Number of the block in which it is asked.
            now: That block's time, seconds.
        """
        if number >= block:
            return Seed(SeedStanding.WAITING)
        letters = country.encode("ascii")
        panel, target = self.panel(letters, number), round_of(letters, number)
        if not panel.is_valid:
            return Seed(SeedStanding.WITHHELD)
        found = self.outputs.get(target, {})
        in_time = self.last.get(target, 0) <= since + WINDOW_SECONDS
        if len(found) == len(panel.keys) and in_time:
            value = seed_of(country, number, [found[key] for key in panel.keys])
            return Seed(SeedStanding.COMPLETE, value)
        is_open = now <= since + WINDOW_SECONDS
        return Seed(SeedStanding.WAITING if is_open else SeedStanding.WITHHELD)


def accept(book: BeaconBook, record: Record, signing: Signing) -> None:
    """Take a record, or refuse it and change nothing.

    Args:
        book: What was kept so far; changed in place.
        record: One of this domain.
        signing: Who signed it, and when the ledger took it.

    Raises:
        RefusedError: A rule refuses it; the reason is the contract's.
        UnknownRecordTypeError: It is another domain's.
    """
    match record:
        case BeaconKeyRegister():
            _register(book, record, signing)
        case BeaconKeyAdmit():
            _admit(book, record, signing)
        case BeaconKeyEnd():
            _end(book, record, signing)
        case BeaconPublish():
            _publish(book, record, signing)
        case _:
            names = tuple(kind.TYPE_NAME for kind in BEACON_RECORDS)
            raise UnknownRecordTypeError(record.TYPE_NAME, names)


def _register(book: BeaconBook, record: BeaconKeyRegister, signing: Signing) -> None:
    _require_past(record.registered_at, signing)
    _demand(record.object[2:] == keccak256(record.modulus)[2:], "key id")
    _demand(record.object not in book.keys, "key exists")
    try:
        verify_permutation(signing.organisation, record.modulus, record.roots)
    except BeaconKeyError as fault:
        raise RefusedError(f"beacon: {fault.rule}") from fault
    book.keys[record.object] = BeaconKey(
        record.object,
        signing.organisation,
        KeyStatus.REGISTERED,
        Role.CUSTOMS in signing.roles and _is_of(record.object, signing),
    )
    book.moduli[record.object] = record.modulus


def _admit(book: BeaconBook, record: BeaconKeyAdmit, signing: Signing) -> None:
    if Role.CUSTOMS not in signing.roles:
        raise RefusedError("members: role")
    _require_past(record.admitted_at, signing)
    _demand(_is_of(record.object, signing), "key of another country")
    key = book.keys.get(record.object)
    if key is None or key.status is not KeyStatus.REGISTERED:
        raise RefusedError("beacon: key is not registered")
    seated = list(_latest(book, record.object).keys)
    former = [one for one in seated if book.keys[one].organisation == key.organisation]
    if former:
        seated[seated.index(former[0])] = record.object
        _set_status(book, former[0], KeyStatus.ENDED)
    else:
        _demand(len(seated) < SEATS, "panel is full")
        seated.append(record.object)
    _set_status(book, record.object, KeyStatus.SEATED)
    _keep(book, record.object[:2], seated, signing)


def _end(book: BeaconBook, record: BeaconKeyEnd, signing: Signing) -> None:
    _require_past(record.ended_at, signing)
    key = book.keys.get(record.object)
    if key is None or signing.organisation != key.organisation:
        _demand(Role.CUSTOMS in signing.roles, "not the holder")
        _demand(_is_of(record.object, signing), "key of another country")
    if key is None or key.status is KeyStatus.ENDED:
        raise RefusedError("beacon: key has ended")
    _set_status(book, record.object, KeyStatus.ENDED)
    if key.status is KeyStatus.SEATED:
        seated = [one for one in _latest(book, record.object).keys if one != record.object]
        _keep(book, record.object[:2], seated, signing)


def _publish(book: BeaconBook, record: BeaconPublish, signing: Signing) -> None:
    key = book.keys.get(record.key)
    if key is None or key.organisation != signing.organisation:
        raise RefusedError("beacon: not the holder")
    _demand(record.object == round_of(record.key[:2], record.round), "round id")
    _demand(record.round < signing.block, "round is not over")
    _demand(record.round + HASHES_KEPT >= signing.block, "round is too long ago")
    _demand(record.key in book.panel(record.key[:2], record.round).keys, "key has no seat")
    _demand(record.key not in book.outputs.get(record.object, {}), "output exists")
    country, block_hash = country_of(record.key), book.block_hash(record.round)
    of = Round(book.chain_id, country, record.round, block_hash)
    try:
        output = output_of_round(book.moduli[record.key], of, record.proof)
    except BeaconProofError as fault:
        raise RefusedError("beacon: proof") from fault
    book.outputs.setdefault(record.object, {})[record.key] = output
    book.last[record.object] = signing.now


def _keep(book: BeaconBook, country: bytes, seated: list[bytes], signing: Signing) -> None:
    customs = tuple(book.keys[key].by_customs for key in seated)
    panel = Panel(tuple(seated), customs, signing.block + 1)
    known = book.panels.setdefault(country, [])
    if known and known[-1].from_round == panel.from_round:
        known.pop()
    known.append(panel)


def _latest(book: BeaconBook, key: bytes) -> Panel:
    known = book.panels.get(key[:2])
    return known[-1] if known else Panel()


def _set_status(book: BeaconBook, key: bytes, status: KeyStatus) -> None:
    book.keys[key] = replace(book.keys[key], status=status)


def _is_of(key: bytes, signing: Signing) -> bool:
    return key[:2] == signing.country.encode("ascii")


def _require_past(event_time: int, signing: Signing) -> None:
    if event_time > signing.now + CLOCK_SKEW_SECONDS:
        raise RefusedError("members: event time")


def _demand(kept: bool, rule: str) -> None:
    if not kept:
        raise RefusedError(f"beacon: {rule}")
