"""Metrics, health, reload, and throttling."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crisiswatch.console.doors import Health, Scope
from crisiswatch.console.throttle import Throttle
from tests.console.console_fakes import NOW, World, client, token

FAILING = Health(is_live=True, is_ready=False, reasons=("store: disk full",))


async def test_metrics_are_prometheus_text() -> None:
    answer = await client(World().doors()).get("/metrics")

    assert answer.text == "crisiswatch_build_info 1.0\n"
    assert answer.headers["content-type"].startswith("text/plain; version=")


@pytest.mark.parametrize(
    ("health", "live", "ready"),
    [(Health(True, True), 200, 200), (FAILING, 200, 503), (Health(False, True), 503, 503)],
)
async def test_probes_tell_alive_from_ready(health: Health, live: int, ready: int) -> None:
    world = World()
    world.health = health
    prober = client(world.doors())

    assert [(await prober.get(path)).status_code for path in ("/-/healthy", "/-/ready")] == [live, ready]


async def test_probes_need_no_token_but_reasons_do() -> None:
    world = World()
    world.health = FAILING
    secret, known = token(Scope.READ)
    prober = client(world.doors(tokens=(known,)))

    stranger = await prober.get("/-/ready")
    reader = await prober.get("/-/ready", headers={"Authorization": f"Bearer {secret}"})

    assert (stranger.status_code, stranger.json()) == (503, {"status": "failing", "reasons": []})
    assert reader.json()["reasons"] == ["store: disk full"]


async def test_reload_says_what_is_in_force() -> None:
    answer = await client(World().doors()).post("/-/reload")

    assert (answer.status_code, answer.json()) == (200, {"reloaded": True, "detail": "3 brands"})


async def test_bad_config_is_answered_with_what_is_wrong() -> None:
    world = World()
    world.reload_answer = (False, "crisiswatch.yml:3:5: unknown key 'brnds'")

    answer = await client(world.doors()).post("/-/reload")

    assert answer.status_code == 422
    assert answer.json()["detail"] == "crisiswatch.yml:3:5: unknown key 'brnds'"


def test_throttle_says_how_long_to_wait_and_keeps_keys_apart() -> None:
    throttle = Throttle(1, timedelta(minutes=1))

    assert throttle.wait("a", NOW) is None
    assert throttle.wait("a", NOW + timedelta(seconds=20)) == timedelta(seconds=40)
    assert throttle.wait("b", NOW + timedelta(seconds=20)) is None
    assert throttle.wait("a", NOW + timedelta(minutes=1)) is None


def test_throttle_forgets_the_oldest_keys() -> None:
    throttle = Throttle(1, timedelta(hours=1))

    for key in range(20_000):
        throttle.wait(str(key), NOW)

    assert throttle.wait("0", NOW) is None
    assert throttle.wait("19999", NOW) is not None
