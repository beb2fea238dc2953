from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.sources.web import plain_text
from crisiswatch.sources.web.plain_text import clean, from_markup


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("the <b>lid</b> melted", "the lid melted"),
        ("melt<b>ed</b>", "melted"),
        ("a &amp; b &lt;c&gt; &#128512;", "a & b <c> \U0001f600"),
        ("<script>evil()</script>ok", "ok"),
        ("<SCRIPT src='x'>if (a<b) evil()</script >ok", "ok"),
        ("<style>p{}</style>ok", "ok"),
        ("a<!-- <b>hidden</b> -->b", "ab"),
        ("a<!-- never closed <b>", "a"),
        ("<![CDATA[x]]>y", "y"),
        ("<!DOCTYPE html>x", "x"),
        ("I <3 it, a < b", "I <3 it, a < b"),
        ("<a title=\"x > y\" href='a>b'>link</a>", "link"),
        ("<a title='broken>word", "word"),
        ("cut <a href=", "cut"),
        ("  many \n\n\n  spaces\t here ", "many\nspaces here"),
        ("x\0y\ud800z", "x\ufffdy\ufffdz"),
        ("", ""),
    ],
)
def test_keeps_the_words_that_a_browser_shows(markup, text):
    assert from_markup(markup, 1_000) == text


def test_text_is_cut():
    assert from_markup("<p>" + "x" * 100, 10) == "x" * 10
    assert clean("e\u0301" * 10, 3) == "\u00e9e"


class CountingPattern:
    """Counts how much text a pattern is asked to look at."""

    def __init__(self, pattern) -> None:
        self._pattern = pattern
        self.characters = 0

    def match(self, text: str):
        self.characters += len(text)
        return self._pattern.match(text)


@pytest.mark.parametrize(
    "bomb", ["<div>", "<", "<!--", "<script", '<a b="', "<a '", "&", "&#", "<p", "</", "<!", "\n "]
)
def test_broken_markup_is_looked_at_once(bomb, monkeypatch):
    tags, ends = CountingPattern(plain_text._TAG), CountingPattern(plain_text._END)
    monkeypatch.setattr(plain_text, "_TAG", tags)
    monkeypatch.setattr(plain_text, "_END", ends)
    markup = bomb * 40_000

    from_markup(markup, 1_000)

    assert tags.characters <= len(markup)
    assert ends.characters <= len(markup)


@given(st.text(alphabet="<>/!-ab \"'&;p\n=script\ud800", max_size=80))
def test_any_markup_becomes_text_that_can_be_stored(markup):
    from_markup(markup, 1_000).encode()
