from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from source_fakes import NOW, InlineIsolator, answer

from crisiswatch.core.models import Coverage, Via
from crisiswatch.core.stretches import Stretch
from crisiswatch.errors import BadInput, RateLimited, SourceUnavailable
from crisiswatch.plugins import SourceTools
from crisiswatch.ports import Response
from crisiswatch.sources.web import ngrams
from crisiswatch.sources.web.gdelt_ngrams import KIND, TRIES
from crisiswatch.sources.web.ngrams import Finder

MINUTE = timedelta(minutes=1)


def row(ngram: str, post: str = "", pre: str = "", **more) -> dict[str, object]:
    given = {"date": "2026-11-18T09:58:00Z", "lang": "en", "type": 1, "pos": 10, "url": "https://n.example/a"}
    return given | {"ngram": ngram, "pre": pre, "post": post} | more


def packed(*rows: dict[str, object], escaped: bool = False) -> bytes:
    return gzip.compress("\n".join(json.dumps(one, ensure_ascii=escaped) for one in rows).encode())


def found(file: bytes, *phrases: str, languages: frozenset[str] = frozenset(), piece: int = 1 << 20):
    finder = Finder(phrases, languages)
    for start in range(0, len(file), piece):
        finder.read(file[start : start + piece])
    return finder.finish()


class Files:
    """Serves files by minute; what is not there is a 404."""

    def __init__(self, files: dict[datetime, bytes | int]) -> None:
        self.files = files
        self.asked: list[str] = []

    @asynccontextmanager
    async def open_file(self, url: str, *, limit: int) -> AsyncIterator[tuple[Response, AsyncIterator[bytes]]]:
        self.asked.append(url.rpartition("/")[2].partition(".")[0])
        minute = datetime.strptime(self.asked[-1] + "+0000", "%Y%m%d%H%M%S%z")
        file = self.files.get(minute, 404)
        status, body = (200, file) if isinstance(file, bytes) else (file, b"")

        async def pieces() -> AsyncIterator[bytes]:
            yield body

        yield answer(status=status, retry_after="60"), pieces()


def source(files: dict[datetime, bytes | int], **options):
    server = Files(files)
    given = {"words": ["acme kettle"], "look_back": "5m"} | options
    return KIND.build("world", KIND.options(**given), SourceTools(server, InlineIsolator())), server


def test_a_phrase_is_found_where_it_begins_and_its_passage_kept():
    file = packed(
        row("the", "acme kettle said", pre="said"),
        row("Acme", "Kettle said on Monday", pre="the maker of the"),
        row("Acme", "kettles said on Monday", pre="the maker of the"),
        row("Acmeist", "kettle", pre="the"),
    )

    (mention,) = found(file, "acme kettle")

    assert mention.text == "the maker of the Acme Kettle said on Monday"
    assert (mention.external_id, mention.permalink, mention.kind) == ("https://n.example/a",) * 2 + ("article",)
    assert (mention.language, mention.published_at) == ("en", None)
    assert mention.indexed_at == datetime.fromisoformat("2026-11-18T09:58:00Z")


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("ngram", ["Köln", "KÖLN", "köln", "“Köln”", "köln's"])
def test_words_are_found_in_any_case_escaped_or_not_in_quotes_or_not(ngram, escaped):
    assert len(found(packed(row(ngram), escaped=escaped), "köln")) == 1


def test_scripts_without_spaces_are_found_character_by_character():
    file = packed(
        row("诺", "维克水壶爆炸", pre="昨天", lang="zh", type=2),
        row("诺", "言", lang="zh", type=2, url="https://n.example/b"),
    )

    (mention,) = found(file, "诺维克")

    assert mention.text == "昨天诺维克水壶爆炸"


def test_an_article_comes_once_with_a_few_of_its_passages():
    file = packed(*(row("acme", f"passage {n}") for n in (1, 1, 2, 3, 4)))

    (mention,) = found(file, "acme")

    assert mention.text == "acme passage 1 … acme passage 2 … acme passage 3"


def test_other_languages_strange_links_and_broken_rows_are_left_out():
    rows = [row("acme", lang="de"), row("acme", url="javascript:alert(1)"), row("acme", url="https://n.example/ok")]
    file = gzip.compress(b'{"ngram": "acme", \xff\n[1]\n' + gzip.decompress(packed(*rows)))
    finder = Finder(["acme"], frozenset({"en"}))
    finder.read(file)

    assert [one.permalink for one in finder.finish()] == ["https://n.example/ok"]
    assert finder.skipped == 1


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_where_the_file_is_cut_into_pieces_does_not_matter(piece):
    file = packed(*(row("acme", url=f"https://n.example/{n}") for n in range(50)))

    assert len(found(file, "acme", piece=piece)) == 50


