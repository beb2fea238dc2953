from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Quality
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.wikipedia import KIND, Edits, floor, parse_revisions, parse_views

VIEWS = answer((FIXTURES / "wikimedia" / "pageviews_per_article.json").read_bytes())
NO_VIEWS = answer(b'{"title": "Not found."}', status=404)
QUARTER = timedelta(minutes=15)


def source(*answers, **options):
    given = {"brand": "Norvik", "titles": ["Norvik K2"]} | options
    return KIND.build("wiki", KIND.options(**given), tools(*answers))


def revisions(*moments: datetime, tags: tuple[str, ...] = (), **more: object):
    found = [{"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "tags": list(tags)} for moment in moments]
    page = {"pageid": 1, "title": "Norvik K2", "revisions": found}
    return answer(json.dumps({"query": {"pages": [page]}, **more}).encode())


def values(batch, what: str) -> dict[datetime, float]:
    return {point.start: point.value for point in batch.metrics if point.series.startswith(what)}


async def test_edits_are_counted_in_whole_quarters_of_an_hour_zeros_too():
    reader = source(revisions(), VIEWS, revisions(NOW + timedelta(minutes=1), NOW + timedelta(minutes=16)))
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW + timedelta(minutes=31))

    assert len(values(first, "edits")) == 96
    assert values(second, "edits: Norvik K2") == {NOW: 1.0, NOW + QUARTER: 1.0}
    assert {point.brand for point in second.metrics} == {"Norvik"}
    assert second.coverage == (Coverage("wiki", NOW, NOW + 2 * QUARTER),)


async def test_a_quarter_that_is_not_over_is_not_counted_and_nothing_is_asked_before():
    reader = source(revisions(), VIEWS)
    first = await reader.fetch(None, NOW)

    early = await reader.fetch(first.cursor, NOW + timedelta(minutes=14))

    assert (early.metrics, early.coverage, early.cost, early.cursor) == ((), (), 0.0, None)
    assert len(reader._fetcher.urls) == 2


async def test_edits_that_take_others_back_are_counted_too():
    reader = source(revisions(NOW - QUARTER, tags=("mw-undo", "mobile edit")), VIEWS)

    batch = await reader.fetch(None, NOW)

    assert values(batch, "reverts")[NOW - QUARTER] == 1.0
    assert sum(values(batch, "reverts").values()) == 1.0


async def test_views_come_a_day_each_and_are_asked_for_every_six_hours():
    reader = source(revisions(), VIEWS, revisions(), revisions(), NO_VIEWS)
    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + timedelta(hours=5))
    third = await reader.fetch(second.cursor, NOW + timedelta(hours=6))

    assert values(first, "views") == {datetime(2026, 11, 17, tzinfo=UTC): 5120.0}
    assert [("pageviews" in url) for url in reader._fetcher.urls] == [False, True, False, False, True]
    assert reader._fetcher.urls[1].endswith("/en.wikipedia/all-access/user/Norvik_K2/daily/20261019/20261118")
    assert (values(second, "views"), values(third, "views")) == ({}, {})


async def test_every_article_is_asked_for_by_itself():
    reader = source(revisions(), NO_VIEWS, revisions(), NO_VIEWS, titles=["Norvik", "Norvik K2/Recall"])
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW)
    titles = [parse_qs(urlsplit(url).query).get("titles") for url in reader._fetcher.urls[::2]]

    assert titles == [["Norvik"], ["Norvik K2/Recall"]]
    assert "Norvik_K2%2FRecall" in reader._fetcher.urls[3]
    assert (first.more, second.more) == (True, False)


async def test_too_many_edits_and_missing_articles_are_said():
    cut = await source(revisions(NOW, **{"continue": {"rvcontinue": "x"}}), VIEWS).fetch(None, NOW)
    missing = await source(answer(b'{"query": {"pages": [{"missing": true}]}}'), VIEWS).fetch(None, NOW)

    assert "more than 500 edits" in cut.warnings[0]
    assert "there is no article 'Norvik K2'" in missing.warnings[0]


async def test_a_stretch_that_was_not_counted_whole_is_partly_seen():
    reader = source(revisions(), VIEWS, revisions(NOW, **{"continue": {"rvcontinue": "x"}}))
    first = await reader.fetch(None, NOW)

    second = await reader.fetch(first.cursor, NOW + QUARTER)

    assert second.coverage == (Coverage("wiki", NOW, NOW + QUARTER, Quality.PARTIAL),)


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer(b'{"error": {"code": "maxlag", "info": "lagged"}}'), RateLimited),
     (answer(b'{"error": {"code": "badvalue"}}'), SourceRejected), (answer(status=429, retry_after="5"), RateLimited),
     (answer(status=403), SourceRejected), (answer(b"<html>"), SourceUnavailable), (answer(b"{}"), SourceUnavailable),
     (answer(b'{"query": {"pages": ['), SourceUnavailable)],
)  # fmt: skip
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(reply).fetch(None, NOW)


async def test_who_edited_and_what_is_not_even_asked_for():
    reader = source(revisions(), VIEWS)

    await reader.fetch(None, NOW)

    assert parse_qs(urlsplit(reader._fetcher.urls[0]).query)["rvprop"] == ["timestamp|tags"]


def test_rows_that_cannot_be_read_are_left_out():
    body = b'{"items": [1, {}, {"timestamp": "20261301", "views": 5}, {"timestamp": "2026111700", "views": "x"}]}'

    assert parse_views(body) == ()
    assert parse_revisions(b'{"query": {"pages": [{"revisions": [1, {}, {"timestamp": 5}]}]}}') == Edits()


def test_steps_begin_at_quarters():
    assert floor(NOW + timedelta(minutes=44, seconds=59)) == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("options", [{"titles": []}, {"titles": ["a|b"]}, {"wiki": "evil.example"}, {"brand": ""}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        KIND.options(**({"brand": "b", "titles": ["t"]} | options))


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(revisions()).fetch("{", NOW)
