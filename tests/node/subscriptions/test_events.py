"""Events in the ledger's order, from a cursor on, for those who may see them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_TH,
    CUSTOMS_VN,
    EXPORTER,
    IMPORTER,
    ISSUER,
    Member,
    Network,
    certificate_id,
)

from contracts.commitments.pedersen import Opening
from node.errors import CursorMalformedError
from node.files import make_private_folder
from node.indexer.tables import LedgerRecord
from node.organisation import OrganisationNode
from node.origin.tables import ClaimRow
from node.subscriptions.events import BEGINNING, Event, EventCursor
from node.subscriptions.reading import EventFilter

A, B = certificate_id("a"), certificate_id("b")
ALL = EventFilter()
AUTHORITIES = {ISSUER, CUSTOMS_VN, CUSTOMS_ID, CUSTOMS_TH}
Open = Callable[[Member], OrganisationNode]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("events") / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    yield network
    network.close()


@pytest.fixture(scope="module")
def opened(network: Network) -> Open:
    """Give nodes that have read what happened: two certificates, a claim, a cancellation."""
    nodes: dict[Member, OrganisationNode] = {}

    def open_node(member: Member) -> OrganisationNode:
        if member not in nodes:
            nodes[member] = network.node(network.organisation(member))
        node = nodes[member]
        while node._follow():
            pass
        return node

    node = open_node(ISSUER)
    for certificate, country in ((A, b"ID"), (B, b"TH")):
        node.submit(network.issue(certificate, importing_country=country))
        network.settle(node)
    network.receive(A)
    network.record(network.claim(A, Opening(4_000, 7)), network.cancel(B))
    return open_node


def read(
    node: OrganisationNode,
    member: Member,
    wanted: EventFilter = ALL,
    *,
    certificates: bool = True,
    limit: int = 200,
) -> list[Event]:
    visibility = node.subscriptions.visibility(certificates, member in AUTHORITIES)
    found: list[Event] = []
    cursor = BEGINNING
    while True:
        page = node.subscriptions.reader.after(cursor, wanted, visibility, limit)
        found += page.events
        cursor = page.reached
        if page.is_last:
            assert cursor == node.subscriptions.reader.head()
            return found


def kinds(events: list[Event]) -> list[str | None]:
    return [event.type for event in events]


ISSUED = [*["LineCertify"] * 2, "CertificateIssue"]
OTHER = "0x" + "0f" * 32
HISTORY = [*ISSUED, *ISSUED, "CertificateMessage", "CertificateClaim", "CertificateCancel"]


def test_an_authority_sees_all_of_its_country_in_the_ledgers_order(opened: Open) -> None:
    events = read(opened(ISSUER), ISSUER)
    assert kinds(events) == HISTORY
    places = [(event.block, event.log_index) for event in events]
    assert places == sorted(places)
    assert len({event.id for event in events}) == len(events)


@pytest.mark.parametrize("limit", [1, 2, 200])
def test_pages_of_any_size_hold_the_same_events(opened: Open, limit: int) -> None:
    node = opened(ISSUER)
    assert read(node, ISSUER, limit=limit) == read(node, ISSUER)


@pytest.mark.parametrize(
    ("member", "about_a", "about_b"),
    [
        (CUSTOMS_VN, 5, 4),  # the exporting country: all
        (CUSTOMS_ID, 3, 0),  # the importing country: not the lines of Vietnam's customs
        (CUSTOMS_TH, 0, 2),
        (EXPORTER, 0, 0),  # holds no document, applied for nothing
        (IMPORTER, 3, 0),  # claimed from it
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_each_sees_what_it_may(opened: Open, member: Member, about_a: int, about_b: int) -> None:
    events = read(opened(member), member)
    named = {
        certificate: [event for event in events if _is_about(event, certificate)]
        for certificate in (A, B)
    }
    assert [len(found) for found in named.values()] == [about_a, about_b]
    assert len(events) == about_a + about_b


def _is_about(event: Event, certificate: bytes) -> bool:
    message = (event.record or {})["message"]
    return "0x" + certificate.hex() in {event.object, message.get("certificate")}


def test_a_declarant_sees_no_other_declarants_claim(opened: Open) -> None:
    node = opened(IMPORTER)
    claims = EventFilter(types=("CertificateClaim",))
    (own,) = read(node, IMPORTER, claims)
    # The same claim again, made and signed by somebody else of the importing country.
    _add_claim_of_another(node, own)
    assert read(node, IMPORTER, claims) == [own]
    assert len(read(node, IMPORTER)) == 3
    customs = opened(CUSTOMS_ID)
    _add_claim_of_another(customs, own)
    assert len(read(customs, CUSTOMS_ID, claims)) == 2
    for changed in (node, customs):
        changed.indexer.rebuild()


def _add_claim_of_another(node: OrganisationNode, own: Event) -> None:
    with node.read.write() as session:
        for table, changes in (
            (LedgerRecord, {"signer_key": OTHER, "position": 99, "log_index": 99}),
            (ClaimRow, {"declarant_key": OTHER}),
        ):
            row = session.get_one(table, own.id)
            values = {name: getattr(row, name) for name in table.__table__.columns.keys()}  # noqa: SIM118  no dict
            session.add(table(**(values | changes | {"digest": OTHER})))


def test_who_reads_no_certificates_sees_membership_alone(opened: Open) -> None:
    node = opened(ISSUER)
    assert {event.domain for event in read(node, ISSUER, certificates=False)} <= {"membership"}
    assert {event.domain for event in read(node, ISSUER)} > {"origin"}


def test_an_authority_without_its_role_sees_no_more_than_others(opened: Open) -> None:
    node = opened(EXPORTER)
    assert node.subscriptions.visibility(True, True) == node.subscriptions.visibility(True, False)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (EventFilter(domains=("origin",)), 5),
        (EventFilter(domains=("issuance",)), 4),
        (EventFilter(domains=("custody",)), 0),
        (EventFilter(types=("CertificateIssue", "CertificateCancel")), 3),
        (EventFilter(objects=("0x" + B.hex(),)), 2),
        (EventFilter(types=("CertificateIssue",), objects=("0x" + B.hex(),)), 1),
    ],
)
def test_a_filter_leaves_out_the_rest(opened: Open, wanted: EventFilter, number: int) -> None:
    assert len(read(opened(ISSUER), ISSUER, wanted)) == number


def test_cursors_survive_a_rebuild_and_hold_on_other_nodes(opened: Open) -> None:
    node = opened(ISSUER)
    before = read(node, ISSUER)
    node.indexer.rebuild()
    assert read(node, ISSUER) == before
    assert read(opened(CUSTOMS_VN), CUSTOMS_VN) == before


def test_a_cursor_before_its_place_is_indexed_waits(opened: Open) -> None:
    node = opened(ISSUER)
    visibility = node.subscriptions.visibility(True, True)
    ahead = EventCursor(node.subscriptions.reader.head().block + 100, 0)
    page = node.subscriptions.reader.after(ahead, ALL, visibility)
    assert (page.events, page.reached, page.is_last) == ((), ahead, True)


def test_an_event_has_the_same_bytes_each_time(opened: Open) -> None:
    node = opened(ISSUER)
    first, second = read(node, ISSUER), read(node, ISSUER)
    assert [event.to_bytes() for event in first] == [event.to_bytes() for event in second]
    members: dict[str, Any] = first[-1].members()
    assert members["record"]["type"] == members["type"] == "CertificateCancel"
    assert members["block_time"].startswith("2026-01-0")


@pytest.mark.parametrize("text", ["0.0", "1042.7", "999999999999999999.0"])
def test_a_cursor_comes_back_as_it_was_written(text: str) -> None:
    assert str(EventCursor.parse(text)) == text


@pytest.mark.parametrize("text", ["", "1", "1.", ".1", "01.0", "1.-1", "1.0\n", "9" * 19 + ".0"])
def test_another_text_is_no_cursor(text: str) -> None:
    with pytest.raises(CursorMalformedError):
        EventCursor.parse(text)
