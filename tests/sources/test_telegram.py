from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from source_fakes import NOW, answer, tools

from crisiswatch.core.models import Via
from crisiswatch.errors import BadInput, RateLimited, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.telegram import KIND, PAGE, parse_updates

FIXTURES = Path(__file__).parents[1] / "fixtures" / "telegram"
MINUTES = timedelta(minutes=5)


class Bot:
    """Keeps updates until a higher number is asked for, as the bot API documents it."""

    def __init__(self) -> None:
        self.updates: dict[int, dict] = {}

    def post(self, update: int, text: str, **chat: object) -> None:
        place = {"id": -1001, "type": "channel", "username": "kettlenews"} | chat
        post = {"message_id": update, "chat": place, "date": int(NOW.timestamp()), "text": text}
        self.updates[update] = {"update_id": update, "channel_post": post}

    def __call__(self, url: str):
        query = parse_qs(urlsplit(url).query)
        offset = int(query.get("offset", ["0"])[0])
        self.updates = {number: update for number, update in self.updates.items() if number >= offset}
        return answer(json.dumps({"ok": True, "result": list(self.updates.values())[:PAGE]}).encode())


def source(world):
    return KIND.build("tg", KIND.options(token="7:canary"), tools(world))


async def drain(reader, cursor, now):
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


def texts(*batches) -> list[str]:
    return [mention.text for batch in batches for mention in batch.mentions]


def test_reads_the_example_updates_an_edit_keeps_the_posts_id():
    updates = parse_updates((FIXTURES / "getUpdates.json").read_bytes())

    (post,) = updates.mentions
    assert (post.external_id, post.permalink) == ("-1001/55", "https://t.me/kettlenews/55")
    assert (post.author, post.author_name, updates.highest) == ("-1001", "KettleNews", 900_002)


async def test_posts_come_once_and_are_confirmed_by_the_next_question():
    world = Bot()
    world.post(1, "old")
    reader = source(world)
    first = await drain(reader, None, NOW)
    for number in range(2, PAGE + 20):
        world.post(number, f"p{number}")

    second = await drain(reader, first[-1].cursor, NOW + MINUTES)
    third = await drain(reader, second[-1].cursor, NOW + 2 * MINUTES)

    assert (texts(*first), texts(*third)) == (["old"], [])
    assert texts(*second) == [f"p{number}" for number in range(2, PAGE + 20)]
    assert (first[0].mentions[0].via, second[0].mentions[0].via) == (Via.BACKFILL, Via.POLL)


async def test_an_answer_that_was_not_stored_is_given_again():
    world = Bot()
    reader = source(world)
    first = await reader.fetch(None, NOW)
    world.post(1, "new")

    lost = await reader.fetch(first.cursor, NOW + MINUTES)
    again = await reader.fetch(first.cursor, NOW + MINUTES)

    assert texts(lost) == texts(again) == ["new"]


async def test_after_a_quiet_week_numbers_may_begin_lower():
    world = Bot()
    world.post(900, "old")
    reader = source(world)
    first = await reader.fetch(None, NOW)
    quiet = await reader.fetch(first.cursor, NOW + timedelta(days=5))
    world.post(3, "new")

    batch = await reader.fetch(quiet.cursor, NOW + timedelta(days=7))

    assert "new" in texts(batch)


async def test_what_is_older_than_a_day_was_not_seen():
    reader = source(Bot())
    first = await reader.fetch(None, NOW)

    batch = await reader.fetch(first.cursor, NOW + timedelta(days=3))

    assert batch.coverage[0].start == NOW + timedelta(days=2)


def test_private_groups_are_not_read_and_public_ones_are():
    world = Bot()
    world.post(1, "secret", type="supergroup", username=None)
    world.post(2, "open", type="supergroup", username="kettles")
    body = world("https://api.telegram.org/x").body

    assert [mention.text for mention in parse_updates(body).mentions] == ["open"]


async def test_being_throttled_says_for_how_long():
    document = json.loads((FIXTURES / "error_429.json").read_bytes())
    response = answer(json.dumps(document["body"]).encode(), status=429)

    with pytest.raises(RateLimited) as caught:
        await source(response).fetch(None, NOW)

    assert caught.value.retry_after == timedelta(seconds=14)


@pytest.mark.parametrize(("status", "error"), [(409, SourceRejected), (401, SourceRejected), (502, SourceUnavailable)])
async def test_other_answers_are_errors_never_silence(status, error):
    with pytest.raises(error):
        await source(answer(b"{}", status=status, url="https://api.telegram.org/")).fetch(None, NOW)


async def test_the_token_shows_in_no_error():
    failing = SourceUnavailable("https://api.telegram.org/bot7:canary/getUpdates: refused", "refused")

    with pytest.raises(SourceUnavailable) as caught:
        await source(failing).fetch(None, NOW)

    assert "canary" not in str(caught.value)
    assert (caught.value.reason, caught.value.__suppress_context__) == ("refused", True)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"ok": false}', b'{"result": 5}'])
def test_what_is_no_list_of_updates_is_bad_input(body):
    with pytest.raises(BadInput):
        parse_updates(body)


def test_updates_that_cannot_be_read_are_passed_over():
    odd = [7, {}, {"update_id": "x", "message": 5}, {"update_id": 9, "channel_post": {"date": 10**30, "text": "x"}}]

    updates = parse_updates(json.dumps({"result": odd}).encode())

    assert (updates.mentions, updates.highest) == ((), 9)
