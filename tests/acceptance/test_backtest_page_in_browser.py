"""The page of a backtest in a real browser: phone and desktop, light and dark, nothing fetched, nothing refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.browsing import ARGUMENTS, CHROMIUM, WAIT, needs_chromium

from crisiswatch.rendering.backtest.page import backtest_page
from tests.acceptance.test_mail_screenshots import LOOKS, LOW_CONTRAST
from tests.rendering.test_backtest_report import HOSTILE, pictures, swept

pytestmark = pytest.mark.acceptance


@needs_chromium
def test_the_page_is_readable_everywhere_and_asks_for_nothing(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    file = tmp_path / "report.html"
    file.write_text(backtest_page(swept(), pictures(HOSTILE)), "utf-8")
    asked: list[str] = []
    said: list[str] = []
    found = {}

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=WAIT)
        for width, theme in LOOKS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
            page.set_default_timeout(WAIT)
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: said.append(message.text))
            page.goto(file.as_uri())
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found[width, theme] = (overflow, page.evaluate(LOW_CONTRAST))
            page.close()
        browser.close()

    assert set(asked) == {file.as_uri()}
    assert said == []
    assert found == {look: (0, []) for look in LOOKS}
