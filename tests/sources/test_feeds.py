from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_fakes import FILES

from crisiswatch.errors import BadInput
from crisiswatch.sources.web.feeds import ENTRY_LIMIT, Entry, Feed, parse_feed

URL = "https://blog.example/feed"


def parse_file(name: str) -> tuple[Entry, ...]:
    return parse_feed((FILES / name).read_bytes(), URL).entries


def rss(*items: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()


def one(item: str) -> Entry:
    (entry,) = parse_feed(rss(f"<item>{item}</item>"), URL).entries
    return entry


def test_reads_rss_with_content_over_summary():
    full, bare = parse_file("rss2.xml")

    assert full.id == "blog-42"
    assert full.text == "The Norvik K2 lid…"
    assert full.author == "Ann"
    assert full.published_at == datetime(2026, 11, 18, 9, tzinfo=UTC)
    assert full.language == "en-GB"
    assert (bare.title, bare.text, bare.published_at) == ("No guid, no date: Tallis", "x", None)


def test_reads_atom_with_its_double_escaped_title():
    (entry,) = parse_file("atom.xml")

    assert (entry.title, entry.text, entry.author) == ("Norvik & moi", "La bouilloire Norvik", "Luc")
    assert entry.id == "tag:blog.example,2026:/7"
    assert entry.published_at == datetime(2026, 11, 18, 8, tzinfo=UTC)
    assert entry.language == "fr"


def test_reads_json_feed():
    (entry,) = parse_file("jsonfeed.json")

    assert entry == Entry(
        id="7", text="Norvik", title="Norvik", link="https://blog.example/7", author="Luc",
        published_at=datetime(2026, 11, 18, 8, tzinfo=UTC), language="fr",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "id", "author"),
    [
        ("phpbb.xml", "https://forum.example/viewtopic.php?p=5511#p5511", "jo"),
        ("vbulletin.xml", "https://board.example/showthread.php?t=991", "kay"),
        ("google_alerts.xml", "tag:google.com,2013:googlealerts/feed:4282476652342308031", None),
        ("youtube.xml", "yt:video:abcDEF12345", "KettleLab"),
    ],
)
def test_reads_the_feeds_of_boards_alerts_and_channels(name, id, author):
    (entry,) = parse_file(name)

    assert (entry.id, entry.author) == (id, author)
    assert entry.published_at is not None
    assert entry.text


def test_an_entry_without_a_guid_keeps_its_id_from_fetch_to_fetch():
    first = one("<title>T</title><link>https://a.example/1</link><description>x</description>")
    again = one("<title>T</title><link>https://a.example/1</link><description>x, corrected</description>")
    other = one("<title>U</title><link>https://a.example/2</link>")

    assert first.id == again.id != other.id
    assert first.id.startswith("sha256:")


def test_an_over_long_guid_is_replaced_by_its_hash():
    assert len(one(f"<guid>{'x' * 9_000}</guid><title>T</title>").id) < 100


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 00 Xxx 0000 99:99:99", "0001-01-01T00:00:00Z", "Fri, 31 Dec 9999 23:59:59 GMT", "0"]
)
def test_a_missing_or_absurd_date_is_none(date):
    assert one(f"<title>T</title><pubDate>{date}</pubDate>").published_at is None


def test_markup_is_stripped_and_scripts_are_not_text():
    entry = one("<title>T</title><description>&lt;p&gt;a&lt;script&gt;evil()&lt;/script&gt;b&lt;/p&gt;</description>")

    assert entry.text == "ab"


def test_links_that_are_not_http_are_dropped():
    assert one("<title>T</title><link>javascript:alert(1)</link>").link is None


def test_reads_other_encodings():
    feed = rss("<item><title>café</title></item>").decode()
    latin = feed.replace('"1.0"', '"1.0" encoding="iso-8859-1"', 1)
    wide = feed.replace('"1.0"', '"1.0" encoding="utf-16"', 1).encode("utf-16")

    assert parse_feed(latin.encode("latin-1"), URL).entries[0].title == "café"
    assert parse_feed(wide, URL).entries[0].title == "café"


def test_an_empty_feed_is_a_feed():
    assert parse_feed(rss(), URL) == Feed(())


def test_keeps_500_entries_and_counts_the_rest():
    feed = parse_feed(
        rss(*(f"<item><guid isPermaLink='false'>{n}</guid><title>t</title></item>" for n in range(510))), URL
    )

    assert (len(feed.entries), feed.dropped) == (ENTRY_LIMIT, 10)


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "body",
    [
        rss(head=LAUGHS),
        rss(head=EXTERNAL),
        rss(head="<!-- a comment first -->" + EXTERNAL),
        rss(head="<?style x?>\n <!-- > -->" + EXTERNAL.lower()),
        rss(head=EXTERNAL).decode().encode("utf-16"),
        rss(head=EXTERNAL).decode().encode("utf-16-be"),
        b"\xef\xbb\xbf" + rss(head=EXTERNAL),
    ],
    ids=range(7),
)
def test_refuses_declarations(body):
    with pytest.raises(BadInput, match="declarations"):
        parse_feed(body, URL)


def test_a_text_about_declarations_is_a_text():
    assert one("<title>T</title><description><![CDATA[<!DOCTYPE html> is old]]></description>").text == "is old"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"   ", b"norvik", b"<html><body>blocked</body></html>", b"<!DOCTYPE html><title>404</title>", b"{", b"[]",
        b'{"version": "https://jsonfeed.org/version/1.1"}', b'{"items": 5}', b"{" * 100_000, b"/etc/passwd",
        b"file:///etc/passwd", b"http://127.0.0.1/", b"\x89PNG\r\n\x1a\n", b"\0" * 100,
        (FILES / "jsonfeed.json").read_bytes()[:200],
    ],
    ids=range(16),
)  # fmt: skip
def test_what_is_no_feed_is_bad_input_and_never_an_empty_one(body):
    with pytest.raises(BadInput):
        parse_feed(body, URL)


def test_a_cut_feed_gives_the_entries_that_are_whole():
    body = rss(
        "<item><guid isPermaLink='false'>1</guid><title>a</title></item>",
        "<item><guid isPermaLink='false'>2</guid><title>b</title></item>",
    )

    entries = parse_feed(body[:-60], URL).entries

    assert [entry.id for entry in entries][:1] == ["1"]


def test_strange_json_items_are_read_as_far_as_they_go():
    body = b'{"items": [1, null, {}, {"id": true, "authors": [3], "author": "x", "date_published": 5}, {"id": 9}]}'

    feed = parse_feed(body, URL)

    assert [entry.id[:7] for entry in feed.entries] == ["sha256:", "sha256:", "9"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120) | st.text(alphabet='<>/!?&;[]{}":ritemslnk-=a1 ', max_size=120).map(str.encode))
def test_any_body_is_a_feed_or_bad_input(noise):
    for body in (noise, rss("<item><title>T</title>" + noise.decode("latin-1") + "</item>"), b'{"items": [' + noise):
        try:
            assert isinstance(parse_feed(body, URL), Feed)
        except BadInput:
            continue


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 900), st.integers(1, 40), st.binary(max_size=10))
def test_any_damage_to_a_feed_is_a_feed_or_bad_input(start, length, noise):
    body = (FILES / "rss2.xml").read_bytes()
    try:
        parse_feed(body[:start] + noise + body[start + length :], URL)
    except BadInput:
        return
