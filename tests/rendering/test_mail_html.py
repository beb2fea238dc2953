from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from rendering_builders import NOW, context, message
from rendering_hostile import ATTACKS, any_text, any_url, unhurried

from crisiswatch.core.incidents import Condition
from crisiswatch.core.messages import Fact, Message, Picture, Quote
from crisiswatch.core.models import Severity
from crisiswatch.core.outbox import NotificationKind as Kind
from crisiswatch.rendering.mail import email_html

TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "table",
    "tbody",
    "tr",
    "td",
    "span",
    "h1",
    "h2",
    "p",
    "strong",
    "a",
    "img",
    "ol",
    "li",
    "br",
}
ATTRIBUTES = {
    *("lang", "dir", "charset", "name", "content", "style", "class", "role", "width", "align", "href", "rel"),
    *("src", "alt", "cellpadding", "cellspacing", "border"),
}
OPENED = message()
VOID = {"meta", "img", "br"}


class Reading(HTMLParser):
    """Collects what a mail consists of and checks that its tags nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.images: list[str] = []
        self.open: list[str] = []
        self.styles: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.images += [value or "" for name, value in attrs if name == "src"]
        self.styles += [value or "" for name, value in attrs if name == "style"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += "" if self.open[-1:] == ["style"] else data


def _hostile(text: str, url: str | None) -> Message:
    return replace(
        OPENED,
        headline=text,
        brand=text,
        incident=text,
        receiver=text,
        state=text,
        since=text,
        facts=(Fact(text, text), Fact("link", url or "")),
        quotes=(Quote(text, text, text, url, text),),
        playbook=text,
        owner=text,
        playbook_reason=text,
        steps=(text, text),
        holding_statement=text,
        why=(text,),
        data_health=text,
        url=url,
        picture=Picture(text, str, bytes),
        language=text[:2],
    )


@unhurried
@given(any_text, any_url)
def test_any_text_leaves_only_the_templates_own_markup(text: str, url: str | None) -> None:
    read = Reading(email_html(_hostile(text, url)))

    assert read.open == []
    assert read.tags <= TAGS
    assert read.attributes <= ATTRIBUTES
    assert all(link.lower().startswith(("http://", "https://")) for link in read.links)
    assert read.images == ["cid:chart"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_known_attacks_change_no_style_and_add_no_link(attack: str) -> None:
    harmless, hostile = (Reading(email_html(_hostile(text, "https://m.example/1"))) for text in ("calm", attack))

    assert hostile.styles == harmless.styles
    assert hostile.links == harmless.links


def test_a_strangers_address_is_shown_broken_and_linked_by_its_host() -> None:
    quote = Quote("@x", "13:14", "see https://evil.example/login", "https://m.example/secret-path")

    html = email_html(replace(message(), quotes=(quote,), url=None))

    assert "hxxps://evil[.]example/login" in html
    assert 'href="https://m.example/secret-path"' in html
    assert ">m.example</a>" in html
    assert "evil.example" not in html


def test_a_posts_language_is_marked() -> None:
    assert '<span lang="es" dir="auto">' in email_html(message())


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_the_mail_names_its_own_language(language: str) -> None:
    assert f'<html lang="{language}"' in email_html(message(told=context(language=language)))


def test_what_is_dark_is_important_and_what_is_light_is_not() -> None:
    html = email_html(message())
    styles = html[html.index("<style>") : html.index("</style>")]

    assert "prefers-color-scheme:dark" in styles.replace(" ", "")
    assert "!important" in styles
    assert not any("!important" in style for style in Reading(html).styles)


def test_the_mail_fetches_nothing() -> None:
    html = email_html(message())

    assert "url(" not in html
    assert Reading(html).images == ["cid:chart"]


def test_the_mail_stays_far_below_where_it_is_clipped() -> None:
    assert len(email_html(_hostile("ñ" * 5000, "https://m.example/1")).encode()) < 60_000


def test_the_numbers_are_in_the_preheader() -> None:
    body = Reading(email_html(message())).text.split("CRITICAL")[0]

    assert "12× normal mentions, 64% negative" in body.split("Critical")[0]


def test_what_is_read_comes_in_the_order_of_need() -> None:
    text = Reading(email_html(message())).text
    order = ["Since 13:20", "1,412", "Acknowledge", "What to do next", "Read these first", "Why did this fire"]

    places = [text.rindex(part) if part == "Since 13:20" else text.index(part) for part in order]
    assert places == sorted(places)


def test_without_a_console_there_are_no_buttons() -> None:
    html = email_html(message(told=context(public_url=None)))

    assert "Acknowledge" not in html
    assert "Open incident" not in html


def test_an_all_clear_is_green_and_needs_no_acknowledgement() -> None:
    html = email_html(message(Kind.CLOSED, condition=Condition.CLOSED, closed_at=NOW, severity=Severity.CALM))

    assert "Acknowledge" not in html
    assert "#18703c" in html


def test_the_same_message_gives_the_same_bytes() -> None:
    assert email_html(message()) == email_html(message())
