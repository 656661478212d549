"""What the clearance contract keeps, as typed values; pure."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from contracts.clearance.records import CargoEvent, Channel, CheckOutcome, Direction, FactKind

RANKS: Final = 9
RATE_BITS: Final = 24
MILLION: Final = 1_000_000
_RATES_SET: Final = 1 << 255


class Stage(IntEnum):
    """How far a declaration has come."""

    REGISTERED = 1
    CHANNELLED = 2
    STORED = 3
    RELEASED = 4
    CLEARED = 5
    CANCELLED = 6
    SEIZED = 7


class DrawOutcome(IntEnum):
    """What is known of a declaration's draw."""

    UNRESOLVED = 0
    SPARED = 1
    DRAWN = 2


class FactStatus(IntEnum):
    """What is known of an awaited fact."""

    OPEN = 0
    PASSED = 1
    FAILED = 2
    WAIVED = 3


@dataclass(frozen=True, slots=True)
class ClearanceState:
    """How a declaration stands.

    Attributes:
        id: Its identifier, 32 bytes.
        stage: How far it has come.
        channel: The mildest channel left to it: the one decided last, or the one that an
            amended finding asks for; None before.
        direction: Import or export.
        rank: Risk rank of the declarant when it was registered, 1 to 9.
        amendment: Its amendment count.
        decided: The amendment that the channel was decided on, None before.
        certificates: How many claims it rests on.
        claims: How many of them are named.
        facts: How many facts must be awaited.
        awaited: How many are or were.
        open: How many of these are not stated.
        later: How many of the open ones release does not wait for.
        failed: How many failed.
        documents: What the check of documents found, None before.
        inspection: What the inspection found, None before.
        holds: How many holds stand.
        draw: What is known of its draw.
        overrides: How many overrides it took.
        cargo: What happened to its goods.
        round: EVM block in which it was registered.
        registered_at: That block's time, seconds.
        rate: How often declarations like it are drawn, in 1/1,000,000.
        registration: Digest of its `DeclarationRegister`.
    """

    id: bytes
    stage: Stage
    channel: Channel | None
    direction: Direction
    rank: int
    amendment: int
    decided: int | None
    certificates: int
    claims: int
    facts: int
    awaited: int
    open: int
    later: int
    failed: int
    documents: CheckOutcome | None
    inspection: CheckOutcome | None
    holds: int
    draw: DrawOutcome
    overrides: int
    cargo: CargoEvent
    round: int
    registered_at: int
    rate: int
    registration: bytes

    @property
    def is_decided(self) -> bool:
        """Whether the channel is decided as the declaration now reads."""
        return self.decided == self.amendment

    @property
    def may_leave(self) -> bool:
        """Whether its goods may leave the supervised area."""
        return Stage.STORED <= self.stage <= Stage.CLEARED and not self.holds

    @classmethod
    def from_words(
        cls, declaration: bytes, state: int, fixed: int, registration: int
    ) -> "ClearanceState | None":
        """Decode the stored words; zero means that there is no such declaration."""
        if not state:
            return None
        octet = [state >> shift & 0xFF for shift in range(0, 168, 8)]
        decided = state >> 48 & 0xFFFF
        return cls(
            id=declaration,
            stage=Stage(octet[0]),
            channel=Channel(octet[1]) if octet[1] else None,
            direction=Direction(octet[2]),
            rank=octet[3],
            amendment=state >> 32 & 0xFFFF,
            decided=decided - 1 if decided else None,
            certificates=octet[8],
            claims=octet[9],
            facts=octet[10],
            awaited=octet[11],
            open=octet[12],
            later=octet[13],
            failed=octet[14],
            documents=CheckOutcome(octet[15]) if octet[15] else None,
            inspection=CheckOutcome(octet[16]) if octet[16] else None,
            holds=octet[17],
            draw=DrawOutcome(octet[18]),
            overrides=octet[19],
            cargo=CargoEvent(octet[20]),
            round=fixed & (1 << 64) - 1,
            registered_at=fixed >> 64 & (1 << 64) - 1,
            rate=fixed >> 128,
            registration=registration.to_bytes(32, "big"),
        )


@dataclass(frozen=True, slots=True)
class FactRecord:
    """An awaited fact.

    Attributes:
        agency: Organisation that states it, 32 bytes.
        kind: What it is about.
        status: What is known of it.
    """

    agency: bytes
    kind: FactKind
    status: FactStatus

    @classmethod
    def from_words(cls, agency: int, state: int) -> "FactRecord | None":
        """Decode the stored words; zero means that it is not awaited."""
        if not state:
            return None
        return cls(agency.to_bytes(32, "big"), FactKind(state & 0xFF), FactStatus(state >> 8))


def pack_rates(rates: tuple[int, ...]) -> int:
    """Return the rates of the nine ranks as one word.

    Args:
        rates: In 1/1,000,000, rank 1 first.

    Raises:
        ValueError: There are not nine, or one is beyond certainty.
    """
    if len(rates) != RANKS or not all(0 <= rate <= MILLION for rate in rates):
        raise ValueError(f"give nine rates from 0 to {MILLION}, not {rates}")
    return sum(rate << RATE_BITS * place for place, rate in enumerate(rates))


def unpack_rates(word: int) -> tuple[int, ...] | None:
    """Return the rates of the nine ranks, None where none were set."""
    if not word:
        return None
    word &= ~_RATES_SET
    return tuple(word >> RATE_BITS * place & (1 << RATE_BITS) - 1 for place in range(RANKS))


def is_drawn(draw: bytes, rate: int) -> bool:
    """Say whether a draw falls below a rate, as the contract compares them.

    Args:
        draw: keccak256 of the beacon's seed and the registration's digest.
        rate: 1/1,000,000.
    """
    return (int.from_bytes(draw, "big") >> 128) * MILLION < rate << 128


def channel_floor(channel: int, documents: int, inspection: int) -> int:
    """Return the mildest channel left to an amendment: a finding is not amended away.

    Args:
        channel: The channel before, 0 for none.
        documents: What the check of documents found, 0 for none.
        inspection: What the inspection found, 0 for none.
    """
    if inspection == CheckOutcome.FINDING:
        return Channel.RED
    if documents == CheckOutcome.FINDING:
        return max(channel, Channel.YELLOW)
    return channel
