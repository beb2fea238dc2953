"""What strangers wrote is shown and never obeyed."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.console import inert
from crisiswatch.core.incidents import Change, Event, Reason
from crisiswatch.core.messages import Fact, Quote
from crisiswatch.core.models import Severity
from tests.console.console_fakes import HTML, START, World, client, critical, message

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    '<a href="javascript:alert(1)">x</a>',
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "<style>*{display:none}</style>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202egnp.exe\u202c",
    "a\u2067b\u2069\x1b[31m\x00",
]
BAD_LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/",
    "https://good.example@evil.example/",
    "https:///nohost",
    "https://[broken",
    "https://a.example/\u202egnp",
    "https://a.example\\@b.example/",
    "ftp://a.example/",
    "https://a.example/" + "x" * 3000,
    "",
]


class Census(HTMLParser):
    """Counts elements and collects attributes that could act."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.handlers: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action")]


def poisoned(text: str, url: str | None = None) -> World:
    """Return a world in which every text of an incident comes from an attacker."""
    world = World()
    incident = replace(critical(), brand=text, acked_by=text, reasons=(Reason(text, 1, 1, True, text),))
    world.store.known = [incident]
    world.store.history = {incident.id: [Event(START, Change.COMMENTED, Severity.WATCH, by=text, note=text)]}
    world.told[incident.id] = replace(
        message(incident), headline=text, state=text, since=text, facts=(Fact(text, text),),
        quotes=(Quote(text, text, text, url, text),), playbook=text, owner=text, steps=(text,), why=(text,),
        holding_statement=text, playbook_reason=text, data_health=text,
    )  # fmt: skip
    return world


async def census(world: World, path: str) -> tuple[Census, str]:
    page = (await client(world.doors()).get(path, headers=HTML)).text
    counted = Census()
    counted.feed(page)
    return counted, page


@pytest.mark.parametrize("path", ["/", "/i/INC-7"])
@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_adds_no_element_handler_or_link(text: str, path: str) -> None:
    harmless, _ = await census(poisoned("plain"), path)
    hostile, _ = await census(poisoned(text), path)

    assert hostile.tags == harmless.tags
    assert hostile.links == harmless.links
    assert hostile.handlers == []


@pytest.mark.parametrize("path", ["/", "/i/INC-7"])
async def test_characters_that_reorder_text_are_shown_as_escapes(path: str) -> None:
    _, page = await census(poisoned("\u202egnp.exe\x1b"), path)

    assert "\\u202egnp.exe\\u001b" in page
    assert not {"\u202e", "\x1b"} & set(page)


@pytest.mark.parametrize("url", BAD_LINKS)
async def test_only_plain_links_can_be_followed(url: str) -> None:
    hostile, _ = await census(poisoned("plain", url), "/i/INC-7")

    assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in hostile.links)


async def test_links_say_where_they_lead_and_take_nothing_along() -> None:
    _, page = await census(poisoned("plain", "https://bücher.example/a?b=1&c=2"), "/i/INC-7")

    assert 'href="https://bücher.example/a?b=1&amp;c=2" rel="noopener noreferrer nofollow"' in page
    assert "<bdi>xn--bcher-kva.example</bdi>" in page


@given(st.text())
def test_no_shown_text_contains_a_hidden_character(text: str) -> None:
    assert not set(inert.show(text)) & {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x1B, 0)}


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/\n/x", "/a\\b", "\t//e.example"]
)
def test_login_never_leads_elsewhere(path: str) -> None:
    assert inert.safe_path(path) == "/"


def test_login_leads_back_to_a_page() -> None:
    assert inert.safe_path("/i/INC-7?theme=dark") == "/i/INC-7?theme=dark"
