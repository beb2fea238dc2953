"""Every parser, given answers that were mangled: it reads what it can, or says that it cannot; nothing else, and soon.

A case follows from its parser and its number: a failing one is run again with `mangled(parser, number)`.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from crisiswatch.core.models import Mention
from crisiswatch.errors import CrisiswatchError
from crisiswatch.sources.importing import read_lines, suites, webhook
from crisiswatch.sources.web import (
    app_store,
    bluesky_search,
    discourse,
    feeds,
    gdelt,
    hackernews,
    jetstream,
    mapping,
    stackexchange,
    statuses,
    telegram,
    wikipedia,
    x_items,
    youtube_items,
)
from crisiswatch.sources.web.mail import alerts, hyperkitty, letters, newsserver, nntp, pipermail
from crisiswatch.sources.web.meta import facebook, graph, instagram, threads

HERE = Path(__file__).parent / "files"
FIXTURES = Path(__file__).parents[1] / "fixtures"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
CASES, CASES_OF_A_SOAK = 100, 25_000
"""Of each parser: some thousands in every run, a million in a soak."""

USUAL, LONGEST = 0.2, 2.0
"""Seconds of processor time that 99 cases of 100 take at most, and that every case does; held to in a soak."""

HOSTILE: tuple[Any, ...] = (
    None, True, 0, -1, 10**400, 1e308, float("inf"), float("nan"), "", "\x00", "\ud800", "\u2028\u202e", "9" * 5_000,
    "2026-13-45T99:99:99Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "&#0;&bogus;<b", "javascript:x",
    "http://[::1", [], {}, [[]], [None], {"": None}, "a" * 50_000,
)  # fmt: skip
TOKENS: tuple[bytes, ...] = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n\r\n", b"]]>", b"<![CDATA[", b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b"&y;",
    b'"', b"\\ud800", b"[" * 3_000, b"<a>" * 300, b"{", b"}", b"\n", b"=?utf-8?b?/////w==?=", b"--boundary", b"1e999",
    b"Content-Type: multipart/mixed; boundary=x\r\n", b"Date: Fri, 99 Xyz 99999 99:99:99 +9999\r\n",
)  # fmt: skip


@dataclass(frozen=True)
class Parser:
    """A parser, and a whole answer that it reads."""

    call: Callable[[bytes], object]
    example: bytes


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def file(name: str) -> bytes:
    return (HERE / name).read_bytes()


def lines(form: str) -> Callable[[bytes], object]:
    """Return what reads a file of mentions, all of it."""
    return lambda body: [item for item in read_lines(body.splitlines(keepends=True), form) if isinstance(item, Mention)]


REVISIONS = json.dumps(
    {"query": {"pages": [{"pageid": 7, "title": "Norvik", "revisions": [
        {"revid": 2, "parentid": 1, "user": "Ana", "timestamp": "2026-11-18T09:00:00Z", "comment": "rv", "size": 812,
         "tags": ["mw-reverted"], "userid": 4, "minor": False}]}]}}
).encode()  # fmt: skip
FIELDS = {"external_id": "id", "text": "text", "published_at": "at"}
PARSERS: Mapping[str, Parser] = {
    "app_store": Parser(lambda body: app_store.parse_reviews(body, "us"), fixture("app_store/customerreviews.json")),
    "bluesky": Parser(bluesky_search.parse_posts, fixture("sources/bluesky/searchPosts.json")),
    "discourse": Parser(lambda body: discourse.parse_posts(body, "https://x.example"), file("discourse_posts.json")),
    "facebook": Parser(facebook.parse_posts, fixture("facebook/page_feed.json")),
    "facebook hook": Parser(
        lambda body: facebook.parse_delivery(body, "f"), fixture("facebook/webhook_feed_comment.json")
    ),
    "gdelt": Parser(gdelt.parse_timeline, fixture("sources/gdelt/timelinetone.json")),
    "google alert": Parser(lambda raw: alerts.parse_mail(raw, "article", "mx", []), fixture("mail/google_alert.eml")),
    "hackernews": Parser(hackernews.parse_hits, fixture("sources/hackernews/search_by_date.json")),
    "http_json": Parser(lambda body: mapping.parse_page(body, "items", FIELDS, "next", "html"), file("http_json.json")),
    "hyperkitty": Parser(hyperkitty.parse_email, fixture("mail/hyperkitty_email_detail.json")),
    "hyperkitty list": Parser(hyperkitty.parse_listing, fixture("mail/hyperkitty_emails.json")),
    "instagram": Parser(instagram.parse_media, fixture("instagram/recent_media.json")),
    "instagram hook": Parser(
        lambda body: instagram.parse_delivery(body, "i"), fixture("instagram/webhook_mention.json")
    ),
    "instagram tag": Parser(instagram.parse_hashtag, fixture("instagram/ig_hashtag_search.json")),
    "jetstream": Parser(
        lambda body: jetstream.parse_frames(body.split(b"\n"), NOW), fixture("sources/bluesky/jetstream_v1.jsonl")
    ),
    "letter": Parser(letters.parse_letter, fixture("mail/google_alert.eml")),
    "mastodon": Parser(statuses.parse_statuses, file("mastodon_tag.json")),
    "mbox": Parser(pipermail.parse_mbox, fixture("mail/pipermail_2026-November.mbox")),
    "meltwater": Parser(
        lambda body: suites.parse_suite(body, "meltwater", "m"), fixture("meltwater/hook_delivery.json")
    ),
    "brandwatch": Parser(lambda body: suites.parse_suite(body, "brandwatch", "b"), fixture("brandwatch/mentions.json")),
    "talkwalker": Parser(
        lambda body: suites.parse_suite(body, "talkwalker", "t"), fixture("talkwalker/stream_chunks.jsonl")
    ),
    "meta cursor": Parser(
        lambda body: graph.parse_cursor(body.decode("utf-8", "replace")), fixture("facebook/tagged.json")
    ),
    "news article": Parser(nntp.parse_article, fixture("mail/google_alert.eml")),
    "news overview": Parser(newsserver.parse_overview, fixture("mail/nntp_session.txt")),
    "replay csv": Parser(lines("csv"), file("replay.csv")),
    "replay jsonl": Parser(lines("jsonl"), file("replay.jsonl")),
    "rss": Parser(lambda body: feeds.parse_feed(body, "https://x.example/feed"), file("rss2.xml")),
    "atom": Parser(lambda body: feeds.parse_feed(body, "https://x.example/feed"), file("atom.xml")),
    "jsonfeed": Parser(lambda body: feeds.parse_feed(body, "https://x.example/feed"), file("jsonfeed.json")),
    "stackexchange": Parser(
        lambda body: stackexchange.parse_items(body, "s", NOW), fixture("sources/stackexchange/search_excerpts.json")
    ),
    "telegram": Parser(telegram.parse_updates, fixture("telegram/getUpdates.json")),
    "threads": Parser(threads.parse_posts, fixture("threads/keyword_search.json")),
    "webhook": Parser(lambda body: webhook.parse_delivery(body, "w"), file("webhook_batch.json")),
    "wikipedia": Parser(wikipedia.parse_revisions, REVISIONS),
    "wikipedia views": Parser(wikipedia.parse_views, fixture("sources/wikimedia/pageviews_per_article.json")),
    "x": Parser(x_items.parse_search, fixture("sources/x/recent_search_page1.json")),
    "x counts": Parser(x_items.parse_counts, fixture("sources/x/counts_recent_minute.json")),
    "youtube": Parser(youtube_items.parse_videos, fixture("sources/youtube/search_list.json")),
    "youtube comments": Parser(
        lambda body: youtube_items.parse_comments(body, NOW, ("A",)),
        fixture("sources/youtube/commentThreads_list.json"),
    ),
    "youtube counts": Parser(youtube_items.parse_statistics, fixture("sources/youtube/videos_list.json")),
}  # fmt: skip


def mangled(parser: str, number: int) -> bytes:
    """Return the example of a parser with one to four things wrong with it."""
    random = Random(f"{parser} {number}")
    whole = PARSERS[parser].example
    if random.random() < 0.6 and (document := _document(whole)) is not None:
        for _ in range(random.randint(1, 4)):
            document = _replaced(document, random)
        return json.dumps(document, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    for _ in range(random.randint(1, 4)):
        whole = _spoilt(whole, random)
    return whole


def _document(whole: bytes) -> Any:
    try:
        return json.loads(whole)
    except ValueError:
        return None


def _replaced(document: Any, random: Random) -> Any:
    """Return a document with one hostile value in the place of another, at any depth."""
    if not document or not isinstance(document, dict | list) or random.random() < 0.1:
        return random.choice(HOSTILE)
    if isinstance(document, list):
        place = random.randrange(len(document))
        return [_replaced(value, random) if n == place else value for n, value in enumerate(document)]
    place = random.choice(list(document))
    if random.random() < 0.1:
        return {key: value for key, value in document.items() if key != place}
    return {**document, place: _replaced(document[place], random)}


def _spoilt(whole: bytes, random: Random) -> bytes:
    """Return bytes with some of them flipped, cut out, repeated, or something put between them."""
    at, end = sorted(random.randrange(len(whole) + 1) for _ in range(2))
    how = random.randrange(4)
    if how == 0:
        flipped = bytes(byte ^ (1 << random.randrange(8)) for byte in whole[at : at + 4])
        return whole[:at] + flipped + whole[at + 4 :]
    if how == 1:
        return whole[:at] + whole[end:]
    if how == 2:
        return whole[:end] + whole[at : min(end, at + 20_000)] + whole[end:]
    return whole[:at] + random.choice(TOKENS) + whole[at:]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", PARSERS)
def test_a_mangled_answer_is_read_or_refused_and_soon(
    name: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    is_soak = request.config.getoption("--soak")
    count = CASES_OF_A_SOAK if is_soak else CASES
    took: list[float] = []
    refused, wrong = 0, []
    for number in range(count):
        body = mangled(name, number)
        begun = time.process_time()
        try:
            PARSERS[name].call(body)
        except CrisiswatchError:
            refused += 1
        except Exception as error:  # noqa: BLE001  # that is what is looked for
            wrong.append(f"{number}: {type(error).__name__}: {error}"[:300])
        took.append(time.process_time() - begun)

    took.sort()
    told = f"{refused} refused, {len(wrong)} wrong, slowest {took[-1] * 1000:.0f} ms"
    record_property("number", f"parser {name}: {count} mangled answers, {told}")
    assert wrong[:10] == []
    if is_soak:  # among other tests, one collection of garbage takes longer than any answer
        assert took[int(count * 0.99)] <= USUAL
        assert took[-1] <= LONGEST


FOUND = (("facebook hook", 1303), ("facebook hook", 4611), ("meta cursor", 1085), ("rss", 216), ("atom", 259))
"""Cases among the million at which a parser once raised something of its own."""


@pytest.mark.parametrize(("name", "number"), FOUND)
def test_what_a_soak_once_found_is_refused_or_read(name: str, number: int) -> None:
    with contextlib.suppress(CrisiswatchError):
        PARSERS[name].call(mangled(name, number))


def test_a_soak_has_a_million_cases_and_every_example_is_one_that_its_parser_reads() -> None:
    assert len(PARSERS) * CASES_OF_A_SOAK >= 1_000_000
    for parser in PARSERS.values():
        parser.call(parser.example)