@pytest.mark.parametrize("file", [b"", b"<html>", packed(row("acme"))[:-9], gzip.compress(b"x" * 2_000_000)])
def test_what_is_no_such_file_is_not_an_empty_one(file):
    with pytest.raises(BadInput):
        found(file, "acme")


def test_a_bomb_is_stopped(monkeypatch):
    monkeypatch.setattr(ngrams, "PLAIN_LIMIT", 10_000_000)

    with pytest.raises(Exception, match="more than 10000000 bytes"):
        found(gzip.compress(b"\n" * 50_000_000), "acme")


async def test_minute_by_minute_what_was_there_before_is_history_and_no_coverage():
    minutes = [NOW - 5 * MINUTE + MINUTE * n for n in range(10)]
    reader, server = source(
        {minute: packed(row("acme", "kettle", url=f"https://n.example/{minute:%M}")) for minute in minutes}
    )
    batches = [await reader.fetch(None, NOW)]
    while batches[-1].more:
        batches.append(await reader.fetch(batches[-1].cursor, NOW))
    later = await reader.fetch(batches[-1].cursor, NOW + MINUTE)
    news = await reader.fetch(later.cursor, NOW + 2 * MINUTE)

    assert server.asked[:4] == ["20261118095500", "20261118095600", "20261118095700", "20261118095800"]
    assert [one.via for batch in batches for one in batch.mentions] == [Via.BACKFILL] * 4
    assert [batch.coverage for batch in batches] == [()] * 4
    assert (news.mentions[0].via, news.coverage) == (Via.POLL, (Coverage("world", NOW, NOW + MINUTE),))
    assert news.mentions[0].source == "world"


async def test_a_minute_that_is_missing_is_waited_for_and_then_counts_as_quiet():
    reader, server = source({}, look_back="2m")

    early = await reader.fetch(None, NOW)
    late = await reader.fetch(early.cursor, NOW + 18 * MINUTE)

    assert (early.more, early.coverage, late.more) == (False, (), True)
    assert server.asked == ["20261118095800"] * 2


async def test_a_file_that_stays_broken_is_left_out_and_not_covered():
    reader, _ = source({NOW: b"<html>"}, look_back="0s")
    known = (await reader.fetch(None, NOW)).cursor
    for _ in range(TRIES - 1):
        with pytest.raises(SourceUnavailable):
            await reader.fetch(known, NOW + timedelta(hours=2))

    batch = await reader.fetch(known, NOW + timedelta(hours=2))

    assert (batch.coverage, batch.more, len(batch.warnings)) == ((), True, 1)


async def test_after_a_long_absence_the_last_hours_are_read_and_the_rest_is_a_gap():
    reader, server = source({}, look_back="0s")
    known = (await reader.fetch(None, NOW)).cursor

    batch = await reader.fetch(known, NOW + timedelta(hours=10))

    assert server.asked == ["20261118140000"]
    assert batch.coverage[0].start == NOW + timedelta(hours=4)
    assert batch.warnings == ("files of more than six hours ago are left out",)


async def test_a_server_that_asks_for_a_pause_gets_it():
    reader, _ = source({NOW: 429}, look_back="0s")
    known = (await reader.fetch(None, NOW)).cursor

    with pytest.raises(RateLimited):
        await reader.fetch(known, NOW + 5 * MINUTE)


async def test_the_past_is_read_back_minute_by_minute():
    stretch = Stretch(NOW - 3 * MINUTE, NOW)
    reader, server = source({NOW - 2 * MINUTE: packed(row("acme", "kettle"))})
    pasts = [await reader.backfill(None, stretch, NOW + timedelta(days=9))]
    while pasts[-1].batch.more:
        pasts.append(await reader.backfill(pasts[-1].batch.cursor, stretch, NOW + timedelta(days=9)))

    assert server.asked == ["20261118095900", "20261118095800", "20261118095700"]
    assert [len(past.batch.mentions) for past in pasts] == [0, 1, 0]
    assert [round(past.part, 2) for past in pasts] == [0.33, 0.67, 1.0]
