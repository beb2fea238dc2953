"""The mentions half of the port, on every store."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from store_builders import NOON, a_batch, a_mention, all_of, an_observation, minutes

from crisiswatch.core.label_frames import LabelFrame
from crisiswatch.core.models import (
    Batch,
    Coverage,
    Engagement,
    Heartbeat,
    MentionFrame,
    MetricPoint,
    PlannedEvent,
    PlannedEventFrame,
    Quality,
    Via,
)
from crisiswatch.core.queries import MentionQuery
from crisiswatch.errors import BadInput
from crisiswatch.ports import Store


async def test_says_which_mentions_were_new(store: Store) -> None:
    first, second = a_mention("1"), a_mention("2")
    await store.commit_batch(a_batch(first))

    assert await store.commit_batch(a_batch(first, second)) == {second.uid}


async def test_a_known_mention_changes_nothing(store: Store) -> None:
    await store.commit_batch(a_batch(a_mention(text="as it was")))
    await store.commit_batch(a_batch(a_mention(text="edited"), at=NOON + minutes(5)))

    found = await store.mentions(MentionQuery())
    assert [(item.mention.text, item.mention.observed_at) for item in found] == [("as it was", NOON)]


async def test_the_same_mention_twice_in_a_batch_is_stored_once(store: Store) -> None:
    await store.commit_batch(a_batch(a_mention(text="first"), a_mention(text="second")))

    assert [item.mention.text for item in await store.mentions(MentionQuery())] == ["first"]


async def test_gives_back_every_field_of_a_mention(store: Store) -> None:
    mention = a_mention(
        instance="news.example",
        kind="review",
        title="Ünfair «title»",
        text="Ça brûle 🔥 \u202eolleh",
        language="fr",
        author="0123abcd",
        author_name="Zoé",
        author_followers=2**40,
        permalink="https://news.example/1",
        published_at=NOON + timedelta(microseconds=1),
        indexed_at=NOON - timedelta(days=36_500),
        observed_at=NOON + timedelta(microseconds=999_999),
        engagement=Engagement(likes=0, rating=4.1),
        reach=7,
        parent_id="0",
        via=Via.BACKFILL,
        brands=("acme", "Globex"),
    )
    await store.commit_batch(a_batch(mention))

    assert await store.mentions_by_uid([mention.uid, b"?" * 16]) == {mention.uid: mention}


async def test_unknown_is_not_zero(store: Store) -> None:
    mention = a_mention(observed_at=NOON, published_at=None)
    await store.commit_batch(a_batch(mention))

    assert (await store.mentions_by_uid([mention.uid]))[mention.uid] == mention


async def test_times_come_back_in_utc(store: Store) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    mention = a_mention(published_at=elsewhere, observed_at=elsewhere)
    await store.commit_batch(a_batch(mention, coverage=(Coverage("press", elsewhere, elsewhere + minutes(5)),)))

    (observation,) = await all_of(store.observations(NOON, NOON + minutes(1)))
    (coverage,) = await store.coverage(NOON, NOON + minutes(1))
    assert (observation.event_time, coverage.start) == (NOON, NOON)


async def test_text_that_no_database_takes_does_not_stop_the_batch(store: Store) -> None:
    hostile = a_mention("1", text="nul \0 and half \ud83d character", title="\0", reach=10**30, author="\udfff")
    await store.commit_batch(a_batch(hostile, a_mention("2"), cursor="next"))

    assert len(await store.mentions(MentionQuery())) == 2
    assert await store.cursor("press") == "next"


async def test_stamps_the_moment_of_observation(store: Store) -> None:
    mention = a_mention(observed_at=None)
    enriched = a_batch(mention)
    await store.commit_batch(type(enriched)("press", NOON, (mention,), enriched.observations, enriched.batch))

    assert (await store.mentions_by_uid([mention.uid]))[mention.uid].observed_at == NOON


async def test_gives_back_every_field_of_an_observation(store: Store) -> None:
    mention = a_mention(observed_at=NOON)
    observation = an_observation(
        mention,
        negativity=0.1 + 0.2,
        sketch=(0, 2**64 - 1, 7),
        author="0123abcd",
        followers=0,
        reach=2**40,
        engagement=3,
        rules=("injury", "vip"),
        live=False,
        bucket_time=NOON - minutes(10),
    )
    enriched = a_batch(mention)
    await store.commit_batch(type(enriched)("press", NOON, (mention,), (observation,), enriched.batch))

    assert await all_of(store.observations(NOON, NOON + minutes(1))) == [observation]


async def test_observations_come_in_order_and_within_their_stretch(store: Store) -> None:
    for minute in (3, 1, 2, 0):
        batch = a_batch(*(a_mention(f"{minute}.{n}") for n in range(3)), brands=("a", "B"), at=NOON + minutes(minute))
        await store.commit_batch(batch)

    found = await all_of(store.observations(NOON + minutes(1), NOON + minutes(3)))
    keys = [(item.observed_at, item.uid, item.brand) for item in found]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys)) == 12
    assert {key[0] for key in keys} == {NOON + minutes(1), NOON + minutes(2)}


async def test_observations_come_in_pages_that_miss_nothing(store: Store) -> None:
    await store.commit_batch(a_batch(*(a_mention(str(n)) for n in range(4_100))))
    pages = [page async for page in store.observations(NOON, NOON + minutes(1))]

    assert len(pages) == 3
    assert len({item.uid for page in pages for item in page}) == 4_100


async def test_what_is_appended_while_reading_is_neither_missed_nor_told_twice(store: Store) -> None:
    await store.commit_batch(a_batch(*(a_mention(str(n)) for n in range(2_500))))
    seen: list[bytes] = []
    async for page in store.observations(NOON, NOON + minutes(10)):
        if not seen:
            await store.commit_batch(a_batch(*(a_mention(f"new {n}") for n in range(50)), at=NOON + minutes(1)))
        seen += [item.uid for item in page]

    assert len(seen) == len(set(seen)) == 2_550


async def test_only_new_mentions_bring_observations(store: Store) -> None:
    await store.commit_batch(a_batch(a_mention()))
    await store.commit_batch(a_batch(a_mention(), brands=("globex",), at=NOON + minutes(1)))

    assert [item.brand for item in await all_of(store.observations(NOON, NOON + minutes(5)))] == ["acme"]


async def test_the_cursor_is_that_of_the_last_batch_that_had_one(store: Store) -> None:
    await store.commit_batch(a_batch(a_mention("1"), cursor="a"))
    await store.commit_batch(a_batch(a_mention("2"), cursor="b"))
    await store.commit_batch(a_batch(a_mention("3"), cursor=None))

    assert await store.cursor("press") == "b"
    assert await store.cursor("another") is None


async def test_coverage_is_told_where_it_overlaps(store: Store) -> None:
    stretches = tuple(
        Coverage(source, NOON + minutes(start), NOON + minutes(start + 5)) for start in (5, 0, 10) for source in "Ba"
    )
    await store.commit_batch(a_batch(coverage=stretches))

    found = await store.coverage(NOON + minutes(5), NOON + minutes(10))
    assert [(item.source, item.start) for item in found] == [("B", NOON + minutes(5)), ("a", NOON + minutes(5))]


async def test_coverage_that_is_told_again_is_corrected(store: Store) -> None:
    for quality in (Quality.PARTIAL, Quality.COMPLETE):
        await store.commit_batch(a_batch(coverage=(Coverage("press", NOON, NOON + minutes(5), quality),)))

    assert [item.quality for item in await store.coverage(NOON, NOON + minutes(1))] == [Quality.COMPLETE]


async def test_metric_points_may_be_told_again_and_nonsense_is_left_out(store: Store) -> None:
    points = tuple(MetricPoint("x", "counts", "acme", NOON, minutes(5), value) for value in (1.0, float("nan"), 2.0))
    await store.commit_batch(a_batch(metrics=points, cursor="after"))

    assert await store.cursor("press") == "after"


async def test_lists_mentions_by_event_time_one_row_per_brand(store: Store) -> None:
    mentions = [a_mention(str(n), published_at=NOON + minutes(n)) for n in range(3)]
    await store.commit_batch(a_batch(*mentions, brands=("acme", "Globex")))

    newest = await store.mentions(MentionQuery(limit=3))
    oldest = await store.mentions(MentionQuery(oldest_first=True, limit=3))
    assert [(item.mention.external_id, item.brand) for item in newest] == [
        ("2", "acme"),
        ("2", "Globex"),
        ("1", "acme"),
    ]
    assert [(item.mention.external_id, item.brand) for item in oldest] == [
        ("0", "Globex"),
        ("0", "acme"),
        ("1", "Globex"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (MentionQuery(brand="acme"), {"1", "2", "3"}),
        (MentionQuery(brand="nobody"), set()),
        (MentionQuery(source="press"), {"1", "2"}),
        (MentionQuery(language="es"), {"2"}),
        (MentionQuery(start=NOON + minutes(2)), {"2", "3"}),
        (MentionQuery(end=NOON + minutes(2)), {"1"}),
        (MentionQuery(observed_before=NOON + minutes(30)), {"1", "2"}),
        (MentionQuery(text="BATTERY fire"), {"1"}),
        (MentionQuery(text="ÉXITO"), {"2"}),
        (MentionQuery(text="100%"), {"3"}),
        (MentionQuery(text="100_"), set()),
        (MentionQuery(text="headline"), {"3"}),
        (MentionQuery(text="' OR 1=1 --"), set()),
        (MentionQuery(text="\0 \ud83d", brand="\ud83d"), set()),
    ],
)
async def test_a_query_narrows_the_list(store: Store, query: MentionQuery, expected: set[str]) -> None:
    await store.commit_batch(
        a_batch(
            a_mention("1", text="The battery is on Fire", published_at=NOON + minutes(1)),
            a_mention("2", text="un éxito, la batería", language="es", published_at=NOON + minutes(2)),
        )
    )
    late = a_mention("3", source="forum", title="A Headline", text="100% sure", published_at=NOON + minutes(3))
    await store.commit_batch(a_batch(late, at=NOON + minutes(30)))

    assert {item.mention.external_id for item in await store.mentions(query)} == expected


async def test_inputs_that_are_not_mentions_come_back_in_order(store: Store) -> None:
    event = PlannedEvent(brand="acme", name="launch", start=NOON, end=NOON + minutes(60))
    label = LabelFrame(at=NOON + minutes(1), uid=b"u" * 16, brand="acme", label="negative", by="ana")
    frames = [PlannedEventFrame(at=NOON, event=event), label, Heartbeat(now=NOON + minutes(1))]
    for frame in (frames[1], frames[2], frames[0], Heartbeat(now=NOON + minutes(2))):
        await store.commit_frame(frame)

    assert list(await store.frames(NOON, NOON + minutes(2))) == frames


async def test_mentions_are_not_recorded_as_a_frame(store: Store) -> None:
    with pytest.raises(BadInput, match="batch"):
        await store.commit_frame(MentionFrame(source="press", observed_at=NOON, batch=Batch()))


async def test_a_checkpoint_replaces_the_one_before(store: Store) -> None:
    await store.save_checkpoint("acme", NOON, b"\0old")
    await store.save_checkpoint("acme", NOON + minutes(60), b"\0new")

    assert (await store.load_checkpoints(["acme"])).get("acme") == (NOON + minutes(60), b"\0new")
    assert (await store.load_checkpoints(["globex"])).get("globex") is None


async def test_many_checkpoints_are_loaded_at_once_and_those_that_are_missing_left_out(store):
    for number in range(3):
        await store.save_checkpoint(f"brand/{number}", NOON, bytes([number]))

    found = await store.load_checkpoints([f"brand/{number}" for number in range(1, 1200)])

    assert found == {"brand/1": (NOON, b"\1"), "brand/2": (NOON, b"\2")}


async def test_says_how_many_bytes_it_takes(store: Store) -> None:
    await store.commit_batch(a_batch(a_mention(text="x" * 100)))

    assert await store.size() >= 100
