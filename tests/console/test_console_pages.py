"""The list and the incident page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crisiswatch.console.doors import BrandStatus, Status
from crisiswatch.core.models import Severity
from crisiswatch.errors import StoreBusy, StoreUnusable
from tests.console.console_fakes import HTML, START, World, client, critical, picture, warning


async def test_list_shows_open_incidents_worst_first_then_closed_ones() -> None:
    world = World()
    world.store.known.reverse()

    page = (await client(world.doors()).get("/", headers=HTML)).text

    assert page.index("Acme: 12×") < page.index("Globex: 12×") < page.index("Recently closed") < page.index("INC-6")


async def test_title_counts_open_incidents() -> None:
    page = (await client(World().doors()).get("/")).text

    assert "<title>(2) Incidents · crisiswatch</title>" in page


async def test_icon_shows_the_worst_open_severity() -> None:
    world = World()
    world.store.known = [warning()]

    assert '"/static/warning.svg"' in (await client(world.doors()).get("/")).text


async def test_empty_list_says_what_is_watched_and_when_the_next_poll_is() -> None:
    world = World()
    world.store.known, world.state = [], replace(world.state, sources=world.state.sources[:1])

    page = (await client(world.doors()).get("/")).text

    assert "Nothing is wrong." in page
    assert "<bdi>Acme</bdi>, <bdi>Globex</bdi> in 1 source." in page
    assert "Next poll: <bdi>press</bdi>, in 2 min (14:02 UTC)" in page


async def test_failing_source_takes_the_certainty_out_of_calm() -> None:
    world = World()
    world.store.known = []

    page = (await client(world.doors()).get("/")).text

    assert "Nothing is wrong in what can be seen." in page
    assert "1 failing" in page


async def test_empty_list_without_brands_does_not_claim_calm() -> None:
    world = World()
    world.store.known, world.state = [], Status()

    page = (await client(world.doors()).get("/")).text

    assert "Nothing is watched yet." in page
    assert "Nothing is wrong" not in page


async def test_blindness_is_an_alarm_and_never_called_calm() -> None:
    world = World()
    world.store.known, world.state = [], Status(brands=(BrandStatus("Acme", is_blind=True, missing=("press",)),))

    page = (await client(world.doors()).get("/")).text

    assert 'role="alert"' in page
    assert "Silence here is not calm. Missing: press." in page
    assert "Nothing is wrong" not in page


async def test_learning_brand_says_how_far_it_is() -> None:
    assert "learning, 3 of 14 days" in (await client(World().doors()).get("/")).text


async def test_failing_source_says_why() -> None:
    page = (await client(World().doors()).get("/")).text

    assert "1 of 2 healthy" in page
    assert "timed out 3 times, since 13:40 UTC" in page


@pytest.mark.parametrize(
    "part",
    [
        "Acme: 12× the usual, 64% negative, still growing",
        "since 13:20 UTC",
        "241 stories in 40 minutes; about 20 are usual at this hour.",
        "64% (usually 17%)",
        "Mi Acme empezó a echar humo",
        "Publish the holding statement by 13:52 UTC",
        "Head of Product",
        "We know of reports about batteries.",
        "the posts speak of smoke and of a recall",
        "2.4 times the alert threshold",
        "1 of 9 sources was not seen (fediverse)",
        "Acknowledged by <bdi>Maria</bdi>",
        "Raised to critical",
        "then rise to 241.",
        "2 Mar, 13:20 UTC",
    ],
)
async def test_incident_page_shows_what_the_alert_says(part: str) -> None:
    assert part in (await client(World().doors()).get("/i/INC-7", headers=HTML)).text


async def test_chart_has_a_table_twin_with_the_newest_point_first() -> None:
    page = (await client(World().doors()).get("/i/INC-7")).text

    assert "The newest 48 of 60" in page
    assert page.index('<th scope="row">13:55</th><td>79</td><td>12–28</td><td>20%</td>') < page.index(
        '<th scope="row">13:50</th>'
    )


async def test_bucket_that_was_not_seen_is_not_shown_as_zero() -> None:
    world = World()
    unseen = (await world.doors().series(critical())).points[-1]

    async def series(incident: object) -> object:
        whole = await World().doors().series(critical())
        return replace(whole, points=(replace(unseen, covered=0.0, stories=0.0),))

    page = (await client(world.doors(series=series)).get("/i/INC-7")).text

    assert "<td>not seen</td>" in page


async def test_incident_without_chart_or_history_has_a_page() -> None:
    answer = await client(World().doors()).get("/i/INC-6", headers=HTML)

    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "Nothing yet." in answer.text


async def test_stale_incident_says_that_its_state_is_unknown() -> None:
    world = World()
    world.store.known = [replace(critical(), stale_since=START + timedelta(minutes=30))]

    assert "Data stopped coming at" in (await client(world.doors()).get("/i/INC-7")).text


async def test_blind_incident_has_its_own_badge() -> None:
    world = World()
    world.store.known = [replace(critical(), family="blind", severity=Severity.WARNING)]

    assert 'class="badge blind"' in (await client(world.doors()).get("/i/INC-7")).text


@pytest.mark.parametrize(("path", "accept"), [("/i/INC-7.json", "text/html"), ("/i/INC-7", "application/json")])
async def test_incident_page_has_a_json_twin(path: str, accept: str) -> None:
    answer = await client(World().doors()).get(path, headers={"Accept": accept})

    assert answer.json()["incident"]["id"] == "INC-7"
    assert answer.json()["message"]["headline"].startswith("Acme: 12×")


async def test_list_has_a_json_twin() -> None:
    answer = await client(World().doors()).get("/", headers={"Accept": "application/json"})

    assert [one["id"] for one in answer.json()["incidents"]] == ["INC-7", "INC-8", "INC-6"]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_chart_comes_as_svg_in_the_theme_asked_for(theme: str) -> None:
    answer = await client(World().doors()).get("/i/INC-7/chart.svg", params={"theme": theme})

    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text == picture(theme).draw_svg()
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_chart_comes_as_png() -> None:
    answer = await client(World().doors()).get("/i/INC-7/chart.png")

    assert answer.headers["content-type"] == "image/png"
    assert answer.content == picture("light").draw_png()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/i/INC-99", 404),
        ("/i/INC-0", 404),
        ("/i/INC-7x", 404),
        ("/i/7", 404),
        ("/i/INC-99999999999999999999999", 404),
        ("/i/INC-6/chart.svg", 404),
        ("/i/INC-7/chart.svg?theme=neon", 400),
        ("/i/INC-7/", 404),
        ("/nowhere", 404),
    ],
)
async def test_wrong_addresses_are_answered_as_such(path: str, status: int) -> None:
    assert (await client(World().doors()).get(path, headers=HTML)).status_code == status


async def test_people_get_a_page_for_an_error_and_programs_problem_details() -> None:
    people = await client(World().doors()).get("/i/INC-99", headers=HTML)
    program = await client(World().doors()).get("/i/INC-99")

    assert "<h1>Not Found</h1>" in people.text
    assert program.headers["content-type"] == "application/problem+json"
    assert program.json() == {"title": "Not Found", "status": 404, "detail": "there is no incident INC-99"}


@pytest.mark.parametrize(("error", "status"), [(StoreBusy("locked"), 503), (StoreUnusable("secret path"), 500)])
async def test_trouble_of_the_store_is_told_without_its_details(error: Exception, status: int) -> None:
    world = World()
    world.store.error = error

    answer = await client(world.doors()).get("/", headers=HTML)

    assert answer.status_code == status
    assert str(error) not in answer.text


async def test_fault_of_our_own_shows_nothing_and_keeps_the_security_headers() -> None:
    world = World()
    world.store.error = RuntimeError("secret detail")

    answer = await client(world.doors()).get("/", headers=HTML)

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
