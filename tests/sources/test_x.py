from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer
from x_answers import counts, posts, source

from crisiswatch.core.models import Coverage, Engagement, MetricPoint, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.x import KIND, LAG, PRICE, STEP
from crisiswatch.sources.web.x_items import Found, is_unusual, parse_counts, parse_search

FOLDER = FIXTURES / "x"


def body_of(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def asked(reader) -> list[tuple[str, dict[str, str]]]:
    parts = [urlsplit(url) for url in reader._fetcher.urls]
    return [(part.path, {key: value[0] for key, value in parse_qs(part.query).items()}) for part in parts]


async def drain(reader, cursor, now):
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


def test_both_spellings_of_counts_and_posts_are_read():
    (minute,) = parse_counts(body_of("counts_recent_legacy_names.json")).minutes
    (legacy,) = parse_search(body_of("recent_search_legacy_names.json")).mentions
    (modern,) = parse_search(body_of("recent_search_page2.json")).mentions

    assert minute[2] == 4
    assert len(parse_counts(body_of("counts_recent_minute.json")).minutes) == 3
    assert legacy == modern
    assert legacy.engagement == Engagement(likes=61, reposts=14, replies=9, views=8400)


def test_a_post_is_read():
    page = parse_search(body_of("recent_search_page1.json"))
    first, reply = page.mentions

    assert (first.external_id, first.language) == ("1990000000000013800", "en")
    assert first.permalink == "https://x.com/i/status/1990000000000013800"
    assert (first.author, reply.parent_id) == ("https://x.com/i/user/7001", "1990000000000011111")
    assert (page.highest, page.following) == ("1990000000000013800", "b26v89c19zqg8o3fobd8v73egzbdt3")


def test_an_empty_page_and_one_with_partial_errors_are_pages():
    assert parse_search(body_of("recent_search_empty.json")) == Found()
    assert [mention.external_id for mention in parse_search(body_of("partial_errors.json")).mentions] == ["123"]


async def test_whole_steps_are_counted_and_the_running_one_is_not():
    now = NOW + LAG + timedelta(minutes=2)
    batch = await source(counts(NOW + timedelta(minutes=5), 1, 2, 40)).fetch(None, now)

    assert batch.metrics == (
        MetricPoint("x", "posts", "Norvik", NOW - 2 * STEP, STEP, 1.0),
        MetricPoint("x", "posts", "Norvik", NOW - STEP, STEP, 2.0),
    )
    assert batch.cost == PRICE


async def test_counts_by_the_hour_are_no_counts_and_cover_nothing():
    hour = {"start": (NOW - timedelta(hours=1)).isoformat(), "end": NOW.isoformat(), "tweet_count": 7}
    reader = source(counts(NOW, 1, 2), answer(json.dumps({"data": [hour], "meta": {}}).encode()))
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW + timedelta(minutes=5))

    assert (second.metrics, second.coverage) == ((), ())
    assert second.warnings == ("X did not count by the minute, as it was asked to",)


async def test_counting_covers_what_was_counted_and_sends_old_steps_once_more_at_most():
    reader = source(counts(NOW, *[1] * 288), counts(NOW + STEP, *[1] * 288))
    first = await reader.fetch(None, NOW + LAG)

    second = await reader.fetch(first.cursor, NOW + LAG + STEP)

    assert second.coverage == (Coverage("x", NOW, NOW + STEP),)
    assert (len(first.metrics), len(second.metrics)) == (288, 3)


async def test_posts_are_read_only_while_counts_are_unusual_and_then_as_evidence():
    calm = source(counts(NOW, *[4] * 285, 5, 3, 4), posts=("unusual"))
    loud = source(counts(NOW, *[4] * 285, 30, 30, 30), posts(9, 8), posts="unusual")

    (quiet,) = await drain(calm, None, NOW + LAG)
    batches = await drain(loud, None, NOW + LAG)

    assert quiet.mentions == ()
    assert [mention.external_id for mention in batches[1].mentions] == ["9", "8"]
    assert {mention.via for mention in batches[1].mentions} == {Via.BACKFILL}


async def test_posts_that_are_always_read_are_news_and_covered():
    reader = source(counts(NOW, 1), posts(5), counts(NOW, 1), posts(7), posts="always")
    first = (await drain(reader, None, NOW))[-1]

    second = (await drain(reader, first.cursor, NOW + STEP))[-1]

    assert second.mentions[0].via is Via.POLL
    assert second.coverage == (Coverage("x", NOW, NOW + STEP),)


async def test_pages_share_one_since_id_and_the_next_walk_begins_at_the_first_page():
    reader = source(
        counts(NOW, 1), posts(5), counts(NOW, 1), posts(30, 20, token="t2"), posts(10), counts(NOW, 1), posts(),
        posts="always",
    )  # fmt: skip
    cursor = None
    for minute in range(3):
        cursor = (await drain(reader, cursor, NOW + timedelta(minutes=5 * minute)))[-1].cursor

    searches = [query for path, query in asked(reader) if path.endswith("search/recent")]
    assert [query.get("since_id") for query in searches] == [None, "5", "5", "30"]
    assert [query.get("next_token") for query in searches] == [None, None, "t2", None]
    assert ["start_time" in query for query in searches] == [True, False, False, False]


