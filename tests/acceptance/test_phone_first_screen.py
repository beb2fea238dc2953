"""A phone of 390 by 844: which brand, how bad, since when, about what, what to do, without scrolling."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from harness.browsing import needs_chromium, private_window, running_chromium
from playwright.async_api import Browser, Page

from crisiswatch.app.data import playbooks_folder
from crisiswatch.app.playbooks import load_playbooks
from crisiswatch.channels.slack.payload import card
from crisiswatch.console.application import create_app
from crisiswatch.console.server import serve
from crisiswatch.core.growing import Forecast
from crisiswatch.core.messages import Message
from crisiswatch.rendering.mail import email_html
from crisiswatch.rendering.message import Context, compose
from crisiswatch.rendering.slack_blocks import slack_blocks
from tests.console.console_fakes import World
from tests.rendering.rendering_builders import NOW, QUOTES, evidence, incident, notification, series

WIDTH, FOLD = 390, 844
SAFETY = next(book for book in load_playbooks(playbooks_folder()) if book.name == "safety")
ABOUT = incident(
    evidence=evidence(forecast=Forecast(2310.4, 1711.0, 3120.0), branching=0.53, doubling=timedelta(minutes=12))
)
"""As much as an alert can say: it grows, with a forecast, and its playbook has long steps."""

WANTED = {
    "en": ("Acme", "Critical", "Since 13:20", "battery recall", "Call Safety, Quality and Legal together now"),
    "es": ("Acme", "Crítico", "Desde las 13:20", "battery recall", "Llama ya a Seguridad, Calidad y Legal"),
    "fr": ("Acme", "Critique", "Depuis 13:20", "battery recall", "Réunir tout de suite Sécurité, Qualité et Juridique"),
}
LINES_BELOW = """([text, fold]) => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lowest = [];
  while (walk.nextNode()) {
    const node = walk.currentNode, plain = node.data.replace(/\\u00a0/g, ' ');
    const start = plain.toLowerCase().indexOf(text.toLowerCase());
    if (start < 0) continue;
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + text.length);
    const boxes = [...range.getClientRects()];
    if (boxes.length && boxes.every(box => box.width > 1)) lowest.push(Math.max(...boxes.map(box => box.bottom)));
  }
  return lowest.length ? Math.min(...lowest) : -1; }"""

pytestmark = [pytest.mark.acceptance, needs_chromium]
with_chromium = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


def told(language: str) -> Message:
    context = Context(NOW, "https://cw.example.org", budget=0.1, language=language)
    return compose(notification(), ABOUT, SAFETY, QUOTES, series(), context)


@asynccontextmanager
async def phone(browser: Browser) -> AsyncIterator[Page]:
    async with private_window(browser, viewport={"width": WIDTH, "height": FOLD}) as window:
        yield await window.new_page()


async def below_the_fold(page: Page, wanted: tuple[str, ...]) -> dict[str, float]:
    """Return what is not wholly seen without scrolling, with where it ends; -1 is nowhere."""
    ends = {text: await page.evaluate(LINES_BELOW, [text, FOLD]) for text in wanted}
    return {text: end for text, end in ends.items() if not 0 <= end <= FOLD}


@with_chromium
@pytest.mark.parametrize("language", sorted(WANTED))
async def test_the_mail_answers_the_five_questions(chromium: Browser, language: str) -> None:
    message = told(language)
    assert message.picture is not None
    png = base64.b64encode(message.picture.draw_png()).decode()
    async with phone(chromium) as page:
        await page.set_content(email_html(message).replace("cid:chart", f"data:image/png;base64,{png}"))

        assert await below_the_fold(page, WANTED[language]) == {}


@with_chromium
@pytest.mark.parametrize("is_learning", [False, True])
async def test_the_page_of_the_incident_answers_the_five_questions(chromium: Browser, is_learning: bool) -> None:
    world = World()
    shown = replace(ABOUT, evidence=evidence(warmup=0.2, covered=0.8, missing=("press",))) if is_learning else ABOUT
    world.store.known = [shown]
    world.told[ABOUT.id] = told("en")
    server = serve(create_app(world.doors()), "127.0.0.1", 0)
    await server.start()
    try:
        async with phone(chromium) as page:
            await page.goto(f"http://127.0.0.1:{server.port}/i/INC-2031")

            assert await below_the_fold(page, WANTED["en"]) == {}
            assert await below_the_fold(page, ("Acknowledge",)) == {}
    finally:
        await server.stop()


@pytest.mark.parametrize("language", sorted(WANTED))
def test_the_push_preview_of_the_card_answers_the_five_questions(language: str) -> None:
    message = told(language)

    line = card(message, slack_blocks(message))["text"].replace("\u00a0", " ")

    title = SAFETY.title[language]
    assert len(line) <= 80
    assert [part for part in ("Acme", WANTED[language][1], "13:20", "battery", title[:12]) if part not in line] == []
