from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from source_fakes import NOW, answer, tools

from crisiswatch.core.models import Engagement, Quality, Via
from crisiswatch.errors import BadInput, SourceUnavailable
from crisiswatch.sources.web.app_store import KIND, PAGES, parse_reviews

FIXTURES = Path(__file__).parents[1] / "fixtures" / "app_store"
HOUR = timedelta(hours=1)


class Store:
    """Reviews by country, newest first, two on a page; the last page is the empty one."""

    def __init__(self) -> None:
        self.reviews: dict[str, list[str]] = {}

    def __call__(self, url: str):
        _, country, *_, page, _, _, _ = urlsplit(url).path.split("/")
        start = 2 * (int(page.removeprefix("page=")) - 1)
        names = self.reviews.get(country, [])[start : start + 2]
        entries = [
            {"id": {"label": n}, "im:rating": {"label": "1"}, "content": {"label": n}, "title": {"label": n}}
            for n in names
        ]
        entry = {"entry": entries if len(entries) > 1 else entries[0]} if entries else {}
        return answer(json.dumps({"feed": entry}).encode())


def source(world, *countries: str):
    return KIND.build("app", KIND.options(app="1", countries=countries or ("gb",)), tools(world))


async def drain(reader, cursor, now):
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


def ids(*batches) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def test_reads_the_examples_a_list_one_and_none():
    (review,) = parse_reviews((FIXTURES / "customerreviews.json").read_bytes(), "gb")
    (single,) = parse_reviews((FIXTURES / "customerreviews_single_entry_is_object.json").read_bytes(), "gb")

    assert (review.kind, review.title, review.text) == ("review", "Kettle stays on", "Norvik app dangerous")
    assert (review.external_id, review.instance, review.engagement) == ("11800000001", "gb", Engagement(rating=1.0))
    assert review.published_at == datetime(2026, 11, 18, 8, 20, tzinfo=UTC)
    assert single.external_id == "11800000001"
    assert parse_reviews((FIXTURES / "customerreviews_empty.json").read_bytes(), "gb") == ()


def test_the_apps_own_entry_is_no_review():
    body = b'{"feed": {"entry": [{"id": {"label": "1"}, "im:name": {"label": "App"}, "title": {"label": "App"}}]}}'

    assert parse_reviews(body, "gb") == ()


async def test_new_reviews_come_once_walked_back_to_a_known_one():
    world = Store()
    world.reviews = {"gb": ["b", "a"], "fr": ["x"]}
    reader = source(world, "gb", "fr")
    first = await drain(reader, None, NOW)
    world.reviews["gb"][:0] = ["g", "f", "e", "d", "c"]

    second = await drain(reader, first[-1].cursor, NOW + HOUR)
    third = await drain(reader, second[-1].cursor, NOW + 2 * HOUR)

    assert (ids(*first), sorted(ids(*second)), ids(*third)) == (["b", "a", "x"], list("cdefg"), [])
    assert (first[0].mentions[0].via, second[0].mentions[0].via) == (Via.BACKFILL, Via.POLL)
    assert second[-1].coverage[0].quality is Quality.COMPLETE


async def test_an_empty_list_after_a_full_one_is_no_silence():
    world = Store()
    world.reviews = {"gb": ["a"]}
    reader = source(world)
    first = await drain(reader, None, NOW)
    world.reviews.clear()

    with pytest.raises(SourceUnavailable):
        await reader.fetch(first[-1].cursor, NOW + HOUR)


async def test_more_reviews_than_are_shown_count_as_partly_seen():
    world = Store()
    world.reviews = {"gb": ["a"]}
    reader = source(world)
    first = await drain(reader, None, NOW)
    world.reviews["gb"] = [f"n{number}" for number in range(50)]

    second = await drain(reader, first[-1].cursor, NOW + HOUR)

    assert (len(second), second[-1].coverage[0].quality) == (PAGES, Quality.PARTIAL)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"feed": 5}'])
def test_what_is_no_feed_is_bad_input(body):
    with pytest.raises(BadInput):
        parse_reviews(body, "gb")
