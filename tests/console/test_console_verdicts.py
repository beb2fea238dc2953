"""Judging and closing over HTTP, by programs and on the page; what was judged is shown with its number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crisiswatch.console.doors import Scope
from crisiswatch.core.answering import Answer, Deed
from crisiswatch.core.incidents import Verdict
from tests.console.console_fakes import HTML, NOW, World, client, token
from tests.console.test_console_access import SAME_SITE, bearer, form_token_of, log_in

API = "/api/v1/incidents/INC-7"
READ_SECRET, READER = token(Scope.READ, name="grafana")
ACT_SECRET, ACTOR = token(Scope.ACT, name="rota")


async def test_a_program_judges_and_closes() -> None:
    world = World()
    asking = client(world.doors())

    judged = await asking.post(f"{API}/verdict", json={"by": "maria", "verdict": "campaign", "note": "ours"})
    closed = await asking.post(f"{API}/close", json={"by": "maria"})

    assert [given for _, given in world.answered] == [
        Answer(Deed.VERDICT, "maria", Verdict.CAMPAIGN, "ours"), Answer(Deed.CLOSE, "maria"),
    ]  # fmt: skip
    assert (judged.json()["verdict"], judged.json()["verdict_by"]) == ("campaign", "maria")
    assert (closed.json()["closed_by"], closed.json()["condition"]) == ("maria", "closed")


@pytest.mark.parametrize(
    ("deed", "sent"), [("verdict", {}), ("verdict", {"verdict": "maybe"}), ("close", {"verdict": "real"}),
                       ("verdict", {"verdict": "real", "note": "x" * 501})]
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(deed: str, sent: dict[str, str]) -> None:
    world = World()

    answer = await client(world.doors()).post(f"{API}/{deed}", json=sent)

    assert (answer.status_code, world.answered) == (400, [])


@pytest.mark.parametrize("deed", ["verdict", "close", "ack"])
async def test_readers_strangers_and_get_do_nothing(deed: str) -> None:
    world = World()
    asking = client(world.doors(tokens=(READER, ACTOR)))
    sent = {"verdict": "real"} if deed == "verdict" else {}

    statuses = [
        (await asking.post(f"{API}/{deed}", json=sent)).status_code,
        (await asking.post(f"{API}/{deed}", json=sent, headers=bearer(READ_SECRET))).status_code,
        (await asking.get(f"{API}/{deed}", headers=bearer(ACT_SECRET))).status_code,
    ]

    assert (statuses, world.answered) == ([401, 403, 405], [])


async def test_somebody_on_the_page_acts_by_name_and_comes_back_to_it() -> None:
    world = World()
    visitor = client(world.doors(tokens=(ACTOR,)), "http://cw.example")
    await log_in(visitor, ACT_SECRET)
    page = await visitor.get("/i/INC-7", headers=HTML)
    fields = {"form_token": form_token_of(page.text), "deed": "verdict", "verdict": "real", "name": "Maria", "note": ""}

    answer = await visitor.post("/i/INC-7/answer", data=fields, headers=SAME_SITE)

    assert (answer.status_code, answer.headers["location"]) == (303, "/i/INC-7")
    assert world.answered == [(7, Answer(Deed.VERDICT, "Maria (rota)", Verdict.REAL, "on the page"))]
    again = (await visitor.get("/i/INC-7", headers=HTML)).text
    assert "Real crisis" in again
    assert "Maria (rota)" in again


async def test_a_page_for_readers_has_no_forms() -> None:
    visitor = client(World().doors(tokens=(READER,)), "http://cw.example")
    await log_in(visitor, READ_SECRET)

    assert "/i/INC-7/answer" not in (await visitor.get("/i/INC-7", headers=HTML)).text


async def test_another_site_cannot_press_the_buttons_of_an_open_console() -> None:
    world = World()
    visitor = client(world.doors())
    fields = {"form_token": form_token_of((await visitor.get("/i/INC-7", headers=HTML)).text), "deed": "close"}

    foreign = await visitor.post("/i/INC-7/answer", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    without = await visitor.post("/i/INC-7/answer", data={"deed": "close"}, headers=SAME_SITE)

    assert (foreign.status_code, without.status_code, world.answered) == (403, 403, [])


async def test_how_often_a_rule_was_right_is_said_with_its_number_alone() -> None:
    world = World()
    first, second, third = world.store.known
    world.store.known = [
        first, replace(second, brand="Acme", verdict=Verdict.FALSE, verdict_at=NOW),
        replace(third, brand="Acme", verdict=Verdict.REAL, verdict_at=NOW),
    ]  # fmt: skip
    asking = client(world.doors())

    listed = (await asking.get("/api/v1/verdicts")).json()["verdicts"]
    page = (await asking.get("/i/INC-7", headers=HTML)).text

    assert [(one["rule"], one["judged"], one["precision"]) for one in listed] == [("score", 2, 0.5)]
    assert "Of 2 judged alerts of this kind, 1 was real." in page


async def test_without_verdicts_nothing_is_said_of_precision() -> None:
    assert "judged alert" not in (await client(World().doors()).get("/i/INC-7", headers=HTML)).text
