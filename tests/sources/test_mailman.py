from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from source_fakes import NOW, answer, tools

from crisiswatch.core.models import Engagement, Mention, Quality, Via
from crisiswatch.errors import BadInput, SourceRejected, SourceUnavailable
from crisiswatch.sources.web.mail.hyperkitty import PAGE, PAGES_LIMIT, parse_email, parse_listing
from crisiswatch.sources.web.mail.mailman import KIND
from crisiswatch.sources.web.mail.pipermail import months, parse_mbox
from crisiswatch.sources.web.mail.robots import is_permitted

FIXTURES = Path(__file__).parents[1] / "fixtures" / "mail"
LETTER = json.loads((FIXTURES / "hyperkitty_email_detail.json").read_bytes())
MBOX = (FIXTURES / "pipermail_2026-November.mbox").read_bytes()
MINUTES = timedelta(minutes=5)


def hyperkitty(world):
    options = {"url": "https://l.example/hyperkitty/", "list": "kettles@l.example"}
    return KIND.build("list", KIND.options(**options), tools(world))


def pipermail(world):
    options = {"url": "https://l.example/pipermail/kettles/", "software": "pipermail"}
    return KIND.build("list", KIND.options(**options), tools(world))


async def drain(reader, cursor, now):
    batches = [await reader.fetch(cursor, now)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, now))
    return batches


def ids(*batches) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


