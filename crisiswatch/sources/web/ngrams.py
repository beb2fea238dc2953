"""Finds words in a minute of GDELT's Web News NGrams: one row a word of every article, packed with gzip.

A file holds millions of rows, of which a handful is wanted: rows are looked for in the raw bytes, and only those that
may be meant are decoded. Nothing is kept of a file but the rest of its last line.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from crisiswatch.core.models import TEXT_LIMIT, Mention
from crisiswatch.errors import BadInput, TooLarge
from crisiswatch.sources.web.fields import NAME_LIMIT, link, moment, words
from crisiswatch.sources.web.plain_text import clean

PLAIN_LIMIT = 4_000_000_000
"""Bytes of rows in one file at most: a hundred times what a minute of news is said to hold."""

STEP = 1_000_000
LINE_LIMIT = 100_000
ARTICLES = 5_000
SNIPPETS = 3
"""Passages that are kept of one article."""

_SPACELESS = 2
"""`type` of a language that does not put spaces between words: its rows are single characters."""


class Row(msgspec.Struct):
    """A word of an article, with the words around it."""

    ngram: str
    url: str
    date: str = ""
    lang: str = ""
    type: int = 1
    pre: str = ""
    post: str = ""


_rows = msgspec.json.Decoder(Row)


class Article(msgspec.Struct):
    """What was found of one article."""

    url: str
    language: str
    seen_at: datetime | None
    passages: list[str]


class Finder:
    """Reads one file, in pieces as they come; `articles` by their address, `skipped` counts rows and articles."""

    def __init__(self, phrases: Sequence[str], languages: frozenset[str]) -> None:
        self.articles: dict[str, Article] = {}
        self.skipped = 0
        self._languages = languages
        self._wanted = re.compile(_candidates(phrases), re.IGNORECASE)
        self._spaced = re.compile("|".join(_spaced(phrase) for phrase in phrases), re.IGNORECASE)
        self._spaceless = re.compile("|".join(re.escape("".join(phrase.split())) for phrase in phrases), re.IGNORECASE)
        self._gzip = zlib.decompressobj(wbits=31)
        self._rest = b""
        self._size = 0

    def read(self, packed: bytes) -> None:
        """Look through the next bytes of the file. Raises BadInput if it is none, or TooLarge."""
        while packed:
            if self._gzip.eof:
                self._gzip = zlib.decompressobj(wbits=31)
            try:
                plain = self._gzip.decompress(packed, STEP)
            except zlib.error as error:
                raise BadInput(f"no gzip file, or a broken one: {error}") from error
            self._look(plain)
            packed = self._gzip.unconsumed_tail or self._gzip.unused_data

    def finish(self) -> tuple[Mention, ...]:
        """Return what was found, as mentions without a source. Raises BadInput for a file that was cut."""
        if not self._gzip.eof:
            raise BadInput("a gzip file that was cut")
        self._look(b"\n")
        return tuple(map(_mention, self.articles.values()))

    def _look(self, plain: bytes) -> None:
        self._size += len(plain)
        if self._size > PLAIN_LIMIT:
            raise TooLarge(f"a file of more than {PLAIN_LIMIT} bytes of rows")
        block, newline, self._rest = (self._rest + plain).rpartition(b"\n")
        if len(self._rest) > LINE_LIMIT:
            raise BadInput(f"a row of more than {LINE_LIMIT} bytes")
        if newline:
            for line in self._lines(block):
                self._take(line)

    def _lines(self, block: bytes) -> Iterator[bytes]:
        """Yield the lines that may be meant."""
        end = -1
        for found in self._wanted.finditer(block):
            if found.start() < end:
                continue  # a second candidate on the same line
            start = block.rfind(b"\n", 0, found.start()) + 1
            end = block.find(b"\n", found.end())
            end = len(block) if end < 0 else end
            yield block[start:end]

    def _take(self, line: bytes) -> None:
        try:
            row = _rows.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.skipped += 1
            return
        url = link(row.url)
        if url is None or (self._languages and row.lang not in self._languages) or not self._is_meant(row):
            return
        article = self.articles.get(url)
        if article is None:
            if len(self.articles) >= ARTICLES:
                self.skipped += 1
                return
            article = self.articles[url] = Article(url, row.lang, moment(row.date), [])
        passage = ("" if row.type == _SPACELESS else " ").join(part for part in (row.pre, row.ngram, row.post) if part)
        if len(article.passages) < SNIPPETS and passage not in article.passages:
            article.passages.append(passage)

    def _is_meant(self, row: Row) -> bool:
        if row.type == _SPACELESS:
            return self._spaceless.match("".join((row.ngram + row.post).split())) is not None
        return self._spaced.match(f"{row.ngram} {row.post}") is not None


def _mention(article: Article) -> Mention:
    url = article.url
    return Mention(
        source="",
        external_id=url if len(url) <= NAME_LIMIT else "sha256:" + sha256(url.encode()).hexdigest(),
        kind="article",
        text=clean(" … ".join(article.passages), TEXT_LIMIT),
        language=words(article.language, 35),
        permalink=url,
        indexed_at=article.seen_at,
    )


def _spaced(phrase: str) -> str:
    """Return the pattern of a phrase at the start of a text, whole words; quotes and brackets may come before."""
    return r"[^\w]{0,5}" + r"\s+".join(re.escape(word) for word in phrase.split()) + r"(?!\w)"


def _candidates(phrases: Sequence[str]) -> bytes:
    """Return the pattern of rows that may begin a phrase, in the bytes of JSON: in any case, escaped or not."""
    starts = {phrase.split()[0] for phrase in phrases} | {
        # Of a script without upper and lower case it may be a single character that begins a word.
        phrase[0]
        for phrase in phrases
        if not phrase[0].isascii() and phrase[0].lower() == phrase[0].upper()
    }
    cased = {form for start in starts for form in (start, start.lower(), start.upper(), start.title())}
    raw = {form.encode() for form in cased} | {json.dumps(form)[1:-1].encode() for form in cased}
    alternatives = b"|".join(re.escape(one) for one in sorted(raw))
    return rb'"ngram"\s*:\s*"(?:\\u[0-9a-f]{4}|\\.|[^\w"\\]){0,5}(?:' + alternatives + rb")"
