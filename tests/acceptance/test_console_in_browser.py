"""The console in a real browser: layout, themes, content security policy, live updates, login."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from harness.browsing import needs_chromium, private_window, running_chromium
from playwright.async_api import Browser, Page, expect

from crisiswatch.console.application import create_app
from crisiswatch.console.doors import BrandStatus, IncidentChange, Scope
from crisiswatch.console.server import serve
from crisiswatch.core.incidents import Change
from crisiswatch.core.messages import Fact, Quote
from crisiswatch.core.models import Severity
from tests.console.console_fakes import NOW, World, critical, message, token

WATCH_POLICY = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
"""
ATTACKS = "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>\"><svg onload=window.pwned=1>\u202e"

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module"), needs_chromium]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


@dataclass
class Visit:
    """A browser at a console, and everything that it complained about."""

    browser: Browser
    address: str
    complaints: list[str]
    windows: AsyncExitStack

    async def open(self, path: str, width: int = 1280, scheme: Any = "light") -> Page:
        window = private_window(self.browser, viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = await (await self.windows.enter_async_context(window)).new_page()
        await page.add_init_script(WATCH_POLICY)
        page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(self.address + path)
        return page


@asynccontextmanager
async def visiting(browser: Browser, world: World, **doors: Any) -> AsyncIterator[Visit]:
    server = serve(create_app(world.doors(**doors)), "127.0.0.1", 0)
    await server.start()
    try:
        async with AsyncExitStack() as windows:
            yield Visit(browser, f"http://127.0.0.1:{server.port}", [], windows)
    finally:
        await server.stop()


async def overflow(page: Page) -> int:
    width: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


async def keep_picture(page: Page, name: str) -> None:
    """Save a screenshot where the person who runs the tests asks for one."""
    if folder := os.environ.get("CRISISWATCH_SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def quiet() -> World:
    world = World()
    world.store.known = []
    return world


def blind() -> World:
    world = quiet()
    acme = BrandStatus("Acme", is_blind=True, missing=("press", "fediverse"))
    world.state = replace(world.state, brands=(acme,))
    return world


@pytest.mark.parametrize(
    ("make", "path", "name"),
    [(World, "/", "list"), (World, "/i/INC-7", "incident"), (quiet, "/", "quiet"), (blind, "/", "blind")],
)
async def test_page_fits_obeys_its_policy_and_logs_no_error(chromium: Browser, make: Any, path: str, name: str) -> None:
    async with visiting(chromium, make()) as visit:
        for width, scheme in product((390, 1280), ("light", "dark")):
            page = await visit.open(path, width, scheme)
            await expect(page.locator("#live")).to_have_text("Live")
            await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            await keep_picture(page, f"{name}_{width}_{scheme}")

            assert await overflow(page) <= 0
            assert await page.evaluate("window.broken") == []
            await page.close()
        assert visit.complaints == []


async def test_chart_is_drawn_in_the_theme_of_the_page(chromium: Browser) -> None:
    async with visiting(chromium, World()) as visit:
        for scheme in ("light", "dark"):
            page = await visit.open("/i/INC-7", scheme=scheme)
            image = page.locator("img.chart")

            assert f"theme={scheme}" in await image.evaluate("one => one.currentSrc")
            assert await image.evaluate("one => one.naturalWidth") == 600


async def test_new_incident_appears_by_itself(chromium: Browser) -> None:
    world = quiet()
    async with visiting(chromium, world) as visit:
        page = await visit.open("/")
        await expect(page.locator("#live")).to_have_text("Live")
        await expect(page.get_by_text("Nothing is wrong in what can be seen.")).to_be_visible()

        world.store.known = [critical()]
        await world.changes.put(IncidentChange(1, "INC-7", Change.OPENED, Severity.CRITICAL))

        await expect(page.get_by_role("link", name="Acme: 12×")).to_be_visible()
        await expect(page).to_have_title("(1) Incidents · crisiswatch")
        await expect(page.locator("#live")).to_have_text("INC-7 opened")
        await expect(page.locator("#icon")).to_have_attribute("href", "/static/critical.svg")
        assert visit.complaints == []


async def test_nothing_moves_under_the_pointer_until_asked(chromium: Browser) -> None:
    world = World()
    async with visiting(chromium, world) as visit:
        page = await visit.open("/")
        await expect(page.locator("#live")).to_have_text("Live")
        await page.get_by_role("link", name="INC-7").hover()
        world.store.known = [replace(critical(), number=9), *world.store.known]

        await world.changes.put(IncidentChange(1, "INC-9", Change.OPENED, Severity.CRITICAL))
        await expect(page.get_by_role("button", name="1 change, show")).to_be_visible()
        assert await page.get_by_text("INC-9", exact=True).count() == 0
        await page.get_by_role("button", name="1 change, show").click()

        await expect(page.get_by_text("INC-9", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="show")).to_be_hidden()


async def test_live_updates_can_be_paused_and_open_parts_stay_open(chromium: Browser) -> None:
    world = World()
    async with visiting(chromium, world) as visit:
        page = await visit.open("/i/INC-7")
        await expect(page.locator("#live")).to_have_text("Live")
        await page.get_by_text("Show the chart as a table").click()
        await page.get_by_role("button", name="Pause").click()
        await expect(page.locator("#live")).to_have_text("Paused")

        world.told["01CRITICAL"] = replace(message(critical()), headline="Acme: it is easing")
        await page.get_by_role("button", name="Pause").click()

        await expect(page.get_by_role("heading", name="Acme: it is easing")).to_be_visible()
        await expect(page.get_by_role("region", name="The chart as a table")).to_be_visible()


async def test_keyboard_finds_the_content_first(chromium: Browser) -> None:
    async with visiting(chromium, World()) as visit:
        page = await visit.open("/")
        await page.keyboard.press("Tab")
        focused = await page.evaluate("document.activeElement.textContent")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        await page.keyboard.press("Enter")

        assert focused == "Skip to content"
        assert outline == "solid"
        assert await page.evaluate("document.activeElement.id") == "main"


async def test_person_logs_in_once_and_out_again(chromium: Browser) -> None:
    secret, known = token(Scope.READ, name="Maria")
    async with visiting(chromium, World(), tokens=(known,)) as visit:
        page = await visit.open("/i/INC-7", 390)
        await keep_picture(page, "login_390_light")
        await page.get_by_label("Token").fill(secret)
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Acme: 12×")
        await expect(page.locator("#live")).to_have_text("Live")
        await keep_picture(page, "logged_in_390_light")
        assert await overflow(page) <= 0
        await page.get_by_role("button", name="Log out").click()

        await expect(page.get_by_label("Token")).to_be_visible()
        assert visit.complaints == []


async def test_hostile_text_does_not_run(chromium: Browser) -> None:
    world = World()
    incident = replace(critical(), brand=ATTACKS)
    world.store.known = [incident]
    world.told[incident.id] = replace(
        message(incident), headline=ATTACKS, facts=(Fact(ATTACKS, "x" * 500),), why=(ATTACKS,),
        quotes=(Quote(ATTACKS, str(NOW), "W" * 3000, "javascript:window.pwned=1"),),
    )  # fmt: skip
    async with visiting(chromium, world) as visit:
        for path in ("/", "/i/INC-7"):
            page = await visit.open(path, 390)
            await keep_picture(page, f"hostile{'' if path == '/' else '_incident'}_390_light")

            assert await page.evaluate("window.pwned") is None
            assert await page.evaluate("window.broken") == []
            assert await overflow(page) <= 0


async def test_other_sites_cannot_frame_the_console(chromium: Browser) -> None:
    async with visiting(chromium, World()) as visit:
        page = await visit.open("/-/healthy")
        frames = await page.evaluate(
            """async (address) => {
                const frame = document.createElement("iframe");
                frame.src = address;
                await new Promise((done) => { frame.onload = done; document.body.append(frame); });
                return frame.contentDocument?.title ?? "closed";
            }""",
            visit.address + "/",
        )

        assert "Incidents" not in frames
