"""One request from the door to the block, and the metrics of the real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.killed_node import apply
from support.organisations import ISSUER, PASSWORD, certificate_id
from support.served import ServedOrganisation, wait_until

from clients.sdk import Client
from clients.sdk.errors import ServerRefusedError

SERVED = "tradeseal_http_requests_total"
AGE = "tradeseal_node_outbox_age_seconds"
REACHABLE = "tradeseal_node_ledger_reachable"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedOrganisation]:
    organisation = ServedOrganisation(tmp_path)
    try:
        organisation.start()
        yield organisation
    finally:
        organisation.stop()


def hand_in(client: Client, name: str) -> bytes:
    signed = apply(certificate_id(name), int(time.time()))
    client.records.submit(signed)
    return signed.digest


def test_a_request_is_found_from_the_door_to_the_block(served: ServedOrganisation) -> None:
    node, ledger = served.node, served.ledger
    before = ledger.metric("tradeseal_ledger_transactions_total")
    with Client(served.url, served.token) as client:
        digest = hand_in(client.traced("release-7"), "traced")
        status = client.records.follow(digest)
        with pytest.raises(ServerRefusedError, match="request nowhere-1"):
            client.traced("nowhere-1").records.status(b"\x01" * 32)

    mine = {"correlation_id": "release-7"}
    wait_until(lambda: bool(node.said("transaction final", **mine)), 10)
    # the door
    (request,) = node.said("request served", **mine)
    assert (request["method"], request["route"], request["status"]) == ("POST", "/v1/records", 202)
    (promised,) = node.said("record promised", **mine)
    assert promised["digest"] == "0x" + digest.hex()
    # the carrier
    (sent,) = node.said("transaction sent", **mine)
    (final,) = node.said("transaction final", **mine)
    assert sent["transaction_hash"] == final["transaction_hash"]
    assert (sent["outcome"], final["block_number"]) == ("taken", status.block)
    # the ledger
    (admitted,) = ledger.said("transaction admitted", **mine)
    (executed,) = ledger.said("transaction in block", **mine)
    assert admitted["transaction_hash"] == executed["transaction_hash"] == sent["transaction_hash"]
    assert executed["evm_number"] == status.block
    assert isinstance(executed["height"], int)
    block = httpx.post(
        ledger_url(served), json=question("eth_getBlockByNumber", hex(final["block_number"]), False)
    ).json()["result"]
    assert final["block_hash"] == block["hash"]
    # a request that carried nothing is at the door alone
    assert node.said("request served", correlation_id="nowhere-1", status=404)
    assert not [line for line in ledger.lines() if "nowhere-1" in str(line)]

    # the numbers
    assert before is not None
    assert ledger.metric("tradeseal_ledger_transactions_total") == before + 1
    assert ledger.metric("tradeseal_ledger_evm_block_number") == status.block
    posted = f'{SERVED}{{method="POST",route="/v1/records",status="202"}}'
    assert node.metric(posted) == 1
    assert node.metric('tradeseal_node_carrier_attempts_total{outcome="taken"}') == 1
    assert node.metric('tradeseal_node_records_total{outcome="final"}') == 1
    assert node.metric('tradeseal_node_outbox_entries{status="final"}') == 1
    assert node.metric("tradeseal_node_faults") == 0
    assert node.metric(AGE) == 0
    assert digest.hex() not in httpx.get(node.metrics_url).text  # no path, no caller's text

    # no secret, in either log; what is looked for would be found if it stood there
    texts = [node.log.read_text(), ledger.log.read_text()]
    secrets = [served.token, PASSWORD.decode(), ISSUER.carrier.secret.hex()]
    assert "release-7" in texts[0]
    assert [secret for secret in secrets for text in texts if secret in text] == []


@pytest.mark.slow
def test_a_silent_ledger_shows_in_the_metrics_and_its_return_too(
    served: ServedOrganisation,
) -> None:
    node = served.node
    assert node.metric(REACHABLE) == 1
    served.ledger.stop()
    with Client(served.url, served.token) as client:
        digest = hand_in(client.traced("late-1"), "late")
    wait_until(lambda: node.metric(REACHABLE) == 0, 30)
    age, lag = node.metric(AGE), node.metric("tradeseal_node_indexer_lag_seconds")
    assert age is not None
    assert lag is not None
    assert node.metric('tradeseal_node_outbox_entries{status="final"}') == 0
    wait_until(lambda: (node.metric(AGE) or 0) > age + 1, 10)
    assert (node.metric("tradeseal_node_indexer_lag_seconds") or 0) > lag
    assert (node.metric('tradeseal_node_ledger_requests_total{outcome="silent"}') or 0) > 0

    served.ledger.start()
    wait_until(lambda: node.metric(REACHABLE) == 1, 40)
    with Client(served.url, served.token) as client:
        client.records.follow(digest)
    assert node.metric(AGE) == 0
    # the id was kept with the record while the ledger was away
    assert served.ledger.said("transaction in block", correlation_id="late-1")


def ledger_url(served: ServedOrganisation) -> str:
    arguments = served.ledger.arguments
    return f"http://127.0.0.1:{arguments[arguments.index('--port') + 1]}"


def question(method: str, *parameters: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
