"""Two ports race for one item: what is accepted never exceeds the whole, and fits where it can."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from support.network import ID_CUSTOMS, ID_IMPORTER, Network
from support.trade import Trade

from contracts.calls import Call
from contracts.commitments import Opening, commit
from contracts.origin.drawdown import share_of
from contracts.origin.records import ClaimAccept
from contracts.origin.state import ClaimStatus

WHOLE = 12
ITEMS = 8
INTERLEAVINGS = 1_000


@dataclass
class Port:
    """One port's customs: it knows what it last saw, and posts on that."""

    digest: bytes
    opening: Opening
    seen: Opening = field(default_factory=lambda: Opening(0, 0))


def accept(network: Network, port: Port, certificate: bytes, attempt: int) -> Call:
    after = port.seen + port.opening
    point = commit(after)
    record = ClaimAccept(
        object=certificate,
        claim=port.digest,
        share_before=share_of(port.seen.value, WHOLE),
        share_after=share_of(after.value, WHOLE),
        commitment_x=point.x,
        commitment_y=point.y,
        accepted_at=network.now - attempt,
        expires=network.soon,
    )
    return network.carry(network.sign(record, ID_CUSTOMS.officer))


def claims(trade: Trade, certificate: bytes, dice: random.Random) -> list[list[Port]]:
    """Put two claims on each item of a certificate."""
    calls, ports = [], []
    for item in range(1, ITEMS + 1):
        pair = []
        for _ in range(2):
            opening = Opening(dice.randint(1, WHOLE), dice.getrandbits(128))
            record = trade.claim_record(certificate, opening, item=item)
            signed = trade.network.sign(record, ID_IMPORTER.officer)
            calls.append(trade.network.carry(signed))
            pair.append(Port(signed.digest, opening))
        ports.append(pair)
    trade.network.send(trade.network.origin.submit(calls))
    return ports


def interleaved(
    network: Network, certificate: bytes, ports: list[list[Port]], dice: random.Random
) -> Iterator[Call]:
    """Yield both ports' postings on what each had seen, in any order; then what is left."""
    for pair in ports:
        order = dice.sample(pair, 2)
        yield from (accept(network, port, certificate, n) for n, port in enumerate(order))
        first, second = order
        second.seen = first.opening if dice.random() < 0.8 else second.seen
        yield accept(network, second, certificate, 2)


@pytest.mark.slow
def test_races_of_two_ports(network: Network, trade: Trade) -> None:
    dice = random.Random(20_261_123)
    trade.whole = WHOLE
    won_both = left = 0
    for _ in range(INTERLEAVINGS // ITEMS):
        certificate = trade.issue(items=ITEMS)
        ports = claims(trade, certificate, dice)
        calls = list(interleaved(network, certificate, ports, dice))
        network.send(network.origin.submit(calls))
        for number, pair in enumerate(ports, start=1):
            accepted = [port for port in pair if is_accepted(network, certificate, port)]
            total = sum(port.opening.value for port in accepted)
            assert 0 < total <= WHOLE
            assert network.origin.item(certificate, number).share == share_of(total, WHOLE)
            informed = any(port.seen.value for port in pair)
            fits = sum(port.opening.value for port in pair) <= WHOLE
            assert (len(accepted) == 2) == (fits and informed)
            won_both += len(accepted) == 2
            left += len(accepted) == 1
    assert won_both > 100
    assert left > 100


def is_accepted(network: Network, certificate: bytes, port: Port) -> bool:
    state = network.origin.claim(certificate, port.digest)
    assert state is not None
    return state.status is ClaimStatus.ACCEPTED
