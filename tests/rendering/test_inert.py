from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from rendering_hostile import any_text, any_url, unhurried

from crisiswatch.rendering.inert import QUOTE_LIMIT, host_of, inert, one_line, safe_url, shorten


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see https://evil.example/x", "see hxxps://evil[.]example/x"),
        ("HTTP://Evil.Example", "HxxP://Evil[.]Example"),
        ("go to evil.com now", "go to evil[.]com now"),
        ("t.co/abc", "t[.]co/abc"),
        ("www.evil.example", "www[.]evil[.]example"),
        ("<!channel> hi", "‹!channel› hi"),
        ("@everyone look", "＠everyone look"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("one\r\n\ttwo\u2028three", "one two three"),
        ("abc\u202edcba", "abc[U+202E]dcba"),
        ("ze\u200bro\ufeff", "zero"),
        ("\x1b[31mred\x00", "[31mred"),
        ("p.ej. esto: v2.0, ok", "p.ej. esto: v2.0, ok"),
        ("пример.рф и 10.0.0.1/x", "пример[.]рф и 10[.]0[.]0[.]1/x"),
        ("3.5 of 10, e.g. this", "3.5 of 10, e.g. this"),
        ("I paid 12.50. Bad.", "I paid 12.50. Bad."),
    ],
)
def test_shows_what_a_stranger_wrote_without_its_teeth(written: str, shown: str) -> None:
    assert inert(written) == shown


def test_keeps_addresses_of_our_own_lines_as_they_are() -> None:
    assert one_line("Booking.com <b>") == "Booking.com ‹b›"


def test_limits_a_stack_of_accents() -> None:
    assert len(inert("z" + "\u0489" * 100)) == 4
    assert len(inert("z" + "\u0301" * 100)) == 4


def test_keeps_numbers_and_units_together() -> None:
    assert one_line("12\u00a0min") == "12\u00a0min"


@unhurried
@given(any_text)
def test_any_text_becomes_one_short_harmless_line(text: str) -> None:
    shown = inert(text)

    assert len(shown) <= QUOTE_LIMIT
    assert not set("<>\n\r\u2028\u2029") & set(shown)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs")]
    assert "https://" not in shown.lower()
    assert "@everyone" not in shown.lower()


@unhurried
@given(any_text)
def test_text_that_is_inert_stays_as_it_is(text: str) -> None:
    shown = one_line(text)

    assert one_line(shown) == shown


@pytest.mark.parametrize("url", ["https://m.example/1", "http://m.example", "https://xn--e1awd7f.example/a?b=1&c=2#d"])
def test_links_web_addresses(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://m.example/1",
        "//m.example/1",
        "https://",
        "https://bank.example@evil.example/",
        "https://m.example/a b",
        "https://m.example/\n",
        'https://m.example/"onclick=x',
        "https://m.example/>",
        "https://bücher.example/",
        "https://m.example:port/",
        "https://[::1",
        "https://m.example/" + "x" * 1000,
    ],
)
def test_links_nothing_else(url: str | None) -> None:
    assert safe_url(url) is None


@unhurried
@given(any_url)
def test_what_is_linked_leads_to_a_named_host(url: str | None) -> None:
    linked = safe_url(url)

    assert linked is None or (linked.lower().startswith(("http://", "https://")) and host_of(linked))


def test_cuts_at_a_word() -> None:
    assert shorten("battery recall announced", 16) == "battery recall…"
