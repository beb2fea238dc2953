"""Mention labels over HTTP: what stands, what to ask next, and who may label."""

from __future__ import annotations

from typing import Any

import pytest

from crisiswatch.console.doors import Scope
from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.models import Mention
from crisiswatch.core.queries import MentionQuery, StoredMention
from tests.console.console_fakes import NOW, World, client, token
from tests.console.test_console_access import bearer

LABELS = "/api/v1/labels"
POST = Mention(source="forum", external_id="1", text="smoke again")
SENT = {"uid": POST.uid.hex(), "brand": "Acme", "label": "negative"}


async def test_a_program_labels_under_the_name_of_its_token() -> None:
    world = World()
    secret, rota = token(Scope.ACT, name="rota")

    answer = await client(world.doors(tokens=(rota,))).post(LABELS, json={"labels": [SENT]}, headers=bearer(secret))

    assert (answer.status_code, answer.json()) == (200, {"recorded": 1, "unknown": 0})
    assert world.labels == [LabelFrame(at=NOW, uid=POST.uid, brand="Acme", label="negative", by="rota")]


async def test_a_program_may_name_the_person_who_labelled() -> None:
    world = World()

    await client(world.doors()).post(LABELS, json={"labels": [{**SENT, "by": "maria\u202e"}]})

    assert world.labels[0].by == "maria"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"labels": []},
        {"labels": [{**SENT, "label": "awful"}]},
        {"labels": [{**SENT, "uid": "12"}]},
        {"labels": [{**SENT, "extra": 1}]},
        {"labels": [SENT] * 251},
    ],
)
async def test_what_is_no_label_is_refused_whole(body: Any) -> None:
    world = World()

    answer = await client(world.doors()).post(LABELS, json=body)

    assert (answer.status_code, world.labels) == (400, [])


async def test_readers_may_look_and_not_label() -> None:
    world = World()
    secret, reader = token(Scope.READ)
    asking = client(world.doors(tokens=(reader,)), headers=bearer(secret))

    assert (await asking.get(LABELS)).status_code == 200
    assert (await asking.post(LABELS, json={"labels": [SENT]})).status_code == 403
    assert world.labels == []


async def test_other_sites_cannot_label_on_an_open_console() -> None:
    world = World()

    answer = await client(world.doors()).post(
        LABELS, json={"labels": [SENT]}, headers={"Origin": "http://evil.example"}
    )

    assert (answer.status_code, world.labels) == (403, [])


async def test_labels_that_stand_are_listed_by_brand() -> None:
    world = World()
    world.labels = [
        LabelFrame(at=NOW, uid=POST.uid, brand=brand, label=label, by="ana")
        for brand, label in (("Acme", "neutral"), ("Acme", "negative"), ("Other", "positive"))
    ]

    answer = await client(world.doors()).get(LABELS, params={"brand": "Acme"})

    assert answer.json() == {"labels": [{**SENT, "by": "ana", "at": "2026-03-02T14:00:00+00:00"}]}


async def test_next_are_mentions_without_a_label_with_the_id_to_label_them_by() -> None:
    world = World()
    world.store.posts = [StoredMention(POST, "Acme", NOW, 0.5)]
    asking = client(world.doors())

    answer = await asking.get(f"{LABELS}/next", params={"brand": "Acme", "limit": 5})
    world.labels = [LabelFrame(at=NOW, uid=POST.uid, brand="Acme", label="negative")]
    after = await asking.get(f"{LABELS}/next")

    assert [(one["uid"], one["text"]) for one in answer.json()["mentions"]] == [(POST.uid.hex(), "smoke again")]
    assert world.store.asked[0] == MentionQuery(brand="Acme", limit=1000)
    assert after.json() == {"mentions": []}
