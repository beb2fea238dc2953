"""`/a/TOKEN`: opening shows, only the button acts, and only what the token allows."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from crisiswatch.console.doors import Scope
from crisiswatch.core.answering import Answer, Deed
from crisiswatch.core.incidents import Verdict
from crisiswatch.core.links import LIVES, VERSION, Link, sign
from tests.console.console_fakes import HTML, NOW, World, client, token

KEY = b"k" * 32
_, ACTOR = token(Scope.ACT, name="rota")
FORM = {"Sec-Fetch-Site": "same-origin"}


def path(deed: Deed = Deed.ACKNOWLEDGE, incident: str = "01CRITICAL", key: bytes = KEY, nonce: str = "n") -> str:
    return "/a/" + sign(Link(VERSION, deed, incident, "on-call", int((NOW + LIVES).timestamp()), nonce), [key])


async def form_token(visitor: httpx.AsyncClient, where: str) -> str:
    page = (await visitor.get(where, headers=HTML)).text
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


async def press(visitor: httpx.AsyncClient, where: str, **fields: str) -> httpx.Response:
    fields = {"form_token": await form_token(visitor, where), **fields}
    return await visitor.post(where, data=fields, headers={**HTML, **FORM})


async def test_the_page_asks_and_the_button_acts_in_the_name_given() -> None:
    world = World()
    visitor = client(world.doors(tokens=(ACTOR,)))

    page = await visitor.get(path(), headers=HTML)
    asked = list(world.answered)
    done = await press(visitor, path(), name="Maria")

    assert (page.status_code, asked) == (200, [])
    assert "Are you on it?" in page.text
    assert "12 times" in page.text or "INC-7" in page.text
    assert world.answered == [(7, Answer(Deed.ACKNOWLEDGE, "Maria", None, "link to on-call"))]
    assert (done.status_code, "Maria" in done.text, "2 Mar, 14:00 UTC" in done.text) == (200, True, True)


async def test_a_verdict_and_a_close_take_a_reason() -> None:
    world = World()
    visitor = client(world.doors())

    await press(visitor, path(Deed.VERDICT), name="Ana", verdict="false", note="a\njoke")
    await press(visitor, path(Deed.CLOSE), name="Ana", note="")

    assert [given for _, given in world.answered] == [
        Answer(Deed.VERDICT, "Ana", Verdict.FALSE, "a joke (link to on-call)"),
        Answer(Deed.CLOSE, "Ana", None, "link to on-call"),
    ]


async def test_a_token_for_one_deed_does_no_other() -> None:
    world = World()
    visitor = client(world.doors())

    await press(visitor, path(Deed.ACKNOWLEDGE), name="Ana", deed="close", verdict="false")

    assert [given.deed for _, given in world.answered] == [Deed.ACKNOWLEDGE]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_thousand_visits_of_a_mail_scanner_change_nothing(method: str) -> None:
    world = World()
    before = list(world.store.known)
    scanner = client(world.doors(), headers={"User-Agent": "MailScanner/1.0"})
    links = [path(deed) for deed in Deed]

    statuses = {(await scanner.request(method, links[n % len(links)])).status_code for n in range(1_000)}

    assert (statuses, world.answered, world.store.known) == ({200}, [], before)


async def test_a_scanner_that_posts_without_the_form_changes_nothing() -> None:
    world = World()
    visitor = client(world.doors())

    bare = await visitor.post(path(), data={"name": "bot"}, headers=FORM)
    foreign = await visitor.post(
        path(), data={"name": "bot", "form_token": await form_token(visitor, path())},
        headers={"Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    other = await visitor.post(
        path(Deed.CLOSE), data={"name": "x", "form_token": await form_token(visitor, path())}, headers=FORM
    )

    assert ([bare.status_code, foreign.status_code, other.status_code], world.answered) == ([403] * 3, [])


@pytest.mark.parametrize("name", ["", "  ", "\u202e"])
async def test_nobody_acts_without_a_name(name: str) -> None:
    world = World()

    answer = await press(client(world.doors()), path(), name=name)

    assert (answer.status_code, "Please write your name" in answer.text, world.answered) == (400, True, [])


async def test_pressing_twice_is_once() -> None:
    world = World()
    visitor = client(world.doors())

    answers = [await press(visitor, path(), name="Maria") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert world.store.known[0].acked_at == NOW


async def test_forged_old_and_foreign_links_are_nothing() -> None:
    world = World()
    world.store.known = world.store.known[:1]
    good = path()
    bad = [good[:-1] + ("0" if good[-1] != "0" else "1"), path(key=b"x" * 32), path(incident="01GONE"), "/a/x"]

    statuses = [(await client(world.doors()).get(one, headers=HTML)).status_code for one in bad]
    world.clock.time += LIVES
    late = await client(world.doors()).get(good, headers=HTML)

    assert ([*statuses, late.status_code], world.answered) == ([404] * 5, [])


async def test_a_replaced_key_still_opens_what_it_signed() -> None:
    doors = World().doors(link_keys=(b"n" * 32, KEY))

    assert (await client(doors).get(path(), headers=HTML)).status_code == 200


async def test_guessing_is_slowed_down_and_real_links_are_not() -> None:
    world = World()
    visitor = client(world.doors())

    guesses = [(await visitor.get(f"/a/{number}")).status_code for number in range(12)]
    real = (await visitor.get(path())).status_code

    assert (guesses, real) == ([404] * 10 + [429] * 2, 200)
    world.clock.time += timedelta(minutes=1)
    assert (await visitor.get("/a/again")).status_code == 404


async def test_the_page_leaks_its_address_to_nobody_and_is_kept_nowhere() -> None:
    answer = await client(World().doors()).get(path(), headers=HTML)

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org", "")


async def test_a_link_needs_no_login_and_opens_nothing_else() -> None:
    visitor = client(World().doors(tokens=(ACTOR,)), "http://cw.example")

    assert (await visitor.get(path(), headers=HTML)).status_code == 200
    assert (await visitor.get("/api/v1/incidents/INC-7")).status_code == 401
