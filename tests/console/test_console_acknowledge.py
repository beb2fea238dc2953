"""Acknowledging over HTTP: who may, in whose name, and which requests were meant."""

from __future__ import annotations

import pytest

from crisiswatch.console.doors import Scope
from crisiswatch.core.answering import Answer
from crisiswatch.errors import Conflict
from tests.console.console_fakes import HTML, World, client, token
from tests.console.test_console_access import SAME_SITE, bearer, form_token_of, log_in

ACK = "/api/v1/incidents/INC-7/ack"
READ_SECRET, READER = token(Scope.READ, name="maria")
ACT_SECRET, ACTOR = token(Scope.ACT, name="rota")


async def test_program_acknowledges_in_the_name_it_gives() -> None:
    world = World()

    answer = await client(world.doors()).post(ACK, json={"by": "maria"})

    assert (answer.status_code, world.acknowledged) == (200, [(7, "maria")])
    assert answer.json() | {"id": "INC-7", "response": "acked", "acked_by": "maria"} == answer.json()


@pytest.mark.parametrize("body", [{}, {"by": None}, {"by": "\u202e\n "}])
async def test_program_without_a_printable_name_acts_as_its_token(body: dict[str, str | None]) -> None:
    world = World()

    await client(world.doors(tokens=(ACTOR,))).post(ACK, json=body, headers=bearer(ACT_SECRET))

    assert world.acknowledged == [(7, "rota")]


async def test_an_empty_request_acts_under_the_name_of_who_asks() -> None:
    world = World()

    answer = await client(world.doors()).post(ACK)

    assert (answer.status_code, world.acknowledged) == (200, [(7, "this machine")])


async def test_strangers_and_readers_may_not_acknowledge() -> None:
    world = World()
    asking = client(world.doors(tokens=(READER, ACTOR)))

    stranger = await asking.post(ACK, json={"by": "x"})
    reader = await asking.post(ACK, json={"by": "x"}, headers=bearer(READ_SECRET))

    assert (stranger.status_code, reader.status_code, world.acknowledged) == (401, 403, [])


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_other_sites_cannot_acknowledge_on_an_open_console(headers: dict[str, str]) -> None:
    world = World()

    answers = [
        await client(world.doors()).post(ACK, json={"by": "x"}, headers=headers),
        await client(world.doors()).post(ACK, data={"form_token": "0" * 64}, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert world.acknowledged == []


async def test_a_session_acknowledges_with_the_form_token_alone() -> None:
    world = World()
    visitor = client(world.doors(tokens=(ACTOR,)), "http://cw.example")
    await log_in(visitor, ACT_SECRET)
    page = await visitor.get("/", headers=HTML)

    without = await visitor.post(ACK, json={"by": "x"}, headers=SAME_SITE)
    meant = await visitor.post(ACK, data={"form_token": form_token_of(page.text)}, headers=SAME_SITE)

    assert (without.status_code, meant.status_code, world.acknowledged) == (400, 200, [(7, "rota")])


@pytest.mark.parametrize("path", [ACK, ACK.replace("7", "99"), ACK.replace("7", "9" * 30)])
async def test_get_never_acknowledges(path: str) -> None:
    world = World()

    assert (await client(world.doors()).get(path)).status_code == 405
    assert world.acknowledged == []


@pytest.mark.parametrize("number", ["99", "9" * 30])
async def test_unknown_incident_cannot_be_acknowledged(number: str) -> None:
    answer = await client(World().doors()).post(ACK.replace("7", number), json={"by": "x"})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"by": 7}', b'{"by": ""}', b'{"who": "x"}', b"\xff", b"[" * 40_000,
             b'{"by": "%s"}' % (b"x" * 101)]
)  # fmt: skip
async def test_unreadable_body_is_a_bad_request_and_changes_nothing(body: bytes) -> None:
    world = World()

    answer = await client(world.doors()).post(ACK, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, world.acknowledged) == (400, [])
    assert answer.headers["content-type"] == "application/problem+json"


async def test_large_body_is_refused() -> None:
    answer = await client(World().doors()).post(ACK, json={"by": "x" * 70_000})

    assert answer.status_code == 413


async def test_a_change_in_the_same_moment_asks_to_try_again() -> None:
    async def busy(number: int, given: Answer) -> None:
        raise Conflict("changed meanwhile")

    answer = await client(World().doors(answer=busy)).post(ACK)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
