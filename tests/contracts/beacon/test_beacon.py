"""The beacon contract: keys, panels, outputs, seeds; each rule beside what breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from support.beacons import BANK, CUSTOMS, IMPORTER, NEXT_CUSTOMS, Beacons, Holder, seated_network
from support.network import ID_CUSTOMS, MEMBERS, VN_AUTHORITY, VN_BANK, VN_CUSTOMS, Member

from contracts.artifacts import load_artifact
from contracts.beacon import vrf
from contracts.beacon.binding import BeaconContract
from contracts.beacon.draw import draw_of, recompute, seed_of
from contracts.beacon.draw_file import DrawFile
from contracts.beacon.errors import BeaconDrawError, BeaconProofError
from contracts.beacon.events import BeaconKeyAdmitted, BeaconKeyEnded, BeaconPublished
from contracts.beacon.identifiers import key_id, round_id
from contracts.beacon.records import BeaconKeyAdmit, BeaconKeyEnd
from contracts.beacon.replay import BeaconBook, Signing, accept
from contracts.beacon.state import KeyStatus, Seed, SeedStanding
from contracts.errors import RefusedError
from contracts.records import Record

WAITING, COMPLETE, WITHHELD = SeedStanding


@pytest.fixture
def beacons() -> Iterator[Beacons]:
    network = seated_network()
    yield Beacons(network)
    network.close()


def seed(beacons: Beacons, number: int, since: int) -> Seed:
    """How a round stands in the block after the last one."""
    beacons.round()
    return beacons.network.beacon.seed("VN", number, since)


def refused(beacons: Beacons, record: Record, member: Member) -> str:
    beacons.round()
    with pytest.raises(RefusedError) as caught:
        beacons.network.attempt_record(record, member.officer)
    return caught.value.reason


# ----------------------------------------------------------------------- seeds


def test_all_outputs_make_the_seed(beacons: Beacons) -> None:
    contract = beacons.network.beacon
    number, since = beacons.round()
    assert contract.seed("VN", number, since) == Seed(WAITING)
    first = beacons.publish(CUSTOMS, number).only(BeaconPublished)
    assert seed(beacons, number, since) == Seed(WAITING)
    second = beacons.publish(IMPORTER, number).only(BeaconPublished)
    outputs = [first.output, second.output]
    digest = b"\7" * 32
    draw = recompute("VN", number, outputs, digest, 50_000)
    assert seed(beacons, number, since) == Seed(COMPLETE, draw.seed)
    assert outputs == [contract.output("VN", number, one.key) for one in (CUSTOMS, IMPORTER)]
    assert first.block_hash == beacons.block_hash(number)
    assert vrf.output_of(first.proof) == first.output
    assert contract.object_head(round_id("VN", number)).count == 2


def test_seeds_of_rounds_differ(beacons: Beacons) -> None:
    found = set()
    for _ in range(2):
        number, since = beacons.round()
        beacons.publish(IMPORTER, number)
        beacons.publish(CUSTOMS, number)
        found.add(seed(beacons, number, since).value)
    assert len(found - {bytes(32)}) == 2


@pytest.mark.parametrize(("late", "standing"), [(30, WAITING), (31, WITHHELD)])
def test_window_without_an_output(beacons: Beacons, late: int, standing: SeedStanding) -> None:
    number, since = beacons.round()
    beacons.publish(CUSTOMS, number)
    beacons.network.wait(late)
    assert seed(beacons, number, since).standing is standing


@pytest.mark.parametrize(("late", "standing"), [(30, COMPLETE), (31, WITHHELD)])
def test_late_output_changes_nothing(beacons: Beacons, late: int, standing: SeedStanding) -> None:
    number, since = beacons.round()
    beacons.publish(CUSTOMS, number)
    beacons.network.wait(late)
    beacons.publish(IMPORTER, number)
    assert seed(beacons, number, since).standing is standing
    beacons.network.wait(3_600)
    assert seed(beacons, number, since).standing is standing


def test_no_panel_of_one_kind(beacons: Beacons) -> None:
    beacons.run(beacons.end_record(IMPORTER.key), IMPORTER.member)
    number, since = beacons.round()
    beacons.publish(CUSTOMS, number)
    assert seed(beacons, number, since) == Seed(WITHHELD)
    assert beacons.network.beacon.seed("ID", number, since) == Seed(WITHHELD)
    beacons.run(beacons.end_record(CUSTOMS.key), VN_CUSTOMS)
    beacons.admit(BANK)
    number, since = beacons.round()
    beacons.publish(BANK, number)
    assert seed(beacons, number, since) == Seed(WITHHELD)


def test_coming_round_waits(beacons: Beacons) -> None:
    number, since = beacons.round()
    assert beacons.network.beacon.seed("VN", number + 5, since) == Seed(WAITING)


# ---------------------------------------------------------------------- panels


def test_ended_key_owes_what_came_before(beacons: Beacons) -> None:
    number, since = beacons.round()
    ended = beacons.run(beacons.end_record(IMPORTER.key), VN_CUSTOMS)
    assert ended.only(BeaconKeyEnded).from_round == ended.block + 1
    beacons.publish(CUSTOMS, number)
    beacons.publish(IMPORTER, number)
    assert seed(beacons, number, since).standing is COMPLETE
    # It still sat in the round in which it was ended.
    beacons.publish(IMPORTER, ended.block)
    later = beacons.publish_record(IMPORTER, ended.block + 1)
    assert refused(beacons, later, IMPORTER.member) == "beacon: key has no seat"


def test_new_key_takes_its_organisations_seat(beacons: Beacons) -> None:
    contract = beacons.network.beacon
    admitted = beacons.admit(NEXT_CUSTOMS)
    assert admitted.only(BeaconKeyAdmitted).former == CUSTOMS.key
    assert contract.panel("VN", admitted.block).keys == (CUSTOMS.key, IMPORTER.key)
    after = contract.panel("VN", admitted.block + 1)
    assert (after.keys, after.customs) == ((NEXT_CUSTOMS.key, IMPORTER.key), (True, False))
    former = contract.key(CUSTOMS.key)
    assert former is not None
    assert former.status is KeyStatus.ENDED
    number, since = beacons.round()
    beacons.publish(NEXT_CUSTOMS, number)
    beacons.publish(IMPORTER, number)
    assert seed(beacons, number, since).standing is COMPLETE


def test_third_seat_is_asked_too(beacons: Beacons) -> None:
    beacons.admit(BANK)
    number, since = beacons.round()
    for holder in (BANK, CUSTOMS):
        beacons.publish(holder, number)
        assert seed(beacons, number, since) == Seed(WAITING)
    beacons.publish(IMPORTER, number)
    keys = [holder.key for holder in (CUSTOMS, IMPORTER, BANK)]
    outputs = [beacons.network.beacon.output("VN", number, key) for key in keys]
    value = seed_of("VN", number, [one for one in outputs if one is not None])
    assert seed(beacons, number, since) == Seed(COMPLETE, value)


def test_who_admits(beacons: Beacons) -> None:
    record = beacons.admit_record(BANK.key)
    assert refused(beacons, record, VN_BANK) == "members: role"
    assert refused(beacons, record, ID_CUSTOMS) == "beacon: key of another country"
    unknown = BeaconKeyAdmit(b"VN" + bytes(30), beacons.network.now, beacons.network.soon)
    assert refused(beacons, unknown, VN_CUSTOMS) == "beacon: key is not registered"
    beacons.admit(BANK)
    again = BeaconKeyAdmit(BANK.key, beacons.network.now - 1, beacons.network.soon)
    assert refused(beacons, again, VN_CUSTOMS) == "beacon: key is not registered"


def test_who_ends(beacons: Beacons) -> None:
    record = beacons.end_record(IMPORTER.key)
    assert refused(beacons, record, VN_BANK) == "beacon: not the holder"
    assert refused(beacons, record, ID_CUSTOMS) == "beacon: key of another country"
    beacons.run(beacons.end_record(BANK.key), VN_BANK)
    again = BeaconKeyEnd(BANK.key, beacons.network.now - 1, beacons.network.soon)
    assert refused(beacons, again, VN_CUSTOMS) == "beacon: key has ended"
    assert refused(beacons, beacons.admit_record(BANK.key), VN_CUSTOMS) == (
        "beacon: key is not registered"
    )


@pytest.mark.slow
def test_panel_of_eight_is_full(beacons: Beacons) -> None:
    seated = {CUSTOMS.member.id, IMPORTER.member.id}
    more = [Holder(member) for member in MEMBERS if member.id not in seated][:7]
    for holder in more[:6]:
        if holder.member is not VN_BANK:
            beacons.register(holder)
        beacons.admit(holder)
    number, since = beacons.round()
    assert len(beacons.network.beacon.panel("VN", number).keys) == 8
    beacons.register(more[6])
    assert refused(beacons, beacons.admit_record(more[6].key), VN_CUSTOMS) == (
        "beacon: panel is full"
    )
    # A seat's own organisation may still replace its key.
    beacons.admit(NEXT_CUSTOMS)
    for holder in (CUSTOMS, IMPORTER, *more[:6]):
        beacons.publish(holder, number)
    keys = [holder.key for holder in (CUSTOMS, IMPORTER, *more[:6])]
    outputs = [beacons.network.beacon.output("VN", number, one) or b"" for one in keys]
    assert seed(beacons, number, since) == Seed(COMPLETE, seed_of("VN", number, outputs))


# --------------------------------------------------------------- registration


def test_registration_is_proven(beacons: Beacons) -> None:
    new = Holder(VN_AUTHORITY)
    record = beacons.register_record(new)
    broken = bytearray(record.roots)
    broken[-1] ^= 1
    small = (2039 * ((1 << 2047) // 2039 + 2 | 1)).to_bytes(256, "big")
    cases = {
        "beacon: key id": {"object": b"VN" + bytes(30)},
        "beacon: root": {"roots": bytes(broken)},
        "beacon: roots size": {"roots": record.roots[256:]},
        "beacon: small factor": {"modulus": small, "object": key_id("VN", small)},
        "beacon: modulus size": {"modulus": b"", "object": key_id("VN", b"")},
        "beacon: modulus": {"modulus": b"\xff" * 255 + b"\xfe"},
        "members: event time": {"registered_at": beacons.network.now + 301},
    }
    cases["beacon: modulus"]["object"] = key_id("VN", cases["beacon: modulus"]["modulus"])
    book = BeaconBook(beacons.network.beacon.domain.chain_id, beacons.block_hash)
    by_authority = Signing(
        VN_AUTHORITY.id, VN_AUTHORITY.roles, VN_AUTHORITY.country, 9, beacons.network.now
    )
    for reason, changes in cases.items():
        changed = beacons.register_record(new, **changes)
        assert refused(beacons, changed, VN_AUTHORITY) == reason
        with pytest.raises(RefusedError) as caught:
            accept(book, changed, by_authority)
        assert caught.value.reason == reason


def test_key_of_another_is_refused(beacons: Beacons) -> None:
    """The proof names its holder: whoever copies it has shown nothing."""
    copied = beacons.register_record(Holder(VN_AUTHORITY))
    assert refused(beacons, copied, VN_BANK) == "beacon: root"
    again = beacons.register_record(BANK, registered_at=beacons.network.now - 1)
    assert refused(beacons, again, VN_BANK) == "beacon: key exists"


# --------------------------------------------------------------------- outputs


def test_outputs_that_are_refused(beacons: Beacons) -> None:
    number, _ = beacons.round()
    other, _ = beacons.round()
    proof = vrf.prove(CUSTOMS.secret, beacons.alpha(CUSTOMS, other))
    twice = b"\xff" * 256
    cases = {
        "beacon: proof": {"proof": proof},
        "beacon: round id": {"object": round_id("VN", other)},
        "beacon: round is not over": {
            "round": number + 99,
            "object": round_id("VN", number + 99),
        },
    }
    for reason, changes in cases.items():
        record = beacons.publish_record(CUSTOMS, number, **changes)
        assert refused(beacons, record, VN_CUSTOMS) == reason
    for form in (twice, proof[1:], CUSTOMS.secret.modulus):
        record = beacons.publish_record(CUSTOMS, number, proof=form)
        assert refused(beacons, record, VN_CUSTOMS) == "beacon: proof"
    record = beacons.publish_record(CUSTOMS, number)
    assert refused(beacons, record, VN_BANK) == "beacon: not the holder"
    registered = beacons.publish_record(BANK, number)
    assert refused(beacons, registered, VN_BANK) == "beacon: key has no seat"


def test_output_counts_once(beacons: Beacons) -> None:
    number, _ = beacons.round()
    beacons.publish(CUSTOMS, number)
    again = beacons.publish_record(CUSTOMS, number, expires=beacons.network.soon + 1)
    assert refused(beacons, again, VN_CUSTOMS) == "beacon: output exists"


@pytest.mark.slow
def test_round_of_long_ago(beacons: Beacons) -> None:
    number, _ = beacons.round()
    records = [beacons.publish_record(one, number) for one in (CUSTOMS, IMPORTER)]
    for _ in range(255):
        beacons.round()
    assert beacons.run(records[0], VN_CUSTOMS).block == number + 256
    reason = "beacon: round is too long ago"
    assert refused(beacons, records[1], IMPORTER.member) == reason


def test_many_outputs_in_one_transaction(beacons: Beacons) -> None:
    network = beacons.network
    rounds = [beacons.round() for _ in range(5)]
    for holder in (CUSTOMS, IMPORTER):
        records = [beacons.publish_record(holder, number) for number, _ in rounds]
        calls = [network.carry(network.sign(one, holder.member.officer)) for one in records]
        assert all(len(call.data) <= 768 for call in calls)
        outcome = network.send(network.beacon.submit(calls), attempt=False)
        assert sum(isinstance(event, BeaconPublished) for event in outcome.events) == 5
    for number, since in rounds:
        assert seed(beacons, number, since).standing is COMPLETE


# --------------------------------------------------------------------- upgrade


def test_upgrade_keeps_keys_panels_and_outputs(beacons: Beacons) -> None:
    network = beacons.network
    number, since = beacons.round()
    beacons.publish(CUSTOMS, number)
    before = beacons.network.beacon.panel("VN", number)
    for _ in range(2):
        init_code = load_artifact("beacon").init_code(
            network.membership.address.rjust(32, b"\0"), network.beacon.address.rjust(32, b"\0")
        )
        network.install("beacon", init_code, network.ledger.block_number() + 2)
        beacons.round()
        address = network.membership.versions("beacon")[-1].contract
        network.beacon = BeaconContract(network.ledger, address)
    assert network.beacon.panel("VN", number) == before
    again = beacons.publish_record(CUSTOMS, number)
    assert refused(beacons, again, VN_CUSTOMS) == "beacon: output exists"
    beacons.publish(IMPORTER, number)
    assert seed(beacons, number, since).standing is COMPLETE
    known = beacons.register_record(BANK, registered_at=network.now - 1)
    assert refused(beacons, known, VN_BANK) == "beacon: key exists"
    beacons.admit(BANK)
    beacons.run(beacons.end_record(CUSTOMS.key), VN_CUSTOMS)
    later, _ = beacons.round()
    assert network.beacon.panel("VN", later).keys == (IMPORTER.key, BANK.key)
    assert network.beacon.panel("VN", number) == before


# ----------------------------------------------------------------------- draws


def test_rate_bounds_the_draw() -> None:
    outputs = [b"\1" * 32, b"\2" * 32]
    rates = [recompute("VN", 7, outputs, bytes([n]) * 32, 500_000).drawn for n in range(64)]
    assert 16 < sum(rates) < 48
    value = draw_of(b"\1" * 32, b"\2" * 32, 0).value
    edge = (int.from_bytes(value[:16], "big") * 1_000_000 >> 128) + 1
    assert draw_of(b"\1" * 32, b"\2" * 32, edge).drawn
    assert not draw_of(b"\1" * 32, b"\2" * 32, edge - 1).drawn
    assert draw_of(b"\1" * 32, b"\2" * 32, 1_000_000).drawn


@pytest.mark.parametrize("outputs", [[], [b"\1" * 32], [b"\1" * 32] * 9, [b"\1" * 31, b"\2" * 32]])
def test_outputs_of_no_panel(outputs: list[bytes]) -> None:
    with pytest.raises(BeaconDrawError, match="no panel"):
        seed_of("VN", 1, outputs)


@pytest.mark.parametrize("rate", [-1, 1_000_001])
def test_no_rate(rate: int) -> None:
    with pytest.raises(BeaconDrawError, match="is no rate"):
        draw_of(bytes(32), bytes(32), rate)


# ------------------------------------------------------------------ draw files


def draw_file() -> dict[str, object]:
    seat = {
        "organisation": "0x" + "01" * 32,
        "customs": True,
        "modulus": "0x" + "ff" * 256,
        "roots": "0x",
        "proof": "0x",
    }
    return {
        "format": "tradeseal-beacon-draw/1",
        "chain_id": "7474",
        "country": "VN",
        "round": "5",
        "block_hash": "0x" + "02" * 32,
        "panel": [seat, seat | {"customs": False}],
        "digest": "0x" + "03" * 32,
        "rate_ppm": "50000",
    }


def test_draw_file_has_one_form() -> None:
    value = draw_file()
    assert DrawFile.from_json(value).to_json() == value
    with pytest.raises(BeaconProofError):
        DrawFile.from_json(value).check()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format": "tradeseal-beacon-draw/2"}, "another format"),
        ({"panel": {}}, "no list"),
        ({"panel": [{}]}, "other members"),
        ({"more": "1"}, "other members"),
        ({"round": 5}, "no string"),
        ({"round": "05"}, "no decimal integer"),
        ({"round": str(1 << 64)}, "more than 64 bits"),
        ({"digest": "0x03"}, "another length"),
        ({"digest": "0x" + "AB" * 32}, "canonical hexadecimal"),
    ],
)
def test_draw_file_in_another_form(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(BeaconDrawError, match=problem):
        DrawFile.from_json(draw_file() | changes)


def test_draw_file_says_who_is_customs() -> None:
    value = draw_file()
    seats = cast("list[dict[str, object]]", value["panel"])
    with pytest.raises(BeaconDrawError, match="neither true nor false"):
        DrawFile.from_json(value | {"panel": [seats[0] | {"customs": "true"}, seats[1]]})
    with pytest.raises(BeaconDrawError, match="somebody else"):
        DrawFile.from_json(value | {"panel": seats[:1]}).check()
