"""An organisation's node with its documents in its own Kubo node."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec
from support.kubo import KuboNode
from support.organisations import ISSUER, Network, certificate_id
from support.vaults import ACCESS

from contracts.documents.sd_jwt import document_hash, issue_sd_jwt
from node.folder import OrganisationFolder
from node.vault.kubo_store import KuboStore

KEY = ec.derive_private_key(7, ec.SECP256R1())


def test_one_setting_moves_the_documents(
    network: Network, kubo_pair: tuple[KuboNode, KuboNode]
) -> None:
    made = network.organisation(ISSUER)
    folder = OrganisationFolder(made.path, replace(made.config, kubo=kubo_pair[0].api))
    node = network.node(folder)
    network.settle(node)
    text = issue_sd_jwt({"iat": 1}, KEY, {"typ": "test"})
    node.submit(network.issue(certificate_id("a"), document=document_hash(text)))
    kept = node.vault.keep_document(text.encode(), "application/sd-jwt")
    store = KuboStore(kubo_pair[0].api)
    assert store.has(kept.manifest.cid)
    assert store.has(kept.manifest.content)
    assert not (folder.vault / "contents").exists()
    assert list((folder.vault / "incoming").iterdir()) == []
    assert node.vault.open(kept.document, ACCESS).content == text.encode()
    node.vault.erase(kept.document, ACCESS)
    assert not store.has(kept.manifest.content)


def test_a_kubo_that_is_down_stops_no_node(
    network: Network, kubo_pair: tuple[KuboNode, KuboNode]
) -> None:
    made = network.organisation(ISSUER)
    folder = OrganisationFolder(made.path, replace(made.config, kubo=kubo_pair[0].api))
    node = network.node(folder)
    text = issue_sd_jwt({"iat": 1}, KEY, {"typ": "test"})
    network.settle(node)
    node.submit(network.issue(certificate_id("a"), document=document_hash(text)))
    digest = node.vault.keep_document(text.encode(), "application/sd-jwt").document
    node.vault._register.erase(digest)  # and the process died before the bytes went
    node.vault._store = KuboStore("/ip4/127.0.0.1/tcp/9")
    assert node._tidy() is False  # it is told, and tried again
    node.vault._store = KuboStore(kubo_pair[0].api)
    assert node._tidy() is False
    assert node.vault._register.leftovers() == []
