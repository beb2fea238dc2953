"""The JSON API."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crisiswatch.core.models import Mention, Severity
from crisiswatch.core.outbox import DeliveryState, Notification, NotificationKind, OutboxRow
from crisiswatch.core.overlays import SectorEvent
from crisiswatch.core.queries import IncidentQuery, MentionQuery, StoredMention
from tests.console.console_fakes import NOW, World, client


def row(state: DeliveryState, incident: str = "01CRITICAL") -> OutboxRow:
    owed = Notification(incident, "pr-team", NotificationKind.OPENED, 1, Severity.CRITICAL, NOW, NOW)
    return OutboxRow(id=1, notification=owed, state=state, attempts=3, detail="refused")


async def test_incidents_carry_the_promised_keys() -> None:
    incidents = (await client(World().doors(public_url="https://cw.example/")).get("/api/v1/incidents")).json()

    first = incidents["incidents"][0]
    assert first | {"id": "INC-7", "severity": "critical", "condition": "active", "negative_share": 0.64} == first
    assert first["url"] == "https://cw.example/i/INC-7"
    assert first["opened_at"] == "2026-03-02T13:20:00Z"
    assert first["drivers"] == ["battery recall", "smoke"]


async def test_an_incident_names_the_first_one_of_its_sector_event() -> None:
    world = World()
    world.store.known[0] = replace(world.store.known[0], sector=SectorEvent("01ROOT", "INC-3", follows=True))

    incidents = (await client(world.doors()).get("/api/v1/incidents")).json()["incidents"]

    assert [one["sector_event"] for one in incidents] == ["INC-3", None, None]


async def test_incidents_are_asked_for_with_what_the_query_says() -> None:
    world = World()

    await client(world.doors()).get("/api/v1/incidents?brand=Acme&open=true&since=2026-03-01T00:00:00Z&limit=5")

    asked = IncidentQuery(brand="Acme", is_open=True, since=datetime(2026, 3, 1, tzinfo=UTC), limit=5)
    assert world.store.asked == [asked]


async def test_one_incident_comes_with_sentences_history_and_points() -> None:
    detail = (await client(World().doors()).get("/api/v1/incidents/INC-7")).json()

    assert detail["message"]["steps"][0] == "Confirm the facts with Product"
    assert [event["change"] for event in detail["events"]] == ["opened", "raised", "acked"]
    assert len(detail["series"]) == 60
    assert detail["bucket_seconds"] == 300


async def test_mentions_are_asked_for_and_returned_as_stored() -> None:
    world = World()
    mention = Mention(source="press", external_id="9", text="<b>smoke</b>", published_at=NOW)
    world.store.posts = [StoredMention(mention, "Acme", NOW, 0.9)]

    found = (await client(world.doors()).get("/api/v1/mentions?brand=Acme&text=smoke&limit=2")).json()

    assert world.store.asked == [MentionQuery(brand="Acme", text="smoke", limit=2)]
    assert found["mentions"][0]["text"] == "<b>smoke</b>"
    assert found["mentions"][0]["negativity"] == 0.9


async def test_outbox_names_incidents_as_people_do() -> None:
    world = World()
    world.store.rows = [row(DeliveryState.DEAD), row(DeliveryState.PENDING), row(DeliveryState.DEAD, "01GONE")]

    found = (await client(world.doors()).get("/api/v1/outbox?state=dead&state=unknown")).json()["outbox"]

    assert [(one["incident"], one["state"]) for one in found] == [("INC-7", "dead"), ("01GONE", "dead")]


async def test_sources_say_how_they_do() -> None:
    sources = (await client(World().doors()).get("/api/v1/sources")).json()["sources"]

    assert [(one["name"], one["is_healthy"]) for one in sources] == [("press", True), ("fediverse", False)]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("incidents?limit=0", "limit"),
        ("incidents?limit=100000", "limit"),
        ("incidents?brnad=Acme", "brnad"),
        ("incidents?since=yesterday", "since"),
        ("incidents?since=2026-03-01T00:00:00", "since"),
        ("mentions?start=x", "start"),
        ("outbox?state=lost", "state.0"),
        ("sources?x=1", "x"),
    ],
)
async def test_wrong_parameters_are_named(path: str, name: str) -> None:
    answer = await client(World().doors()).get(f"/api/v1/{path}")

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["name"] for error in answer.json()["errors"]] == [name]


async def test_unknown_incident_is_not_found() -> None:
    assert (await client(World().doors()).get("/api/v1/incidents/INC-99")).status_code == 404


@pytest.mark.parametrize("path", ["incidents", "incidents/INC-7", "mentions", "outbox", "sources"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_api_is_read_only(path: str, method: str) -> None:
    assert (await client(World().doors()).request(method, f"/api/v1/{path}")).status_code == 405
