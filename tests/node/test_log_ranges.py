"""An endpoint that bounds its answers is asked for less at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.organisations import ISSUER, Network, certificate_id, genesis_bytes
from typer.testing import CliRunner

from contracts.bundles import Trust
from node.cli import app
from node.errors import LedgerAnswerError
from node.indexer.dump import dump_digest


def test_the_index_is_the_same_whatever_an_answer_may_hold(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = network.node(network.organisation(ISSUER))
    node.step()
    for name in ("a", "b", "c"):
        node.submit(network.issue(certificate_id(name), items=1))
        network.settle(node)
    whole = dump_digest(node.read)
    monkeypatch.setattr("chain.rpc.reader.MAX_LOGS", 2)  # one record's two events
    node.indexer.rebuild()
    assert dump_digest(node.read) == whole


def test_a_block_that_cannot_be_told_is_an_error(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = network.node(network.organisation(ISSUER))
    node.step()
    node.submit(network.issue(certificate_id("a")))
    network.settle(node)
    monkeypatch.setattr("chain.rpc.reader.MAX_LOGS", 1)
    with pytest.raises(LedgerAnswerError, match="fewer blocks"):
        node.indexer.rebuild()


def test_a_trust_file_is_made_from_the_genesis_alone(network: Network, tmp_path: Path) -> None:
    genesis, trust = tmp_path / "genesis.json", tmp_path / "trust.json"
    genesis.write_bytes(genesis_bytes())
    made = CliRunner().invoke(app, ["trust", "--genesis", str(genesis), "-o", str(trust)])
    assert made.exit_code == 0, made.output
    parsed = Trust.parse(trust.read_bytes())
    assert parsed.evm_genesis_hash == bytes(network.web3.eth.get_block(0)["hash"])
    genesis.write_bytes(b"{}")
    refused = CliRunner().invoke(app, ["trust", "--genesis", str(genesis), "-o", str(trust)])
    assert refused.exit_code == 64
