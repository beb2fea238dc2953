"""Recordings: given out as time passes, and played on the grid."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from engine_fakes import engine

from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.models import Batch, Coverage, Heartbeat, Mention, MentionFrame, Severity
from crisiswatch.core.queries import IncidentQuery, MentionQuery
from crisiswatch.engine.polling import Poller
from crisiswatch.engine.replaying import BATCH_LIMIT, Extent, Recorded, Recording, moment, play
from tests.builders import NOON, after, mention


def recording(*items: Recorded, covers: tuple[str, ...] = ("press",), **other: object) -> Recording:
    times = [moment(item) for item in items] or [NOON]
    extent = Extent(min(times), max(times), len(items), 0, ("press",), covers, False)
    return Recording(iter(items), extent, **other)  # type: ignore[arg-type]  # on_frame alone


def said(minutes: float, **fields: object) -> Mention:
    return mention(published_at=after(minutes=minutes), **fields)


def ids(batch: Batch) -> list[str]:
    return [one.external_id for one in batch.mentions]


async def test_only_what_was_observed_before_now_is_given_out() -> None:
    source = recording(said(1, external_id="a"), said(2, external_id="b"), said(3, external_id="c"))

    first, second = await source.fetch(None, after(minutes=2)), await source.fetch(None, after(minutes=9))

    assert (ids(first), ids(second)) == (["a"], ["b", "c"])
    assert not second.more


async def test_the_time_of_observation_decides_not_that_of_publication() -> None:
    source = recording(said(1, observed_at=after(minutes=30)))

    assert ids(await source.fetch(None, after(minutes=30))) == []
    assert len(ids(await source.fetch(None, after(minutes=30, seconds=1)))) == 1


async def test_a_mention_without_a_time_of_observation_was_observed_when_published() -> None:
    batch = await recording(said(1)).fetch(None, after(minutes=2))

    assert batch.mentions[0].observed_at == after(minutes=1)


async def test_large_recordings_come_in_parts() -> None:
    source = recording(*(said(n / 1000) for n in range(BATCH_LIMIT + 3)))

    first, second = await source.fetch(None, after(minutes=5)), await source.fetch(None, after(minutes=5))

    assert (len(first.mentions), first.more, first.coverage) == (BATCH_LIMIT, True, ())
    assert (len(second.mentions), second.more) == (3, False)


async def test_without_coverage_in_the_file_the_sources_count_as_seen() -> None:
    source = recording(said(0), said(60))

    pieces = [
        *(await source.fetch(None, after(minutes=4))).coverage,
        *(await source.fetch(None, after(minutes=9))).coverage,
    ]

    assert pieces == [Coverage("press", NOON, after(minutes=4)), Coverage("press", after(minutes=4), after(minutes=9))]


async def test_coverage_in_the_file_is_taken_at_its_word() -> None:
    seen = Coverage("press", NOON, after(minutes=3))
    source = recording(said(0), seen, covers=())

    batch = await source.fetch(None, after(minutes=9))

    assert batch.coverage == (seen,)


async def test_other_frames_are_handed_on_at_their_time() -> None:
    frame = LabelFrame(at=after(minutes=5), uid=b"u", brand="Acme", label="negative")
    heard: list[object] = []

    async def hear(frame: object) -> None:
        heard.append(frame)

    source = recording(frame, on_frame=hear)

    await source.fetch(None, after(minutes=5))
    early = heard.copy()
    await source.fetch(None, after(minutes=6))

    assert (early, heard) == ([], [frame])


@pytest.mark.parametrize(
    ("item", "at"),
    [(Heartbeat(now=NOON), NOON), (MentionFrame(source="p", observed_at=NOON, batch=Batch()), NOON),
     (Coverage("p", after(minutes=-9), NOON), NOON)],
)  # fmt: skip
def test_every_input_has_a_moment(item: Recorded, at: datetime) -> None:
    assert moment(item) == at


async def test_playing_ticks_on_the_grid_up_to_the_first_tick_after_the_end() -> None:
    world = engine()
    poller = Poller(world.store, world.ingest, world.clock, world.metrics)
    ticks: list[datetime] = []
    items = [said(1, text=f"bad acme {n}") for n in range(7)]

    await play(recording(*items), after(minutes=2), (poller, world.watcher, None), world.clock, ticks.append)

    assert ticks == [NOON + timedelta(seconds=15) * n for n in range(1, 10)]
    [incident] = await world.store.incidents(IncidentQuery())
    assert (incident.severity, incident.opened_at) == (Severity.WARNING, after(minutes=1, seconds=30))
    assert len(await world.store.mentions(MentionQuery())) == 7


async def test_playing_waits_for_who_paces_it() -> None:
    world = engine()
    poller = Poller(world.store, world.ingest, world.clock, world.metrics)
    paced: list[datetime] = []

    async def pace(tick: datetime) -> None:
        paced.append(tick)

    await play(recording(said(0)), NOON, (poller, world.watcher, None), world.clock, pace)

    assert paced == [after(seconds=15)]