class Archive:
    """A HyperKitty that lists its letters newest first; `arrivals` come after that many answers."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.arrivals: dict[int, str] = {}
        self.gone: set[str] = set()
        self.broken_at: set[int] = set()
        self.answered = 0

    def __call__(self, url: str):
        self.answered += 1
        if self.answered in self.arrivals:
            self.names.append(self.arrivals[self.answered])
        if self.answered in self.broken_at:
            return answer(b'{"results": [{"mess')
        parts = urlsplit(url)
        if "/emails/" in parts.path:
            query = {key: int(value[0]) for key, value in parse_qs(parts.query).items()}
            page = self.names[::-1][query["offset"] : query["offset"] + query["limit"]]
            return answer(json.dumps({"results": [{"message_id_hash": name} for name in page]}).encode())
        name = parts.path.rstrip("/").rpartition("/")[2]
        if name in self.gone:
            return answer(status=404)
        return answer(json.dumps(LETTER | {"message_id": name, "message_id_hash": name}).encode())


def test_reads_the_example_listing_and_letter():
    mention = parse_email((FIXTURES / "hyperkitty_email_detail.json").read_bytes())

    assert parse_listing((FIXTURES / "hyperkitty_emails.json").read_bytes()) == ["ABC32HASH"]
    assert (mention.external_id, mention.title, mention.text) == (
        "abc123@lists.example", "Norvik lid", "My Norvik lid melted"
    )  # fmt: skip
    assert (mention.author, mention.author_name) == ("kay (a) nowhere.invalid", "Kay")
    assert (mention.published_at, mention.engagement) == (datetime(2026, 11, 18, 9, 1, tzinfo=UTC), Engagement(likes=1))


async def test_new_letters_are_read_once_oldest_first_and_the_first_ones_are_history():
    world = Archive("a", "b")
    reader = hyperkitty(world)
    first = await drain(reader, None, NOW)
    world.names += ["c", "d"]

    second = await drain(reader, first[-1].cursor, NOW + MINUTES)
    third = await drain(reader, second[-1].cursor, NOW + 2 * MINUTES)

    assert (ids(*first), ids(*second), ids(*third)) == (["a", "b"], ["c", "d"], [])
    assert {mention.via for batch in first for mention in batch.mentions} == {Via.BACKFILL}
    assert second[-1].mentions[0].permalink == "https://l.example/hyperkitty/list/kettles@l.example/message/c/"
    assert (second[-1].coverage[0].start, second[-1].coverage[0].end) == (NOW, NOW + MINUTES)


@pytest.mark.parametrize("moment", range(4, 12))
async def test_letters_that_arrive_during_the_walk_are_not_lost(moment):
    world = Archive("a")
    reader = hyperkitty(world)
    first = (await drain(reader, None, NOW))[-1]
    world.names += [f"n{number}" for number in range(2 * PAGE + 5)]
    world.arrivals = {moment: "late"}

    second = await drain(reader, first.cursor, NOW + MINUTES)
    third = await drain(reader, second[-1].cursor, NOW + 2 * MINUTES)

    assert sorted(ids(*second, *third)) == sorted({*(f"n{number}" for number in range(2 * PAGE + 5)), "late"})


@pytest.mark.parametrize("moment", range(3, 9))
async def test_a_cut_answer_anywhere_is_asked_for_again(moment):
    world = Archive("a")
    reader = hyperkitty(world)
    cursor = (await drain(reader, None, NOW))[-1].cursor
    world.names += [f"n{number}" for number in range(PAGE + 5)]
    world.broken_at = {moment}
    batches = []

    for _ in range(20):
        try:
            batches.append(await reader.fetch(cursor, NOW + MINUTES))
        except SourceUnavailable:
            continue
        cursor = batches[-1].cursor

    assert sorted(ids(*batches)) == sorted(f"n{number}" for number in range(PAGE + 5))


async def test_a_flood_is_cut_and_counts_as_partly_seen():
    world = Archive("a")
    reader = hyperkitty(world)
    first = (await drain(reader, None, NOW))[-1]
    world.names += [f"n{number}" for number in range(PAGE * (PAGES_LIMIT + 2))]

    second = await drain(reader, first.cursor, NOW + MINUTES)

    assert len(ids(*second)) == PAGE * PAGES_LIMIT
    assert second[-1].coverage[0].quality is Quality.PARTIAL


async def test_a_letter_that_was_removed_meanwhile_is_left_out():
    world = Archive("a", "b", "c")
    world.gone = {"b"}

    assert ids(*await drain(hyperkitty(world), None, NOW)) == ["a", "c"]


async def test_a_list_that_is_not_there_is_for_a_person():
    with pytest.raises(SourceRejected):
        await hyperkitty(answer(status=404)).fetch(None, NOW)


class Site:
    """A Pipermail: files by path, with ETags; what is not there is a 404."""

    def __init__(self, **files: bytes) -> None:
        self.files = {"/pipermail/kettles/": b"<html>archive</html>"}
        self.asked: list[str] = []

    def __call__(self, url: str):
        path = urlsplit(url).path
        self.asked.append(path)
        if path not in self.files:
            return answer(status=404, url=url)
        return answer(self.files[path], url=url, etag=f'"{len(self.files[path])}"')


def letter(number: int) -> bytes:
    head = b"From kay at nowhere.invalid  Wed Nov 18 09:01:00 2026\nFrom: kay at nowhere.invalid (Kay)\n"
    return head + b"Subject: lid\nMessage-ID: <%d@l.example>\n\nmelted %d\n\n" % (number, number)


MONTH = "/pipermail/kettles/2026-November.txt"


def test_reads_the_example_mbox():
    (mention,) = parse_mbox(MBOX)

    assert (mention.external_id, mention.author, mention.author_name) == (
        "abc123@lists.example", "kay at nowhere.invalid", "Kay"
    )  # fmt: skip
    assert mention.text == "My Norvik lid melted.\nFrom the manual: do not boil dry."
    assert [one.external_id for one in parse_mbox(gzip.compress(MBOX))] == ["abc123@lists.example"]


async def test_a_growing_month_brings_every_letter_once():
    site = Site()
    site.files[MONTH] = letter(1) + letter(2)
    reader = pipermail(site)
    first = await reader.fetch(None, NOW)
    site.files[MONTH] += letter(3)

    second = await reader.fetch(first.cursor, NOW + MINUTES)
    third = await reader.fetch(second.cursor, NOW + 2 * MINUTES)

    assert (ids(first), ids(second), ids(third)) == (["1@l.example", "2@l.example"], ["3@l.example"], [])
    assert reader._tools.fetcher.headers[-1]["If-None-Match"] == f'"{len(site.files[MONTH])}"'
    assert second.coverage[0].quality is Quality.COMPLETE


async def test_at_the_turn_of_a_month_the_end_of_the_old_one_is_read_too():
    site = Site()
    site.files["/pipermail/kettles/2026-October.txt.gz"] = gzip.compress(letter(1))
    reader = pipermail(site)
    turn = datetime(2026, 11, 1, 0, 3, tzinfo=UTC)

    batch = await reader.fetch('{"until":"2026-10-31T23:58:00Z"}', turn)

    assert ids(batch) == ["1@l.example"]


def test_every_month_of_an_absence_is_read():
    assert months(datetime(2026, 11, 30, tzinfo=UTC), datetime(2027, 2, 5, tzinfo=UTC)) == (
        "2026-November", "2026-December", "2027-January", "2027-February",
    )  # fmt: skip
    assert months(NOW, NOW) == ("2026-November",)


async def test_a_month_without_letters_is_silence_but_a_wrong_address_is_not():
    site = Site()

    batch = await pipermail(site).fetch(None, NOW)
    del site.files["/pipermail/kettles/"]

    assert batch.mentions == ()
    with pytest.raises(SourceRejected):
        await pipermail(site).fetch(None, NOW)


async def test_robots_txt_is_asked_once_a_day_and_obeyed():
    site = Site()
    reader = pipermail(site)
    first = await reader.fetch(None, NOW)
    second = await reader.fetch(first.cursor, NOW + MINUTES)
    site.files["/robots.txt"] = b"User-agent: *\nDisallow: /pipermail/"

    await reader.fetch(second.cursor, NOW + 2 * MINUTES)
    with pytest.raises(SourceRejected) as caught:
        await reader.fetch(second.cursor, NOW + timedelta(days=2))

    assert caught.value.reason == "blocked"
    assert site.asked.count("/robots.txt") == 2


@pytest.mark.parametrize(
    ("robots", "expected"),
    [(b"", True), (b"User-agent: crisiswatch\nDisallow: /", False), (b"User-agent: other\nDisallow: /", True),
     (b"User-agent: *\nAllow: /list/\nDisallow: /", True), (b"\xff\xfe\0", True)],
)  # fmt: skip
def test_robots_rules_are_those_for_us(robots, expected):
    assert is_permitted(robots, "https://l.example/list/a") is expected


@pytest.mark.parametrize("body", [b"<html>not found</html>", b"hello", b"\x1f\x8bbroken"])
def test_what_is_no_mbox_is_bad_input(body):
    with pytest.raises(BadInput):
        parse_mbox(body)


def test_a_line_that_begins_with_from_is_no_new_letter():
    mbox = letter(1).rstrip() + b"\nFrom 2026\nstill the first\n\n" + letter(2)

    assert [mention.text for mention in parse_mbox(mbox)] == ["melted 1\nFrom 2026\nstill the first", "melted 2"]


@pytest.mark.parametrize(
    "change",
    [{"list": ""}, {"list": "kettles"}, {"list": "a/b@c"}, {"software": "pipermail"}, {"url": "ftp://l.example"},
     {"url": "https://l.example/?a=1"}],
)  # fmt: skip
def test_wrong_lists_are_refused(change):
    with pytest.raises(ValidationError):
        KIND.options(**({"url": "https://l.example/hyperkitty", "list": "kettles@l.example"} | change))


_values = st.none() | st.booleans() | st.integers() | st.text("ab<\n", max_size=6) | st.lists(st.just("a"), max_size=1)


@given(st.dictionaries(st.sampled_from(list(LETTER)), _values))
def test_any_letter_of_hyperkitty_is_read_or_none(document):
    found = parse_email(json.dumps(document).encode())

    assert found is None or isinstance(found, Mention)
