from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from source_fakes import FIXTURES, NOW, answer, tools

from crisiswatch.core.models import Coverage, Engagement, Quality
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.stackexchange import KIND, host_of, parse_items

FOLDER = FIXTURES / "stackexchange"
EXAMPLE = (FOLDER / "search_excerpts.json").read_bytes()
MINUTES = timedelta(minutes=5)


def source(*answers, **options):
    return KIND.build("stack", KIND.options(**({"queries": ["norvik"]} | options)), tools(*answers))


def items(*keys: int, **wrapper: object):
    found = [
        {"item_type": "question", "question_id": key, "title": "t", "body": "b", "creation_date": 1} for key in keys
    ]
    return answer(json.dumps({"items": found, "has_more": False, "quota_remaining": 9, **wrapper}).encode())


def test_the_example_is_read():
    page = parse_items(EXAMPLE, "stackoverflow", NOW)
    (mention,) = page.mentions

    assert (mention.external_id, mention.instance, mention.kind) == ("question/791000", "stackoverflow", "post")
    assert (mention.title, mention.text) == ("Norvik API returns 401 since today", "...Norvik cloud...")
    assert mention.permalink == "https://stackoverflow.com/q/791000"
    assert mention.published_at == datetime(2026, 11, 21, 9, 6, 40, tzinfo=UTC)
    assert mention.engagement == Engagement(likes=3, replies=0)
    assert page.pause_until == NOW + timedelta(seconds=10)


def test_an_answer_is_known_by_its_own_id_and_not_by_the_title_of_its_question():
    body = b'{"items": [{"item_type": "answer", "answer_id": 5, "question_id": 4, "title": "T", "excerpt": "x"}]}'

    (mention,) = parse_items(body, "cooking", NOW).mentions

    assert (mention.external_id, mention.kind, mention.title, mention.parent_id) == ("answer/5", "comment", None, "4")
    assert mention.permalink == "https://cooking.stackexchange.com/a/5"


def test_hosts_of_sites():
    assert [host_of(site) for site in ("superuser", "cooking", "pt.stackoverflow.com", "mathoverflow.net")] == [
        "superuser.com", "cooking.stackexchange.com", "pt.stackoverflow.com", "mathoverflow.net",
    ]  # fmt: skip


async def test_a_backoff_is_obeyed_even_though_the_answer_was_good():
    reader = source(items(1, has_more=True, backoff=30), items(2))
    first = await reader.fetch(None, NOW)

    with pytest.raises(RateLimited) as caught:
        await reader.fetch(first.cursor, NOW + timedelta(seconds=10))
    second = await reader.fetch(first.cursor, NOW + timedelta(seconds=31))

    assert (first.more, caught.value.retry_after) == (False, timedelta(seconds=20))
    assert [mention.external_id for mention in second.mentions] == ["question/2"]
    assert parse_qs(urlsplit(reader._fetcher.urls[1]).query)["page"] == ["2"]


async def test_a_quota_that_is_used_up_is_waited_for_until_midnight():
    reader = source(items(1, quota_remaining=0))
    first = await reader.fetch(None, NOW)

    with pytest.raises(RateLimited) as caught:
        await reader.fetch(first.cursor, NOW + timedelta(hours=1))

    assert caught.value.retry_after == timedelta(hours=13)


async def test_every_query_is_asked_on_every_site():
    reader = source(items(), queries=["a", "b"], sites=["stackoverflow", "superuser"], key="canary")
    batches = [await reader.fetch(None, NOW)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, NOW))

    queries = [parse_qs(urlsplit(url).query) for url in reader._fetcher.urls]
    assert [(query["site"], query["q"]) for query in queries] == [
        (["stackoverflow"], ["a"]), (["stackoverflow"], ["b"]), (["superuser"], ["a"]), (["superuser"], ["b"]),
    ]  # fmt: skip
    assert queries[0]["key"] == ["canary"]
    assert "canary" not in repr(KIND.options(queries=["x"], key="canary"))


async def test_an_absence_longer_than_a_month_leaves_a_gap():
    reader = source(items())
    first = await reader.fetch(None, NOW)
    later = NOW + timedelta(days=40)

    second = await reader.fetch(first.cursor, later)

    assert second.coverage == (Coverage("stack", later - timedelta(days=30), later, Quality.COMPLETE),)


async def test_a_throttle_is_told_by_a_number_in_the_body():
    body = json.dumps(json.loads((FOLDER / "error_throttle.json").read_bytes())["body"]).encode()

    with pytest.raises(RateLimited) as caught:
        await source(answer(body, status=400)).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(seconds=62)


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer(b'{"error_id": 400, "error_name": "bad_parameter", "error_message": "site"}', status=400), SourceRejected),
     (answer(b"<html>", status=400), SourceRejected), (answer(status=503), SourceUnavailable),
     (answer(b"<html>"), SourceUnavailable), (answer(b'{"items": ['), SourceUnavailable),
     (answer(b'{"error_id": 500}'), SourceUnavailable)],
)  # fmt: skip
async def test_other_answers_are_errors_never_silence(reply, error):
    with pytest.raises(error):
        await source(reply).fetch(None, NOW)


def test_items_that_cannot_be_read_are_counted():
    body = b'{"items": [1, {}, {"item_type": "tag", "tag_id": 1}, {"item_type": "answer", "answer_id": "x"}]}'

    assert parse_items(body, "stackoverflow", NOW).skipped == 4


@pytest.mark.parametrize("options", [{"queries": []}, {"sites": []}, {"sites": ["a/b"]}, {"server": "x"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        KIND.options(**({"queries": ["x"]} | options))


async def test_a_broken_cursor_is_bad_input():
    with pytest.raises(BadInput):
        await source(items()).fetch("{", NOW)
