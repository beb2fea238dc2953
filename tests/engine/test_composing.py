"""From an owed notification to a message: the incident as it is now, its posts within the quoting rule, its chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from engine_fakes import engine, mentions_of, message

from crisiswatch.core.incidents import Incident, Post
from crisiswatch.core.messages import Message, Quote
from crisiswatch.core.models import Batch, Mention, Severity
from crisiswatch.core.outbox import Notification, NotificationKind
from crisiswatch.core.playbooks import Playbook
from crisiswatch.core.series import Point, Series
from crisiswatch.core.transactions import Decision
from crisiswatch.engine.composing import CHART_SPAN, SHORT_QUOTE, Composer, Wording
from tests.builders import NOON, after, evidence, incident

FIRE = Playbook("fire", {"en": "Fire"}, "Safety", ("safety",), "", {"en": ("Call",)}, timedelta(hours=1))


class Composing:
    """A composer on a store with one incident and its posts; `given` is what the rendering got."""

    def __init__(self, quoting: str = "full") -> None:
        self.engine = engine()
        self.composer = Composer(self.engine.store, self.engine.clock, lambda: self.engine.watcher.brands)
        self.composer.wording = Wording(self._render, self._render_many, (FIRE,), {"press": quoting})
        self.given: tuple[Any, ...] = ()

    def _render(
        self, notification: Notification, incident: Incident, playbook: Playbook | None, quotes: Sequence[Quote],
        series: Series | None, now: datetime,
    ) -> Message:  # fmt: skip
        self.given = (notification, incident, playbook, quotes, series, now)
        return message(notification.key)

    def _render_many(self, notification: Notification, incidents: Sequence[Incident], now: datetime) -> Message:
        return message(notification.key, headline=f"{len(incidents)} incidents")

    async def told(self, *mentions: Mention, **changes: Any) -> Incident:
        """Store mentions and an incident whose evidence they are."""
        if mentions:
            await self.engine.ingest("press", Batch(mentions=mentions))
        posts = tuple(Post(m.uid, m.external_id, m.permalink, NOON) for m in mentions)
        whole = incident(version=1, number=None, evidence=evidence(posts=posts), **changes)
        return await self.engine.store.commit_decision(Decision(whole, 0, (), ()))

    async def quotes(self) -> list[Quote]:
        await self.composer(owed())
        return list(self.given[3])


def owed(id: str = "01" + "A" * 24) -> Notification:
    return Notification(id, "team", NotificationKind.OPENED, 1, Severity.WARNING, NOON, after(hours=6))


async def test_the_message_tells_of_the_incident_as_it_is_now() -> None:
    composing = Composing()
    told = await composing.told(playbook="fire")
    composing.engine.clock.set(after(minutes=3))

    composed = await composing.composer(owed())

    assert composed is not None
    assert composing.given[:3] == (owed(), told, FIRE)
    assert composing.given[5] == after(minutes=3)


async def test_there_is_no_message_about_an_incident_that_is_gone() -> None:
    assert await Composing().composer(owed("01GONE")) is None


async def test_a_playbook_that_left_the_configuration_is_left_out() -> None:
    composing = Composing()
    await composing.told(playbook="older")

    await composing.composer(owed())

    assert composing.given[2] is None


LONG = "acme " + "word " * 100


@pytest.mark.parametrize(
    ("quoting", "text"),
    [("full", LONG), ("short", LONG[: SHORT_QUOTE - 1].rstrip() + "…"), ("never", "")],
)
async def test_posts_are_quoted_as_their_source_allows(quoting: str, text: str) -> None:
    composing = Composing(quoting)
    await composing.told(*mentions_of("1", text=LONG, author_name="Ann", permalink="https://n.example/1"))

    [quote] = await composing.quotes()

    assert (quote.text, quote.url, quote.who) == (text, "https://n.example/1", "Ann, press")


async def test_a_post_whose_text_was_wiped_is_not_shown() -> None:
    composing = Composing()
    await composing.told(*mentions_of("1", "2", permalink="https://n.example/1"))
    await composing.engine.store.erase(permalink="https://n.example/1")

    assert await composing.quotes() == []


def points(composing: Composing, *minutes: int) -> None:
    judging = composing.engine.watcher.brands["Acme"].judging
    judging.points = [Point(after(minutes=minute), 4, 4.0, 1.0, 8.0, None) for minute in minutes]


async def test_the_chart_shows_the_last_day() -> None:
    composing = Composing()
    told = await composing.told()
    points(composing, -60 * 30, -60 * 23, -5)

    series = composing.composer.series(told)

    assert series is not None
    assert [point.start for point in series.points] == [after(hours=-23), after(minutes=-5)]
    assert timedelta(hours=24) == CHART_SPAN


async def test_the_chart_of_a_closed_incident_ends_with_it() -> None:
    composing = Composing()
    told = replace(await composing.told(), closed_at=after(hours=-1))
    points(composing, -90, -5)

    series = composing.composer.series(told)

    assert series is not None
    assert [point.start for point in series.points] == [after(minutes=-90)]


@pytest.mark.parametrize(("minute", "stories"), [(4, [4]), (5, [4, 3])])
async def test_a_bucket_that_is_over_but_open_is_part_of_the_chart(minute: int, stories: list[int]) -> None:
    composing = Composing()
    told = await composing.told()
    points(composing, -20)
    await composing.engine.see(3)
    await composing.engine.tick()
    composing.engine.clock.set(after(minutes=minute))

    series = composing.composer.series(told)

    assert series is not None
    assert [point.stories for point in series.points] == stories


@pytest.mark.parametrize("brand", ["Acme", "Gone"])
async def test_there_is_no_chart_where_nothing_is_known(brand: str) -> None:
    composing = Composing()

    assert composing.composer.series(incident(brand=brand)) is None


async def test_what_is_quoted_is_redacted_before_it_is_cut() -> None:
    composing = Composing("short")
    composing.composer.wording = replace(
        composing.composer.wording, redact=lambda text: text.replace("secret number", "[gone]")
    )
    await composing.told(mentions_of("1", text="acme " + "x" * 125 + " secret number", author_name="secret number")[0])

    (quote,) = await composing.quotes()

    assert "secret" not in quote.who + quote.text
    assert quote.text.endswith("[gone]")
