"""Debian's Chromium, started once for the tests of a module; every wait in it has patience."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from harness.waiting import PATIENCE
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT = PATIENCE * 30_000.0
"""Milliseconds for a step in a page that does not come about."""

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """Run the browser: it takes longer to start than most pages to be tested."""
    expect.set_options(timeout=WAIT)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=WAIT)
        yield browser
        await browser.close()


@asynccontextmanager
async def private_window(browser: Browser, **options: Any) -> AsyncIterator[BrowserContext]:
    """Open a window that knows nothing of the others."""
    context = await browser.new_context(**options)
    context.set_default_timeout(WAIT)
    try:
        yield context
    finally:
        await context.close()
