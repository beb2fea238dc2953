"""Deliveries to /hooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest

from crisiswatch.console.doors import Limits, Scope
from crisiswatch.errors import BadInput, SourceRejected, StoreBusy, TooLarge
from tests.console.console_fakes import DELIVERY, FakeHook, World, client, token


async def test_delivery_is_ingested_and_counted() -> None:
    world = World()

    answer = await client(world.doors()).post("/hooks/inbox", content=b"[1]", headers={"X-Signature": "abc"})

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "skipped": 2})
    assert world.ingested == [("inbox", DELIVERY)]
    headers, body = world.hook.received[0]
    assert (headers["x-signature"], body) == ("abc", b"[1]")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SourceRejected("the key is k1", reason="auth"), 401),
        (TooLarge("too deep"), 413),
        (BadInput("line 3 is no JSON"), 400),
    ],
)
async def test_refused_delivery_is_answered_with_problem_details(error: Exception, status: int) -> None:
    world = World()
    world.hook.error = error

    answer = await client(world.doors()).post("/hooks/inbox", content=b"x", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.json()["status"], world.ingested) == (status, status, [])
    assert answer.headers["content-type"] == "application/problem+json"


async def test_wrong_signature_learns_nothing_about_the_right_one() -> None:
    world = World()
    world.hook.error = SourceRejected("expected v1=5f2a", reason="auth")

    assert "5f2a" not in (await client(world.doors()).post("/hooks/inbox", content=b"x")).text


async def test_delivery_that_could_not_be_stored_is_to_be_repeated() -> None:
    world = World()
    world.ingest_error = StoreBusy("locked")

    answer = await client(world.doors()).post("/hooks/inbox", content=b"x")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("name", ["other", "INBOX", "inbox%20"])
async def test_unknown_hook_is_not_found(name: str) -> None:
    assert (await client(World().doors()).post(f"/hooks/{name}", content=b"x")).status_code == 404


@pytest.mark.parametrize(("size", "status"), [(1024 * 1024, 202), (1024 * 1024 + 1, 413)])
async def test_body_has_a_limit_of_one_megabyte(size: int, status: int) -> None:
    world = World()

    assert (await client(world.doors()).post("/hooks/inbox", content=b"x" * size)).status_code == status
    assert len(world.hook.received) == (status == 202)


async def test_body_without_declared_length_has_the_same_limit() -> None:
    world = World()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    assert (await client(world.doors()).post("/hooks/inbox", content=chunks())).status_code == 413
    assert world.hook.received == []


async def test_body_that_is_declared_too_large_is_not_read() -> None:
    read: list[bytes] = []

    async def chunks() -> AsyncIterator[bytes]:
        read.append(b"x")
        yield b"x"

    headers = {"Content-Length": "2000000"}
    answer = await client(World().doors()).post("/hooks/inbox", content=chunks(), headers=headers)

    assert (answer.status_code, read) == (413, [])


async def test_hooks_need_no_token_of_the_console_and_no_form() -> None:
    world = World()
    doors = world.doors(tokens=(token(Scope.ADMIN)[1],))

    answer = await client(doors).post("/hooks/inbox", content=b"x", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 202


async def test_flood_is_slowed_down_until_the_second_is_over() -> None:
    world = World()
    sender = client(world.doors(limits=Limits(hooks_per_second=2)))

    flood = [(await sender.post("/hooks/inbox", content=b"x")).status_code for _ in range(3)]
    world.clock.time += timedelta(seconds=1)
    later = (await sender.post("/hooks/inbox", content=b"x")).status_code

    assert (flood, later) == ([202, 202, 429], 202)


async def test_a_hundred_deliveries_a_second_are_taken_of_each_hook_and_no_more() -> None:
    world = World()
    sender = client(world.doors(hooks={"inbox": world.hook, "other": FakeHook("other")}))

    statuses = [(await sender.post("/hooks/inbox", content=b"x")).status_code for _ in range(120)]
    other = (await sender.post("/hooks/other", content=b"x")).status_code

    assert (statuses, other) == ([202] * 100 + [429] * 20, 202)


class _Greeter:
    """A hook that is asked by its sender whether it is welcome."""

    name = "page"

    def greet(self, query: Mapping[str, str]) -> str:
        if query.get("hub.verify_token") != "word":
            raise SourceRejected("no", "auth")
        return query["hub.challenge"]


async def test_a_sender_that_knows_the_word_is_answered_with_its_challenge() -> None:
    world = World()
    sender = client(world.doors(hooks={"page": _Greeter()}))

    answer = await sender.get("/hooks/page?hub.verify_token=word&hub.challenge=<b>5")
    stranger = await sender.get("/hooks/page?hub.verify_token=guess&hub.challenge=5")

    assert (answer.status_code, answer.text) == (200, "<b>5")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (stranger.status_code, world.ingested) == (401, [])


async def test_hooks_that_greet_nobody_are_not_there_for_a_get() -> None:
    assert (await client(World().doors()).get("/hooks/inbox")).status_code == 404
