"""Bodies that would end the process: nobody parses them to any depth, or for strangers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from support.doors import Door
from support.organisations import ISSUER, Network

from api.errors import BodyUnguardedError
from api.events.schemas import Resumption
from api.permissions import Permission, Requirement, check_routes
from api.tokens import Role
from node.files import make_private_folder

DEEP = b"[" * 5_000
JSON = {"Content-Type": "application/json"}
WEBHOOK = "/v1/events/subscriptions"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder: Path = tmp_path_factory.mktemp("bodies") / "organisations"
    make_private_folder(folder)
    network = Network(folder)
    yield Door(network, ISSUER)
    network.close()


def posts(door: Door) -> list[str]:
    found = []
    for context in iter_route_contexts(door.app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and "POST" in (route.methods or ()):
            found.append(re.sub(r"\{[a-z]+\}", "0" * 32, context.path or ""))
    return found


def test_a_strangers_body_is_not_looked_at(door: Door) -> None:
    with door.client() as client:
        paths = posts(door)
        assert WEBHOOK in paths
        for path in paths:
            answer = client.post(path, content=DEEP, headers=JSON)
            # Members' own routes ask for a signature in the place of a token.
            assert answer.json()["code"] in {"token_missing", "member_unproven"}, path


@pytest.mark.parametrize("path", [WEBHOOK, f"{WEBHOOK}/{'0' * 32}/resume"])
def test_a_deep_body_is_malformed(door: Door, path: str) -> None:
    with door.client(Role.ISSUING_AUTHORITY) as client:
        answer = client.post(path, content=DEEP, headers=JSON)
    assert answer.json()["code"] == "body_malformed"
    assert "nested too deeply" in answer.json()["detail"]


def test_a_route_that_lets_the_framework_parse_is_refused() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/resume", dependencies=[Depends(Requirement(Permission.PUBLIC))])
    def resume(how: Resumption) -> None:
        raise AssertionError(how)

    with pytest.raises(BodyUnguardedError, match="/resume declares a body"):
        check_routes(app)
