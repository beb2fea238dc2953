from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from source_fakes import FILES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Quality, Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable, WorkTimedOut
from crisiswatch.sources.web.rss import KIND, SEEN_LIMIT, tidy_link

MINUTES = timedelta(minutes=5)


def feed(*numbers: int, at: datetime | None = None) -> bytes:
    date = f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if at else ""
    items = "".join(f"<item><guid isPermaLink='false'>{n}</guid><title>post {n}</title>{date}</item>" for n in numbers)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def source(*answers, **options):
    return KIND.build("press", KIND.options(**{"url": "https://news.example/feed", **options}), tools(*answers))


def ids(batch) -> list[str]:
    return [mention.external_id for mention in batch.mentions]


async def test_new_entries_come_once():
    reader = source(answer(feed(2, 1)), answer(feed(3, 2, 1)))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert (ids(first), ids(second)) == (["2", "1"], ["3"])


async def test_what_stood_there_at_the_first_look_is_backfill_and_no_coverage():
    reader = source(answer(feed(1)), answer(feed(2, 1)))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert (first.mentions[0].via, first.coverage) == (Via.BACKFILL, ())
    assert second.mentions[0].via is Via.POLL
    assert second.coverage == (Coverage("press", NOW, NOW + MINUTES, Quality.COMPLETE),)


async def test_after_a_long_absence_what_is_old_is_backfill():
    later = NOW + timedelta(hours=5)
    reader = source(
        answer(feed(1)), answer(feed(2, 1, at=NOW + timedelta(hours=1))), answer(feed(3, 2, 1, at=later + MINUTES))
    )
    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, later)
    third = await reader.fetch(second.cursor, later + MINUTES)

    assert second.mentions[0].via is Via.BACKFILL
    assert third.mentions[0].via is Via.POLL


async def test_validators_are_sent_back_and_304_still_covers():
    reader = source(answer(feed(1), etag='"a"', last_modified="Wed, 18 Nov 2026 09:00:00 GMT"), answer(status=304))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)
    sent = reader._tools.fetcher.headers

    assert "If-None-Match" not in sent[0]
    assert (sent[1]["If-None-Match"], sent[1]["If-Modified-Since"]) == ('"a"', "Wed, 18 Nov 2026 09:00:00 GMT")
    assert second.mentions == ()
    assert second.coverage == (Coverage("press", NOW, NOW + MINUTES, Quality.COMPLETE),)


async def test_after_a_day_of_304_the_feed_is_asked_for_whole():
    reader = source(answer(feed(1), etag='"stuck"'), answer(status=304))
    batch = await reader.fetch(None, NOW)

    batch = await reader.fetch(batch.cursor, NOW + timedelta(hours=23))
    batch = await reader.fetch(batch.cursor, NOW + timedelta(hours=25))

    assert ["If-None-Match" in headers for headers in reader._tools.fetcher.headers] == [False, True, False]


async def test_a_feed_that_rolled_over_is_partly_seen():
    reader = source(answer(feed(2, 1)), answer(feed(9, 8)))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert second.coverage[0].quality is Quality.PARTIAL
    assert "rolled over" in second.warnings[0]


async def test_a_feed_that_was_emptied_is_partly_seen():
    reader = source(answer(feed(2, 1)), answer(feed()))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert second.coverage[0].quality is Quality.PARTIAL


async def test_shuffled_and_repeated_entries_come_once():
    reader = source(answer(feed(1, 2, 3)), answer(feed(3, 1, 4, 2, 4, 4)))

    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)

    assert ids(second) == ["4"]


async def test_a_failed_fetch_leaves_the_cursor_and_the_next_one_covers_the_hole():
    reader = source(answer(feed(1)), SourceUnavailable("down"), answer(feed(2, 1)))
    first = await reader.fetch(None, NOW)

    with pytest.raises(SourceUnavailable):
        await reader.fetch(first.cursor, NOW + MINUTES)
    third = await reader.fetch(first.cursor, NOW + 2 * MINUTES)

    assert third.coverage == (Coverage("press", NOW, NOW + 2 * MINUTES, Quality.COMPLETE),)


async def test_the_cursor_stays_small():
    cursor = None
    for start in range(0, 2_500, 500):
        body = feed(*range(start, start + 500))
        batch = await source(answer(body, etag='"' + "e" * 900 + '"')).fetch(cursor, NOW)
        cursor = batch.cursor

    assert len(cursor) < 64_000
    assert len(json.loads(cursor)["seen"]) == SEEN_LIMIT


