"""`tradeseal certificate` from the application to the erased document."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)
from support.desks import PASSWORD, Desk
from support.doors import Doors
from support.exchanging import DAY_AFTER, EXAMPLE, example_form
from support.organisations import (
    CUSTOMS_ID,
    CUSTOMS_VN,
    EXPORTER,
    IDENTIFIER_KEY,
    IMPORTER,
    ISSUER,
    Network,
)

from clients.cli.certificate import app
from clients.sdk.files import write_private
from clients.sdk.origin.issuing import identifier_of
from contracts.origin.certificate import certificate_json
from node.files import make_private_folder

FORM = example_form()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    folder = tmp_path / "organisations"
    make_private_folder(folder)
    network = Network(folder, sealing=True, time=DAY_AFTER, clerks=(ISSUER, CUSTOMS_ID))
    doors = Doors(network)
    for member in (ISSUER, CUSTOMS_VN, CUSTOMS_ID, EXPORTER, IMPORTER):
        doors[member].node.start()
    yield Desk(tmp_path, network, doors, monkeypatch)
    network.close()


def until(desk: Desk, expected: object, *arguments: object, field: str) -> Any:
    """Ask until a field of the answer is as expected."""
    for _ in range(200):
        result = desk.call(app, *arguments, "--json")
        if result.exit_code == 0:
            value = json.loads(result.stdout)
            found = value["certificate"][field] if "certificate" in value else value
            if found == expected:
                return value
        time.sleep(0.05)
    raise AssertionError(result.output)


def lines(desk: Desk, item: int) -> tuple[object, ...]:
    whole = FORM.items[item - 1].quantity.value
    return (
        *("--item", item, "--whole", whole, "--declaration", "10612345678", "--line", item),
        *("--declaration-key", desk.identifier_key(), "--book", desk.folder / "lines"),
        *desk.key(CUSTOMS_VN),
    )


def certified(desk: Desk, certificate: str) -> None:
    desk.at(CUSTOMS_VN)
    for item in (1, 2):
        quantity = FORM.items[item - 1].quantity.value
        done = desk.run(
            app, "certify-line", certificate, "--quantity", quantity, *lines(desk, item)
        )
        assert done["status"] == "final"


def issued(desk: Desk) -> str:
    """Issue the example and wait until importing customs' node received it."""
    certificate = "0x" + identifier_of(FORM, IDENTIFIER_KEY).hex()
    certified(desk, certificate)
    desk.at(ISSUER)
    done = desk.run(app, "issue", EXAMPLE, *desk.issuing(ISSUER), "--reader", EXPORTER.hex_id)
    assert done["certificate"] == certificate
    desk.at(CUSTOMS_ID)
    until(desk, "received", "show", certificate, field="exchange")
    return certificate


def claim(desk: Desk, certificate: str, quantity: str, name: str) -> tuple[str, Path]:
    desk.at(IMPORTER)
    opening = desk.folder / name
    made = desk.run(
        app,
        *("claim", certificate, "--item", 1, "--quantity", quantity),
        *("--declaration", "30612345678", "--line", 1, "--opening", opening),
        *("--declaration-key", desk.identifier_key(), *desk.key(IMPORTER)),
    )
    desk.at(CUSTOMS_ID)
    desk.doors[CUSTOMS_ID].node.indexer.follow()
    return made["claim"], opening


def approve(desk: Desk) -> tuple[str, str]:
    """Go from the application to its approval; return application and certificate."""
    desk.at(EXPORTER)
    wanted = desk.json("wanted.json", {"goods": "coffee"})
    applied = desk.run(app, "apply", wanted, "--authority", ISSUER.hex_id, *desk.key(EXPORTER))
    application = applied["application"]
    desk.at(ISSUER)
    desk.doors[ISSUER].node.indexer.follow()
    asked = desk.json("asked.json", "cost sheet?")
    desk.run(app, "decide", application, "--request", asked, *desk.key(ISSUER))
    desk.at(EXPORTER)
    desk.doors[EXPORTER].node.indexer.follow()
    shown = desk.run(app, "application", application)
    assert shown["application"]["status"] == "information_requested"
    desk.run(app, "supply", application, desk.json("told.json", "62.5%"), *desk.key(EXPORTER))
    desk.at(ISSUER)
    approved = desk.run(
        app, "decide", application, "--approve", EXAMPLE, *desk.identifier(), *desk.key(ISSUER)
    )
    certificate = approved["certificate"]
    (row,) = desk.run(app, "applications", "--status", "approved")
    assert row["certificate"] == certificate
    return application, certificate


