"""Silences and dead letters over HTTP, on a store in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crisiswatch.app.converting import matchers
from crisiswatch.console.doors import Scope
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import Attempt, DeliveryState, Notification, NotificationKind, Outcome
from crisiswatch.core.transactions import Decision
from crisiswatch.store.memory import MemoryStore
from tests.builders import incident
from tests.console.console_fakes import World, client, token
from tests.console.test_console_access import bearer

READ_SECRET, READER = token(Scope.READ, name="maria")
PATH = "/api/v1/silences"


class Silenced:
    """A console whose store is a real one, with INC-1 of Acme open."""

    def __init__(self) -> None:
        self.world = World()
        self.store = MemoryStore()
        self.looked_again = 0
        self.now = self.world.doors().clock.now()

    async def open(self, **other: Any) -> Any:
        await self.store.commit_decision(Decision(incident(number=None, version=0), 0, (), ()))
        doors = self.world.doors(store=self.store, read_matchers=matchers, holding_changed=self._again, **other)
        return client(doors)

    async def _again(self) -> int:
        self.looked_again += 1
        return 0

    def body(self, **changes: Any) -> dict[str, Any]:
        ends = (self.now + timedelta(hours=2)).isoformat()
        return {"matchers": 'brand="Acme"', "ends": ends, "reason": "known outage", "by": "maria", **changes}


async def test_a_silence_says_what_it_hides_is_listed_and_is_looked_at_at_once() -> None:
    silenced = Silenced()
    asking = await silenced.open()

    made = await asking.post(PATH, json=silenced.body())
    listed = await asking.get(PATH)

    assert (made.status_code, made.json()["hides"], silenced.looked_again) == (201, ["INC-1"], 1)
    [row] = listed.json()["silences"]
    assert (row["matchers"], row["by"], row["reason"], row["is_active"]) == (
        'brand="Acme"', "maria", "known outage", True
    )  # fmt: skip


async def test_a_preview_changes_nothing() -> None:
    silenced = Silenced()
    asking = await silenced.open()

    seen = await asking.post(PATH, json=silenced.body(preview=True))

    assert (seen.status_code, seen.json()["hides"]) == (200, ["INC-1"])
    assert (await asking.get(PATH)).json()["silences"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": ""}, {"reason": " "}, {"matchers": ""}, {"matchers": "colour=red"}, {"matchers": "brand"},
        {"ends": "2020-01-01T00:00:00Z"}, {"ends": "2099-01-01T00:00:00Z"}, {"ends": "2026-01-01T00:00:00"},
        {"unknown": 1},
    ],
)  # fmt: skip
async def test_a_silence_that_cannot_be_is_refused_with_the_reason(changes: dict[str, Any]) -> None:
    silenced = Silenced()
    asking = await silenced.open()

    answer = await asking.post(PATH, json=silenced.body(**changes))

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert await silenced.store.silences() == []


async def test_until_it_escalates_holds_back_what_is_as_severe_as_now() -> None:
    silenced = Silenced()
    asking = await silenced.open()

    made = await asking.post(PATH, json=silenced.body(until_it_escalates=True))

    assert made.json()["silence"]["holds_back"] == "warning"


async def test_expiring_ends_it_and_unknown_ones_are_not_found() -> None:
    silenced = Silenced()
    asking = await silenced.open()
    id = (await asking.post(PATH, json=silenced.body())).json()["silence"]["id"]

    ended = await asking.delete(f"{PATH}/{id}", params={"by": "jo"})
    again = await asking.delete(f"{PATH}/{id}", params={"by": "ana"})
    missing = await asking.delete(f"{PATH}/S-none")

    assert (ended.status_code, ended.json()["is_active"], missing.status_code) == (200, False, 404)
    assert (ended.json()["expired_by"], again.json()["expired_by"]) == ("jo", "jo")
    assert silenced.looked_again == 2


async def test_without_a_name_a_silence_is_ended_in_that_of_who_asks() -> None:
    silenced = Silenced()
    asking = await silenced.open()
    made = (await asking.post(PATH, json=silenced.body())).json()["silence"]

    ended = await asking.delete(f"{PATH}/{made['id']}")

    assert (made["expired_by"], ended.json()["expired_by"]) == ("", "this machine")


async def test_who_may_only_read_neither_silences_nor_sends_again() -> None:
    silenced = Silenced()
    asking = await silenced.open(tokens=(READER,))

    answers = [
        await asking.post(PATH, json=silenced.body(), headers=bearer(READ_SECRET)),
        await asking.delete(f"{PATH}/S-1", headers=bearer(READ_SECRET)),
        await asking.post("/api/v1/outbox/1/retry", headers=bearer(READ_SECRET)),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def dead(silenced: Silenced) -> int:
    now = silenced.now
    owed = Notification("01A", "team", NotificationKind.OPENED, 1, Severity.WARNING, now, now + timedelta(hours=6))
    id = await silenced.store.enqueue(owed, now)
    [row] = await silenced.store.claim("x", now, timedelta(minutes=1), 1)
    await silenced.store.settle(row, DeliveryState.DEAD, Attempt(Outcome.REJECTED, "404"), now)
    return id


async def test_a_dead_letter_is_sent_again_or_let_go_with_a_name() -> None:
    silenced = Silenced()
    asking = await silenced.open()
    id = await dead(silenced)

    again = await asking.post(f"/api/v1/outbox/{id}/retry")
    alive = await asking.post(f"/api/v1/outbox/{id}/discard")
    [row] = await silenced.store.claim("x", silenced.now, timedelta(minutes=1), 1)
    await silenced.store.settle(row, DeliveryState.DEAD, Attempt(Outcome.REJECTED, "404"), silenced.now)
    gone = await asking.post(f"/api/v1/outbox/{id}/discard")

    assert (again.status_code, again.json()["state"]) == (200, "pending")
    assert alive.status_code == 409
    assert (gone.json()["state"], gone.json()["detail"]) == ("suppressed", "discarded by this machine; 404")
    assert (await asking.post("/api/v1/outbox/99/retry")).status_code == 404
