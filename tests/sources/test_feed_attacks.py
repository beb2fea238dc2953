"""Feeds that are made to read files, call home, swell or stall: refused, or read as the plain text they are."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from html import escape

import pytest

from crisiswatch.engine.isolating import FOREIGN, WorkerIsolator
from crisiswatch.errors import BadInput, WorkTimedOut
from crisiswatch.sources.web.feeds import Feed, parse_feed

URL = "https://news.example/feed"
HOME = "http://127.0.0.1:{port}/taken"
FILE = "file:///etc/passwd"

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))

ATTRIBUTES = " ".join(f'a{n}=""' for n in range(100_000))


def rss(item: str = "&x;", head: str = "", attributes: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{head}<rss version="2.0" {attributes}><channel><item><guid>tag:1</guid>'
        f"<title>t</title><description>{item}</description></item></channel></rss>"
    )


REFUSED = {
    "billion laughs": rss("&a11;", f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>'),
    "quadratic": rss("&a;" * 50_000, f'<!DOCTYPE x [<!ENTITY a "{"h" * 50_000}">]>'),
    "a file": rss(head=f'<!DOCTYPE x [<!ENTITY x SYSTEM "{FILE}">]>'),
    "an address": rss(head=f'<!DOCTYPE x [<!ENTITY x SYSTEM "{HOME}">]>'),
    "a parameter": rss(head=f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{HOME}"> %p;]>'),
    "a document type elsewhere": rss(head=f'<!DOCTYPE rss SYSTEM "{HOME}">'),
    "a public document type": rss(head=f'<!DOCTYPE rss PUBLIC "-//x//y" "{HOME}">'),
    "an attribute's default": rss(head=f'<!DOCTYPE x [<!ATTLIST rss a CDATA "{"h" * 90_000}">]>'),
}
HARMLESS = {
    "inclusion": rss(
        f'<xi:include href="{FILE}" parse="text"/><xi:include href="{HOME}"/>',
        attributes='xmlns:xi="http://www.w3.org/2001/XInclude"',
    ),
    "a stylesheet": rss("", f'<?xml-stylesheet type="text/xsl" href="{HOME}"?>'),
    "an unknown entity": rss("&x;&xxe;"),
    "a schema": rss(
        "",
        attributes=f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x {HOME}"',
    ),
    "a declaration that comes late": rss().replace("<channel>", f'<!DOCTYPE x [<!ENTITY x SYSTEM "{FILE}">]><channel>'),
}


@pytest.fixture
def home() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def is_called(home: socket.socket) -> bool:
    try:
        home.accept()
    except BlockingIOError:
        return False
    return True


def body(document: str, home: socket.socket) -> bytes:
    return document.replace("{port}", str(home.getsockname()[1])).encode()


@pytest.mark.parametrize("attack", REFUSED)
def test_declarations_are_refused_before_anything_reads_them(attack: str, home: socket.socket) -> None:
    with pytest.raises(BadInput, match="declarations"):
        parse_feed(body(REFUSED[attack], home), URL)

    assert not is_called(home)


@pytest.mark.parametrize("attack", HARMLESS)
def test_what_is_not_refused_reads_no_file_and_calls_nobody(attack: str, home: socket.socket) -> None:
    feed = parse_feed(body(HARMLESS[attack], home), URL)

    assert [entry.id for entry in feed.entries] == ["tag:1"]
    assert all("root:" not in entry.text and len(entry.text) < 100 for entry in feed.entries)
    assert not is_called(home)


DEEP = "<div>" * 200_000
COSTLY = {
    "escaped": escape(DEEP),
    "quoted": f"<![CDATA[{DEEP}]]>",
    "as they are": DEEP + "</div>" * 200_000,
    "a hundred thousand attributes": f"<b {ATTRIBUTES}/>",
}


@pytest.mark.parametrize("form", COSTLY)
async def test_two_hundred_thousand_nested_elements_are_stopped_and_the_next_feed_is_read(form: str) -> None:
    isolator = WorkerIsolator(FOREIGN)

    try:
        feed = await isolator.call(parse_feed, rss(f"kettle {COSTLY[form]}").encode(), URL)
        assert [entry.text[:6] for entry in feed.entries] == ["kettle"]
    except WorkTimedOut as error:
        assert "more than 2 s of CPU" in str(error) or "within 10 s" in str(error)
    after: Feed = await isolator.call(parse_feed, rss("next").encode(), URL)
    await isolator.close()

    assert [entry.text for entry in after.entries] == ["next"]
