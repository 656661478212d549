"""Every route times every role, and every token that should open nothing."""

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from support.organisations import CUSTOMS_ID, EXPORTER, ISSUER

from api.app import create_app
from api.errors import PermissionUndeclaredError, TokenInvalidError
from api.permissions import ROLE_PERMISSIONS, Permission, check_routes, requirements
from api.tokens import Caller, Role, TokenIssuer, TokenVerifier

NOW = 1_800_000_000
OWN = {ISSUER: Role.ISSUING_AUTHORITY, CUSTOMS_ID: Role.CUSTOMS, EXPORTER: Role.ENTERPRISE}


def path_of(template: str) -> str:
    path = template
    for name in ("organisation", "certificate", "digest", "application", "exporter", "line"):
        path = path.replace("{" + name + "}", "0x" + "00" * 32)
    return path.replace("{block}", "latest")


def calls(app: FastAPI) -> Iterator[tuple[str, str, Permission]]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        assert isinstance(route, APIRoute)
        (requirement,) = requirements(route.dependant)
        if requirement.permission in {Permission.VAULT_FETCH, Permission.PAYMENTS_NOTIFY}:
            continue  # opened by a member's signature instead of a token: test_vault, payments
        for method in sorted(route.methods):
            yield method, path_of(context.path or ""), requirement.permission


@pytest.mark.parametrize("member", [ISSUER, CUSTOMS_ID, EXPORTER], ids=lambda m: m.name)
def test_each_role_opens_exactly_its_routes(open_door: Any, member: Any) -> None:
    door = open_door(member)
    checked = 0
    for role, (method, path, permission) in itertools.product(Role, calls(door.app)):
        with door.client(role) as client:
            answer = client.request(method, path)
        held = role in {OWN[member], Role.AUDITOR, Role.OPERATOR}
        allowed = permission is Permission.PUBLIC or (held and permission in ROLE_PERMISSIONS[role])
        refused = answer.status_code == 403
        assert refused is not allowed, (role, method, path, answer.text)
        if refused:
            code = "permission_missing" if held else "token_foreign"
            assert answer.json()["code"] == code
        checked += 1
    assert checked == len(Role) * len(list(calls(door.app)))


def test_without_a_token_only_the_public_is_open(door: Any) -> None:
    with door.client() as client:
        for method, path, permission in calls(door.app):
            answer = client.request(method, path)
            if permission is Permission.PUBLIC:
                assert answer.status_code == 200
            else:
                assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
                assert answer.headers["www-authenticate"].startswith("Bearer")


def test_exactly_health_and_description_are_public(door: Any) -> None:
    public = {path for _, path, permission in calls(door.app) if permission is Permission.PUBLIC}
    assert public == {"/v1/health", "/v1/openapi.json"}


def _unsigned(door: Any) -> str:
    header = {"alg": "none", "typ": "JWT"}
    return _compact(header, _claims(door)) + "."


def _claims(door: Any) -> dict[str, Any]:
    payload = door.token(Role.ISSUING_AUTHORITY).split(".")[1]
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return value


def _compact(*parts: dict[str, Any]) -> str:
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return ".".join(part.rstrip(b"=").decode() for part in encoded)


def _hmac(door: Any) -> str:
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = door.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = _compact({"alg": "HS256", "typ": "JWT"}, _claims(door))
    mac = hmac.new(public, signing_input.encode(), hashlib.sha256).digest()
    return signing_input + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _of_another_key(door: Any) -> str:
    issuer = TokenIssuer(ec.generate_private_key(ec.SECP256R1()))
    caller = Caller("x", door.member.hex_id, Role.ISSUING_AUTHORITY, "p")
    return issuer.issue(caller, door.network.time, 60)


def _expired(door: Any) -> str:
    caller = Caller("x", door.member.hex_id, Role.ISSUING_AUTHORITY, "p")
    return door.issuer.issue(caller, door.network.time - 61, 60)


def _early(door: Any) -> str:
    caller = Caller("x", door.member.hex_id, Role.ISSUING_AUTHORITY, "p")
    return door.issuer.issue(caller, door.network.time + 60, 60)