async def test_strange_validators_are_not_sent_back():
    reader = source(answer(feed(1), etag="x" * 5_000, last_modified="a\r\nb"), answer(status=304))

    first = await reader.fetch(None, NOW)
    await reader.fetch(first.cursor, NOW)

    assert set(reader._tools.fetcher.headers[1]) == {"Accept"}


@pytest.mark.parametrize(
    ("response", "error", "reason"),
    [
        (answer(status=410), SourceRejected, "not_found"),
        (answer(status=404), SourceRejected, "not_found"),
        (answer(status=403), SourceRejected, "auth"),
        (answer(status=400), SourceRejected, "http_4xx"),
        (answer(status=500), SourceUnavailable, "http_5xx"),
        (answer(status=503), SourceUnavailable, "http_5xx"),
        (answer(b"<!DOCTYPE html><html></html>"), SourceUnavailable, "parse"),
        (answer(b""), SourceUnavailable, "parse"),
        (answer(b"{"), SourceUnavailable, "parse"),
    ],
)
async def test_other_answers_are_errors_never_silence(response, error, reason):
    with pytest.raises(error) as caught:
        await source(response).fetch(None, NOW)

    assert caught.value.reason == reason


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("Wed, 18 Nov 2026 10:02:00 GMT", 120), ("999999999", 86_400), ("Wed, 18 Nov 2020 10:02:00 GMT", 0)],
)
async def test_a_source_may_say_when_to_come_back(status, value, seconds):
    with pytest.raises(RateLimited) as caught:
        await source(answer(status=status, retry_after=value)).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(seconds=seconds)


async def test_the_time_to_come_back_is_measured_on_the_sources_clock():
    response = answer(status=429, retry_after="Wed, 18 Nov 2026 11:02:00 GMT", date="Wed, 18 Nov 2026 11:00:00 GMT")

    with pytest.raises(RateLimited) as caught:
        await source(response).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(minutes=2)


@pytest.mark.parametrize("value", ["soon", "", "-5", "\u0661"])
async def test_a_429_without_a_usable_time_names_none(value):
    with pytest.raises(RateLimited) as caught:
        await source(answer(status=429, retry_after=value)).fetch(None, NOW)

    assert caught.value.retry_after is None


async def test_a_parser_that_was_stopped_is_tried_again():
    class Stopped:
        async def call(self, function, *arguments):
            raise WorkTimedOut("stopped")

    reader = source(answer(feed(1)))
    reader._tools = type(reader._tools)(reader._tools.fetcher, Stopped())

    with pytest.raises(WorkTimedOut):
        await reader.fetch(None, NOW)


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(answer(feed(1))).fetch("[", NOW)


@pytest.mark.parametrize(
    ("preset", "file", "kind", "link"),
    [
        ("google_alerts", "google_alerts.xml", "article", "https://news.example/norvik-recall"),
        ("phpbb", "phpbb.xml", "post", "https://forum.example/viewtopic.php?p=5511#p5511"),
        ("vbulletin", "vbulletin.xml", "post", "https://board.example/showthread.php?t=991"),
        ("youtube", "youtube.xml", "video", "https://www.youtube.com/watch?v=abcDEF12345"),
        ("article", "rss2.xml", "article", "https://blog.example/norvik"),
    ],
)
async def test_presets_set_the_kind_and_clean_the_link(preset, file, kind, link):
    batch = await source(answer((FILES / file).read_bytes()), preset=preset).fetch(None, NOW)

    assert (batch.mentions[0].kind, batch.mentions[0].permalink) == (kind, link)


async def test_the_discourse_footer_is_no_text():
    body = (
        b'<rss version="2.0"><channel><item><guid>1</guid><title>t</title><description>'
        b"&lt;p&gt;the lid&lt;/p&gt;&lt;p&gt;&lt;small&gt;1 post - 1 participant&lt;/small&gt;&lt;/p&gt;"
        b"&lt;p&gt;&lt;a&gt;Read full topic&lt;/a&gt;&lt;/p&gt;</description></item></channel></rss>"
    )

    batch = await source(answer(body), preset="discourse").fetch(None, NOW)

    assert batch.mentions[0].text == "the lid"


def test_google_links_are_unwrapped_only_where_they_are_googles():
    wrapped = "https://www.google.com/url?rct=j&url={}&ct=ga"

    assert tidy_link(wrapped.format("https://a.example/x%3Fb=1"), "google_alerts") == "https://a.example/x?b=1"
    assert tidy_link(wrapped.format("javascript:alert(1)"), "google_alerts").startswith("https://www.google.com/")
    assert tidy_link("https://google.com.evil.example/url?url=https://a.example", "google_alerts").startswith(
        "https://google.com.evil.example/"
    )
    assert tidy_link("https://[broken", "article") is None
