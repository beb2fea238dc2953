"""Who may do what over HTTP: every deed against every scope."""

from __future__ import annotations

from itertools import product

import pytest

from crisiswatch.console.doors import Scope
from tests.console.console_fakes import World, client, token

NOTHING: tuple[str, tuple[Scope, ...]] = ("none", ())
SCOPES = [NOTHING, ("read", (Scope.READ,)), ("act", (Scope.ACT,)), ("admin", (Scope.ADMIN,))]
RANK = {"none": 0, "read": 1, "act": 2, "admin": 3}
DEEDS = {
    ("GET", "/api/v1/incidents"): "read",
    ("GET", "/api/v1/incidents/INC-7"): "read",
    ("GET", "/api/v1/mentions"): "read",
    ("GET", "/api/v1/outbox"): "read",
    ("GET", "/api/v1/sources"): "read",
    ("GET", "/api/v1/labels"): "read",
    ("GET", "/metrics"): "read",
    ("GET", "/i/INC-7"): "read",
    ("POST", "/api/v1/incidents/INC-7/ack"): "act",
    ("POST", "/api/v1/incidents/INC-7/verdict"): "act",
    ("POST", "/api/v1/incidents/INC-7/close"): "act",
    ("POST", "/api/v1/labels"): "act",
    ("POST", "/api/v1/outbox/1/retry"): "act",
    ("POST", "/api/v1/outbox/1/discard"): "act",
    ("POST", "/api/v1/silences"): "act",
    ("DELETE", "/api/v1/silences/S-1"): "act",
    ("POST", "/-/reload"): "admin",
}


@pytest.mark.parametrize(("deed", "held"), list(product(DEEDS, SCOPES)), ids=str)
async def test_a_token_does_what_its_scope_allows_and_nothing_else(
    deed: tuple[str, str], held: tuple[str, tuple[Scope, ...]]
) -> None:
    (method, path), (name, scopes), world = deed, held, World()
    secret, known = token(*scopes, name="ops")
    asking = client(world.doors(tokens=(known,)), "http://cw.example")

    answer = await asking.request(method, path, headers={"Authorization": f"Bearer {secret}"}, json={"by": "x"})

    assert (answer.status_code in (401, 403)) is (RANK[name] < RANK[DEEDS[deed]])
    if RANK[name] < RANK[DEEDS[deed]]:
        assert (world.answered, world.reloads, world.labels) == ([], 0, [])


@pytest.mark.parametrize("deed", DEEDS, ids=str)
async def test_without_a_token_nothing_is_shown_or_done(deed: tuple[str, str]) -> None:
    (method, path), world = deed, World()
    asking = client(world.doors(tokens=(token(Scope.ADMIN)[1],)), "http://cw.example")

    answer = await asking.request(method, path, json={"by": "x", "verdict": "false"})

    assert (answer.status_code, world.answered, world.reloads) == (401, [], 0)