def _changed(door: Any) -> str:
    head, _, signature = door.token(Role.AUDITOR).split(".")
    claims = _claims(door) | {"role": "issuing_authority"}
    return f"{head}.{_compact(claims)}.{signature}"


BAD_TOKENS = {
    "alg none": _unsigned,
    "alg HS256 with the public key": _hmac,
    "another key": _of_another_key,
    "expired": _expired,
    "early": _early,
    "changed": _changed,
    "no token": lambda _: "abc",
    "long": lambda _: "a" * 5_000,
    "letters": lambda _: "a.b.c",
}


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_bad_token_opens_nothing(door: Any, name: str) -> None:
    with door.client(token=BAD_TOKENS[name](door)) as client:
        for method, path, permission in calls(door.app):
            if permission is not Permission.PUBLIC:
                answer = client.request(method, path)
                assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_another_organisations_token_opens_nothing(door: Any) -> None:
    token = door.token(Role.ISSUING_AUTHORITY, organisation=CUSTOMS_ID.hex_id)
    with door.client(token=token) as client:
        for method, path, permission in calls(door.app):
            if permission is not Permission.PUBLIC:
                answer = client.request(method, path)
                assert (answer.status_code, answer.json()["code"]) == (403, "token_foreign")


@pytest.mark.parametrize("scheme", ["Basic", "", "Bearer:"])
def test_another_scheme_is_no_token(door: Any, scheme: str) -> None:
    token = door.token(Role.AUDITOR)
    with door.client() as client:
        headers = {"Authorization": f"{scheme} {token}".strip()}
        answer = client.get("/v1/ledger", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


def test_a_route_without_a_permission_is_refused(door: Any) -> None:
    check_routes(door.app)
    door.app.add_api_route("/v1/open", lambda: None)
    with pytest.raises(PermissionUndeclaredError, match="/v1/open"):
        check_routes(door.app)


def test_a_plain_route_is_refused(door: Any) -> None:
    door.app.add_route("/v1/plain", lambda _: None)
    with pytest.raises(PermissionUndeclaredError, match="/v1/plain"):
        check_routes(door.app)


def test_a_token_comes_back_as_it_was_issued() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    caller = Caller("officer-7", "0x" + "ab" * 32, Role.CUSTOMS, "VNHPH")
    token = TokenIssuer(key).issue(caller, NOW, 60)
    assert TokenVerifier(key.public_key()).verify(token, NOW + 59) == caller


@pytest.mark.parametrize("lifetime", [0, -1, 86_401])
def test_no_token_lives_for_ever(lifetime: int) -> None:
    issuer = TokenIssuer(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(TokenInvalidError, match="24 h"):
        issuer.issue(Caller("a", "b", Role.CUSTOMS, "c"), NOW, lifetime)


@pytest.mark.parametrize("subject", ["", "x" * 129, "a\nb", "\u0430dmin"])
def test_a_strange_subject_gets_no_token(subject: str) -> None:
    issuer = TokenIssuer(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(TokenInvalidError, match="sub"):
        issuer.issue(Caller(subject, "b", Role.CUSTOMS, "c"), NOW, 60)


def test_an_organisation_that_membership_does_not_know_has_no_role(door: Any) -> None:
    from node.indexer.tables import Cursor
    from node.membership.tables import OrganisationRow

    with door.node.read.write() as session:
        session.delete(session.get_one(OrganisationRow, ISSUER.hex_id))
        session.delete(session.get_one(Cursor, 1))
    with door.client(Role.ISSUING_AUTHORITY) as client:
        answer = client.get("/v1/ledger")
    assert (answer.status_code, answer.json()["code"]) == (403, "token_foreign")


def test_the_application_is_made_with_all_routes(door: Any) -> None:
    verifier = TokenVerifier(door.key.public_key())
    made = list(calls(create_app(door.node, verifier)))
    assert made == list(calls(door.app))
    assert len(made) > 12


def test_a_client_is_an_httpx_client(client: httpx.Client) -> None:
    assert client.get("/v1/ledger").status_code == 200