async def test_an_absence_beyond_seven_days_starts_by_time_and_leaves_a_gap():
    later = NOW + timedelta(days=9)
    reader = source(counts(NOW, 1), posts(5), counts(later, 1), posts(9), posts="always")
    first = (await drain(reader, None, NOW))[-1]

    second = (await drain(reader, first.cursor, later))[-1]
    (_, query) = asked(reader)[-1]

    assert ("since_id" in query, query["start_time"]) == (False, "2026-11-20T10:01:00Z")
    assert second.coverage == (Coverage("x", later - timedelta(days=7) + timedelta(minutes=1), later),)


async def test_no_more_than_the_days_dollars_are_spent_and_the_next_day_goes_on():
    def plenty(url: str):
        query = parse_qs(urlsplit(url).query)
        if "search" not in url:
            return counts(NOW, 1)
        size = min(25, int(query["max_results"][0]))
        return posts(*range(size, 0, -1), token=f"after {query.get('next_token', [''])[0]}")

    reader = source(plenty, posts="always", dollars_per_day=0.6)
    cursor, spent, now, told = None, 0.0, NOW, []
    for _ in range(20):
        for batch in await drain(reader, cursor, now):
            cursor, spent = batch.cursor or cursor, spent + batch.cost
            told += batch.warnings
        now += STEP
    requests = len(reader._fetcher.urls)

    tomorrow = await reader.fetch(cursor, NOW + timedelta(days=1))

    assert spent <= 0.6
    assert len([warning for warning in told if "are spent" in warning]) == 1
    assert (tomorrow.cost > 0, len(reader._fetcher.urls)) == (True, requests + 1)


async def test_a_token_that_comes_again_ends_the_walk():
    reader = source(counts(NOW, 1), posts(5, token="n"), posts(4, token="n"), posts="always")

    batches = await drain(reader, None, NOW)

    assert len(batches) == 3
    assert "did not end" in batches[-1].warnings[0]


async def test_a_page_asks_for_no_more_posts_than_can_be_paid():
    reader = source(counts(NOW, 1), posts(5), posts="always", dollars_per_day=0.1)

    await drain(reader, None, NOW)

    assert asked(reader)[1][1]["max_results"] == "19"


async def test_a_budget_of_nothing_asks_nothing():
    reader = source(counts(NOW, 1), dollars_per_day=0)

    batch = await reader.fetch(None, NOW)

    assert (reader._fetcher.urls, batch.coverage, batch.cost) == ([], (), 0.0)


def test_there_is_no_budget_by_default():
    with pytest.raises(ValidationError):
        KIND.options(token="t", brand="b", query="q")


@pytest.mark.parametrize(
    ("steps", "unusual"),
    [([4] * 288, False), ([4] * 285 + [12, 12, 12], True), ([0] * 285 + [3, 3, 3], False),
     ([0] * 285 + [4, 4, 4], True), ([100] * 285 + [140] * 3, False), ([50], False), ([], False)],
)  # fmt: skip
def test_unusual_is_three_times_as_many_and_ten_more(steps, unusual):
    assert is_unusual(steps) is unusual


async def test_a_cap_is_not_tried_again_before_a_day():
    capped = answer(json.dumps(json.loads(body_of("error_usage_capped.json"))["body"]).encode(), status=429)

    with pytest.raises(RateLimited) as caught:
        await source(capped).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(days=1)


async def test_a_rate_limit_is_waited_out_until_its_reset():
    reset = str(int((NOW + timedelta(minutes=7)).timestamp()))

    with pytest.raises(RateLimited) as caught:
        await source(answer(status=429, x_ratelimit_reset=reset)).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(minutes=7)


async def test_the_reset_is_read_as_x_spells_it():
    reset = str(int((NOW + timedelta(minutes=7)).timestamp()))

    with pytest.raises(RateLimited) as caught:
        await source(answer(status=429, x_rate_limit_reset=reset)).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(minutes=7)


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer(b'{"title": "Unauthorized"}', status=401), SourceRejected), (answer(status=503), SourceUnavailable),
     (answer(b"<html>"), SourceUnavailable), (answer(b"{}"), SourceUnavailable), (answer(b'{"da'), SourceUnavailable)],
)  # fmt: skip
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(reply).fetch(None, NOW)


def test_posts_that_cannot_be_read_are_counted_and_paid():
    page = parse_search(b'{"data": [1, {}, {"id": "x", "text": "t"}, {"id": "5"}], "meta": {"result_count": 4}}')

    assert (page.mentions, page.listed, page.skipped) == ((), 4, 4)


async def test_the_token_is_never_shown():
    assert "canary" not in repr(KIND.options(token="canary", brand="b", query="q", dollars_per_day=1))


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(counts(NOW, 1)).fetch("{", NOW)


def test_times_are_in_utc():
    assert parse_search(body_of("recent_search_page1.json")).mentions[0].published_at == datetime(
        2026, 11, 18, 9, 12, 31, tzinfo=UTC
    )