def verify(desk: Desk, certificate: str) -> None:
    """Claim, doubt, verify, accept; consent to what may come."""
    digest, opening = claim(desk, certificate, "1000", "a.json")
    customs = desk.key(CUSTOMS_ID)
    desk.run(app, "doubt", certificate, digest, desk.json("why.json", "true?"), *customs)
    desk.at(ISSUER)
    desk.doors[ISSUER].node.indexer.follow()
    (due,) = desk.run(app, "claims", "--due-within", 91)
    assert (due["digest"], due["verification"]) == (digest, "requested")
    yes = desk.json("yes.json", "yes")
    desk.run(app, "verification", certificate, digest, "valid", yes, *desk.key(ISSUER))
    desk.at(CUSTOMS_ID)
    book = ("--book", desk.folder / "book")
    accepted = desk.run(app, "accept", opening, *book, *customs)
    assert accepted["status"] == "final"
    desk.run(app, "consent", certificate, *customs)


def test_from_the_application_to_the_erasure(desk: Desk) -> None:
    application, certificate = approve(desk)
    certified(desk, certificate)
    desk.at(ISSUER)
    document = desk.folder / "document.sd-jwt"
    desk.run(
        app, "issue", EXAMPLE, *desk.issuing(ISSUER), "--application", application, "-o", document
    )
    desk.at(CUSTOMS_ID)
    until(desk, "received", "show", certificate, field="exchange")
    (incoming,) = desk.run(app, "inbox", "--box", "received")
    assert (incoming["id"], incoming["codes"]) == (certificate, [])
    assert incoming["answer"] in {"judged", "received"}

    verify(desk, certificate)
    presentation = desk.folder / "shown.sd-jwt"
    fields = ("--show", "exporter", "--show", "items.0.hs_code")
    desk.run(app, "present", certificate, *fields, "--document", document, "-o", presentation)
    told = desk.run(app, "verify-presentation", presentation)
    assert told["shown"]["items"] == [{"hs_code": FORM.items[0].hs_code}]
    assert told["hidden"] > 10
    page = desk.call(app, "verify-presentation", presentation)
    assert FORM.exporter.name.split()[0] in page.output
    assert "không tiết lộ" in page.output

    desk.at(ISSUER)
    desk.doors[ISSUER].node.indexer.follow()
    erased = desk.run(app, "erase", certificate, "--yes", *desk.key(ISSUER))
    assert erased["status"] == "final"
    gone = desk.run(app, "present", certificate, *fields, "-o", presentation, code=1)
    assert "document_erased" in gone["message"]
    assert desk.call(app, "show", certificate).exit_code == 0  # without its boxes


def test_an_accepted_claim_is_rejected_later(desk: Desk) -> None:
    certificate = issued(desk)
    digest, opening = claim(desk, certificate, "5000", "a.json")
    customs, book = desk.key(CUSTOMS_ID), ("--book", desk.folder / "book")
    desk.run(app, "accept", opening, *book, *customs)
    reason = ("--reason", "not the goods")
    # Without the openings a drawn claim is not rejected.
    refused = desk.run(app, "reject", certificate, digest, *reason, *customs, code=1)
    assert refused["error"] == "RecordRefusedError"
    restored = desk.run(app, "reject", certificate, digest, *reason, *book, *customs)
    assert restored["status"] == "final"
    shown = desk.run(app, "show", certificate)
    assert [item["share"] for item in shown["drawn"]] == [0]


def test_a_certificate_is_replaced(desk: Desk) -> None:
    certificate = issued(desk)
    corrected = replace(FORM, reference_no="VN-ID-26/02/018843", replaces=FORM.reference_no)
    file = desk.json("corrected.json", certificate_json(corrected))
    desk.at(ISSUER)
    done = desk.run(
        app, "replace", certificate, file, *desk.identifier(), "--reason", "weight",
        *desk.key(ISSUER),
    )  # fmt: skip
    successor = done["successor"]
    desk.at(CUSTOMS_VN)
    desk.doors[CUSTOMS_VN].node.indexer.follow()
    for item in (2, 1):
        desk.run(app, "release-line", certificate, *lines(desk, item))
    certified(desk, successor)
    desk.at(ISSUER)
    again = desk.run(app, "issue", file, *desk.issuing(ISSUER), "--supersedes", certificate)
    assert again["certificate"] == successor
    shown = desk.run(app, "show", certificate)["certificate"]
    assert (shown["status"], shown["successor"]) == ("superseded", successor)


