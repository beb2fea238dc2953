from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer, tools

from crisiswatch.core.models import Coverage, MetricPoint, Quality
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.gdelt import KIND, STEP, Timeline, parse_timeline

FOLDER = FIXTURES / "gdelt"
VOLUME, TONE = (answer((FOLDER / f"timeline{name}.json").read_bytes()) for name in ("volraw", "tone"))


def source(*answers, **options):
    return KIND.build("news", KIND.options(**({"brand": "Norvik", "query": "norvik"} | options)), tools(*answers))


def query(reader, number: int) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(reader._fetcher.urls[number]).query).items()}


async def test_volume_and_tone_take_turns():
    reader = source(VOLUME, TONE, VOLUME)
    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + STEP)
    third = await reader.fetch(second.cursor, NOW + 2 * STEP)

    assert [query(reader, n)["mode"] for n in range(3)] == ["timelinevolraw", "timelinetone", "timelinevolraw"]
    start = datetime.fromisoformat("2026-11-18T08:45:00Z")
    assert first.metrics == (
        MetricPoint("news", "articles", "Norvik", start, STEP, 2.0),
        MetricPoint("news", "articles", "Norvik", start + STEP, STEP, 31.0),
        MetricPoint("news", "share", "Norvik", start, STEP, 2 / 14021),
        MetricPoint("news", "share", "Norvik", start + STEP, STEP, 31 / 13890),
    )
    assert [(point.series, point.value) for point in second.metrics] == [("tone", -0.8), ("tone", -5.9)]
    assert third.coverage == (Coverage("news", NOW, NOW + 2 * STEP, Quality.PARTIAL),)
    assert (first.coverage, second.coverage) == ((), ())


async def test_one_poll_is_one_request():
    batch = await source(VOLUME).fetch(None, NOW)

    assert (batch.more, batch.cost) == (False, 1.0)


async def test_the_next_stretch_overlaps_by_two_hours_and_never_spans_more_than_two_days():
    reader = source(VOLUME, TONE, VOLUME)
    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + STEP)
    await reader.fetch(second.cursor, NOW + timedelta(days=9))

    assert [query(reader, n)["startdatetime"] for n in (0, 2)] == ["20261117100000", "20261125100000"]


async def test_a_step_that_is_still_counted_is_left_out():
    batch = await source(VOLUME).fetch(None, datetime.fromisoformat("2026-11-18T09:10:00Z"))

    assert [point.value for point in batch.metrics if point.series == "articles"] == [2.0]


async def test_an_answer_without_points_says_nothing():
    reader = source(VOLUME, TONE, answer((FOLDER / "empty.json").read_bytes()))
    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW)

    third = await reader.fetch(second.cursor, NOW + STEP)

    assert (third.metrics, third.coverage) == ((), ())
    assert "says nothing" in third.warnings[0]
    assert json.loads(third.cursor)["volume"] == json.loads(first.cursor)["volume"]


def test_json_with_raw_controls_and_lone_backslashes_is_read():
    body = VOLUME.body.replace(b'"norvik"', b'"nor\tvik \\_ \\x"')

    assert len(parse_timeline(body).points) == 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer((FOLDER / "error_plaintext_200.txt").read_bytes()), SourceRejected),
     (answer((FOLDER / "error_429.txt").read_bytes()), RateLimited),
     (answer((FOLDER / "error_429.txt").read_bytes(), status=429), RateLimited),
     (answer((FOLDER / "bad_json.txt").read_bytes()), SourceUnavailable), (answer(b""), SourceUnavailable),
     (answer(b"<html>"), SourceUnavailable), (answer(status=503), SourceUnavailable),
     (answer(b'{"query_details": {"date_resolution": "day"}, "timeline": [{"data": []}]}'), SourceUnavailable)],
)  # fmt: skip
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(reply).fetch(None, NOW)


def test_points_that_cannot_be_read_are_counted():
    body = b'{"timeline": [{"data": [{}, {"date": "x", "value": 1}, {"date": "20261118T090000Z", "value": "NaN"}]}]}'

    assert parse_timeline(body) == Timeline(skipped=3)


@pytest.mark.parametrize("options", [{"brand": ""}, {"query": "a"}, {"server": "x"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        KIND.options(**({"brand": "b", "query": "abc"} | options))


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(VOLUME).fetch("{", NOW)
