"""Everything that strangers try, on the page and in the mail, in a real browser: nothing runs, nothing is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio
from harness.browsing import needs_chromium, private_window, running_chromium
from playwright.async_api import Browser, Page

from crisiswatch.console.application import create_app
from crisiswatch.console.server import serve
from crisiswatch.core.messages import Fact, Message, Quote
from crisiswatch.rendering.mail import email_html
from tests.console.console_fakes import World, critical, message

WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
"""
RUN = "window.pwned=1"
CORPUS = (
    f"<script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f'"><svg onload={RUN}>',
    f"' onmouseover='{RUN}' autofocus onfocus='{RUN}",
    f"<details open ontoggle={RUN}>",
    f"<video><source onerror={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"<form action=javascript:{RUN}><button autofocus>x</button></form>",
    "<style>@import url(https://evil.example/x.css)</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content=0;url=https://evil.example/>",
    "<base href=https://evil.example/>",
    "<img src=https://evil.example/pixel.png>",
    "<object data=https://evil.example/x></object><embed src=https://evil.example/y>",
    f"<math><mtext></mtext><script>{RUN}</script></math>",
    f"<!--><script>{RUN}</script>-->",
    f"<template><script>{RUN}</script></template>",
    f"{{{{ 7*7 }}}}{{% raw %}}<script>{RUN}</script>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e",
    f"<\x00script>{RUN}</script>",
    f"\u202e<script>{RUN}</script>\u202c",
    f"x' style='background:url(https://evil.example/z)' onclick='{RUN}",
    f"`${{{RUN}}}`",
    f"data:text/html,<script>{RUN}</script>",
)
LINKS = (
    f"javascript:{RUN}",
    f" javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    'https://evil.example/"><x',
)

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module"), needs_chromium]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


def poisoned(world: World) -> Message:
    """Return a message of which every text is an attack, each attack in every place once."""
    every = "".join(CORPUS)
    facts = tuple(Fact(one, one) for one in CORPUS)
    quotes = tuple(Quote(one, one, one, link, "en") for one in CORPUS for link in LINKS[:1]) + tuple(
        Quote(every, every, every, link, every) for link in LINKS
    )
    return replace(
        message(critical()), headline=every, state=every, since=every, topic=every, preview=every, facts=facts,
        quotes=quotes, playbook=every, owner=every, steps=CORPUS, why=CORPUS, holding_statement=every,
        playbook_reason=every, data_health=every,
    )  # fmt: skip


@asynccontextmanager
async def browsing(browser: Browser) -> AsyncIterator[tuple[Page, list[str]]]:
    async with private_window(browser) as window:
        page, asked = await window.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        await page.add_init_script(WATCH)
        yield page, asked


async def touched(page: Page) -> None:
    """Open, focus and hover whatever could act on it."""
    await page.evaluate(
        """() => { document.querySelectorAll('details').forEach((one) => { one.open = true; });
        document.querySelectorAll('*').forEach((one) => { for (const kind of ['mouseover', 'focus', 'error', 'load'])
            one.dispatchEvent(new Event(kind)); }); }"""
    )


async def test_the_pages_of_the_console_run_and_fetch_nothing_of_a_strangers(chromium: Browser) -> None:
    world = World()
    told = poisoned(world)
    incident = replace(critical(), brand="".join(CORPUS), acked_by=CORPUS[0])
    world.store.known = [incident]
    world.told[incident.id] = told
    server = serve(create_app(world.doors()), "127.0.0.1", 0)
    await server.start()
    try:
        async with browsing(chromium) as (page, asked):
            for path in ("/", "/i/INC-7"):
                await page.goto(f"http://127.0.0.1:{server.port}{path}")
                await touched(page)

                assert await page.evaluate("window.pwned") is None
                assert await page.evaluate("window.broken") == []
                assert await page.locator("script:not([src])").count() == 0
            assert [url for url in asked if not url.startswith(f"http://127.0.0.1:{server.port}/")] == []
    finally:
        await server.stop()


async def test_a_mail_runs_and_fetches_nothing_even_where_scripts_are_allowed(chromium: Browser) -> None:
    async with browsing(chromium) as (page, asked):
        await page.set_content(email_html(poisoned(World())))
        await touched(page)

        assert await page.evaluate("window.pwned") is None
        assert await page.locator("script, iframe, form, object, embed, link, base, svg, video").count() == 0
        assert await page.locator("[onerror], [onload], [onclick], [onmouseover], [onfocus], [ontoggle]").count() == 0
        assert [url for url in asked if not url.startswith(("about:", "data:", "cid:"))] == []