def test_a_true_copy_draws_nothing(desk: Desk) -> None:
    certificate = issued(desk)
    copied = certificate_json(replace(FORM, certified_copy=FORM.certification.date))
    desk.at(ISSUER)
    copy = desk.folder / "copy.sd-jwt"
    options = (*desk.issuing(ISSUER), "-o", copy)
    plain = desk.run(app, "copy", certificate, EXAMPLE, *options, code=64)
    assert "certified_copy" in plain["message"]
    file = desk.json("copied.json", copied)
    done = desk.run(app, "copy", certificate, file, *options)
    assert done["status"] == "final"
    shown = desk.run(app, "show", certificate)
    assert shown["messages"][-1]["kind"] == "copy"
    assert shown["drawn"] == []
    other = desk.json("other.json", copied | {"reference_no": "VN-ID-26/02/018999"})
    refused = desk.run(app, "copy", certificate, other, *options, code=64)
    assert "another certificate" in refused["message"]


def test_what_was_sent_is_received_once(desk: Desk) -> None:
    certificate = issued(desk)
    again = desk.run(app, "receive", certificate, *desk.key(CUSTOMS_ID), code=1)
    assert again["error"] == "RecordRefusedError"
    desk.at(ISSUER)
    sent = desk.run(app, "transmit", certificate, *desk.key(ISSUER), code=1)
    assert "already sent" in sent["message"]
    (row,) = desk.run(app, "sent", "--state", "received")
    assert (row["id"], row["codes"]) == (certificate, [])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("decide", "{id}"), "exactly one"),
        (("decide", "{id}", "--refuse", "x", "--request", "y"), "exactly one"),
        (("decide", "{id}", "--approve", EXAMPLE), "--identifier-key"),
        (("receive", "{id}", "--as", "fax"), "--as"),
        (("verification", "{id}", "{id}", "maybe", EXAMPLE), "visit-notice"),
        (("apply", "nothing.json", "--authority", "{id}"), "No such file"),
    ],
)
def test_what_makes_no_sense_is_unusable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], expected: str
) -> None:
    network: Any = None  # nothing is asked of a door
    desk = Desk(tmp_path, network, Doors(network), monkeypatch)
    given = [str(argument).replace("{id}", "0x" + "11" * 32) for argument in arguments]
    told = desk.run(app, *given, *desk.key(ISSUER), code=64)
    assert expected in told["message"]


def test_a_holder_shows_that_it_is_the_holder(desk: Desk) -> None:
    holder = ec.generate_private_key(ec.SECP256R1())
    public = holder.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (desk.folder / "holder.pub").write_bytes(public)
    secret = holder.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode())
    )
    write_private(desk.folder / "holder.pem", secret)
    certificate = "0x" + identifier_of(FORM, IDENTIFIER_KEY).hex()
    certified(desk, certificate)
    desk.at(ISSUER)
    bound = ("--holder", desk.folder / "holder.pub")
    desk.run(app, "issue", EXAMPLE, *desk.issuing(ISSUER), *bound)
    desk.at(CUSTOMS_ID)
    until(desk, "received", "show", certificate, field="exchange")  # its node reads it

    shown = desk.folder / "shown"
    asked = ("--audience", "customs-id", "--nonce", "n-1")
    key = ("--holder-key", desk.folder / "holder.pem")
    field = ("--show", "exporter")
    desk.run(app, "present", certificate, *field, *key, *asked, "-o", shown)
    told = desk.run(app, "verify-presentation", shown, *asked)
    assert told["bound"] is True
    other = ("--audience", "customs-id", "--nonce", "n-2")
    refused = desk.run(app, "verify-presentation", shown, *other, code=64)
    assert "nonce" in refused["message"]
    desk.run(app, "present", certificate, *field, "-o", desk.folder / "plain")
    unbound = desk.run(app, "verify-presentation", desk.folder / "plain", *asked, code=64)
    assert unbound["error"] == "PresentationError"
    half = desk.run(app, "present", certificate, *field, *key, "-o", shown, code=64)
    assert "--holder-key" in half["message"]
